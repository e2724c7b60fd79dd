"""minimax-client, sync and async, against the emulator."""

import asyncio
from collections.abc import Iterator

import pytest

from provider_threads.emulator import Emulator, SeedCitation, SeedMessage, Switches

minimax_client = pytest.importorskip("minimax_client", reason="minimax-client is not installed")

from pydantic import ValidationError  # noqa: E402  # after importorskip


@pytest.fixture
def sdk(emulator: Emulator) -> Iterator["minimax_client.MiniMax"]:
    made = minimax_client.MiniMax()
    made.http_client.base_url = f"{emulator.base_url}/v1"
    yield made
    made.http_client.close()


def talk(count: int) -> list[SeedMessage]:
    return [SeedMessage("user" if n % 2 == 0 else "assistant", f"m{n}") for n in range(count)]


def texts(listed: "minimax_client.entities.thread.MessageListResponse") -> list[str]:
    return [message.content[0].text.value for message in listed.data]


def test_a_thread_is_created_read_and_updated(sdk: "minimax_client.MiniMax") -> None:
    created = sdk.threads.create({"key1": "value1"})
    assert (created.object, created.metadata) == ("thread", {"key1": "value1"})
    assert sdk.threads.retrieve(created.id).id == created.id
    assert sdk.threads.update(created.id, {"k": "v"}).thread.metadata == {"k": "v"}
    assert sdk.threads.create().metadata == {}


def test_messages_are_added_and_read(sdk: "minimax_client.MiniMax") -> None:
    thread = sdk.threads.create().id
    question = sdk.threads.messages.create(thread, "你好 😀", "user", file_ids=["123"], metadata={"k": "v"})
    answer = sdk.threads.messages.create(thread, "hi", "assistant")
    assert (question.role, question.file_ids, question.metadata) == ("user", ["123"], {"k": "v"})
    assert answer.role == "ai"
    read = sdk.threads.messages.retrieve(question.id, thread)
    assert read == type(read)(**question.model_dump())
    assert texts(sdk.threads.messages.list(thread, order="asc")) == ["你好 😀", "hi"]


@pytest.mark.parametrize("order", ["asc", "desc"])
@pytest.mark.parametrize("cursor", ["inclusive", "exclusive"])
def test_a_thread_is_paged_in_both_orders(
    emulator: Emulator, sdk: "minimax_client.MiniMax", order: str, cursor: str
) -> None:
    emulator.switches = Switches.parse([f"minimax_cursor={cursor}"])
    thread = emulator.seed("minimax", talk(23))
    seen: list[str] = []
    after = None
    for _ in range(10):
        page = sdk.threads.messages.list(thread, limit=6, order=order, after=after)
        new = texts(page)[1 if after and cursor == "inclusive" else 0 :]
        if not new:
            break
        seen += new
        after = page.last_id
    expected = [f"m{n}" for n in range(23)]
    assert seen == (expected if order == "asc" else expected[::-1])


def test_before_is_the_page_just_before(emulator: Emulator, sdk: "minimax_client.MiniMax") -> None:
    thread = emulator.seed("minimax", talk(9))
    middle = emulator.messages("minimax", thread)[6].id
    assert texts(sdk.threads.messages.list(thread, limit=2, order="asc", before=middle)) == ["m4", "m5"]


def test_citations_reach_the_sdk_which_wants_an_address(emulator: Emulator, sdk: "minimax_client.MiniMax") -> None:
    with_address = SeedCitation("【1†source】", "q", url="https://example.com/a")
    from_file = SeedCitation("【2†source】", "f", kind="file", file_id="file-1")
    text = "是【1†source】的【2†source】"
    thread = emulator.seed("minimax", [SeedMessage("assistant", text, citations=[with_address, from_file])])
    (message,) = sdk.threads.messages.list(thread).data
    web, file = message.content[0].text.annotations
    assert text[web.start_index : web.end_index] == "【1†source】"
    assert (str(web.web_citation.url), web.web_citation.quote) == ("https://example.com/a", "q")
    assert (file.file_citation.file_id, file.file_citation.quote) == ("file-1", "f")
    # MiniMax's own documented example has no url, and its SDK cannot read it.
    bare = SeedMessage("assistant", text, citations=[SeedCitation("【1†source】", "q")])
    with pytest.raises(ValidationError, match="url"):
        sdk.threads.messages.list(emulator.seed("minimax", [bare]))


@pytest.mark.parametrize(
    ("name", "value"), [("MINIMAX_API_KEY", "wrong"), ("MINIMAX_GROUP_ID", "17"), ("MINIMAX_GROUP_ID", "")]
)
def test_wrong_credentials_are_refused(
    emulator: Emulator, monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv(name, value)
    made = minimax_client.MiniMax()
    made.http_client.base_url = f"{emulator.base_url}/v1"
    # The SDK knows no errors: a refusal is an answer without the fields of its model.
    with pytest.raises(ValidationError, match="Field required"):
        made.threads.create()
    made.http_client.close()
    assert emulator.requests[-1].error == "1004"


def test_an_unknown_thread_and_message_are_refused(emulator: Emulator, sdk: "minimax_client.MiniMax") -> None:
    with pytest.raises(ValidationError, match="Field required"):
        sdk.threads.messages.list("thread_nowhere")
    with pytest.raises(ValidationError, match="Field required"):
        sdk.threads.messages.retrieve("msg_nowhere", emulator.seed("minimax"))
    assert [request.error for request in emulator.requests] == ["2013", "2013"]


async def test_the_async_client_never_sends_its_group_and_is_refused(emulator: Emulator) -> None:
    made = minimax_client.AsyncMiniMax()
    made.http_client.base_url = f"{emulator.base_url}/v1"
    with pytest.raises(ValidationError, match="Field required"):
        await made.threads.create()
    assert emulator.requests[-1].error == "1004"
    await made.http_client.aclose()
    del made  # its __del__ makes a task of the running loop, which is let run
    await asyncio.sleep(0)


async def test_the_async_client_is_let_in_once_the_group_is_added(emulator: Emulator) -> None:
    thread = emulator.seed("minimax", talk(3))
    made = minimax_client.AsyncMiniMax()
    made.http_client.base_url = f"{emulator.base_url}/v1"
    made.http_client.params = {"GroupId": emulator.credentials.minimax_group_id}
    assert texts(await made.threads.messages.list(thread)) == ["m2", "m1", "m0"]
    added = await made.threads.messages.create(thread, "hi", "user")
    assert (await made.threads.messages.retrieve(added.id, thread)).id == added.id
    await made.http_client.aclose()
    del made  # as above
    await asyncio.sleep(0)
