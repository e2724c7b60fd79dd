"""Which settings make sense together, what an overlay may be, and that it is shared, copied and pickled safely."""

from __future__ import annotations

import copy
import math
import pickle
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from provider_threads import ConfigurationError, OverlayError, Provider, ThreadClient
from provider_threads.emulator import Emulator
from provider_threads.memory import ThreadMemory
from provider_threads.overlay import Overlay
from provider_threads.overlay import overlay as module
from tests.wire.sockets import unused_address

from .memories import Memory, message, seed, shown

MakeMemory = Callable[..., Memory]

OF_AN_OVERLAY: list[dict[str, Any]] = [
    {"namespace": "shop"},
    {"create_threads": True},
    {"thread_for": str},
    {"freshness": 0},
    {"on_outage": "stale"},
    {"writes": "split"},
    {"writes": "overlay"},
]


@pytest.fixture
def memory(provider_of: Callable[..., Provider]) -> Callable[..., ThreadMemory]:
    """Makes a memory of a platform that nobody asks anything."""
    client = ThreadClient(provider_of("minimax"))
    return lambda **settings: ThreadMemory(client=client, **settings)


@pytest.mark.parametrize("setting", OF_AN_OVERLAY, ids=str)
def test_what_means_nothing_without_an_overlay_is_refused(
    memory: Callable[..., ThreadMemory], setting: dict[str, Any]
) -> None:
    with pytest.raises(ConfigurationError, match=r"needs an overlay: pass overlay='threads\.db' too"):
        memory(**setting)


MISTAKES: list[tuple[dict[str, Any], str]] = [
    ({"writes": "both"}, "writes must be"),
    ({"on_gap": "ignore"}, "on_gap must be"),
    ({"on_outage": "ignore"}, "on_outage must be"),
    ({"limit": 0}, "limit"),
    ({"limit": True}, "limit"),
    ({"freshness": -1}, "freshness"),
    ({"freshness": math.nan}, "freshness"),
    ({"freshness": math.inf}, "freshness"),
    ({"freshness": True}, "freshness"),
    ({"freshness": "1"}, "freshness"),
    ({"namespace": "a\0b"}, "namespace"),
    ({"namespace": "x" * 65}, "namespace"),
    ({"namespace": "half \ud800"}, "namespace"),
    ({"namespace": 7}, "namespace"),
    ({"create_threads": 1}, "create_threads"),
    ({"thread_for": "user-42"}, "thread_for"),
    ({"thread_for": str, "create_threads": True}, "pass one"),
    ({"create_threads": True, "writes": "none"}, "ignores"),
]


@pytest.mark.parametrize(("settings", "named"), MISTAKES, ids=str)
def test_settings_that_make_no_sense_are_refused(
    memory: Callable[..., ThreadMemory], file: Path, settings: dict[str, Any], named: str
) -> None:
    with pytest.raises(ConfigurationError, match=named):
        memory(overlay=file, **settings)
    assert not file.exists()


def test_an_unknown_setting_is_a_type_error(memory: Callable[..., ThreadMemory], file: Path) -> None:
    with pytest.raises(TypeError, match="freshnes"):
        memory(overlay=file, freshnes=1)


PASSWORD = "s3cret-pass-word"
NO_OVERLAYS: list[Any] = [
    "",
    " ",
    "a\0b",
    ":memory:",
    "sqlite://",
    "sqlite:///:memory:",
    7,
    b"threads.db",
    f"mysql://app:{PASSWORD}@localhost/threads",
    f"postgresql+asyncpg://app:{PASSWORD}@localhost/threads",
    f"sqlite+aiosqlite:///{PASSWORD}.db",
    f"postgres!://app:{PASSWORD}@localhost/threads",
    f"postgresql://app:{PASSWORD}@localhost:port/threads",
    f"nothing-known://app:{PASSWORD}@localhost/threads",
]


@pytest.mark.parametrize("where", NO_OVERLAYS, ids=[str(number) for number in range(len(NO_OVERLAYS))])
def test_what_is_no_overlay_is_refused_and_not_repeated(where: Any) -> None:
    for opened in (Overlay, Overlay.at):
        with pytest.raises(ConfigurationError, match="overlay") as raised:
            opened(where)
        assert PASSWORD not in repr(raised.value) + repr(raised.value.__context__) + repr(raised.value.__cause__)


