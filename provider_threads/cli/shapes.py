"""What ``--json`` writes: the library's own classes, field by field, as pydantic dumps and reads them.

``TypeAdapter(ThreadMessage).validate_json(line)`` makes the message again.
"""

from __future__ import annotations

import json
import re
import sys
from functools import cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pydantic import TypeAdapter

__all__ = ["json_line", "print_json", "shape_of"]


@cache
def _adapter(kind: Any) -> TypeAdapter[Any]:
    from pydantic import TypeAdapter  # noqa: PLC0415 - help needs none of it

    return TypeAdapter(kind)


def shape_of(value: object) -> Any:
    """A `Thread`, `ThreadMessage` or `ThreadFile` as plain JSON: every field by its name, times in ISO 8601."""
    kind: Any = type(value)
    return _adapter(kind).dump_python(value, mode="json")


def json_line(value: object, *, ascii_only: bool = False) -> str:
    """`value` (plain JSON, or of one of the library's classes) as one line of JSON, without its line break.

    What a terminal would act upon is escaped, as are halves of surrogate pairs, which no encoding has.
    """
    plain = value if isinstance(value, dict | list | str | int | float | bool | None) else shape_of(value)
    written = json.dumps(plain, ensure_ascii=ascii_only)
    return _ESCAPED.sub(lambda found: f"\\u{ord(found[0]):04x}", written)


_ESCAPED = re.compile("[\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]")


def print_json(value: object) -> None:
    """`json_line` on stdout, with everything beyond ASCII escaped where stdout is not UTF-8."""
    encoding = (sys.stdout.encoding or "").lower().replace("-", "").replace("_", "")
    sys.stdout.write(json_line(value, ascii_only=not encoding.startswith("utf")) + "\n")
