"""What a platform cannot do, and what no platform can mean, is refused before a request is made."""

from __future__ import annotations

import traceback
from collections.abc import Callable
from typing import Any

import pytest

from provider_threads import ConfigurationError, Draft, ThreadsError, UnsupportedOperationError
from provider_threads.emulator import Emulator

from .conversations import seeded
from .ways import Threads

MakeClient = Callable[..., Threads]

UNSUPPORTED: list[tuple[str, str, tuple[Any, ...], dict[str, Any]]] = [
    ("hunyuan", "create_thread", (), {"metadata": {"a": "b"}}),
    ("hunyuan", "update_thread", ("thread_1", {"a": "b"}), {}),
    ("hunyuan", "delete_thread", ("thread_1",), {}),
    ("hunyuan", "append", ("thread_1", "hello"), {}),
    ("hunyuan", "append", ("thread_1", "hello"), {"file_ids": ("file-1",)}),
    ("hunyuan", "append_messages", ("thread_1", [Draft("hello")]), {}),
    ("hunyuan", "append_messages", ("thread_1", []), {}),
    ("hunyuan", "update_message", ("thread_1", "msg_1", "hello"), {}),
    ("hunyuan", "list_files", ("thread_1", "msg_1"), {}),
    ("hunyuan", "list_messages", ("thread_1",), {"after": "msg_1"}),
    ("hunyuan", "list_messages", ("thread_1",), {"before": "msg_1"}),
    ("minimax", "delete_thread", ("thread_1",), {}),
    ("minimax", "update_message", ("thread_1", "msg_1", "hello"), {}),
    ("minimax", "list_files", ("thread_1", "msg_1"), {}),
    ("minimax", "append", ("thread_1", "hello"), {"role": "assistant"}),
    ("minimax", "append", ("thread_1", "hello"), {"role": "system"}),
    ("appbuilder", "append", ("thread_1", "hello"), {"role": "assistant"}),
    ("appbuilder", "append", ("thread_1", "hello"), {"metadata": {"a": "b"}}),
    ("appbuilder", "append_messages", ("thread_1", [Draft("hello"), Draft("hello", "tool")]), {}),
]


@pytest.mark.parametrize(
    ("platform", "operation", "arguments", "settings"),
    UNSUPPORTED,
    ids=[f"{name}-{operation}-{'-'.join(settings) or len(given)}" for name, operation, given, settings in UNSUPPORTED],
)
async def test_what_a_platform_cannot_do_is_refused(
    client_of: MakeClient,
    emulator: Emulator,
    platform: str,
    operation: str,
    arguments: tuple[Any, ...],
    settings: dict[str, Any],
) -> None:
    with pytest.raises(UnsupportedOperationError) as refused:
        await getattr(client_of(platform), operation)(*arguments, **settings)
    assert refused.value.provider == platform
    assert refused.value.operation == operation.removesuffix("_messages") or operation == "list_messages"
    assert emulator.requests == []


BAD_IDS: list[Any] = ["", "../other", "a/b", "a b", "a\n", "a?b=c", "a#b", "%2e%2e", "a" * 257, 7, None, "\ud800"]
ON_A_THREAD: list[tuple[str, tuple[Any, ...]]] = [
    ("get_thread", ()),
    ("update_thread", ({"a": "b"},)),
    ("delete_thread", ()),
    ("list_messages", ()),
    ("walk", ()),
    ("read", ()),
    ("get_message", ("msg_1",)),
    ("append", ("hello",)),
    ("append_messages", ([Draft("hello")],)),
    ("update_message", ("msg_1", "hello")),
    ("list_files", ("msg_1",)),
]


@pytest.mark.parametrize(("operation", "rest"), ON_A_THREAD, ids=[name for name, _ in ON_A_THREAD])
async def test_an_id_that_no_platform_issues_is_refused(
    client_of: MakeClient, emulator: Emulator, operation: str, rest: tuple[Any, ...]
) -> None:
    threads = client_of("appbuilder")
    for thread_id in BAD_IDS:
        with pytest.raises(ConfigurationError, match="thread_id"):
            await getattr(threads, operation)(thread_id, *rest)
    if rest and rest[0] == "msg_1":
        for message_id in BAD_IDS:
            with pytest.raises(ConfigurationError, match="message_id"):
                await getattr(threads, operation)("thread_1", message_id, *rest[1:])
    assert emulator.requests == []


