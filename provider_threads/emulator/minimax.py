"""MiniMax's thread and message calls, as its Assistants API documents describe them.

Every answer is HTTP 200 and carries ``base_resp``, whose ``status_code`` is 0 or an error code. Documents
show GET requests with a JSON body, the SDKs put the same parameters into the query: both are read, unless a
switch says no.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any
from urllib.parse import parse_qsl

from starlette.requests import Request
from starlette.responses import Response

from provider_threads.emulator.identifiers import new_id, new_message_id
from provider_threads.emulator.minimax_messages import served_message, served_thread
from provider_threads.emulator.pages import Page, UnknownCursorError, Window
from provider_threads.emulator.records import StoredMessage, StoredThread
from provider_threads.emulator.seeding import attached
from provider_threads.emulator.state import EmulatorState
from provider_threads.emulator.switches import Switches
from provider_threads.emulator.wire import (
    Answer,
    MalformedBodyError,
    is_string_list,
    is_string_map,
    json_response,
    read_object,
)

AUTHENTICATION_FAILED = 1004
BAD_INPUT = 2013
_SUCCESS = {"status_code": 0, "status_msg": "success"}

Parameters = Mapping[str, Any]
Call = Callable[[EmulatorState, Parameters], dict[str, Any]]


class MiniMaxError(Exception):
    """An error of the platform, answered under HTTP 200 in ``base_resp``."""

    def __init__(self, status_code: int, message: str) -> None:
        super().__init__(message)
        self.status_code = status_code
        self.message = message


async def answer(request: Request, state: EmulatorState) -> Answer:
    """Answer one request below ``/v1/``."""
    operation = request.url.path.removeprefix("/v1/")
    parameters: dict[str, Any] = {}
    try:
        _authenticate(request, state)
        perform = _call(request.method, operation)
        parameters = await _received(request, state)
        result = perform(state, parameters)
    except MiniMaxError as error:
        return Answer(operation, parameters, refused(error.status_code, error.message), str(error.status_code))
    return Answer(operation, parameters, json_response({**result, "base_resp": _SUCCESS}))


def refused(status_code: int, message: str) -> Response:
    """An error in the platform's envelope."""
    return json_response({"base_resp": {"status_code": status_code, "status_msg": message}})


def _call(method: str, operation: str) -> Call:
    if (method, operation) not in _CALLS:
        raise MiniMaxError(BAD_INPUT, "invalid params, no such call")
    return _CALLS[method, operation]


def _authenticate(request: Request, state: EmulatorState) -> None:
    if request.headers.get("authorization") != f"Bearer {state.credentials.minimax_api_key}":
        raise MiniMaxError(state.switches.minimax_invalid_key, "login fail: please carry a valid API key")
    if request.query_params.get("GroupId") != state.credentials.minimax_group_id:
        raise MiniMaxError(AUTHENTICATION_FAILED, "token not match group")


async def _received(request: Request, state: EmulatorState) -> dict[str, Any]:
    query = dict(parse_qsl(request.url.query, keep_blank_values=True))
    query.pop("GroupId", None)
    try:
        body = read_object(await request.body())
    except MalformedBodyError as error:
        raise MiniMaxError(BAD_INPUT, f"invalid params, {error}") from None
    read = state.switches.minimax_parameters if request.method == "GET" else "body"
    return {**(query if read != "body" else {}), **(body if read != "query" else {})}


def _text(parameters: Parameters, name: str) -> str:
    value = parameters.get(name)
    if not isinstance(value, str) or not value:
        raise MiniMaxError(BAD_INPUT, f"invalid params, {name} is required")
    return value


def _not_found(state: EmulatorState, what: str) -> MiniMaxError:
    number = state.switches.minimax_unknown_thread
    reason = "invalid params" if number == BAD_INPUT else "unknown error"
    return MiniMaxError(number, f"{reason}, {what} not found")


def _thread(state: EmulatorState, thread_id: str) -> StoredThread:
    thread = state.storage.thread("minimax", thread_id)
    if thread is None:
        raise _not_found(state, "thread")
    return thread


def _metadata(parameters: Parameters) -> dict[str, str] | None:
    metadata: dict[str, str] | None = parameters.get("metadata")
    if metadata is not None and not is_string_map(metadata):
        raise MiniMaxError(BAD_INPUT, "invalid params, metadata must map strings to strings")
    return metadata


def _create_thread(state: EmulatorState, parameters: Parameters) -> dict[str, Any]:
    now_ms = state.now_ms()
    thread = StoredThread(new_id("minimax", "thread"), now_ms, now_ms, _metadata(parameters) or {})
    state.storage.add_thread("minimax", thread)
    return served_thread(thread)


