"""What ``--json`` writes on stdout: one JSON value a line.

A message is `ThreadMessage.to_json`, which `ThreadMessage.from_json` reads again; a thread is `ThreadView.to_jsonl`.
"""

from __future__ import annotations

import json
import re
import sys
from dataclasses import asdict, is_dataclass
from datetime import datetime
from typing import Any

__all__ = ["json_line", "print_json", "print_line"]

# What a terminal would act upon, and halves of surrogate pairs, which no encoding has.
_ESCAPED = re.compile("[\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")


def json_line(value: Any) -> str:
    """Plain JSON, or one of the library's classes by its fields, as one line without its line break."""
    plain = asdict(value) if is_dataclass(value) and not isinstance(value, type) else value
    written = json.dumps(plain, ensure_ascii=False, separators=(",", ":"), default=datetime.isoformat)
    return _ESCAPED.sub(_escaped, written)


def print_json(value: Any) -> None:
    """`json_line` on stdout."""
    print_line(json_line(value))


def print_line(line: str) -> None:
    """A line of JSON on stdout; what an encoding other than UTF-8 may not have is escaped, never lost."""
    encoding = (sys.stdout.encoding or "ascii").lower().replace("-", "").replace("_", "")
    if not encoding.startswith("utf") and not line.isascii():
        line = json.dumps(json.loads(line), separators=(",", ":"))
    sys.stdout.write(f"{line}\n")


def _escaped(found: re.Match[str]) -> str:
    return f"\\u{ord(found[0]):04x}"
