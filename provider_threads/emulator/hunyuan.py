"""Tencent Hunyuan's thread actions, as its API documents of version 2023-09-01 describe them.

Every action is a signed ``POST /`` (or GET) whose name stands in ``X-TC-Action``; every answer is HTTP 200
with a ``Response`` that holds either the result or an ``Error``. There is no cursor, no update, no delete;
messages enter a thread by ``RunThread`` only.
"""

import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl

from starlette.requests import Request
from starlette.responses import Response

from provider_threads.emulator.hunyuan_messages import EIGHT_HOURS, served_message, served_thread
from provider_threads.emulator.hunyuan_run import RUN_PARAMETERS, run_thread
from provider_threads.emulator.hunyuan_types import (
    HunyuanError,
    Parameter,
    checked_parameters,
    required,
    stored_thread,
)
from provider_threads.emulator.identifiers import new_id
from provider_threads.emulator.pages import Window
from provider_threads.emulator.records import StoredThread
from provider_threads.emulator.signature import Secret, SignatureError, SignedRequest, verify
from provider_threads.emulator.state import EmulatorState
from provider_threads.emulator.switches import Switches
from provider_threads.emulator.wire import Answer, MalformedBodyError, json_response, read_object

SERVICE = "hunyuan"
VERSION = "2023-09-01"
_LARGEST_POST = 10 * 1024 * 1024
_LARGEST_QUERY = 32 * 1024

Result = Mapping[str, Any] | Response


@dataclass(frozen=True)
class Action:
    """One action: the parameters it knows and the function that performs it."""

    parameters: Mapping[str, Parameter]
    perform: Callable[[EmulatorState, Mapping[str, Any], str], Result]


async def answer(request: Request, state: EmulatorState) -> Answer:
    """Answer one request to ``/``."""
    name = request.headers.get("x-tc-action", "")
    request_id = str(uuid.uuid4())
    parameters: dict[str, Any] = {}
    try:
        body = await request.body()
        action = _action_of(request, body)
        _authenticate(request, body, state)
        parameters = _received(request, body)
        checked = checked_parameters(parameters, action.parameters, textual=request.method == "GET")
        result = action.perform(state, checked, request_id)
    except (HunyuanError, SignatureError) as error:
        return Answer(name, parameters, refused(error.code, error.message, request_id), error.code)
    if isinstance(result, Response):
        return Answer(name, parameters, result)
    return Answer(name, parameters, json_response({"Response": {**result, "RequestId": request_id}}))


def refused(code: str, message: str, request_id: str | None = None) -> Response:
    """An error in the platform's envelope."""
    error = {"Code": code, "Message": message}
    return json_response({"Response": {"Error": error, "RequestId": request_id or str(uuid.uuid4())}})


def _action_of(request: Request, body: bytes) -> Action:
    if request.method not in ("GET", "POST"):
        raise HunyuanError("UnsupportedProtocol", "Only GET and POST are supported.")
    if len(body) > _LARGEST_POST or len(request.url.query) > _LARGEST_QUERY:
        raise HunyuanError("RequestSizeLimitExceeded", "The request is too large.")
    name, version = request.headers.get("x-tc-action"), request.headers.get("x-tc-version")
    if not name or not version:
        raise HunyuanError("MissingParameter", f"X-TC-{'Version' if name else 'Action'} is missing.")
    if version != VERSION:
        raise HunyuanError("NoSuchVersion", "The version of the API does not exist.")
    if name not in ACTIONS:
        raise HunyuanError("InvalidAction", "The action does not exist.")
    return ACTIONS[name]


def _authenticate(request: Request, body: bytes, state: EmulatorState) -> None:
    known = state.credentials
    secrets = {
        known.secret_id: Secret(known.secret_key),
        known.temporary_secret_id: Secret(known.temporary_secret_key, known.temporary_token),
    }
    query = request.scope["query_string"].decode("latin-1")
    headers = {name: request.headers[name] for name in request.headers}
    verify(SignedRequest(request.method, query, headers, body), secrets, service=SERVICE, now=state.now())


def _received(request: Request, body: bytes) -> dict[str, Any]:
    if request.method == "GET":
        return dict(parse_qsl(request.url.query, keep_blank_values=True))
    try:
        return read_object(body)
    except MalformedBodyError as error:
        raise HunyuanError("InvalidParameter", f"Malformed request: {error}.") from None


def _create_thread(state: EmulatorState, _parameters: Mapping[str, Any], _request_id: str) -> Result:
    now_ms = state.now_ms()
    thread = StoredThread(new_id("hunyuan", "thread"), now_ms, now_ms, {})
    state.storage.add_thread("hunyuan", thread)
    return served_thread(thread)


def _get_thread(state: EmulatorState, parameters: Mapping[str, Any], _request_id: str) -> Result:
    # Tencent's examples: GetThread tells a time eight hours later than CreateThread told of the same thread.
    late = EIGHT_HOURS if state.switches.hunyuan_timestamps == "shifted" else 0
    return served_thread(stored_thread(state, parameters["ThreadID"]), late)


def _get_message_list(state: EmulatorState, parameters: Mapping[str, Any], _request_id: str) -> Result:
    window = window_of(parameters, state.switches)
    thread = stored_thread(state, parameters["ThreadID"])
    messages, has_more = state.storage.messages("hunyuan", thread.id, window)
    data = [served_message(message, state.switches) for message in messages]
    return {
        "Data": data,
        "FirstMsgID": messages[0].id if messages else "",
        "LastMsgID": messages[-1].id if messages else "",
        "HasMore": has_more,
        "Object": "list",
    }


def window_of(parameters: Mapping[str, Any], switches: Switches) -> Window:
    """The end of a thread that a request for its messages asks for.

    Raises:
        HunyuanError: an order or a limit that is none.
    """
    limit, order = parameters.get("Limit", switches.hunyuan_default_limit), parameters.get("Order", "desc")
    if not 1 <= limit <= 100:
        raise HunyuanError("InvalidParameterValue", "Limit must be from 1 to 100.")
    if order not in ("asc", "desc"):
        raise HunyuanError("InvalidParameterValue", "Order must be asc or desc.")
    return Window(order, limit)


def _get_message(state: EmulatorState, parameters: Mapping[str, Any], _request_id: str) -> Result:
    thread = stored_thread(state, parameters["ThreadID"])
    message = state.storage.message("hunyuan", thread.id, parameters["MessageID"])
    if message is None:
        raise HunyuanError(state.switches.hunyuan_unknown_thread, "The message does not exist.")
    return served_message(message, state.switches)


_THREAD = {"ThreadID": required(str)}
ACTIONS: Mapping[str, Action] = {
    "CreateThread": Action({}, _create_thread),
    "GetThread": Action(_THREAD, _get_thread),
    "GetThreadMessageList": Action({**_THREAD, "Limit": Parameter(int), "Order": Parameter(str)}, _get_message_list),
    "GetThreadMessage": Action({**_THREAD, "MessageID": required(str)}, _get_message),
    "RunThread": Action({**_THREAD, **RUN_PARAMETERS}, run_thread),
}