def _retrieve_thread(state: EmulatorState, parameters: Parameters) -> dict[str, Any]:
    return served_thread(_thread(state, _text(parameters, "thread_id")))


def _modify_thread(state: EmulatorState, parameters: Parameters) -> dict[str, Any]:
    thread = _thread(state, _text(parameters, "id"))
    metadata = _metadata(parameters)
    if metadata is not None:
        state.storage.set_thread_metadata("minimax", thread.id, metadata, state.now_ms())
    return {"thread": served_thread(_thread(state, thread.id))}


def _add_message(state: EmulatorState, parameters: Parameters) -> dict[str, Any]:
    role, content = _text(parameters, "role"), _text(parameters, "content")
    written = ("user", "assistant") if state.switches.minimax_assistant_writes == "accept" else ("user",)
    if role not in written:
        raise MiniMaxError(BAD_INPUT, f"invalid params, role must be {' or '.join(written)}")
    file_ids = parameters.get("file_ids")
    if file_ids is not None and not is_string_list(file_ids):
        raise MiniMaxError(BAD_INPUT, "invalid params, file_ids must be a list of ids")
    metadata = _metadata(parameters)
    thread = _thread(state, _text(parameters, "thread_id"))
    now_ms = state.now_ms()
    message = StoredMessage(
        id=new_message_id("minimax", role),
        thread_id=thread.id,
        role="ai" if role == "assistant" else role,
        text=content,
        created_ms=now_ms,
        files=attached(file_ids or (), now_ms),
        metadata=metadata,
    )
    state.storage.add_messages("minimax", [message])
    return served_message(message, state.switches)


def _retrieve_message(state: EmulatorState, parameters: Parameters) -> dict[str, Any]:
    thread = _thread(state, _text(parameters, "thread_id"))
    message = state.storage.message("minimax", thread.id, _text(parameters, "message_id"))
    if message is None:
        raise _not_found(state, "message")
    return served_message(message, state.switches)


def _list_messages(state: EmulatorState, parameters: Parameters) -> dict[str, Any]:
    thread = _thread(state, _text(parameters, "thread_id"))
    window = window_of(
        parameters, state.switches, lambda cursor: state.storage.positions_of("minimax", thread.id, cursor)
    )
    messages = state.storage.messages("minimax", thread.id, window)[0] if window else []
    return {
        "object": "list",
        "data": [served_message(message, state.switches) for message in messages],
        "first_id": messages[0].id if messages else "",
        "last_id": messages[-1].id if messages else "",
    }


def window_of(
    parameters: Parameters, switches: Switches, positions_of: Callable[[str], Sequence[int]]
) -> Window | None:
    """The stretch of a thread that a request for its messages asks for, None for none of it.

    Raises:
        MiniMaxError: an order or a limit that is none, or a cursor that names nothing in the list.
    """
    heeds = "everything" if switches.minimax_cursor != "ignored" else switches.minimax_without_cursor
    if heeds == "whole":
        return Window(switches.minimax_default_order)
    order = (parameters.get("order") if heeds != "limit" else None) or switches.minimax_default_order
    if order not in ("asc", "desc"):
        raise MiniMaxError(BAD_INPUT, "invalid params, order must be asc or desc")
    limit = _limit(switches, parameters.get("limit", 20))
    if heeds != "everything":
        return Window(order, limit)
    page = Page(
        order,
        limit,
        after=str(parameters.get("after") or ""),
        before=str(parameters.get("before") or ""),
        inclusive=switches.minimax_cursor == "inclusive",
        chronological=switches.minimax_cursor_reading == "chronological",
        unknown_cursor=switches.unknown_cursor,
    )
    try:
        return page.window(positions_of)
    except UnknownCursorError:
        raise MiniMaxError(BAD_INPUT, "invalid params, no message of the cursor's id") from None


def _limit(switches: Switches, asked: object) -> int:
    if isinstance(asked, str) and asked.isdecimal():
        asked = int(asked[:9])
    if not isinstance(asked, int) or isinstance(asked, bool) or asked < 1:
        raise MiniMaxError(BAD_INPUT, "invalid params, limit must be a number from 1")
    if asked > switches.minimax_max_limit and switches.minimax_over_limit == "reject":
        raise MiniMaxError(BAD_INPUT, f"invalid params, limit must be at most {switches.minimax_max_limit}")
    return min(asked, switches.minimax_max_limit, switches.minimax_page_cap or asked)


_CALLS: Mapping[tuple[str, str], Call] = {
    ("POST", "threads/create"): _create_thread,
    ("GET", "threads/retrieve"): _retrieve_thread,
    ("POST", "threads/modify"): _modify_thread,
    ("POST", "threads/messages/add"): _add_message,
    ("GET", "threads/messages/retrieve"): _retrieve_message,
    ("GET", "threads/messages/list"): _list_messages,
}
