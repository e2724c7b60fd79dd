"""Where an export goes: a file that is there whole or not at all, or a stream that gets all or nothing."""

from __future__ import annotations

import contextlib
import os
import shutil
import sys
import tempfile
from abc import ABC, abstractmethod
from pathlib import Path
from types import TracebackType
from typing import IO, Final

from typing_extensions import Self

from provider_threads.cli.harmless import visible
from provider_threads.errors import ConfigurationError

try:
    import fcntl
except ImportError:  # pragma: no cover - Windows, which removes no file that another run has open, and has no locks
    fcntl = None  # type: ignore[assignment]  # asked below

__all__ = ["Target", "WholeFile", "WholeStream", "held"]

_IN_MEMORY: Final = 8 * 2**20
"""Bytes of an export on its way to a stream that are kept in memory; a temporary file has more."""


class Target(ABC):
    """Text on its way to where it is shown once it is whole: in a ``with`` block, written, and then finished.

    Who leaves the block before that leaves nothing behind.
    """

    _content: IO[bytes]

    def write(self, text: str) -> None:
        """Add text, as UTF-8; half a surrogate pair becomes a question mark."""
        self._content.write(text.encode("utf-8", "replace"))

    @abstractmethod
    def finish(self) -> int:
        """Show what was written; how many bytes that is. May be called in another thread."""

    @abstractmethod
    def __enter__(self) -> Self: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with contextlib.suppress(OSError):  # what a full disk did not take, it does not take now
            self._content.close()


class WholeFile(Target):
    """A file, written under another name beside it, on the disk before it gets its own, and so never seen half.

    What a killed process left under that other name is written over, what another run is writing there is not.
    """

    def __init__(self, path: Path) -> None:
        self.path: Path = Path(os.path.realpath(path))  # a link stays one
        self._part = self.path.with_name(f".{self.path.name}.part")

    def __enter__(self) -> Self:
        """Begin.

        Raises:
            ConfigurationError: another run is writing this file.
        """
        try:
            self._remove_rest()
            self._content = self._part.open("xb")  # never through a link that somebody put there
        except (BlockingIOError, FileExistsError):
            raise self._taken() from None
        descriptor = self._content.fileno()
        if not (held(descriptor) and os.fstat(descriptor).st_nlink):
            self._content.close()  # another run is about to remove it, or has done so
            raise self._taken()
        self._finished = False
        return self

    def _remove_rest(self) -> None:
        if fcntl is None:
            self._part.unlink(missing_ok=True)
            return
        try:
            rest = os.open(self._part, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
        except OSError:  # there is none, or no file
            self._part.unlink(missing_ok=True)
            return
        try:
            if not held(rest):
                raise BlockingIOError
            self._part.unlink(missing_ok=True)
        finally:
            os.close(rest)

    def _taken(self) -> ConfigurationError:
        return ConfigurationError(f"{self.path}: another export is writing this file. Wait for its end.")

    def finish(self) -> int:
        """Give the file its name."""
        self._content.flush()
        os.fsync(self._content.fileno())
        size = self._content.tell()
        if fcntl is None:  # Windows renames no file that is open; elsewhere that holds it for this run
            self._content.close()
        self._part.replace(self.path)
        self._finished = True
        self._content.close()
        _sync_directory(self.path.parent)
        return size

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if fcntl is None:
            super().__exit__(kind, error, trace)
        if not self._finished:
            self._part.unlink(missing_ok=True)
        super().__exit__(kind, error, trace)


class WholeStream(Target):
    """Stdout, or a file that is no regular one, such as a named pipe. On a terminal nothing but text takes effect."""

    def __init__(self, path: Path | None) -> None:
        self._path = path

    def __enter__(self) -> Self:
        self._content = tempfile.SpooledTemporaryFile(_IN_MEMORY)
        return self

    def finish(self) -> int:
        """Copy it all to the stream."""
        size = self._content.tell()
        self._content.seek(0)
        if self._path is not None:
            with self._path.open("wb") as stream:
                shutil.copyfileobj(self._content, stream)
        elif sys.stdout.isatty():
            for line in self._content:
                sys.stdout.write(visible(line.decode()))
            sys.stdout.flush()
        else:
            sys.stdout.flush()
            shutil.copyfileobj(self._content, sys.stdout.buffer)
            sys.stdout.buffer.flush()
        return size


def held(descriptor: int) -> bool:
    """Have an open file for this run alone; whether no other run has it."""
    if fcntl is None:
        return True
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:  # a file system without locks
        return True
    return True


def _sync_directory(directory: Path) -> None:
    """Make a new name last through a power failure, where the system lets directories be synced."""
    with contextlib.suppress(OSError):
        descriptor = os.open(directory, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