MEANINGLESS: list[tuple[str, tuple[Any, ...], dict[str, Any], str]] = [
    ("list_messages", ("thread_1",), {"limit": 0}, "limit"),
    ("list_messages", ("thread_1",), {"limit": 21}, "limit"),
    ("list_messages", ("thread_1",), {"limit": True}, "limit"),
    ("list_messages", ("thread_1",), {"order": "newest"}, "order"),
    ("list_messages", ("thread_1",), {"after": "a/b"}, "after"),
    ("list_messages", ("thread_1",), {"before": ""}, "before"),
    ("list_files", ("thread_1", "msg_1"), {"limit": 0}, "limit"),
    ("read", ("thread_1",), {"limit": 0}, "limit"),
    ("read", ("thread_1",), {"limit": -1}, "limit"),
    ("read", ("thread_1",), {"limit": 2.0}, "limit"),
    ("walk", ("thread_1",), {"order": "down"}, "order"),
    ("walk", ("thread_1",), {"max_pages": 0}, "max_pages"),
    ("append", ("thread_1", ""), {}, "text"),
    ("append", ("thread_1", " \n"), {}, "text"),
    ("append", ("thread_1", 7), {}, "text"),
    ("append", ("thread_1", "half \ud83d"), {}, "text"),
    ("append", ("thread_1", "hello"), {"file_ids": "file_1"}, "file_ids"),
    ("append", ("thread_1", "hello"), {"file_ids": None}, "file_ids"),
    ("append", ("thread_1", "hello"), {"file_ids": ["a b"]}, "file_ids"),
    ("append", ("thread_1", "hello"), {"file_ids": [f"file_{number}" for number in range(11)]}, "10 files"),
    ("update_message", ("thread_1", "msg_1", ""), {}, "text"),
    ("update_message", ("thread_1", "msg_1", "hello"), {"file_ids": "file_1"}, "file_ids"),
    ("create_thread", (), {"metadata": {"a": 1}}, "metadata"),
    ("create_thread", (), {"metadata": [("a", "b")]}, "metadata"),
    ("create_thread", (), {"metadata": {str(number): "" for number in range(17)}}, "metadata"),
    ("create_thread", (), {"metadata": {"a": "b" * 513}}, "metadata"),
    ("update_thread", ("thread_1", None), {}, "metadata"),
    ("append_messages", ("thread_1", [Draft("fine"), Draft("")]), {}, "text"),
    ("append_messages", ("thread_1", [Draft("fine"), Draft("x", role=["user"])]), {}, "role must be text"),  # type: ignore[arg-type]  # the slip under test
    ("append_messages", ("thread_1", [Draft("fine"), "hi"]), {}, "a sequence of Draft"),
    ("append_messages", ("thread_1", Draft("alone")), {}, "a sequence of Draft"),
    ("append_messages", ("thread_1", "hi"), {}, "a sequence of Draft"),
    ("append", ("thread_1", "hello"), {"role": ["user"]}, "role must be text"),
]


@pytest.mark.parametrize(
    ("operation", "arguments", "settings", "named"),
    MEANINGLESS,
    ids=[f"{number}-{operation}" for number, (operation, *_) in enumerate(MEANINGLESS)],
)
async def test_an_argument_without_meaning_is_refused_by_name(
    client_of: MakeClient,
    emulator: Emulator,
    operation: str,
    arguments: tuple[Any, ...],
    settings: dict[str, Any],
    named: str,
) -> None:
    with pytest.raises(ConfigurationError, match=named):
        await getattr(client_of("appbuilder"), operation)(*arguments, **settings)
    assert emulator.requests == []


async def test_a_batch_with_one_bad_draft_sends_none(client_of: MakeClient, emulator: Emulator) -> None:
    thread_id, _ = seeded(emulator, "minimax", 0)
    with pytest.raises(ThreadsError):
        await client_of("minimax").append_messages(thread_id, [Draft("first"), Draft("second"), Draft("x", "tool")])
    assert emulator.messages("minimax", thread_id) == []


async def test_an_iteration_checks_its_arguments_at_once_and_asks_nothing_until_it_is_used(
    client_of: MakeClient, emulator: Emulator, platform: str
) -> None:
    client = client_of(platform).client
    with pytest.raises(ConfigurationError, match="thread_id"):
        client.iter_messages("../other")
    thread_id, _ = seeded(emulator, platform, 3)
    client.iter_messages(thread_id)
    assert emulator.requests == []


async def test_http_to_another_machine_is_refused_unless_allowed(client_of: MakeClient) -> None:
    from provider_threads import AppBuilder, ThreadClient

    provider = AppBuilder("token", base_url="http://threads.example")
    with pytest.raises(ConfigurationError, match="https"):
        ThreadClient(provider)
    ThreadClient(provider, allow_insecure=True).close()


async def test_a_client_that_could_not_be_made_still_has_a_repr(client_of: MakeClient) -> None:
    from provider_threads import AppBuilder, AsyncThreadClient, ThreadClient

    for kind in (ThreadClient, AsyncThreadClient):
        with pytest.raises(ConfigurationError) as refused:
            kind(AppBuilder("token", base_url="http://threads.example"))
        shown = "".join(traceback.TracebackException.from_exception(refused.value, capture_locals=True).format())
        assert f"self = {kind.__name__}()" in shown
