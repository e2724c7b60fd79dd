"""What an export's directory holds: a JSON line for each file that is whole, added once the file has its name.

A file without its line was written by a run that was killed in that moment, or by somebody else: it is written again.
"""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO, Any, Final

from provider_threads.cli.export_files import held
from provider_threads.errors import ConfigurationError

__all__ = ["MANIFEST", "Manifest", "WholeThread"]

MANIFEST: Final = "export.manifest"
"""No format has this extension, so that no thread's file has this name."""


@dataclass(frozen=True, slots=True)
class WholeThread:
    """A thread that is whole in a file.

    Attributes:
        thread: its id or key. file: the file's name. size: of the file, in bytes. messages: how many.
        gap: whether messages may be missing, because the platform does not show them.
    """

    thread: str
    file: str
    size: int
    messages: int
    gap: bool


class Manifest:
    """The manifest of one directory, which one run at a time may write to.

    Args:
        directory: made if there is none.
        account: the platform and its address, of which a directory holds threads of one.
        settings: what else a file's content depends on: a file that was made with others is not taken for whole.
    """

    def __init__(self, directory: Path, account: Mapping[str, str], settings: Mapping[str, str]) -> None:
        self.directory = directory
        self._account = dict(account)
        self._settings = dict(settings)
        self._known: dict[str, WholeThread] = {}

    @contextlib.contextmanager
    def opened(self) -> Iterator[None]:
        """Hold the directory.

        Raises:
            ConfigurationError: it holds threads of another account, or another run writes to it.
        """
        self.directory.mkdir(parents=True, exist_ok=True)
        with (self.directory / MANIFEST).open("a+b") as self._lines:
            if not held(self._lines.fileno()):
                raise ConfigurationError(
                    f"{self.directory}: another export is writing here. Wait for its end, or name another directory."
                )
            self._load(self._lines)
            yield

    def whole(self, thread: str, file: str) -> WholeThread | None:
        """What is known of a thread's file, if that is still as it was written."""
        known = self._known.get(file)
        if known is None or known.thread != thread:
            return None
        with contextlib.suppress(OSError):
            if (self.directory / file).stat().st_size == known.size:
                return known
        return None

    def add(self, whole: WholeThread) -> None:
        """Note a file that is whole now. May be called in another thread, one at a time."""
        line = json.dumps({**asdict(whole), **self._account, "settings": self._settings})
        self._lines.write(f"{line}\n".encode())
        self._lines.flush()
        os.fsync(self._lines.fileno())

    def _load(self, lines: IO[bytes]) -> None:
        lines.seek(0)
        torn = False
        for line in lines:
            torn = not line.endswith(b"\n")
            if (noted := _noted(line)) is None:
                continue  # torn by a power failure
            if {name: noted.get(name) for name in self._account} != self._account:
                raise ConfigurationError(
                    f"{self.directory}: it holds threads of another platform or address. Name another directory."
                )
            same = noted.get("settings") == self._settings
            file = str(noted.get("file"))
            self._known.pop(file, None)
            with contextlib.suppress(KeyError):
                if same:
                    self._known[file] = WholeThread(**{name: noted[name] for name in WholeThread.__dataclass_fields__})
        if torn:
            lines.write(b"\n")


def _noted(line: bytes) -> dict[str, Any] | None:
    with contextlib.suppress(ValueError):
        noted = json.loads(line)
        if isinstance(noted, dict):
            return noted
    return None
