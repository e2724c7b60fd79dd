"""Hunyuan's error, and the rules by which its gateway judges parameters before an action sees them."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from provider_threads.emulator.records import StoredThread
from provider_threads.emulator.state import EmulatorState


class HunyuanError(Exception):
    """An error of the action or of the gateway, answered under HTTP 200."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


@dataclass(frozen=True)
class Parameter:
    """The JSON type of a parameter, and whether it must be there."""

    type: type
    needed: bool = False


def required(kind: type) -> Parameter:
    """A parameter that must be there."""
    return Parameter(kind, needed=True)


def checked_parameters(
    received: Mapping[str, Any], known: Mapping[str, Parameter], *, textual: bool = False
) -> dict[str, Any]:
    """The parameters of an action; ``textual`` ones come from a query, where numbers are written as text.

    Raises:
        HunyuanError: UnknownParameter, MissingParameter, or InvalidParameter for a wrong type.
    """
    for name in received:
        if name not in known:
            raise HunyuanError("UnknownParameter", f"The parameter {name[:80]} is not recognized.")
    checked: dict[str, Any] = {}
    for name, parameter in known.items():
        value = received.get(name)
        if value is None or (parameter.needed and value == ""):
            if parameter.needed:
                raise HunyuanError("MissingParameter", f"The parameter {name} is missing.")
            continue
        if textual:
            value = _from_query(value, parameter.type)
        accepted = (int, float) if parameter.type is float else parameter.type
        if not isinstance(value, accepted) or (isinstance(value, bool) and parameter.type is not bool):
            raise HunyuanError("InvalidParameter", f"The parameter {name} must be of type {parameter.type.__name__}.")
        checked[name] = value
    return checked


def _from_query(text: str, kind: type) -> object:
    if kind is int and re.fullmatch(r"-?\d{1,18}", text, re.ASCII):
        return int(text)
    return {"true": True, "false": False}.get(text, text) if kind is bool else text


def stored_thread(state: EmulatorState, thread_id: str) -> StoredThread:
    """The thread of this id.

    Raises:
        HunyuanError: there is none; the code is that of the switch ``hunyuan_unknown_thread``.
    """
    thread = state.storage.thread("hunyuan", thread_id)
    if thread is None:
        raise HunyuanError(state.switches.hunyuan_unknown_thread, "The thread does not exist.")
    return thread
