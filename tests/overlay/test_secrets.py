"""An overlay holds no credential of a platform, and a database that fails says nothing of what was said."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from provider_threads import OverlayError, UnsupportedOperationError
from provider_threads.emulator import Emulator
from provider_threads.entries import Outgoing, Record
from provider_threads.overlay import Overlay
from tests.wire.discretion import shown as everything

from .memories import Memory, message, said, seed

MakeMemory = Callable[..., Memory]

CANARY = "canary-text-that-nobody-logs"


async def test_no_credential_is_anywhere_in_the_file(
    emulator: Emulator, memory_of: MakeMemory, overlay: Overlay, file: Path, platform: str, way: str
) -> None:
    memory = memory_of(platform, create_threads=True)
    await memory.append("user-42", [*said(CANARY), message("tool", "t")])
    await memory_of(platform).texts(seed(emulator, platform, ["one"]))
    overlay.close()
    kept = b"".join(path.read_bytes() for path in file.parent.iterdir())
    assert CANARY.encode() in kept
    secrets = [value for value in vars(emulator.credentials).values() if isinstance(value, str)]
    assert len(secrets) >= 6
    assert not [secret for secret in secrets if secret.encode() in kept]


TABLES = ["thread_overlay_threads", "thread_overlay_sessions", "thread_overlay_entries", "thread_overlay_intents"]


def operations(memory: Memory, thread_id: str) -> dict[str, Callable[[], Any]]:
    records = [one.record for one in said(CANARY) if one.record]
    return {
        "read": lambda: memory.read(thread_id, refresh=True),
        "append": lambda: memory.append(thread_id, [*said(CANARY), message("tool", CANARY)]),
        "replace": lambda: memory.replace(thread_id, records, lambda entry: CANARY, "active"),
        "set_state": lambda: memory.set_state(thread_id, ("active",), "deleted", lambda entries: entries),
        "keys": memory.keys,
        "delete": lambda: memory.delete(thread_id),
    }


NEEDS = {
    "read": TABLES,
    "append": TABLES,
    "replace": [TABLES[0], TABLES[2]],
    "set_state": [TABLES[0], TABLES[2]],
    "keys": TABLES[:3],
    "delete": TABLES[:2],
}
"""Without which tables each operation fails."""


@pytest.mark.parametrize("operation", NEEDS)
async def test_a_failing_database_is_an_overlay_error_that_says_nothing_of_the_messages(
    emulator: Emulator, memory_of: MakeMemory, overlay: Overlay, operation: str, caplog: pytest.LogCaptureFixture
) -> None:
    await fails_discreetly(emulator, memory_of, overlay, [operation], caplog)


async def test_a_failing_server_is_an_overlay_error_that_says_nothing_of_the_messages(
    emulator: Emulator, memory_of: MakeMemory, postgres_database: str, caplog: pytest.LogCaptureFixture
) -> None:
    with Overlay(postgres_database) as overlay:
        await fails_discreetly(emulator, memory_of, overlay, [*NEEDS], caplog)


async def fails_discreetly(
    emulator: Emulator, memory_of: MakeMemory, overlay: Overlay, names: list[str], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    thread_id = seed(emulator, "appbuilder", ["one", CANARY])
    memory = memory_of("appbuilder", overlay=overlay, freshness=60)
    await memory.append(thread_id, [*said("two", CANARY), message("tool", CANARY)])
    for operation in names:
        for table in NEEDS[operation]:
            rename(overlay, table, "elsewhere")
            with pytest.raises(OverlayError) as raised:
                await operations(memory, thread_id)[operation]()
            assert CANARY not in everything(raised.value)
            assert CANARY not in caplog.text
            rename(overlay, "elsewhere", table)
            if operation != "delete":  # which the platform had performed
                assert CANARY in await memory.texts(thread_id)


def rename(overlay: Overlay, table: str, name: str) -> None:
    with overlay.database._engine.begin() as connection:
        connection.execute(text(f"ALTER TABLE {table} RENAME TO {name}"))


async def error_of(call: Awaitable[None]) -> OverlayError | None:
    try:
        await call
    except OverlayError as error:
        return error
    return None


async def test_texts_that_no_database_holds_are_kept_or_refused_without_being_repeated(
    emulator: Emulator, memory_of: MakeMemory, database: str
) -> None:
    thread_id = seed(emulator, "minimax", ["one"])
    with Overlay(database) as overlay:
        memory = memory_of("minimax", overlay=overlay)
        for odd in ("half \ud800 a pair", "NUL \0 in it", "\ufeff\u202e🧵"):
            for name in ("role", "text", "payload"):
                record = Record(**{"framework": "test", "role": "tool", "text": "t", "payload": "{}", name: odd})
                before = await memory.read(thread_id)
                refusal = UnsupportedOperationError("it is a tool's result")
                error = await error_of(memory.append(thread_id, [Outgoing(refusal, record)]))
                after = await memory.read(thread_id)
                if error is None:
                    assert [entry.record.payload for entry in after[len(before) :] if entry.record] == [record.payload]
                else:
                    assert (name, len(after)) == ("payload", len(before))
                    assert odd not in everything(error)
