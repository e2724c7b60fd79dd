"""A message's citations as notes: what each number stands for, and the ways there and back."""

from __future__ import annotations

from dataclasses import dataclass, field

from provider_threads.citation_places import relocate
from provider_threads.citations import Source, sources_of
from provider_threads.footnotes import footnoted
from provider_threads.html.addresses import host_of, is_web_address
from provider_threads.html.references import Reference
from provider_threads.messages import ThreadMessage

__all__ = ["Note", "notes_of"]


@dataclass(frozen=True, slots=True)
class Note:
    """One source of a message.

    Attributes:
        number: as in the text. anchor: the note's id on the page. places: ids of where the text refers to it.
        title: of the source. url: its address if a page may link to it, and host: what that leads to.
        address: what else says where the source is: an address that is not linked, or whatever the platform sent.
        file_id: of a file. quotes: what was quoted.
    """

    number: int
    anchor: str
    places: tuple[str, ...]
    title: str | None = field(repr=False)
    url: str | None
    host: str
    address: str | None
    file_id: str | None
    quotes: tuple[str, ...] = field(repr=False)


def notes_of(message: ThreadMessage, anchor: str) -> tuple[str, list[Reference], list[Note]]:
    """The text with numbers for markers, where the numbers stand, and the notes.

    Args:
        anchor: the message's id on the page; those of places and notes begin with it.
    """
    if not message.citations:
        return message.text, [], []
    placed = relocate(message.text, message.citations)
    noted = footnoted(message.text, placed)
    spots = sorted(
        {
            (citation.start, citation.end, number)
            for citation, number in zip(noted.citations, noted.numbers, strict=True)
            if citation.start is not None and citation.end is not None
        }
    )
    references = [
        Reference(start, end, number, f"{anchor}-r{at}", f"{anchor}-n{number}")
        for at, (start, end, number) in enumerate(spots, 1)
    ]
    places: dict[int, list[str]] = {}
    for reference in references:
        places.setdefault(reference.number, []).append(reference.anchor)
    notes = [
        _note(source, f"{anchor}-n{source.number}", tuple(places.get(source.number, ())))
        for source in sources_of(placed)
    ]
    return noted.text, references, notes


def _note(source: Source, anchor: str, places: tuple[str, ...]) -> Note:
    linked = source.url if source.url and is_web_address(source.url) else None
    address = None if linked else source.url
    if not (source.title or source.quotes or source.url or source.file_id):
        only = source.citations[0]
        address = only.raw if isinstance(only.raw, str) else only.marker
    host = host_of(linked) if linked else ""
    return Note(source.number, anchor, places, source.title, linked, host, address, source.file_id, source.quotes)
