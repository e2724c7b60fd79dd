"""Answers that go wrong inside HTTP: another one in their place, or the right one spoiled."""

import asyncio
import random
import zlib
from collections.abc import AsyncIterator

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from provider_threads.emulator import appbuilder, hunyuan, minimax
from provider_threads.emulator.faults import Fault, FaultKind
from provider_threads.emulator.faults_connection import body_of
from provider_threads.emulator.faults_json import mutated
from provider_threads.emulator.identifiers import Provider
from provider_threads.emulator.state import EmulatorState
from provider_threads.emulator.wire import Answer

REPLACING: frozenset[FaultKind] = frozenset({"status", "throttled", "busy", "html", "gzip_bomb"})
SPOILING: frozenset[FaultKind] = frozenset({"truncated_json", "mutated_json", "wrong_content_type"})

_PAGE = "<!DOCTYPE html>\n<html><head><title>{0}</title></head><body><h1>{0}</h1><hr>gateway</body></html>\n"
_MEBIBYTE = b" " * 2**20


def replaced(fault: Fault, provider: Provider, request: Request, state: EmulatorState, operation: str) -> Answer:
    """The answer that comes in place of the platform's, and the error code that it has."""
    error = None
    if fault.kind in ("throttled", "busy"):
        error = fault.code_on(provider)
        response = _refusal(fault, provider, request, state, error)
    elif fault.kind == "gzip_bomb":
        headers = {"content-type": "application/json", "content-encoding": "gzip"}
        response = StreamingResponse(_bomb(fault.mebibytes or 1), headers=headers)
    else:
        title = f"Error {fault.status}" if fault.status else "Welcome"
        response = Response(_PAGE.format(title), fault.status or 200, media_type="text/html")
    if fault.retry_after is not None:
        response.headers["retry-after"] = f"{fault.retry_after:g}"
    return Answer(operation, {}, response, error)


def _refusal(fault: Fault, provider: Provider, request: Request, state: EmulatorState, code: str) -> Response:
    message = "too many requests" if fault.kind == "throttled" else "busy, please try again later"
    if provider == "hunyuan":
        return hunyuan.refused(code, message)
    if provider == "minimax":
        return minimax.refused(int(code), message)
    status = 429 if fault.kind == "throttled" else 500
    return appbuilder.refused(request, state.switches, status, code, message)


async def _bomb(mebibytes: int) -> AsyncIterator[bytes]:
    """A JSON object that is nearly all spaces: a kilobyte on the wire for each mebibyte."""
    compress = zlib.compressobj(9, zlib.DEFLATED, 16 + zlib.MAX_WBITS)
    yield compress.compress(b'{"padding": "') + compress.flush(zlib.Z_FULL_FLUSH)
    for _ in range(mebibytes):
        yield compress.compress(_MEBIBYTE) + compress.flush(zlib.Z_FULL_FLUSH)
        await asyncio.sleep(0)  # so that a client that had enough is noticed
    yield compress.compress(b'"}') + compress.flush()


async def spoiled(fault: Fault, response: Response, chance: random.Random) -> Response:
    """The platform's answer, told wrong; its headers stay, the length among them is true."""
    body = await body_of(response)
    if fault.kind == "truncated_json":
        body = body[: chance.randrange(1, max(len(body), 2))]
    elif fault.kind == "mutated_json":
        body = mutated(body, chance)
    kept = {name: value for name, value in response.headers.items() if name != "content-length"}
    if fault.kind == "wrong_content_type":
        kept["content-type"] = "text/html; charset=utf-8"
    return Response(body, response.status_code, kept)
