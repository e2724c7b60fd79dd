"""The ASGI application: three protocols, their requests recorded, and the admin surface, all on one port."""

from collections.abc import Awaitable, Callable
from email.utils import formatdate

from starlette.applications import Starlette
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Mount, Route

from provider_threads.emulator import admin, appbuilder, hunyuan, minimax
from provider_threads.emulator.faults_serving import Protocol, answered, may_meet_faults
from provider_threads.emulator.identifiers import Provider
from provider_threads.emulator.recording import RecordedRequest, without_credentials
from provider_threads.emulator.state import EmulatorState

METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE"]


def application(state: EmulatorState) -> Starlette:
    """The application that serves a state."""
    return Starlette(
        routes=[
            Route("/", _endpoint("hunyuan", hunyuan.answer, state), methods=METHODS),
            Route("/v1/{call:path}", _endpoint("minimax", minimax.answer, state), methods=METHODS),
            Route("/v2/{call:path}", _endpoint("appbuilder", appbuilder.answer, state), methods=METHODS),
            Mount("/_emulator", routes=admin.routes(state)),
        ]
    )


def _endpoint(provider: Provider, protocol: Protocol, state: EmulatorState) -> Callable[[Request], Awaitable[Response]]:
    async def endpoint(request: Request) -> Response:
        received_at = state.now()
        try:
            if may_meet_faults(request, state):
                answer = await answered(request, state, provider, protocol)
            else:
                answer = await protocol(request, state)
        except ClientDisconnect:
            return Response(status_code=400)  # nobody is left to read it
        state.requests.add(
            RecordedRequest(
                provider=provider,
                operation=answer.operation,
                method=request.method,
                path=request.url.path,
                status=answer.response.status_code,
                error=answer.error,
                received_at=received_at,
                parameters=answer.parameters,
                headers=without_credentials(request.headers),
                faults=answer.faults,
            )
        )
        # The server's own clock, so that a client can find out how far off it is.
        answer.response.headers.setdefault("date", formatdate(state.now(), usegmt=True))
        return answer.response

    return endpoint
