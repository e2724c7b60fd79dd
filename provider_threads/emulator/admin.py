"""The admin surface below ``/_emulator/``: seed, look, switch, break, script and reset over HTTP, in JSON.

It asks for no credentials, so what changes something asks for ``Content-Type: application/json``, which no
web page of another origin can send without the permission that this server never gives.
"""

import dataclasses
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from provider_threads.emulator.faults import Fault
from provider_threads.emulator.identifiers import PROVIDERS, Provider
from provider_threads.emulator.records import StoredMessage
from provider_threads.emulator.seeding import seed_from_json, seed_thread
from provider_threads.emulator.state import EmulatorState
from provider_threads.emulator.switches import Switches
from provider_threads.emulator.wire import is_string_map, json_response, read_object

Handler = Callable[[EmulatorState, Request, Mapping[str, Any]], Mapping[str, Any]]


def routes(state: EmulatorState) -> list[Route]:
    """The routes of the admin surface."""
    return [
        Route("/threads", _endpoint(_seed, state), methods=["POST"]),
        Route("/threads/{provider}/{thread_id}/messages", _endpoint(_messages, state), methods=["GET"]),
        Route("/switches", _endpoint(_switches, state), methods=["GET", "PATCH"]),
        Route("/faults", _endpoint(_faults, state), methods=["GET", "PUT", "POST", "DELETE"]),
        Route("/requests", _endpoint(_requests, state), methods=["GET", "DELETE"]),
        Route("/replies", _endpoint(_replies, state), methods=["POST"]),
        Route("/reset", _endpoint(_reset, state), methods=["POST"]),
    ]


def _endpoint(handler: Handler, state: EmulatorState) -> Callable[[Request], Awaitable[Response]]:
    async def endpoint(request: Request) -> Response:
        sent = request.headers.get("content-type", "").partition(";")[0].strip()
        if request.method != "GET" and sent != "application/json":
            return json_response({"error": "send Content-Type: application/json"}, 415)
        try:
            return json_response(handler(state, request, read_object(await request.body())))
        except LookupError as error:
            return json_response({"error": str(error.args[0])}, 404)
        except ValueError as error:
            return json_response({"error": str(error)}, 400)

    return endpoint


def _provider(name: object) -> Provider:
    for provider in PROVIDERS:
        if provider == name:
            return provider
    raise ValueError(f"provider must be one of {', '.join(PROVIDERS)}")


def _seed(state: EmulatorState, _request: Request, body: Mapping[str, Any]) -> Mapping[str, Any]:
    messages = body.get("messages", [])
    if not isinstance(messages, list) or not all(isinstance(message, dict) for message in messages):
        raise ValueError("messages must be a list of objects")
    provider, thread_id, metadata = _provider(body.get("provider")), body.get("thread_id"), body.get("metadata")
    if not (thread_id is None or isinstance(thread_id, str)) or not (metadata is None or is_string_map(metadata)):
        raise ValueError("thread_id must be a string and metadata must map strings to strings")
    seeds = [seed_from_json(message) for message in messages]
    thread_id = seed_thread(state, provider, seeds, thread_id=thread_id, metadata=metadata)
    stored, _ = state.storage.messages(provider, thread_id)
    return {"thread_id": thread_id, "message_ids": [message.id for message in stored]}


def _messages(state: EmulatorState, request: Request, _body: Mapping[str, Any]) -> Mapping[str, Any]:
    provider, thread_id = _provider(request.path_params["provider"]), request.path_params["thread_id"]
    if state.storage.thread(provider, thread_id) is None:
        raise LookupError(f"{provider} has no thread {thread_id}")
    messages, _ = state.storage.messages(provider, thread_id)
    return {"messages": [_shown(message) for message in messages]}


def _shown(message: StoredMessage) -> dict[str, Any]:
    shown = dataclasses.asdict(message)
    return {**shown, "file_ids": message.file_ids}


def _switches(state: EmulatorState, request: Request, body: Mapping[str, Any]) -> Mapping[str, Any]:
    if request.method == "PATCH":
        state.switches = state.switches.changed(body)
    return {"switches": dataclasses.asdict(state.switches), "positions": Switches.positions()}


def _faults(state: EmulatorState, request: Request, body: Mapping[str, Any]) -> Mapping[str, Any]:
    given = body.get("faults", None if request.method in ("PUT", "POST") else [])
    seed = body.get("seed")
    if not isinstance(given, list) or not (seed is None or type(seed) is int):
        raise ValueError("faults must be a list of texts or objects, and seed a whole number")
    faults = [Fault.from_json(one) for one in given]
    if request.method == "POST":
        state.faults.add(faults)
    elif request.method != "GET":
        state.faults.set(faults)
    if seed is not None:
        state.faults.restart(seed)
    return {"faults": [fault.as_json() for fault in state.faults.faults], "injected": state.faults.injected}


def _requests(state: EmulatorState, request: Request, _body: Mapping[str, Any]) -> Mapping[str, Any]:
    recorded = state.requests.snapshot()
    if request.method == "DELETE":
        state.requests.clear()
    return {"requests": [dataclasses.asdict(one) for one in recorded]}


def _replies(state: EmulatorState, _request: Request, body: Mapping[str, Any]) -> Mapping[str, Any]:
    replies = body.get("replies")
    if not isinstance(replies, list) or not all(isinstance(reply, str) for reply in replies):
        raise ValueError("replies must be a list of strings")
    state.replies.script(replies)
    return {"scripted": len(replies)}


def _reset(state: EmulatorState, _request: Request, _body: Mapping[str, Any]) -> Mapping[str, Any]:
    state.reset()
    return {"reset": True}
