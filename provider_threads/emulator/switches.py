"""Rules that no document of the platforms settles: each a switch, with the positions a server may be in.

The default of a switch is the position closest to the documents; where they say nothing at all, the one
most APIs of this family share. A client is right only if it works in every position.
"""

import dataclasses
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import UnionType
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints


@dataclass(frozen=True)
class Switches:
    """The position of every switch; immutable, so a change is a new one assigned to ``Emulator.switches``.

    A *chronological* cursor means "created after/before that message", whatever the order of the list; a
    *positional* one means "further down/up this list". A *page cap* makes pages shorter than the limit that
    was asked for.

    Raises:
        ValueError: a value is not one of the switch's positions; the message names them.
    """

    appbuilder_cursor: Literal["inclusive", "exclusive"] = "inclusive"
    appbuilder_cursor_reading: Literal["chronological", "positional"] = "chronological"
    appbuilder_max_limit: int = 20
    appbuilder_over_limit: Literal["cap", "reject"] = "cap"
    appbuilder_page_cap: int | None = None
    appbuilder_has_more: Literal["present", "absent"] = "present"
    appbuilder_errors: Literal["status", "body", "gateway", "error_code"] = "status"
    appbuilder_omitted_files: Literal["keep", "clear"] = "keep"

    minimax_cursor: Literal["inclusive", "exclusive", "ignored"] = "exclusive"
    minimax_cursor_reading: Literal["positional", "chronological"] = "positional"
    minimax_without_cursor: Literal["whole", "limit", "limit_and_order"] = "whole"
    minimax_default_order: Literal["asc", "desc"] = "asc"
    minimax_max_limit: int = 100
    minimax_over_limit: Literal["cap", "reject"] = "cap"
    minimax_page_cap: int | None = None
    minimax_parameters: Literal["both", "body", "query"] = "both"
    minimax_assistant_writes: Literal["accept", "reject"] = "accept"
    minimax_invalid_key: Literal[1004, 2049] = 1004
    minimax_unknown_thread: Literal[2013, 1000] = 2013
    minimax_offsets: Literal["code_points", "utf16"] = "code_points"

    hunyuan_content: Literal["parts", "string"] = "parts"
    hunyuan_unknown_thread: Literal["InvalidParameterValue", "ResourceNotFound"] = "InvalidParameterValue"
    hunyuan_default_limit: int = 20
    hunyuan_timestamps: Literal["shifted", "true"] = "shifted"

    echoed_thread_ids: Literal["true", "placeholder"] = "true"
    unknown_cursor: Literal["reject", "empty", "ignore"] = "reject"
    clock_offset: int = 0

    def __post_init__(self) -> None:
        for name, hint in get_type_hints(type(self)).items():
            value = getattr(self, name)
            if not _holds(hint, value) or (_is_count(name, value) and value < 1):
                raise ValueError(f"{name}={value!r} is not a position of the switch: {_positions(name, hint)}")

    @classmethod
    def parse(cls, assignments: Iterable[str]) -> "Switches":
        """Switches from texts such as ``appbuilder_cursor=exclusive``, the rest at their defaults.

        Raises:
            ValueError: no ``=``, an unknown name (the message lists the known ones) or an unknown position.
        """
        changes: dict[str, Any] = {}
        for assignment in assignments:
            name, separator, value = (part.strip() for part in assignment.partition("="))
            if not separator:
                raise ValueError(f"a switch is written name=value, not {assignment!r}")
            changes[name] = _from_text(value, _hint_of(name))
        return cls(**changes)

    def changed(self, changes: Mapping[str, Any]) -> "Switches":
        """These switches with some moved.

        Raises:
            ValueError: an unknown name or position.
        """
        for name in changes:
            _hint_of(name)
        return dataclasses.replace(self, **changes)

    @classmethod
    def positions(cls) -> dict[str, str]:
        """Every switch and, in words, the positions it can take."""
        return {name: _positions(name, hint) for name, hint in get_type_hints(cls).items()}


def _hint_of(name: str) -> Any:
    hints = get_type_hints(Switches)
    if name not in hints:
        raise ValueError(f"unknown switch {name!r}; known: {', '.join(sorted(hints))}")
    return hints[name]


def _is_count(name: str, value: object) -> bool:
    return isinstance(value, int) and name != "clock_offset"


def _holds(hint: Any, value: object) -> bool:
    if get_origin(hint) is Literal:
        return any(value == choice and type(value) is type(choice) for choice in get_args(hint))
    if get_origin(hint) in (Union, UnionType):
        return any(_holds(choice, value) for choice in get_args(hint))
    return type(value) is hint


def _from_text(text: str, hint: Any) -> object:
    if get_origin(hint) is Literal:
        return next((choice for choice in get_args(hint) if str(choice) == text), text)
    if get_origin(hint) in (Union, UnionType) and text.lower() == "none":
        return None
    return int(text) if re.fullmatch(r"-?\d{1,18}", text, re.ASCII) else text


def _positions(name: str, hint: Any) -> str:
    if get_origin(hint) is Literal:
        return " | ".join(str(choice) for choice in get_args(hint))
    number = "seconds" if name == "clock_offset" else "a number from 1"
    return number if hint is int else f"{number} | none"
