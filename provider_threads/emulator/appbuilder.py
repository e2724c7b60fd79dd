"""Baidu AppBuilder's thread and message calls, as its Assistants API documents describe them.

Every call is a POST with a JSON body. Only user messages are written and changed. Times are in
milliseconds. How an error travels is not documented: the SDK reads an HTTP status and an ``error`` object,
and a gateway in front of the platform has its own form, so the switch ``appbuilder_errors`` decides.
"""

import uuid
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from provider_threads.emulator.appbuilder_messages import (
    served_file,
    served_message,
    served_thread,
)
from provider_threads.emulator.appbuilder_types import (
    AppBuilderError,
    Parameters,
    checked_file_ids,
    checked_metadata,
    checked_text,
    not_found,
    requested_page,
)
from provider_threads.emulator.identifiers import new_id, new_message_id
from provider_threads.emulator.pages import UnknownCursorError, Window, cut
from provider_threads.emulator.records import StoredMessage, StoredThread
from provider_threads.emulator.seeding import attached
from provider_threads.emulator.state import EmulatorState
from provider_threads.emulator.switches import Switches
from provider_threads.emulator.wire import Answer, MalformedBodyError, json_response, read_object

Call = Callable[[EmulatorState, Parameters], dict[str, Any]]


async def answer(request: Request, state: EmulatorState) -> Answer:
    """Answer one request below ``/v2/``."""
    operation = request.url.path.removeprefix("/v2/")
    request_id = _request_id(request)
    parameters: dict[str, Any] = {}
    try:
        _authenticate(request, state)
        perform = _call(request.method, operation)
        parameters = await _received(request)
        payload = perform(state, parameters)
    except AppBuilderError as error:
        response = error_response(error, request_id, state.switches)
        return Answer(operation, parameters, response, error.code)
    return Answer(operation, parameters, json_response(payload, headers={"X-Appbuilder-Request-Id": request_id}))


def _request_id(request: Request) -> str:
    # The SDK reads this header back, whatever else the answer holds.
    return request.headers.get("x-appbuilder-request-id") or str(uuid.uuid4())


def refused(request: Request, switches: Switches, status: int, code: str, message: str) -> Response:
    """An error in the form that the switch ``appbuilder_errors`` says."""
    return error_response(AppBuilderError(status, code, message), _request_id(request), switches)


def error_response(error: AppBuilderError, request_id: str, switches: Switches) -> Response:
    """The error in the form that the switch ``appbuilder_errors`` says."""
    headers = {"X-Appbuilder-Request-Id": request_id}
    if switches.appbuilder_errors == "gateway":
        failure = {"code": error.code, "message": error.message, "requestId": request_id}
        return json_response(failure, headers=headers)
    if switches.appbuilder_errors == "error_code":
        return json_response({"error_code": error.number, "error_msg": error.message}, headers=headers)
    # All four keys: the SDK fails on an error that lacks one of them.
    detail = {"code": error.code, "message": error.message, "type": error.type, "param": error.param}
    status = error.status if switches.appbuilder_errors == "status" else 200
    return json_response({"error": detail}, status, headers)


def _authenticate(request: Request, state: EmulatorState) -> None:
    sent = (request.headers.get("authorization"), request.headers.get("x-appbuilder-authorization"))
    if f"Bearer {state.credentials.appbuilder_token}" not in sent:
        raise AppBuilderError(401, "InvalidHTTPAuthHeader", "the token is missing or not valid")


def _call(method: str, operation: str) -> Call:
    if operation not in _CALLS:
        raise not_found("path", "no such call")
    if method != "POST":
        raise AppBuilderError(405, "method_not_allowed", "only POST is supported")
    return _CALLS[operation]


async def _received(request: Request) -> dict[str, Any]:
    try:
        return read_object(await request.body())
    except MalformedBodyError as error:
        raise AppBuilderError(400, "invalid_json", str(error)) from None


def _thread(state: EmulatorState, parameters: Parameters) -> StoredThread:
    thread = state.storage.thread("appbuilder", checked_text(parameters, "thread_id"))
    if thread is None:
        raise not_found("thread_id", "no such thread")
    return thread


def _message(state: EmulatorState, parameters: Parameters) -> StoredMessage:
    thread = _thread(state, parameters)
    message = state.storage.message("appbuilder", thread.id, checked_text(parameters, "message_id"))
    if message is None:
        raise not_found("message_id", "no such message in the thread")
    return message


def _create_thread(state: EmulatorState, parameters: Parameters) -> dict[str, Any]:
    messages = parameters.get("messages") or []
    if not isinstance(messages, list) or not all(isinstance(message, dict) for message in messages):
        raise AppBuilderError(400, "invalid_parameter", "messages must be a list of objects", param="messages")
    now_ms = state.now_ms()
    metadata = checked_metadata(parameters)
    thread = StoredThread(new_id("appbuilder", "thread"), now_ms, now_ms, metadata or {})
    new = [_new_message(thread.id, message, now_ms + index) for index, message in enumerate(messages)]
    state.storage.add_thread("appbuilder", thread, new)
    return served_thread(thread)


