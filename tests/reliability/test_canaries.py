"""Whatever goes wrong, no credential and no text shows: in errors, their chains and frames, logs, reprs, pickles."""

from __future__ import annotations

import asyncio
import copy
import socket
import threading
import warnings
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest
from langchain_core.load import dumps
from langchain_core.messages import AIMessage, HumanMessage
from llama_index.core.llms import ChatMessage
from sqlalchemy import text

from langchain_threads import ThreadChatMessageHistory, ThreadLoader
from llamaindex_threads import ThreadChatStore, ThreadMemoryBlock, ThreadMemoryStore, ThreadReader
from provider_threads import UNLIMITED, AsyncThreadClient, Provider, RetryPolicy, ThreadClient, Timeouts
from provider_threads.emulator import Emulator, Fault, SeedMessage
from provider_threads.emulator.identifiers import PROVIDERS
from provider_threads.overlay import Overlay
from tests.wire.sockets import RawServer, unused_address

from .places import ENTRIES, SIGNATURE, all_logged, frames_of, said_by, shown_of
from .row import Property
from .sizes import NIGHTLY

CANARY = "canary7text7of7a7conversation"

FAULTS = (
    "status:status=400",
    "status:status=401",
    "status:status=403",
    "status:status=404",
    "status:status=429:retry_after=1000",
    "status:status=503",
    "throttled",
    "busy",
    "reset_before",
    "reset_after",
    "close_after",
    "short_body",
    "early_eof",
    "html",
    "truncated_json",
    "mutated_json",
    "gzip_bomb:mebibytes=9",
    "foreign_messages",
    "stuck_cursor",
    "clock_off",
)
OTHERS = ("wrong credential", "nobody there", "too slow", "closed", "no database", "bad arguments", "http on tls")

MODES = (*FAULTS, *OTHERS)
CASES = [
    (platform, mode)
    for at, platform in enumerate(PROVIDERS)
    for number, mode in enumerate(MODES)
    if NIGHTLY or (number % 3 == at and mode != "clock_off") or (platform, mode) == ("hunyuan", "clock_off")
]
"""Each mode on one platform in the suite, on every one at night."""

Call = Callable[[], Any]


def settings_of(mode: str) -> dict[str, Any]:
    return {
        "timeout": Timeouts(read=0.02, total=0.05) if mode == "too slow" else Timeouts(read=5),
        "retry": RetryPolicy(2, first_pause=0, longest_pause=0),
        "limits": UNLIMITED,
        "strict_thread_ids": True,
    }


def spoiled(provider: Provider, platform: str, mode: str) -> Provider:
    """The same account at another address, or with a credential that is not let in, as the mode wants it."""
    from provider_threads import AppBuilder, Hunyuan, MiniMax

    base_url = {"nobody there": unused_address(), "http on tls": provider.base_url.replace("http:", "https:")}.get(mode)
    secrets = [secret.reveal() for secret in provider._secrets() if secret.is_set]
    if mode == "wrong credential":
        secrets[-1 if platform == "hunyuan" else 0] += CANARY
    make: Any = {"hunyuan": Hunyuan, "minimax": MiniMax, "appbuilder": AppBuilder}[platform]
    return make(*secrets, base_url=base_url or provider.base_url)  # type: ignore[no-any-return]  # one of three


class Subjects:
    """All that reads and writes threads, over one account."""

    def __init__(self, provider: Provider, overlay: Overlay, thread: str, mode: str) -> None:
        self.client = ThreadClient(provider, **settings_of(mode))
        self.awaited = AsyncThreadClient(provider, **settings_of(mode))
        self.history = ThreadChatMessageHistory(thread, client=self.client, overlay=overlay)
        self.store = ThreadChatStore(client=self.client, overlay=overlay)
        self.memory = ThreadMemoryStore(client=self.client, overlay=overlay)
        self.loader = ThreadLoader(thread, client=self.client)
        self.reader = ThreadReader(client=self.client, thread_ids=thread)
        self.block = ThreadMemoryBlock(thread, client=self.client)
        self.thread = "no id at all" if mode == "bad arguments" else thread
        self.role = "\ud800" if mode == "bad arguments" else "user"

    def calls(self) -> list[Call]:
        thread, said = self.thread, f"mine {CANARY}"
        turn = [HumanMessage(said), AIMessage(said)]
        return [
            lambda: self.client.read(thread),
            lambda: self.client.append(thread, said, self.role),
            lambda: self.client.create_thread({"k": CANARY}),
            lambda: self.client.update_message(thread, "msg_1", said),
            lambda: list(self.client.iter_messages(thread)),
            lambda: asyncio.run(self.awaited.read(thread)),
            lambda: asyncio.run(self.awaited.append(thread, said)),
            self.history.refresh,
            lambda: self.history.add_messages(turn),
            lambda: asyncio.run(self.history.aadd_messages(turn)),
            lambda: self.store.get_messages(thread),
            lambda: self.store.add_message(thread, ChatMessage(said)),
            lambda: asyncio.run(self.memory.add_messages(thread, [ChatMessage(said)])),
            self.loader.load,
            self.reader.load_data,
            lambda: asyncio.run(self.block.aget()),
        ]

    def everything(self) -> str:
        stores = [self.store, self.memory, self.reader, self.block]
        shown = [self.client, self.awaited, self.history, self.loader, *stores, self.client.provider]
        dumped = [one.model_dump_json() for one in stores] + [dumps(self.history), dumps(self.loader)]
        return shown_of(*shown, *map(copy.copy, shown), *dumped)

    def close(self) -> None:
        self.client.close()
        asyncio.run(self.awaited.aclose())


