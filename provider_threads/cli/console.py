"""The terminal: colours and widths by rich, and nothing that a stranger's text could do to it."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from typing import Any

from rich.console import Console, ConsoleOptions, RenderableType
from rich.segment import Segment
from rich.style import Style

from provider_threads.cli.harmless import visible

__all__ = ["HarmlessConsole", "console"]


class HarmlessConsole(Console):
    """A console on which text is only shown: no markup, no escape sequences, no links that are not written out."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(**{"markup": False, "emoji": False, "highlight": False, **settings})

    def render(self, renderable: RenderableType, options: ConsoleOptions | None = None) -> Iterable[Segment]:
        """What is shown, piece by piece; everything that is printed comes through here."""
        for segment in super().render(renderable, options):
            if segment.control:
                yield segment
            else:
                yield Segment(visible(segment.text), _without_link(segment.style))


def _without_link(style: Style | None) -> Style | None:
    return style.update_link(None) if style is not None and style.link else style


def console(*, to_stderr: bool = False) -> HarmlessConsole:
    """The console of stdout, or of stderr for what is no result: progress, and words to whoever sits there."""
    return HarmlessConsole(file=sys.stderr if to_stderr else sys.stdout)
