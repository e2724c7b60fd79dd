"""A thread on a terminal: colours, and Markdown as it is meant."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Any, ClassVar, Final

from markdown_it import MarkdownIt
from markdown_it.token import Token
from rich import box, markdown
from rich.console import Console, ConsoleOptions, Group, RenderableType, RenderResult
from rich.rule import Rule
from rich.segment import Segment
from rich.syntax import Syntax
from rich.table import Table
from rich.text import Text

from provider_threads.cli.conversation import GAP, Spoken, heads_of, missing_before, spoken
from provider_threads.cli.harmless import visible
from provider_threads.footnotes import CitedText
from provider_threads.messages import ThreadView

__all__ = ["rendered"]

_COLOURS: Final = {"user": "cyan", "assistant": "green", "system": "magenta", "tool": "yellow", "function": "yellow"}

_LONGEST: Final = 50_000  # characters; a longer text is shown as it is
_NESTING: Final = 20  # of quotes and lists; the parser drops what is deeper


def rendered(title: str, view: ThreadView, roles: Collection[str], *, as_markdown: bool) -> Iterator[RenderableType]:
    """What to print, piece by piece."""
    yield Text(visible(title), style="bold")
    for head in heads_of(view, roles):
        yield Text(visible(head), style="yellow")
    gap = missing_before(view)
    for at, message in enumerate(view):
        if at == gap:
            yield _gap()
        if not roles or message.role in roles:
            yield Text()
            yield _message(spoken(message), as_markdown)
    if gap == len(view) and view:
        yield _gap()


def _gap() -> RenderableType:
    return Group(Text(), Rule(Text(GAP, style="bold yellow"), style="yellow"))


def _message(said: Spoken, as_markdown: bool) -> RenderableType:
    heading = Text(overflow="fold")
    colour = _COLOURS.get(said.role, "blue")
    parts = ((said.name, f"bold {colour}"), (said.status, "bold yellow"), (said.time, "dim"), (said.key, "dim"))
    for part, style in parts:
        if part:
            heading.append("  " if heading else "")
            heading.append(" ".join(visible(part).split()), style=style)
    body: list[RenderableType] = []
    if said.text.text.strip():
        body.append(_text(said.text, as_markdown))
    body.extend(Text(visible(line), style="dim", overflow="fold") for line in ("", *said.notes) if said.notes)
    body.extend(Text(visible(line), style="italic", overflow="fold") for line in said.beside)
    return Group(heading, _Indented(Group(*body))) if body else heading


def _text(said: CitedText, as_markdown: bool) -> RenderableType:
    if as_markdown and len(said.text) <= _LONGEST:
        tokens = _PARSER.parse(visible(_with_plain_numbers(said)))
        if not any(token.nesting == 1 and token.level >= _NESTING - 1 for token in tokens):
            return _Markdown(tokens)
    return Text(visible(said.text.strip("\n")), overflow="fold")


def _with_plain_numbers(said: CitedText) -> str:
    """The text with a backslash behind the numbers that Markdown would otherwise take for the beginning of a link."""
    pieces, read = [], 0
    for end in sorted({citation.end for citation in said.citations if citation.end is not None and citation.marker}):
        if said.text[end : end + 1] in ("(", "[", ":"):
            pieces.append(said.text[read:end])
            read = end
    return "\\".join((*pieces, said.text[read:]))


# Nothing of a text may go: tags and the definitions of links are text here, and so are images, of which nothing but the
# words could be shown. A link in angle brackets would be written out twice.
_PARSER: Final = (
    MarkdownIt("commonmark", {"html": False})
    .enable(["strikethrough", "table"])
    .disable(["autolink", "image", "reference"])
)


class _Indented:
    """What is shown two columns to the right, without the spaces to the end of the line that rich puts there.

    They would be copied with the text.
    """

    def __init__(self, renderable: RenderableType) -> None:
        self._renderable = renderable

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        inner = options.update(width=max(options.max_width - 2, 1), height=None)
        for line in console.render_lines(self._renderable, inner, pad=False):
            while line:
                end = line.pop()
                if end.style is not None and end.style.bgcolor is not None:
                    line.append(end)
                    break
                if text := end.text.rstrip(" "):
                    line.append(Segment(text, end.style))
                    break
            if line:
                yield Segment("  ")
                yield from line
            yield Segment.line()


class _Heading(markdown.Heading):
    """A heading at the left, without a box, whichever version of rich it is."""

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        yield self.text


class _CodeBlock(markdown.CodeBlock):
    """Code without a margin above and below: paragraphs are apart already."""

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        code = self.text.plain.rstrip()
        yield Syntax(code, self.lexer_name, theme=self.theme, word_wrap=True, padding=(0, 0, 0, 2))


class _Table(markdown.TableElement):
    """A table whose cells are broken into lines where they are too wide, and not cut."""

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        table = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False)
        if self.header is not None and self.header.row is not None:
            for cell in self.header.row.cells:
                table.add_column(cell.content, header_style="bold", overflow="fold")
        for row in self.body.rows if self.body is not None else ():
            table.add_row(*(cell.content for cell in row.cells))
        yield table


class _Markdown(markdown.Markdown):
    """Markdown without links that a click would follow: the address is written out behind the words."""

    elements: ClassVar[dict[str, Any]] = {
        **markdown.Markdown.elements,
        "heading_open": _Heading,
        "fence": _CodeBlock,
        "code_block": _CodeBlock,
        "table_open": _Table,
    }

    def __init__(self, tokens: list[Token]) -> None:
        super().__init__("", code_theme="ansi_dark", hyperlinks=False)
        for token in tokens:
            for child in token.children or ():
                if child.type == "softbreak":  # people break lines in a chat where they mean it
                    child.type = "hardbreak"
        self.parsed = tokens
