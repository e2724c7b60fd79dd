"""appbuilder-sdk against the emulator; it finds address and token in the environment."""

from typing import Any

import pytest

from provider_threads.emulator import Emulator, SeedMessage, Switches

appbuilder = pytest.importorskip("appbuilder", reason="appbuilder-sdk is not installed")

from appbuilder.core._exception import (  # noqa: E402  # after importorskip
    AssistantServerException,
    BadRequestException,
    NotFoundException,
    UnAuthorizedException,
)
from appbuilder.core.assistant.type import thread_type  # noqa: E402  # as above

pytestmark = pytest.mark.usefixtures("emulator")


def talk(count: int) -> list[SeedMessage]:
    return [SeedMessage("user" if n % 2 == 0 else "assistant", f"m{n}") for n in range(count)]


def texts(listed: Any) -> list[str]:
    return [message.content[0].text.value for message in listed.data]


def test_a_thread_is_created_read_updated_and_deleted(emulator: Emulator) -> None:
    threads = appbuilder.assistant.threads
    created = threads.create([thread_type.AssistantMessage(content="hello", file_ids=["file-1"])])
    assert created.id.startswith("thread_")
    assert threads.query(created.id) == thread_type.ThreadQueryResponse(**created.model_dump())
    assert [message.text for message in emulator.messages("appbuilder", created.id)] == ["hello"]
    deleted = threads.delete(created.id)
    assert (deleted.id, deleted.deleted) == (created.id, True)
    with pytest.raises(NotFoundException):
        threads.query(created.id)


def test_the_sdks_update_erases_metadata_because_it_sends_none(emulator: Emulator) -> None:
    thread = emulator.seed("appbuilder", metadata={"k": "v"})
    assert appbuilder.assistant.threads.query(thread).metadata == {"k": "v"}
    assert appbuilder.assistant.threads.update(thread, {"k": "w"}).metadata == {}
    assert emulator.requests[-1].parameters == {"thread_id": thread, "metadata": {}}


def test_messages_are_written_read_and_changed() -> None:
    threads = appbuilder.assistant.threads
    thread = threads.create().id
    files = ["file-510945304731717", "file-511868605308997"]
    created = threads.messages.create(thread, "地球是圆的吗？😀", file_ids=files)
    assert (created.role.value, created.file_ids, created.object) == ("user", files, "thread.message")
    read = threads.messages.query(thread, created.id)
    assert read.content[0].text.value == "地球是圆的吗？😀"
    assert read.content[0].text.annotations == []
    changed = threads.messages.update(thread, created.id, "你好", file_ids=files[:1])
    assert (changed.content[0].text.value, changed.file_ids) == ("你好", files[:1])
    # The SDK sends an empty list where nothing is said, and so takes the files away.
    assert threads.messages.update(thread, created.id, "再见").file_ids == []


@pytest.mark.parametrize("cursor", ["inclusive", "exclusive"])
def test_a_thread_is_paged_oldest_first_with_after(emulator: Emulator, cursor: str) -> None:
    emulator.switches = Switches.parse([f"appbuilder_cursor={cursor}"])
    thread = emulator.seed("appbuilder", talk(47))
    seen: list[str] = []
    after = ""
    for _ in range(10):
        page = appbuilder.assistant.threads.messages.list(thread, limit=20, order="asc", after=after)
        seen += texts(page)[1 if after and cursor == "inclusive" else 0 :]
        after = page.last_id
        if not page.has_more:
            break
    assert seen == [f"m{n}" for n in range(47)]


@pytest.mark.parametrize(("reading", "name"), [("chronological", "before"), ("positional", "after")])
def test_a_thread_is_paged_newest_first_by_the_cursor_of_the_reading(
    emulator: Emulator, reading: str, name: str
) -> None:
    emulator.switches = Switches.parse([f"appbuilder_cursor_reading={reading}"])
    thread = emulator.seed("appbuilder", talk(25))
    first = appbuilder.assistant.threads.messages.list(thread)
    second = appbuilder.assistant.threads.messages.list(thread, **{name: first.last_id})
    assert texts(first) + texts(second)[1:] == [f"m{n}" for n in range(24, -1, -1)]
    assert (first.has_more, second.has_more) == (True, False)


def test_roles_of_both_kinds_are_read(emulator: Emulator) -> None:
    thread = emulator.seed("appbuilder", talk(2))
    answer, question = appbuilder.assistant.threads.messages.list(thread).data
    assert (answer.role.value, question.role.value) == ("assistant", "user")
    assert answer.id.startswith("chatmsg_")


def test_files_are_listed(emulator: Emulator) -> None:
    files = ["file-510945304731717", "file-511868605308997"]
    threads = appbuilder.assistant.threads
    thread = threads.create().id
    message = threads.messages.create(thread, "x", file_ids=files).id
    listed = threads.messages.files(thread, message)
    assert [item.id for item in listed.data] == files[::-1]
    assert {item.message_id for item in listed.data} == {message}
    assert [item.id for item in threads.messages.files(thread, message, limit=1, order="asc").data] == files[:1]
    emulator.switches = Switches(appbuilder_cursor="exclusive", appbuilder_cursor_reading="chronological")
    # As in the documented example: the file named by the cursor is not in the answer.
    assert [item.id for item in threads.messages.files(thread, message, after=files[0]).data] == files[1:]


def test_a_wrong_token_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("APPBUILDER_TOKEN", "bce-v3/ALTAK-wrong/0000")
    with pytest.raises(UnAuthorizedException, match=r"request_id=[0-9a-f-]{36}"):
        appbuilder.assistant.threads.create()


def test_an_assistant_message_is_refused() -> None:
    thread = appbuilder.assistant.threads.create().id
    with pytest.raises(BadRequestException, match="role must be user"):
        appbuilder.assistant.threads.messages.create(thread, "x", role="assistant")


def test_an_error_under_http_200_reaches_the_sdk_with_all_its_parts(emulator: Emulator) -> None:
    emulator.switches = Switches(appbuilder_errors="body")
    with pytest.raises(AssistantServerException) as refused:
        appbuilder.assistant.threads.query("thread_nowhere")
    assert "not_found" in str(refused.value)
    assert "thread_id" in str(refused.value)


@pytest.mark.parametrize("form", ["gateway", "error_code"])
def test_other_forms_of_error_are_an_empty_success_to_the_sdk(emulator: Emulator, form: str) -> None:
    emulator.switches = Switches.parse([f"appbuilder_errors={form}"])
    assert appbuilder.assistant.threads.query("thread_nowhere").id == ""
    assert emulator.requests[-1].error == "not_found"


def test_an_unknown_message_is_not_found(emulator: Emulator) -> None:
    with pytest.raises(NotFoundException):
        appbuilder.assistant.threads.messages.query(emulator.seed("appbuilder"), "msg_nowhere")
