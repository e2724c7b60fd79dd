"""An app's own tests, with the emulator, and its pages."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timezone

import pytest
from typing_extensions import assert_type

from provider_threads import MiniMax, OutcomeUnknownError, ThreadClient, ThreadView
from provider_threads.emulator import (
    CannedEmulator,
    Credentials,
    Emulator,
    Fault,
    RecordedRequest,
    SeedCitation,
    SeedMessage,
    StoredFile,
    StoredMessage,
    Switches,
    serve,
)
from provider_threads.html import thread_fragment, thread_page
from provider_threads.overlay import Overlay


@pytest.fixture
def threads(thread_emulator: Emulator, monkeypatch: pytest.MonkeyPatch) -> Iterator[ThreadClient]:
    """A client of the emulator's MiniMax."""
    for name, value in thread_emulator.environment.items():
        monkeypatch.setenv(name, value)
    with ThreadClient(MiniMax(base_url=thread_emulator.base_url)) as client:
        yield client


def test_the_app(threads: ThreadClient, thread_emulator: Emulator) -> None:
    """What the emulator was seeded with, asked and told."""
    source = SeedCitation("[1]", "6,300 km", url="https://example.com")
    thread_id = thread_emulator.seed(
        "minimax",
        [
            SeedMessage("user", "How long is it?", created_at=datetime.now(timezone.utc)),
            SeedMessage("assistant", "Long[1].", citations=[source], fields={"extra": None}),
        ],
        metadata={"topic": "rivers"},
    )
    assert_type(thread_id, str)
    thread_emulator.switches = Switches(minimax_default_order="desc", minimax_page_cap=5)
    thread_emulator.inject(Fault("busy", times=1, writes=False))
    with thread_emulator.faulty(Fault("reset_after", writes=True)), pytest.raises(OutcomeUnknownError):
        threads.append(thread_id, "How wide?")
    assert_type(thread_emulator.requests, list[RecordedRequest])
    assert_type(thread_emulator.messages("minimax", thread_id), list[StoredMessage])
    assert_type(thread_emulator.injected, dict[str, int])


def test_without_the_fixture() -> None:
    """The emulators by themselves."""
    with Emulator(port=0, faults=[Fault("latency", seconds=0.1)], fault_seed=7) as emulator:
        assert_type(emulator, Emulator)
        assert_type(emulator.base_url, str)
        assert_type(emulator.credentials.minimax_api_key, str)
        assert_type(emulator.credentials, Credentials)
    with CannedEmulator("minimax", round_trip=0.05) as canned:
        assert_type(canned.base_url, str)
    assert_type(serve("127.0.0.1", port=8765), None)


def files_of(message: StoredMessage) -> list[str]:
    """What the emulator holds of a message."""
    assert_type(message.files, Sequence[StoredFile])
    return [file.id for file in message.files]


def page(view: ThreadView) -> str:
    """A thread as a page."""
    assert_type(thread_fragment(view.messages, newest=20), str)
    return thread_page(view, title="Rivers", provider=MiniMax(), time_zone="Asia/Shanghai", language="zh")


def kept() -> str:
    """An overlay that the app opens and closes."""
    with Overlay("threads.db") as overlay:
        assert_type(overlay, Overlay)
        return overlay.location
