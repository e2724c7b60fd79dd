"""One request under faults: what it meets is drawn, the platform does what it does, and its answer goes wrong."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from email.utils import formatdate

from starlette.requests import Request
from starlette.responses import Response

from provider_threads.emulator.faults import HEADER, Fault
from provider_threads.emulator.faults_answers import REPLACING, SPOILING, replaced, spoiled
from provider_threads.emulator.faults_connection import KINDS as BREAKING
from provider_threads.emulator.faults_connection import BrokenAnswer, LateAnswer
from provider_threads.emulator.faults_lists import misbehaving
from provider_threads.emulator.faults_plan import Drawn
from provider_threads.emulator.identifiers import Provider
from provider_threads.emulator.state import EmulatorState
from provider_threads.emulator.wire import Answer, json_response

Protocol = Callable[[Request, EmulatorState], Awaitable[Answer]]


def may_meet_faults(request: Request, state: EmulatorState) -> bool:
    """Whether any fault is in effect, or asked for by the request itself."""
    return bool(state.faults) or HEADER in request.headers


async def answered(request: Request, state: EmulatorState, provider: Provider, protocol: Protocol) -> Answer:
    """The protocol's answer as it leaves the server, and the kinds of fault that it met.

    A header that describes no fault is answered with HTTP 400 and a sentence.

    Raises:
        ClientDisconnect: the client left before it had sent all.
    """
    operation = _operation(request, provider)
    try:
        asked = [fault for text in request.headers.getlist(HEADER) for fault in Fault.parse_all(text)]
    except ValueError as error:
        return Answer(operation, {}, json_response({"error": f"{HEADER}: {error}"}, 400), HEADER)
    drawn = state.faults.draw(provider, operation, asked)
    answer = await _met(drawn, request, state, provider, protocol, operation)
    if drawn.late:
        answer = replace(answer, response=LateAnswer(answer.response, drawn.late))
    return replace(answer, faults=drawn.kinds)


async def _met(
    drawn: Drawn, request: Request, state: EmulatorState, provider: Provider, protocol: Protocol, operation: str
) -> Answer:
    fault = drawn.fault
    if fault is None:
        return await protocol(request, state)
    if not fault.applied:
        await request.body()  # all of it has come; the platform never sees it
        answer = Answer(operation, {}, Response())
    else:
        seen = misbehaving(state, fault)
        answer = await protocol(request, seen)
        answer.response.headers["date"] = formatdate(seen.now(), usegmt=True)
    if fault.kind in REPLACING:
        instead = replaced(fault, provider, request, state, operation)
        return replace(answer, response=instead.response, error=instead.error)
    if fault.kind in SPOILING:
        return replace(answer, response=await spoiled(fault, answer.response, drawn.random))
    if fault.kind in BREAKING:
        return replace(answer, response=BrokenAnswer(answer.response, fault))
    return answer


def _operation(request: Request, provider: Provider) -> str:
    """The platform's own name of what is asked, before anything of it is checked."""
    if provider == "hunyuan":
        return request.headers.get("x-tc-action", "")
    return request.url.path[len("/v1/") :]