def _query_thread(state: EmulatorState, parameters: Parameters) -> dict[str, Any]:
    return served_thread(_thread(state, parameters))


def _update_thread(state: EmulatorState, parameters: Parameters) -> dict[str, Any]:
    thread = _thread(state, parameters)
    metadata = checked_metadata(parameters)
    if metadata is not None:
        state.storage.set_thread_metadata("appbuilder", thread.id, metadata, state.now_ms())
    return served_thread(_thread(state, parameters))


def _delete_thread(state: EmulatorState, parameters: Parameters) -> dict[str, Any]:
    thread = _thread(state, parameters)
    state.storage.delete_thread("appbuilder", thread.id)
    return {"id": thread.id, "object": "thread.deleted", "deleted": True}


def _new_message(thread_id: str, parameters: Parameters, now_ms: int) -> StoredMessage:
    role = checked_text(parameters, "role")
    if role != "user":
        raise AppBuilderError(400, "invalid_parameter", "role must be user", param="role")
    return StoredMessage(
        id=new_message_id("appbuilder", role),
        thread_id=thread_id,
        role=role,
        text=checked_text(parameters, "content"),
        created_ms=now_ms,
        files=attached(checked_file_ids(parameters) or (), now_ms),
    )


def _create_message(state: EmulatorState, parameters: Parameters) -> dict[str, Any]:
    message = _new_message(_thread(state, parameters).id, parameters, state.now_ms())
    state.storage.add_messages("appbuilder", [message])
    return served_message(message, state.switches, "create")


def _query_message(state: EmulatorState, parameters: Parameters) -> dict[str, Any]:
    return served_message(_message(state, parameters), state.switches, "query")


def _update_message(state: EmulatorState, parameters: Parameters) -> dict[str, Any]:
    message = _message(state, parameters)
    if message.role != "user":
        raise AppBuilderError(400, "invalid_parameter", "only user messages can be changed", param="message_id")
    text, file_ids = checked_text(parameters, "content"), checked_file_ids(parameters)
    files = message.files
    if file_ids is not None or state.switches.appbuilder_omitted_files == "clear":
        files = attached(file_ids or (), state.now_ms())
    changed = state.storage.replace_message("appbuilder", message, text=text, parts=None, files=files)
    return served_message(changed, state.switches, "query")


def _list_messages(state: EmulatorState, parameters: Parameters) -> dict[str, Any]:
    thread = _thread(state, parameters)
    window = window_of(
        parameters, state.switches, lambda cursor: state.storage.positions_of("appbuilder", thread.id, cursor)
    )
    messages, has_more = state.storage.messages("appbuilder", thread.id, window) if window else ([], False)
    data = [served_message(message, state.switches, "list") for message in messages]
    return _list([message.id for message in messages], data, has_more, state.switches)


def _list_files(state: EmulatorState, parameters: Parameters) -> dict[str, Any]:
    message = _message(state, parameters)
    window = window_of(
        parameters,
        state.switches,
        lambda cursor: [index for index, file in enumerate(message.files) if file.id == cursor],
    )
    files, has_more = cut(message.files, window) if window else ([], False)
    data = [served_file(file, message.id) for file in files]
    return _list([file.id for file in files], data, has_more, state.switches)


def window_of(
    parameters: Parameters, switches: Switches, positions_of: Callable[[str], Sequence[int]]
) -> Window | None:
    """The stretch of a list that a request asks for, None for none of it.

    Raises:
        AppBuilderError: an order or a limit that is none, or a cursor that names nothing in the list.
    """
    try:
        return requested_page(parameters, switches).window(positions_of)
    except UnknownCursorError:
        raise not_found("after", "the cursor names nothing in this list") from None


def _list(ids: list[str], data: list[dict[str, Any]], has_more: bool, switches: Switches) -> dict[str, Any]:
    served: dict[str, Any] = {
        "object": "list",
        "data": data,
        "first_id": ids[0] if ids else "",
        "last_id": ids[-1] if ids else "",
    }
    return {**served, "has_more": has_more} if switches.appbuilder_has_more == "present" else served


_CALLS: Mapping[str, Call] = {
    "threads": _create_thread,
    "threads/query": _query_thread,
    "threads/update": _update_thread,
    "threads/delete": _delete_thread,
    "threads/messages": _create_message,
    "threads/messages/list": _list_messages,
    "threads/messages/query": _query_message,
    "threads/messages/update": _update_message,
    "threads/messages/files/list": _list_files,
}
