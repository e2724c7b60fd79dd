"""Numbers in a text that lead to notes, and how they get through a Markdown parser unharmed.

``[1]`` means something in Markdown, and a text may hold a ``[1]`` of its own. So each number that stands for a source
goes in as a mark that the text does not have, and is found again in what the parser made of the text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from typing import Final

__all__ = ["MARK", "Marked", "Reference"]

# The object replacement character: it stands for something that is no text, and Markdown takes it for punctuation, as
# the brackets are that it replaces.
_SIGN: Final = "\ufffc"
MARK: Final = re.compile(f"{_SIGN}[0-9]{{20}}{_SIGN}[0-9]+{_SIGN}")
"""What a mark looks like, in whichever text, and what nothing else does that people write."""


@dataclass(frozen=True, slots=True)
class Reference:
    """A number in a text.

    Attributes:
        start, end: where the number's place is in the text, in code points, half-open.
        number: of the source. anchor: the id of this place. note: the id of the note that it leads to.
    """

    start: int
    end: int
    number: int
    anchor: str
    note: str


class Marked:
    """A text with marks in place of its references. `references` go by their place, and do not overlap.

    Every mark is of the same few characters, whatever the text is.
    """

    def __init__(self, text: str, references: Sequence[Reference]) -> None:
        self._references = references
        # A text cannot hold its own digest, neither as it is nor in what a parser makes of it, `&#65532;` for one.
        digest = blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).digest()
        opening = f"{_SIGN}{int.from_bytes(digest, 'big'):020}{_SIGN}"
        self._marks = re.compile(f"{opening}([0-9]+){_SIGN}")
        pieces = []
        read = 0
        for at, reference in enumerate(references):
            pieces += [text[read : reference.start], opening, str(at), _SIGN]
            read = reference.end
        self.text: str = "".join([*pieces, text[read:]])

    def pieces(self, part: str) -> Iterator[str | Reference]:
        """A part of the marked text that may have been taken out of it whole: its text and references, in order."""
        if not self._references:
            yield part
            return
        for at, piece in enumerate(self._marks.split(part)):  # every second one is what the mark holds
            if at % 2:
                yield self._references[int(piece)]
            elif piece:
                yield piece

    def as_text(self, part: str) -> str:
        """`part` with ``[1]`` for its references: for code, where there are no links."""
        return "".join(piece if isinstance(piece, str) else f"[{piece.number}]" for piece in self.pieces(part))
