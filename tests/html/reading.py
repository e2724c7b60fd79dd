"""HTML read back: its elements, and the text that a reader sees."""

from __future__ import annotations

from html.parser import HTMLParser

__all__ = ["Element", "Read", "read"]

VOID = {"br", "hr", "meta"}
Element = tuple[str, dict[str, str]]


class Read(HTMLParser):
    """What is in a piece of HTML.

    Attributes:
        elements: tag and attributes, in order. said: the text outside the style sheet. open: tags that never ended.
    """

    def __init__(self) -> None:
        super().__init__()
        self.elements: list[Element] = []
        self.said: list[str] = []
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert len({name for name, _ in attrs}) == len(attrs)
        self.elements.append((tag, {name: value or "" for name, value in attrs}))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open[-1:] != ["style"]:
            self.said.append(data)

    def handle_comment(self, data: str) -> None:
        raise AssertionError(f"a comment: {data}")

    @property
    def text(self) -> str:
        """All that is said, in one."""
        return "".join(self.said)

    def tags(self, tag: str) -> list[dict[str, str]]:
        """The attributes of each element of this name."""
        return [attributes for name, attributes in self.elements if name == tag]

    def classed(self, name: str) -> list[Element]:
        """Elements that have this class."""
        return [element for element in self.elements if name in element[1].get("class", "").split()]


def read(html: str) -> Read:
    """Reads HTML in which every element ends where it should."""
    found = Read()
    found.feed(html)
    found.close()
    assert not found.open
    return found
