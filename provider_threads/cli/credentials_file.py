"""A file of credentials: ``NAME=VALUE`` lines, as python-dotenv reads them."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from provider_threads.cli.outcome import notice
from provider_threads.errors import ConfigurationError

__all__ = ["read_credentials"]


def read_credentials(path: Path, *, as_json: bool) -> dict[str, str]:
    """The pairs of the file. Comments, quotes and ``export`` are understood; ``${NAME}`` is taken as it stands.

    Says on stderr where others than its owner may read the file.

    Raises:
        ConfigurationError: a line cannot be read, or the file is not UTF-8; neither is repeated.
        OSError: the file cannot be opened.
        ImportError: python-dotenv is missing.
    """
    try:
        from dotenv.parser import parse_stream  # noqa: PLC0415 - an extra, needed here alone
    except ImportError as error:
        raise ImportError("--credentials-file needs an extra: pip install 'provider-threads[cli]'") from error

    pairs: dict[str, str] = {}
    is_text = True
    try:
        with path.open(encoding="utf-8-sig") as lines:
            open_to_others = os.name == "posix" and stat.S_IMODE(os.fstat(lines.fileno()).st_mode) & 0o077
            for binding in parse_stream(lines):
                if binding.error or (binding.key is not None and binding.value is None):
                    raise ConfigurationError(f"{path}, line {binding.original.line}: not NAME=VALUE.")
                if binding.key is not None:
                    pairs[binding.key] = binding.value or ""
    except UnicodeDecodeError:  # which holds the file's bytes: it is left out of the chain
        is_text = False
    if not is_text:
        raise ConfigurationError(f"{path} is not a text file in UTF-8.")
    if open_to_others:
        notice(f"{path} may be read by others on this machine; chmod 600 keeps it to yourself", as_json=as_json)
    return pairs
