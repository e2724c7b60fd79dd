"""A message's Markdown as HTML that is safe to show: CommonMark, tables and ``~~strikethrough~~``.

Nothing that a reader would miss gets lost, as it does with Markdown's usual rules: no line becomes the definition of a
link elsewhere, a table keeps surplus cells by staying text, and an address that is not linked stays readable. Raw HTML
is text. An image is a link to it.
"""

from __future__ import annotations

from collections.abc import Iterator, MutableMapping, Sequence
from dataclasses import dataclass, field
from html import escape
from typing import Any, Final

from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.rules_block import StateBlock
from markdown_it.rules_block.table import escapedSplit
from markdown_it.rules_block.table import table as gfm_table
from markdown_it.rules_core import StateCore
from markdown_it.token import Token

from provider_threads.html.addresses import is_web_address, with_addresses
from provider_threads.html.code_blocks import Colouring, highlighted
from provider_threads.html.emphasis import emphasis
from provider_threads.html.formulas import formula
from provider_threads.html.references import MARK, Marked, Reference
from provider_threads.html.wall import walled

__all__ = ["Shown", "to_html"]

_LONGEST: Final = 200_000  # characters; a longer text is shown as it is: nobody wrote it as Markdown
_NESTING: Final = 20  # of quotes and lists; the parser drops what is deeper


@dataclass(frozen=True, slots=True)
class Shown:
    """A text as HTML. `anchors` are the ids in it: a reference in code, or in a link, is a number without one."""

    html: str = field(repr=False)
    anchors: frozenset[str]


def to_html(text: str, references: Sequence[Reference] = (), colouring: Colouring | None = None) -> Shown:
    """`text` as HTML, with its references as links to their notes, and its code with colours.

    Args:
        colouring: what all texts of a page share; unless given, the text is taken for a page.
    """
    marked = Marked(text, references)
    environment: dict[str, Any] = {"marked": marked, "linked": [], "colouring": colouring or Colouring()}
    tokens = _MARKDOWN.parse(marked.text, environment) if len(marked.text) <= _LONGEST else None
    # What is in the deepest may be gone.
    if tokens is None or any(token.nesting == 1 and token.level >= _NESTING - 1 for token in tokens):
        pieces = list(marked.pieces(marked.text))
        linked = [piece for piece in pieces if isinstance(piece, Reference)]
        inside = "".join(escape(piece) if isinstance(piece, str) else _link(piece) for piece in pieces)
        html = f'<p class="verbatim">{inside}</p>'
    else:
        html, linked = _MARKDOWN.renderer.render(tokens, _MARKDOWN.options, environment), environment["linked"]
    return Shown(walled(html), frozenset(reference.anchor for reference in linked))


def _link(reference: Reference) -> str:
    return f'<sup><a class="reference" id="{reference.anchor}" href="#{reference.note}">[{reference.number}]</a></sup>'


class _Markdown(MarkdownIt):
    """The parser with our own rule for addresses."""

    def validateLink(self, url: str) -> bool:  # noqa: N802 - the parser's name
        return is_web_address(url)

    def normalizeLink(self, url: str) -> str:  # noqa: N802 - the parser's name
        return super().normalizeLink(MARK.sub("", url))  # the marker behind an address is no part of it


