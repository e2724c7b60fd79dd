"""A listening socket, and uvicorn serving it in a thread."""

import asyncio
import contextlib
import ipaddress
import socket
import threading

import uvicorn
from starlette.applications import Starlette
from uvicorn.protocols.http.h11_impl import H11Protocol

from provider_threads.emulator.faults_connection import TRANSPORT

_STOP_SECONDS = 0.5


class _Connection(H11Protocol):
    """uvicorn's connection; requests on it know it, so that a fault can do to it what HTTP does not allow."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn's own
        """Begin to serve a connection."""
        super().connection_made(transport)
        self.app_state = {**self.app_state, TRANSPORT: transport}


class ThreadedServer(uvicorn.Server):
    """uvicorn in a thread of its own, stopped by an event: its own polling costs 0.2 s a stop."""

    def __init__(self, app: Starlette, listener: socket.socket) -> None:
        # http and loop are named so that what happens to be installed does not change the server.
        config = uvicorn.Config(
            app,
            http=_Connection,
            ws="none",
            loop="asyncio",
            lifespan="off",
            log_config=None,
            access_log=False,
            date_header=False,
            server_header=False,
            # uvicorn's own 5 s are the client's, too: a write might meet a connection that is just being closed.
            timeout_keep_alive=30,
        )
        super().__init__(config)
        self._listener = listener
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stopping = asyncio.Event()
        self._begun = threading.Event()
        self._thread = threading.Thread(target=self._serve_in_thread, name="thread-emulator", daemon=True)

    def start(self) -> None:
        """Return once connections are served.

        Raises:
            RuntimeError: the server ended before it began; its thread has printed why.
        """
        self._thread.start()
        self._begun.wait()
        if self._loop is None:
            raise RuntimeError("the emulator's server could not start")

    def stop(self) -> None:
        """Return once the thread has ended; requests under way get half a second to end."""
        if self._loop is not None:
            with contextlib.suppress(RuntimeError):  # the loop ended by itself
                self._loop.call_soon_threadsafe(self._stopping.set)
        self._thread.join()

    def _serve_in_thread(self) -> None:
        try:
            asyncio.run(self.serve(sockets=[self._listener]))
        finally:
            self._listener.close()
            self._begun.set()

    async def main_loop(self) -> None:
        """Serve until the stop."""
        self._loop = asyncio.get_running_loop()
        self._begun.set()
        await self._stopping.wait()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Close what is idle, wait for what is not, cut what takes too long."""
        loop = asyncio.get_running_loop()
        deadline = loop.time() + _STOP_SECONDS
        # asyncio would leave those open that come about once its server is closed.
        while _accepts() and loop.time() < deadline:  # noqa: ASYNC110  # no event tells of them
            await asyncio.sleep(0)
        for server in self.servers:
            server.close()
        for connection in list(self.server_state.connections):
            connection.shutdown()
        while (  # noqa: ASYNC110  # uvicorn tells of connections and tasks by its sets only
            self.server_state.connections or self.server_state.tasks
        ) and loop.time() < deadline:
            await asyncio.sleep(0.001)
        for task in self.server_state.tasks:
            task.cancel()
        for connection in list(self.server_state.connections):
            connection.transport.abort()
        await asyncio.sleep(0)


def _accepts() -> bool:
    """Whether asyncio is making a connection out of an accepted socket."""
    return any("accept_connection" in getattr(task.get_coro(), "__qualname__", "") for task in asyncio.all_tasks())


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach the host."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def listen(host: str, port: int) -> socket.socket:
    """A listening socket; connections queue in it from here on.

    Raises:
        OSError: the port is taken; the message names it.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # TCP by name: asyncio turns Nagle's algorithm off only then, and with it each answer would take 40 ms.
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((host, port))
            listener.listen(128)
        except OSError as error:
            raise OSError(error.errno, f"port {port} on {host}: {error.strerror}") from None
    except BaseException:
        listener.close()
        raise
    return listener
