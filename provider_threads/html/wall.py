"""The second wall: what a message was rendered to, cut down to a list of tags and attributes that do nothing.

The first is the renderer, which escapes whatever is not Markdown. Should it ever let something through, it ends here.
"""

from __future__ import annotations

from typing import Final

import nh3

from provider_threads.html.code_blocks import CLASSES

__all__ = ["ATTRIBUTES", "TAGS", "walled"]

TAGS: Final = frozenset(
    {
        "a",
        "blockquote",
        "br",
        "code",
        "del",
        "div",
        "em",
        "h3",
        "h4",
        "h5",
        "h6",
        "hr",
        "li",
        "ol",
        "p",
        "pre",
        "s",
        "span",
        "strong",
        "sup",
        "table",
        "tbody",
        "td",
        "th",
        "thead",
        "tr",
        "ul",
    }
)
ATTRIBUTES: Final = {
    "a": frozenset({"href", "id", "title"}),
    "code": frozenset({"dir"}),
    "ol": frozenset({"start"}),
    "pre": frozenset({"dir"}),
}
"""By tag. Beside these an ``a`` has ``rel`` and may have ``target``, and some tags have one of `_CLASSES`."""

_CLASSES: Final = {
    "a": frozenset({"reference"}),
    "div": frozenset({"code", "language", "table"}),
    "p": frozenset({"verbatim"}),
    "span": CLASSES,
    "td": frozenset({"center", "left", "right"}),
    "th": frozenset({"center", "left", "right"}),
}
_CLEANER: Final = nh3.Cleaner(
    tags=TAGS,
    clean_content_tags=set(),  # what stands in a tag that goes is text, and stays
    attributes=ATTRIBUTES,
    tag_attribute_values={"a": {"target": {"_blank"}}},
    allowed_classes=_CLASSES,
    url_schemes={"http", "https"},
    link_rel="noopener noreferrer nofollow",
)


def walled(html: str) -> str:
    """`html` without any tag, attribute, class or address that is not on the list."""
    return _CLEANER.clean(html)