def _table(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    """A table. What has no column in the head, which the rule drops, goes on in the last one."""
    before = len(state.tokens)
    if not gfm_table(state, start, end, silent):
        return False
    cells = [token for token in state.tokens[before:] if token.type == "inline" and token.map]
    columns = sum(token.map == [start, start + 1] for token in cells)
    for last in cells[2 * columns - 1 :: columns]:  # from the first row below the head on
        at = last.map[0] if last.map else start
        row = escapedSplit(state.src[state.bMarks[at] + state.tShift[at] : state.eMarks[at]].strip())
        row = row[not row[0] : len(row) - (not row[-1])]  # a line may begin and end with a bar
        if len(row) > columns:
            last.content = " | ".join(cell.strip() for cell in row[columns - 1 :])
    return True


def _ready(state: StateCore) -> None:
    """The last step of parsing: references, images and links as a page has them."""
    marked: Marked = state.env["marked"]
    for token in state.tokens:
        if token.type == "inline":
            token.children = _ready_inline(token.children or [], marked)
        elif token.type in ("fence", "code_block"):
            token.content, token.info = marked.as_text(token.content), marked.as_text(token.info)
        elif token.type in ("heading_open", "heading_close"):
            token.tag = f"h{min(int(token.tag[1]) + 2, 6)}"  # below the page's own
        elif token.type in ("td_open", "th_open") and (style := token.attrs.pop("style", "")):
            token.attrs["class"] = str(style).removeprefix("text-align:")


def _ready_inline(tokens: Sequence[Token], marked: Marked) -> list[Token]:
    ready: list[Token] = []
    in_link = False
    for at, token in enumerate(tokens):
        if token.type == "text":
            for piece in marked.pieces(token.content):
                ready += [_text_in_link(piece)] if in_link else _linked(piece)
        elif token.type == "code_inline":
            token.content = marked.as_text(token.content)
            ready.append(token)
        elif token.type == "image":
            ready += _image(token, in_link, marked)
        else:
            ready.append(token)
        if token.type == "link_open":
            in_link = True
            token.attrs["target"] = "_blank"
            if "title" in token.attrs:
                token.attrs["title"] = marked.as_text(str(token.attrs["title"]))
            if tokens[at + 1].type == "link_close":  # it would be there, and nobody could see it
                ready.append(_text(str(token.attrs["href"])))
        elif token.type == "link_close":
            in_link = False
    return ready


def _image(token: Token, in_link: bool, marked: Marked) -> list[Token]:
    """A link to the image, with the text that stands for it; in another link its text and address."""
    address = str(token.attrs["src"])
    said = "".join(_plain(child) for child in token.children or [])
    title = str(token.attrs.get("title", ""))
    alternative = marked.as_text(" ".join(part for part in (said, title and f"({title})") if part))
    if in_link:
        return [_text(f"{alternative} ({address})" if alternative else address)]
    return _link_to(address, alternative or address)


def _plain(token: Token) -> str:
    """A token of an image's alternative text; links and images in it by what they say and where they lead."""
    if token.type == "image":
        return "".join([*map(_plain, token.children or []), f" ({token.attrs['src']})"])
    if token.type == "link_open":
        return f"{token.attrs['href']} "
    return "\n" if token.type in ("softbreak", "hardbreak") else token.content


def _text(content: str) -> Token:
    return Token("text", "", 0, content=content)


def _linked(piece: str | Reference) -> Iterator[Token]:
    """A piece of a text that is in no link yet, with the addresses in it as links."""
    if isinstance(piece, Reference):
        yield Token("reference", "", 0, meta={"reference": piece})
        return
    for words, is_address in with_addresses(piece):
        if is_address:
            yield from _link_to(words, words)
        elif words:
            yield _text(words)


def _link_to(address: str, words: str) -> list[Token]:
    opening = Token("link_open", "a", 1, attrs={"href": address, "target": "_blank"})
    return [opening, _text(words), Token("link_close", "a", -1)]


def _text_in_link(piece: str | Reference) -> Token:
    return _text(piece if isinstance(piece, str) else f"[{piece.number}]")


def _show_reference(
    renderer: RendererHTML, tokens: Sequence[Token], at: int, options: Any, environment: MutableMapping[str, Any]
) -> str:
    reference: Reference = tokens[at].meta["reference"]
    environment["linked"].append(reference)
    return _link(reference)


def _show_code(
    renderer: RendererHTML, tokens: Sequence[Token], at: int, options: Any, environment: MutableMapping[str, Any]
) -> str:
    code, info = tokens[at].content, tokens[at].info.strip()
    named = f'<div class="language">{escape(info)}</div>' if info else ""
    colours = highlighted(code, info.split()[0] if info else "", environment["colouring"])
    return f'<div class="code">{named}<pre dir="ltr"><code>{colours}</code></pre></div>\n'


def _show_inline_code(
    renderer: RendererHTML, tokens: Sequence[Token], at: int, options: Any, environment: MutableMapping[str, Any]
) -> str:
    return f'<code dir="ltr">{escape(tokens[at].content)}</code>'


def _parser() -> MarkdownIt:
    # As in a chat, a line break is a line break.
    parser = _Markdown("commonmark", {"html": False, "breaks": True, "maxNesting": _NESTING})
    parser.enable(["table", "strikethrough"]).disable("reference")
    parser.block.ruler.at("table", _table, {"alt": ["paragraph"]})
    parser.inline.ruler.at("emphasis", emphasis)
    parser.inline.ruler.before("escape", "formula", formula)
    parser.core.ruler.push("ready", _ready)
    parser.add_render_rule("reference", _show_reference)
    parser.add_render_rule("fence", _show_code)
    parser.add_render_rule("code_block", _show_code)
    parser.add_render_rule("code_inline", _show_inline_code)
    parser.add_render_rule("table_open", lambda *_: '<div class="table"><table>\n')
    parser.add_render_rule("table_close", lambda *_: "</table></div>\n")
    return parser


_MARKDOWN: Final = _parser()