def errors_of(subjects: Subjects) -> Iterator[Exception]:
    for call in subjects.calls():
        try:
            call()
        except Exception as error:  # noqa: BLE001 - whatever comes out is looked at
            yield error


@pytest.mark.parametrize(("platform", "mode"), CASES)
def test_nothing_that_goes_wrong_shows_a_credential_or_a_text(
    platform: Any,
    mode: str,
    emulator: Emulator,
    provider_of: Callable[..., Provider],
    overlay: Overlay,
    record_property: Property,
) -> None:
    thread = emulator.seed(platform, [SeedMessage("user", f"{number} {CANARY}") for number in range(30)])
    secrets = [value for value in vars(emulator.credentials).values() if value != emulator.credentials.minimax_group_id]
    subjects = Subjects(spoiled(provider_of(platform), platform, mode), overlay, thread, mode)
    if mode in FAULTS:
        emulator.faults = [Fault.parse(mode)]
    elif mode == "too slow":
        emulator.faults = [Fault("latency", seconds=0.1)]
    elif mode == "closed":
        subjects.close()
    elif mode == "no database":
        subjects.history.messages  # noqa: B018 - makes the tables
        with overlay.database._engine.begin() as connection:
            connection.execute(text("ALTER TABLE thread_overlay_entries RENAME TO elsewhere"))
    with warnings.catch_warnings(), all_logged("httpx", "httpcore", "asyncio", "sqlalchemy.engine") as lines:
        warnings.simplefilter("ignore")
        errors = list(errors_of(subjects))
        reprs = subjects.everything()
    subjects.close()
    logged = "\n".join(lines)
    assert "httpcore" in logged or mode in ("closed", "bad arguments")
    for error in errors:
        frames = frames_of(error)
        said = said_by(error)
        for secret in secrets:
            assert secret not in said
            assert not [file for file, shown in frames.items() if secret in shown]
        assert not [file for file, shown in frames.items() if SIGNATURE.search(shown)]
        assert CANARY not in said
        leaks = [file for file, shown in frames.items() if CANARY in shown]
        assert [file for file in leaks if not any(entry in file for entry in ENTRIES)] == []
    for secret in secrets:
        assert secret not in logged
        assert secret not in reprs
    assert not SIGNATURE.search(logged + reprs)
    assert CANARY not in reprs
    assert [line for line in lines if CANARY in line] == []
    assert errors or mode in ("mutated_json", "stuck_cursor", "clock_off", "foreign_messages")
    record_property("modes", 1)
    record_property("errors", len(errors))


def interrupted(provider: Provider, server: RawServer) -> BaseException:
    """What comes of a call that is cancelled while it waits for its answer."""
    reached = threading.Event()

    def silent(connection: socket.socket) -> None:
        server.request_on(connection)
        reached.set()
        connection.recv(1)

    async def cancelled() -> BaseException:
        async with AsyncThreadClient(provider) as client:
            task = asyncio.ensure_future(client.get_thread("thread_1"))
            await asyncio.to_thread(reached.wait, 5)
            task.cancel()
            with pytest.raises(asyncio.CancelledError) as caught:
                await task
            return caught.value

    server.handling(silent)
    return asyncio.run(cancelled())


def failed_hook(provider: Provider, server: RawServer) -> BaseException:
    """What comes of a call whose own `http_client` fails in the user's hook."""

    def hook(request: httpx.Request) -> None:
        raise LookupError("the user's own")

    with httpx.Client(event_hooks={"request": [hook]}) as own, ThreadClient(provider, http_client=own) as client:
        with pytest.raises(LookupError) as caught:
            client.get_thread("thread_1")
        return caught.value


@pytest.mark.parametrize(
    ("made", "through"),
    [(interrupted, "provider_threads/transport/"), (failed_hook, "httpx")],
    ids=["interrupted", "failed_hook"],
)
def test_errors_that_are_not_ours_hold_no_credential_in_a_frame(
    platform: str,
    provider_of: Callable[..., Provider],
    server: RawServer,
    emulator: Emulator,
    made: Callable[[Provider, RawServer], BaseException],
    through: str,
) -> None:
    at_the_emulator = provider_of(platform)
    secrets = [secret.reveal() for secret in at_the_emulator._secrets() if secret.is_set]
    config: dict[str, Any] = {**at_the_emulator.config(), "base_url": server.base_url}
    frames = frames_of(made(type(at_the_emulator)(*secrets, **config), server))
    assert [file for file in frames if through in file]
    hidden = set(secrets) - {emulator.credentials.minimax_group_id}
    assert not [file for file, shown in frames.items() if any(secret in shown for secret in hidden)]
    assert not [file for file, shown in frames.items() if SIGNATURE.search(shown)]


def test_nothing_that_goes_well_shows_a_text_in_a_log(
    emulator: Emulator, provider_of: Callable[..., Provider], overlay: Overlay
) -> None:
    thread = emulator.seed("minimax", [SeedMessage("user", CANARY)])
    with (
        all_logged("sqlalchemy.engine") as lines,
        ThreadChatMessageHistory(thread, provider=provider_of("minimax"), overlay=overlay) as history,
    ):
        history.add_messages([HumanMessage(CANARY), AIMessage(CANARY)])
        assert len(history.messages) == 3
    assert [line.split("(")[0] for line in lines if CANARY in line] == []
