"""A message as the page shows it: everything that its template prints, and nothing else of the message."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timezone, tzinfo

from markupsafe import Markup

from provider_threads.html.code_blocks import Colouring
from provider_threads.html.markdown import to_html
from provider_threads.html.notes import Note, notes_of
from provider_threads.html.words import Words
from provider_threads.messages import ThreadMessage

__all__ = ["Bubble", "bubble_of", "without_surrogates"]

_SIDES = ("user", "assistant", "system")


@dataclass(frozen=True, slots=True)
class Bubble:
    """A message on a page.

    Attributes:
        anchor: its id on the page. side: ``user``, ``assistant``, ``system`` or ``other``. name: whose it is.
        time: in the page's zone. text: as HTML. lang: of the text, empty where that is not known.
        notes: its sources. files, images: ids. other_parts: how many parts are of a kind that cannot be shown.
        status: what is to be known of it, or None. facts: names and values for those who look closer.
    """

    anchor: str
    side: str
    name: str
    time: datetime | None
    text: Markup = field(repr=False)
    lang: str
    notes: list[Note]
    files: tuple[str, ...]
    images: tuple[str, ...]
    other_parts: int
    status: str | None
    facts: list[tuple[str, str]] = field(repr=False)


def bubble_of(message: ThreadMessage, anchor: str, zone: tzinfo, words: Words, colouring: Colouring) -> Bubble:
    """`message` in the words of a page whose times are in `zone`, and whose code shares `colouring`."""
    text, references, notes = notes_of(message, anchor)
    shown = to_html(without_surrogates(text), references, colouring)
    images = tuple(part.file_id or "" for part in message.parts if part.kind == "image")
    return Bubble(
        anchor=anchor,
        side=message.role if message.role in _SIDES else "other",
        name=words.roles.get(message.role, message.role) or words.unnamed,
        time=_in_zone(message.created_at, zone),
        # What the renderer gives has been through the wall; a lone surrogate would not get through, nor into a file.
        text=Markup(shown.html),  # noqa: S704 - see above
        lang=language_of(message.text),
        notes=[replace(note, places=tuple(filter(shown.anchors.__contains__, note.places))) for note in notes],
        files=message.file_ids,
        images=tuple(file_id for file_id in images if file_id not in message.file_ids),
        other_parts=sum(part.kind == "other" for part in message.parts),
        status=words.status.get(message.status or "", message.status if message.status != "completed" else None),
        facts=list(_facts(message, words)),
    )


def _facts(message: ThreadMessage, words: Words) -> Iterator[tuple[str, str]]:
    yield words.message, message.key
    if message.provider_role != message.role:
        yield words.role_sent, message.provider_role
    if message.run_id:
        yield words.run, message.run_id
    if message.assistant_id:
        yield words.assistant, message.assistant_id
    for name, value in (message.metadata or {}).items():
        shown = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
        yield f"{words.metadata}: {name}", shown


def _in_zone(time: datetime | None, zone: tzinfo) -> datetime | None:
    if time is None:
        return None
    aware = time if time.tzinfo else time.replace(tzinfo=timezone.utc)
    try:
        return aware.astimezone(zone)
    except OverflowError:  # at either end of the calendar
        return aware


def language_of(text: str) -> str:
    """The language of `text` where its script settles that, else empty, which in HTML is "not known".

    Han characters alone are taken for Chinese. It decides on the shapes of characters and on how a reader pronounces
    them, for which the page's own language would be a wrong guess.
    """
    letters = sum(map(str.isalpha, text))
    kana, hangul, han = (len(script.findall(text)) for script in (_KANA, _HANGUL, _HAN))
    if letters == 0 or 4 * (kana + hangul + han) < letters:
        return ""
    if kana or hangul:
        return "ja" if kana >= hangul else "ko"
    return "zh"


_KANA = re.compile("[\u3041-\u3096\u30a1-\u30fa]")
_HANGUL = re.compile("[\uac00-\ud7a3]")
_HAN = re.compile("[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U000323af]")
_SURROGATES = re.compile("[\ud800-\udfff]")


def without_surrogates(text: str) -> str:
    """`text` with a replacement character for every half of a pair: JSON allows one alone, and UTF-8 none."""
    return _SURROGATES.sub("\ufffd", text)
