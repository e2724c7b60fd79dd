"""The emulator as a running server: in a thread for tests and demos, or blocking for the command line."""

import contextlib
import signal
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from types import TracebackType
from typing import TYPE_CHECKING, NamedTuple

from starlette.applications import Starlette

from provider_threads.emulator.application import application
from provider_threads.emulator.credentials import Credentials
from provider_threads.emulator.faults import Fault
from provider_threads.emulator.faults_plan import FaultPlan
from provider_threads.emulator.identifiers import PROVIDERS, Provider
from provider_threads.emulator.listening import ThreadedServer, is_loopback, listen
from provider_threads.emulator.recording import RecordedRequest
from provider_threads.emulator.records import StoredMessage
from provider_threads.emulator.seeding import SeedMessage, seed_thread
from provider_threads.emulator.state import EmulatorState
from provider_threads.emulator.storage import Storage
from provider_threads.emulator.switches import Switches

if TYPE_CHECKING:
    from typing_extensions import Self


class _Running(NamedTuple):
    state: EmulatorState
    app: Starlette
    server: ThreadedServer
    port: int


class Emulator:
    """Three platforms on one port of the loopback interface, for the length of a ``with`` block.

    ``database`` is ``:memory:`` or the path of a file that survives; ``port`` 0 takes a free one.
    ``switches`` and ``faults`` may be assigned at any time and take effect at once. Chance is drawn from
    ``fault_seed``: the same requests in the same order meet the same faults.

    Raises:
        ValueError: a host that is not loopback, unless ``allow_remote`` says that others may reach it.
        OSError: the port is taken.
    """

    def __init__(
        self,
        database: str = ":memory:",
        switches: Switches | None = None,
        port: int = 0,
        *,
        host: str = "127.0.0.1",
        allow_remote: bool = False,
        faults: Iterable[Fault] = (),
        fault_seed: int = 0,
    ) -> None:
        if not allow_remote and not is_loopback(host):
            raise ValueError(
                f"{host} can be reached from other machines, and the emulator's credentials are public: use 127.0.0.1, "
                "or pass allow_remote=True"
            )
        self._database = database
        self._switches = switches or Switches()
        self._address = (host, port)
        self._credentials = Credentials()
        self._faults = FaultPlan(faults, fault_seed)
        self._running: _Running | None = None

    def __enter__(self) -> "Self":
        if self._running is not None:
            raise RuntimeError("the emulator is running already")
        storage = Storage(self._database)
        try:
            listener = listen(*self._address)
            port: int = listener.getsockname()[1]
            state = EmulatorState(storage, self._switches, self._credentials, faults=self._faults)
            app = application(state)
            server = ThreadedServer(app, listener)
            server.start()
        except BaseException:
            storage.close()
            raise
        self._running = _Running(state, app, server, port)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        running, self._running = self._running, None
        if running is not None:
            running.server.stop()
            running.state.storage.close()

    def _current(self) -> _Running:
        if self._running is None:
            raise RuntimeError("the emulator is not running: use it in a with block")
        return self._running

    @property
    def app(self) -> Starlette:
        """The ASGI application."""
        return self._current().app

    @property
    def base_url(self) -> str:
        """Where the server listens, such as ``http://127.0.0.1:40321``; the same for all three platforms."""
        host, port = self._address[0], self._current().port
        return f"http://{f'[{host}]' if ':' in host else host}:{port}"

    @property
    def credentials(self) -> Credentials:
        """What the server lets in."""
        return self._credentials

    @property
    def environment(self) -> dict[str, str]:
        """The environment variables under which SDKs and this library look for the credentials."""
        return self._credentials.environment

    @property
    def switches(self) -> Switches:
        """The position of every switch."""
        return self._running.state.switches if self._running else self._switches

    @switches.setter
    def switches(self, switches: Switches) -> None:
        if self._running is None:
            self._switches = switches
        else:
            self._running.state.switches = switches

    @property
    def faults(self) -> tuple[Fault, ...]:
        """The faults in effect."""
        return self._faults.faults

    @faults.setter
    def faults(self, faults: Iterable[Fault]) -> None:
        self._faults.set(faults)

    def inject(self, *faults: Fault) -> None:
        """Put faults into effect beside those that are."""
        self._faults.add(faults)

    def faulty(self, *faults: Fault) -> contextlib.AbstractContextManager[None]:
        """Put faults into effect for the length of a ``with`` block."""
        return self._faults.added(faults)

    @property
    def injected(self) -> dict[str, int]:
        """How many requests met each kind of fault so far."""
        return self._faults.injected

    @property
    def requests(self) -> list[RecordedRequest]:
        """What was asked so far, oldest first; at most the newest ten thousand."""
        return self._current().state.requests.snapshot()

    def clear_requests(self) -> None:
        """Forget the recorded requests."""
        self._current().state.requests.clear()

    def seed(
        self,
        provider: Provider,
        messages: Iterable[SeedMessage] = (),
        *,
        thread_id: str | None = None,
        metadata: Mapping[str, str] | None = None,
    ) -> str:
        """Store a thread with these messages, oldest first, and give its id; an existing thread is added to.

        Raises:
            ValueError: an unknown provider, or citations for a platform whose documents show none.
        """
        return seed_thread(self._current().state, _known(provider), messages, thread_id=thread_id, metadata=metadata)

    def messages(self, provider: Provider, thread_id: str) -> list[StoredMessage]:
        """What the server holds of a thread, oldest first.

        Raises:
            KeyError: there is no such thread.
        """
        storage = self._current().state.storage
        if storage.thread(_known(provider), thread_id) is None:
            raise KeyError(thread_id)
        return storage.messages(provider, thread_id)[0]

    def script_replies(self, *replies: str) -> None:
        """Say what the emulated model answers next, once each; after that it echoes the question again."""
        self._current().state.replies.script(replies)

    def reset(self) -> None:
        """Forget threads, requests and scripted replies, and put switches and faults back to where they began."""
        self._current().state.reset()


def serve(
    host: str = "127.0.0.1",
    port: int = 8765,
    database: str = ":memory:",
    switches: Switches | None = None,
    *,
    allow_remote: bool = False,
    faults: Iterable[Fault] = (),
    fault_seed: int = 0,
    ready: Callable[[Emulator], None] | None = None,
) -> None:
    """Run the emulator until SIGINT or SIGTERM; ``ready`` is called once it listens.

    Raises:
        ValueError: a host that is not loopback without ``allow_remote``, or not called in the main thread, the only
            one that is told of signals.
        OSError: the port is taken.
    """
    stop = threading.Event()
    with (
        _stopped_by_signals(stop),
        Emulator(
            database,
            switches,
            port,
            host=host,
            allow_remote=allow_remote,
            faults=faults,
            fault_seed=fault_seed,
        ) as emulator,
    ):
        if ready is not None:
            ready(emulator)
        stop.wait()


@contextlib.contextmanager
def _stopped_by_signals(stop: threading.Event) -> Iterator[None]:
    numbers: Sequence[signal.Signals] = (signal.SIGINT, signal.SIGTERM)
    previous = {number: signal.signal(number, lambda *_: stop.set()) for number in numbers}
    try:
        yield
    finally:
        for number, handler in previous.items():
            signal.signal(number, handler)


def _known(provider: Provider) -> Provider:
    if provider not in PROVIDERS:
        raise ValueError(f"provider must be one of {', '.join(PROVIDERS)}")
    return provider
