"""Every operation, on every platform that has it, through both clients."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest

from provider_threads import ConfigurationError, Draft, Page, RetryPolicy, Timeouts, UnsupportedOperationError
from provider_threads.emulator import Emulator

from .conversations import seeded
from .ways import Threads, Way

MakeClient = Callable[..., Threads]
WRITABLE = ("minimax", "appbuilder")


def stored(emulator: Emulator, platform: Any, thread_id: str) -> list[tuple[str, str, tuple[str, ...]]]:
    return [
        (message.role, message.text or "", tuple(message.file_ids))
        for message in emulator.messages(platform, thread_id)
    ]


async def test_a_created_thread_can_be_fetched(threads: Threads, platform: str, emulator: Emulator) -> None:
    created = await threads.create_thread()
    fetched = await threads.get_thread(created.id)
    assert fetched.id == created.id
    assert emulator.messages(platform, created.id) == []  # type: ignore[arg-type]  # a parametrised name


async def test_a_thread_knows_when_it_was_made(threads: Threads, platform: str) -> None:
    created = await threads.create_thread()
    assert created.created_at.tzinfo is timezone.utc
    assert abs(created.created_at - datetime.now(timezone.utc)) < timedelta(seconds=30)


@pytest.mark.parametrize("platform", WRITABLE)
async def test_metadata_is_stored_with_a_thread_and_replaced(client_of: MakeClient, platform: str) -> None:
    threads = client_of(platform)
    created = await threads.create_thread(metadata={"topic": "天气", "kept": "no"})
    assert created.metadata == {"topic": "天气", "kept": "no"}
    changed = await threads.update_thread(created.id, {"topic": "travel"})
    assert changed.id == created.id
    assert (await threads.get_thread(created.id)).metadata == {"topic": "travel"}


async def test_a_deleted_thread_is_gone(client_of: MakeClient, emulator: Emulator) -> None:
    threads = client_of("appbuilder")
    created = await threads.create_thread()
    assert await threads.delete_thread(created.id) is None
    with pytest.raises(KeyError):
        emulator.messages("appbuilder", created.id)


@pytest.mark.parametrize("platform", WRITABLE)
async def test_an_appended_message_is_on_the_platform_once(
    client_of: MakeClient, platform: str, emulator: Emulator
) -> None:
    threads = client_of(platform)
    thread_id, _ = seeded(emulator, platform, 2)
    message = await threads.append(thread_id, "明天去哪儿? 🚄\n第二行")
    assert (message.role, message.text, message.thread_id) == ("user", "明天去哪儿? 🚄\n第二行", thread_id)
    assert stored(emulator, platform, thread_id)[2:] == [("user", "明天去哪儿? 🚄\n第二行", ())]
    assert (await threads.get_message(thread_id, message.id)).text == message.text


@pytest.mark.parametrize("platform", WRITABLE)
async def test_files_are_attached_to_an_appended_message(
    client_of: MakeClient, platform: str, emulator: Emulator
) -> None:
    threads = client_of(platform)
    thread_id, _ = seeded(emulator, platform, 0)
    message = await threads.append(thread_id, "see these", file_ids=["file-1", "file-2"])
    assert message.file_ids == ("file-1", "file-2")
    assert stored(emulator, platform, thread_id) == [("user", "see these", ("file-1", "file-2"))]


async def test_metadata_is_stored_with_a_message_where_the_platform_keeps_it(client_of: MakeClient) -> None:
    threads = client_of("minimax")
    thread_id = (await threads.create_thread()).id
    message = await threads.append(thread_id, "hello", metadata={"source": "web"})
    assert message.metadata == {"source": "web"}
    assert (await threads.read(thread_id))[0].metadata == {"source": "web"}


async def test_minimax_takes_assistant_messages_only_when_asked_to(client_of: MakeClient, emulator: Emulator) -> None:
    thread_id, _ = seeded(emulator, "minimax", 0)
    with pytest.raises(UnsupportedOperationError, match="write_roles"):
        await client_of("minimax").append(thread_id, "an answer", role="assistant")
    assert emulator.requests == []
    opted_in = client_of("minimax", provider={"write_roles": {"user", "assistant"}})
    message = await opted_in.append(thread_id, "an answer", role="assistant")
    assert message.role == "assistant"
    assert [entry[0] for entry in stored(emulator, "minimax", thread_id)] == ["ai"]


@pytest.mark.parametrize("platform", WRITABLE)
async def test_a_batch_is_appended_in_order_with_one_request_each(
    client_of: MakeClient, platform: str, emulator: Emulator
) -> None:
    threads = client_of(platform)
    thread_id, _ = seeded(emulator, platform, 0)
    drafts = [Draft(f"part {number}") for number in range(5)]
    messages = await threads.append_messages(thread_id, drafts)
    assert [message.text for message in messages] == [draft.text for draft in drafts]
    assert [entry[1] for entry in stored(emulator, platform, thread_id)] == [draft.text for draft in drafts]
    assert len(emulator.requests) == 5


@pytest.mark.parametrize("platform", WRITABLE)
async def test_an_empty_batch_asks_nothing(client_of: MakeClient, platform: str, emulator: Emulator) -> None:
    threads = client_of(platform)
    thread_id, _ = seeded(emulator, platform, 0)
    assert await threads.append_messages(thread_id, []) == []
    assert emulator.requests == []


@pytest.mark.parametrize(
    ("given", "kept"),
    [(None, ("file-1", "file-2")), ((), ()), (["file-3"], ("file-3",))],
    ids=["left alone", "cleared", "replaced"],
)
@pytest.mark.parametrize("omitted", ["keep", "clear"])
async def test_an_update_treats_files_as_it_is_told(
    client_of: MakeClient, emulator: Emulator, given: Any, kept: tuple[str, ...], omitted: Any
) -> None:
    emulator.switches = emulator.switches.changed({"appbuilder_omitted_files": omitted})
    threads = client_of("appbuilder")
    thread_id = (await threads.create_thread()).id
    message = await threads.append(thread_id, "first wording", file_ids=("file-1", "file-2"))
    changed = await threads.update_message(thread_id, message.id, "second wording", file_ids=given)
    assert (changed.text, changed.file_ids) == ("second wording", kept)
    assert stored(emulator, "appbuilder", thread_id) == [("user", "second wording", kept)]


async def test_an_update_without_files_keeps_a_message_without_files(client_of: MakeClient, emulator: Emulator) -> None:
    threads = client_of("appbuilder")
    thread_id = (await threads.create_thread()).id
    message = await threads.append(thread_id, "first wording")
    await threads.update_message(thread_id, message.id, "second wording")
    assert stored(emulator, "appbuilder", thread_id) == [("user", "second wording", ())]


async def test_files_are_listed_a_page_at_a_time_either_way_round(client_of: MakeClient, emulator: Emulator) -> None:
    threads = client_of("appbuilder")
    thread_id = (await threads.create_thread()).id
    message = await threads.append(thread_id, "files", file_ids=[f"file-{number}" for number in range(5)])
    emulator.clear_requests()
    newest = await threads.list_files(thread_id, message.id, limit=2)
    oldest = await threads.list_files(thread_id, message.id, order="asc")
    rest = await threads.list_files(thread_id, message.id, order="asc", after="file-3")
    assert [file.id for file in newest] == ["file-4", "file-3"]
    assert newest.has_more is True
    assert [file.id for file in oldest] == [f"file-{number}" for number in range(5)]
    assert oldest.has_more is False
    assert [file.id for file in rest][-1] == "file-4"
    assert {file.message_id for file in oldest} == {message.id}
    assert len(emulator.requests) == 3


async def test_a_page_is_one_request_and_newest_first_unless_asked_otherwise(
    threads: Threads, platform: str, emulator: Emulator
) -> None:
    thread_id, texts = seeded(emulator, platform, 5)
    newest: Page[Any] = await threads.list_messages(thread_id, limit=2)
    oldest: Page[Any] = await threads.list_messages(thread_id, limit=2, order="asc")
    assert [message.text for message in newest] == texts[:-3:-1]
    assert [message.text for message in oldest] == texts[:2]
    assert (newest.order, oldest.order) == ("desc", "asc")
    assert len(emulator.requests) == 2


@pytest.mark.parametrize("platform", WRITABLE)
async def test_a_cursor_goes_on_from_a_page(client_of: MakeClient, platform: str, emulator: Emulator) -> None:
    threads = client_of(platform)
    thread_id, texts = seeded(emulator, platform, 5)
    first = await threads.list_messages(thread_id, limit=2, order="asc")
    second = await threads.list_messages(thread_id, limit=3, order="asc", after=first.items[-1].id)
    # Whether the named message comes along differs between platforms.
    fresh = [message.text for message in second if message.id != first.items[-1].id]
    assert fresh[:2] == texts[2:4]


async def test_a_message_is_fetched_by_its_id(threads: Threads, platform: str, emulator: Emulator) -> None:
    thread_id, texts = seeded(emulator, platform, 3)
    view = await threads.read(thread_id)
    emulator.clear_requests()
    message = await threads.get_message(thread_id, view[1].id)
    assert (message.id, message.role, message.text) == (view[1].id, view[1].role, view[1].text)
    assert [message.text for message in view] == texts
    assert len(emulator.requests) == 1


async def test_the_newest_message_comes_last_and_roles_are_neutral(
    threads: Threads, platform: str, emulator: Emulator
) -> None:
    thread_id, texts = seeded(emulator, platform, 4)
    view = await threads.read(thread_id)
    assert [message.text for message in view] == texts
    assert [message.role for message in view] == ["user", "assistant"] * 2
    assert view.complete
    assert view.reached_start


async def test_both_clients_are_context_managers(
    way: Way, client_of: MakeClient, emulator: Emulator, platform: str
) -> None:
    thread_id, texts = seeded(emulator, platform, 1)
    client: Any = client_of(platform).client
    if way == "sync":
        with client as threads:
            assert [message.text for message in threads.read(thread_id)] == texts
    else:
        async with client as threads:
            assert [message.text for message in await threads.read(thread_id)] == texts
    with pytest.raises(ConfigurationError, match="closed"):
        client.read(thread_id) if way == "sync" else await client.read(thread_id)


async def test_a_client_shows_its_provider_and_no_credential(threads: Threads, platform: str) -> None:
    client = threads.client
    assert client.provider.name == platform
    assert client.capabilities == client.provider.capabilities
    assert repr(client.provider) in repr(client)
    assert "EXAMPLE" not in repr(client)


async def test_a_number_is_the_time_for_the_whole_call(client_of: MakeClient) -> None:
    client = client_of("minimax", timeout=7).client
    assert client._operations.context.timeouts == Timeouts(total=7)
    assert client._operations.context.retry == RetryPolicy(first_pause=0, longest_pause=0)
