"""The overlay's database: does it open, which version do its tables have, can it be written. Nothing is changed."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

from provider_threads.cli.checks.file_systems import is_on_network
from provider_threads.cli.checks.findings import Finding, within
from provider_threads.errors import ConfigurationError

__all__ = ["of_overlay"]

_ADVICE: Final = "Pass the path of a SQLite file, or postgresql://user@host/database."
_INSTALL: Final = "pip install 'provider-threads[overlay]'"


def of_overlay(where: str, seconds: float) -> list[Finding]:
    """What a path or URL leads to. Each look at the database is given up after so many seconds."""
    try:
        from provider_threads.cli.checks.overlay_tables import Look, looked_at  # noqa: PLC0415 - an extra
        from provider_threads.overlay import Overlay  # noqa: PLC0415 - the same
    except ImportError:
        return [Finding("database", "failed", "the overlay's library is missing.", _INSTALL)]
    try:
        overlay = Overlay(where)
    except ConfigurationError as error:
        return [Finding("database", "failed", str(error).removeprefix("overlay: "), _ADVICE)]
    found: list[Finding] = []
    url = overlay.database.url
    if url.get_backend_name() == "sqlite":
        path = Path(str(url.database))
        found.append(_of_place(path))
        if found[0].status == "failed":
            return found
        found.append(is_on_network(path))
        if not path.exists():
            return found
    try:
        look: Look = within(seconds, lambda: looked_at(url, waits=seconds / 3))
    except TimeoutError:
        return [
            *found,
            Finding(
                "database",
                "failed",
                f"did not answer within {seconds:g} s.",
                "Check that it can be reached, and that no other program holds it.",
            ),
        ]
    return [*found, *look]


def _of_place(path: Path) -> Finding:
    """The file, or the folder that it would be made in; SQLite writes files of its own beside it."""
    folder = path.parent
    if path.is_dir():
        return Finding("file", "failed", "is a folder.", "Name a file, such as threads.db in it.")
    if not folder.is_dir():
        return Finding("file", "failed", "its folder does not exist.", "Make the folder, or name another.")
    if not os.access(folder, os.W_OK | os.X_OK):
        return Finding(
            "file", "failed", "its folder cannot be written.", "Give this user the right to, or name another place."
        )
    if not path.exists():
        return Finding("file", "ok", "does not exist yet; the first write makes it.")
    if not os.access(path, os.R_OK | os.W_OK):
        return Finding("file", "failed", "cannot be read and written.", "Give this user the right to.")
    return Finding("file", "ok", "can be read and written.")