def test_a_missing_driver_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "psycopg", None)
    with pytest.raises(ConfigurationError, match=r"pip install 'provider-threads\[postgres\]'"):
        Overlay(f"postgresql://app:{PASSWORD}@localhost/threads")


@pytest.mark.parametrize("scheme", ["postgres", "postgresql", "postgresql+psycopg"])
def test_a_server_is_named_as_servers_are(scheme: str) -> None:
    assert Overlay(f"{scheme}://app@localhost/threads").location == "postgresql+psycopg://app@localhost/threads"


def test_one_path_is_one_shared_overlay(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(file.parent)
    monkeypatch.setenv("HOME", str(file.parent))
    names: list[Any] = [file, str(file), "threads.db", "./threads.db", "~/threads.db", f"sqlite:///{file}"]
    (shared,) = {id(Overlay.at(name)): Overlay.at(name) for name in names}.values()
    assert shared.location == str(file)
    assert Overlay.at(shared) is shared
    assert Overlay(file) is not shared
    assert Overlay.at(file.parent / "other.db") is not shared
    shared.close()


def test_overlays_that_nobody_holds_make_room_for_others(tmp_path: Path) -> None:
    def use(overlay: Overlay) -> int:
        one: int = overlay.database.read(lambda connection: connection.exec_driver_sql("SELECT 1").scalar_one())
        return one

    held = Overlay.at(tmp_path / "held.db")
    assert use(held) == 1
    for number in range(module._MOST_OPEN + 4):
        assert use(Overlay.at(tmp_path / f"{number}.db")) == 1
    assert len(module._open) == module._MOST_OPEN
    assert use(held) == 1
    for name in [overlay.location for overlay in module._open.values()]:
        Overlay.at(name).close()
    held.close()


def test_copies_are_the_same_overlay_and_a_pickle_is_its_address(file: Path) -> None:
    with Overlay(file) as overlay:
        assert copy.copy(overlay) is overlay
        assert copy.deepcopy(overlay) is overlay
        loaded = pickle.loads(pickle.dumps(overlay))
        assert loaded.location == overlay.location
        assert loaded is pickle.loads(pickle.dumps(overlay))
        assert repr(overlay) == f"Overlay({str(file)!r})"
    loaded.close()


PLACES = [
    f"postgresql://app:{PASSWORD}@localhost/threads",
    f"postgresql://app@localhost/threads?password={PASSWORD}&sslmode=disable",
    f"postgresql://localhost/threads?user=app&sslpassword={PASSWORD}",
]


@pytest.mark.parametrize("where", PLACES)
def test_a_databases_password_is_in_no_repr_copy_pickle_or_dump(where: str) -> None:
    with Overlay(where) as overlay:
        texts = [repr(overlay), str(overlay), overlay.location, pickle.dumps(overlay).decode("latin-1")]
        texts += [repr(vars(overlay)), repr(vars(overlay.database))] if "sslpassword" not in where else []
        assert not [text for text in texts if PASSWORD in text]
        assert "***" not in overlay.location


def test_a_databases_password_is_in_no_error_or_log(
    caplog: pytest.LogCaptureFixture, memory: Callable[..., ThreadMemory]
) -> None:
    from tests.wire.discretion import shown as everything

    caplog.set_level(0)
    address = unused_address().removeprefix("http://")
    with Overlay(f"postgresql://app:{PASSWORD}@{address}/threads") as overlay, pytest.raises(OverlayError) as raised:
        memory(overlay=overlay).keys()
    assert PASSWORD not in everything(raised.value)
    assert PASSWORD not in caplog.text


async def test_settings_can_be_changed_and_the_rest_stays(emulator: Emulator, memory_of: MakeMemory) -> None:
    thread_id = seed(emulator, "minimax", ["one", "two"])
    first = memory_of("minimax", namespace="shop", freshness=60)
    await first.append(thread_id, [message("tool", "t")])
    changed = first.memory.changed(limit=1)
    assert (changed.settings.limit, changed.settings.namespace, changed.settings.freshness) == (1, "shop", 60)
    assert changed.settings.overlay is first.memory.settings.overlay
    assert shown(changed.read(thread_id)) == ["t"]
    assert shown(copy.deepcopy(first.memory).read(thread_id)) == ["one", "two", "t"]
    assert len(emulator.requests) == 2
    with pytest.raises(ConfigurationError):
        first.memory.changed(overlay=None, limit=1)
