"""Tencent's own SDK, sync and async, against the emulator."""

import json
from typing import Any

import pytest

from provider_threads.emulator import Emulator, SeedMessage, Switches

pytest.importorskip("tencentcloud.hunyuan", reason="tencentcloud-sdk-python-hunyuan is not installed")

from tencentcloud.common.credential import Credential
from tencentcloud.common.exception.tencent_cloud_sdk_exception import TencentCloudSDKException
from tencentcloud.common.profile.client_profile import ClientProfile
from tencentcloud.common.profile.http_profile import HttpProfile
from tencentcloud.hunyuan.v20230901 import models
from tencentcloud.hunyuan.v20230901.hunyuan_client import HunyuanClient
from tencentcloud.hunyuan.v20230901.hunyuan_client_async import HunyuanClient as AsyncHunyuanClient


def profile(emulator: Emulator, **options: Any) -> ClientProfile:
    endpoint = emulator.base_url.removeprefix("http://")
    return ClientProfile(httpProfile=HttpProfile(protocol="http", endpoint=endpoint, **options))


def client(emulator: Emulator, **changes: Any) -> HunyuanClient:
    known = emulator.credentials
    secret = {"secret_id": known.secret_id, "secret_key": known.secret_key, **changes}
    return HunyuanClient(Credential(**secret), "ap-guangzhou", profile(emulator))


def request(kind: Any, **fields: Any) -> Any:
    made = kind()
    made.from_json_string(json.dumps(fields))
    return made


def talk(count: int) -> list[SeedMessage]:
    return [SeedMessage("user" if index % 2 == 0 else "assistant", f"m{index}") for index in range(count)]


def texts(listed: Any) -> list[str]:
    # The model declares a string; what comes, here as in Tencent's examples, is a list of parts.
    return [message.Content[0]["Text"]["Value"] for message in listed.Data]


# The SDK's model of a message lacks the Metadata that every documented answer has, and says so.
metadata_unknown = pytest.mark.filterwarnings("ignore:Metadata fileds are useless:UserWarning")


def test_a_thread_is_created_and_read(emulator: Emulator) -> None:
    sdk = client(emulator)
    created = sdk.CreateThread(models.CreateThreadRequest())
    read = sdk.GetThread(request(models.GetThreadRequest, ThreadID=created.ID))
    assert (read.ID, read.Object) == (created.ID, "thread")
    assert read.RequestId != created.RequestId


@metadata_unknown
@pytest.mark.parametrize("method", ["POST", "GET"])
def test_messages_are_listed_in_both_orders(emulator: Emulator, method: str) -> None:
    known = emulator.credentials
    thread = emulator.seed("hunyuan", talk(150))
    options = profile(emulator, reqMethod=method)
    sdk = HunyuanClient(Credential(known.secret_id, known.secret_key), "ap-guangzhou", options)
    kind = models.GetThreadMessageListRequest
    newest = sdk.GetThreadMessageList(request(kind, ThreadID=thread, Limit=100))
    oldest = sdk.GetThreadMessageList(request(kind, ThreadID=thread, Limit=100, Order="asc"))
    assert texts(newest) == [f"m{index}" for index in range(149, 49, -1)]
    assert texts(oldest) == [f"m{index}" for index in range(100)]
    assert newest.HasMore is True
    assert (newest.FirstMsgID, newest.LastMsgID) == (newest.Data[0].ID, newest.Data[-1].ID)
    assert len(sdk.GetThreadMessageList(request(kind, ThreadID=thread)).Data) == 20


@metadata_unknown
def test_a_message_is_read_with_all_its_fields(emulator: Emulator) -> None:
    thread = emulator.seed("hunyuan", [SeedMessage("user", "hi", file_ids=["file-1"])])
    (stored,) = emulator.messages("hunyuan", thread)
    read = client(emulator).GetThreadMessage(
        request(models.GetThreadMessageRequest, ThreadID=thread, MessageID=stored.id)
    )
    assert (read.ID, read.Role, read.Status, read.RunID) == (stored.id, "user", "completed", stored.run_id)
    assert [attachment.FileID for attachment in read.Attachments] == ["file-1"]
    assert read.InCompleteDetails.Reason == ""
    emulator.switches = Switches(hunyuan_content="string")
    again = client(emulator).GetThreadMessage(
        request(models.GetThreadMessageRequest, ThreadID=thread, MessageID=stored.id)
    )
    assert again.Content == "hi"


def run_request(thread: str) -> Any:
    messages = [{"Role": "user", "Content": "你好 😀"}]
    fields = {"ThreadID": thread, "Model": "hunyuan-pro", "Stream": True, "AdditionalMessages": messages}
    return request(models.RunThreadRequest, **fields)


def spoken(events: list[dict[str, str]]) -> str:
    payloads = [json.loads(event["data"]) for event in events if event["event"] == "thread.message.delta"]
    return "".join(payload["Delta"]["Content"][0]["Text"]["Value"] for payload in payloads)


def test_a_run_is_streamed_and_stored(emulator: Emulator) -> None:
    sdk = client(emulator)
    thread = sdk.CreateThread(models.CreateThreadRequest()).ID
    emulator.script_replies("很高兴认识你，有什么可以帮忙的吗？")
    events = list(sdk.RunThread(run_request(thread)))
    assert json.loads(events[0]["data"])["Object"] == "thread.run"
    assert spoken(events) == "很高兴认识你，有什么可以帮忙的吗？"
    question, reply = emulator.messages("hunyuan", thread)
    assert (question.text, reply.text) == ("你好 😀", spoken(events))


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"secret_key": "wrong"}, "AuthFailure.SignatureFailure"),
        ({"secret_id": "AKIDunknown"}, "AuthFailure.SecretIdNotFound"),
        ({"token": "unasked"}, "AuthFailure.TokenFailure"),
    ],
)
def test_wrong_credentials_are_refused(emulator: Emulator, changes: dict[str, str], code: str) -> None:
    with pytest.raises(TencentCloudSDKException) as refused:
        client(emulator, **changes).CreateThread(models.CreateThreadRequest())
    assert refused.value.code == code
    assert refused.value.requestId


def test_temporary_credentials_are_let_in_with_their_token(emulator: Emulator) -> None:
    known = emulator.credentials
    temporary = {"secret_id": known.temporary_secret_id, "secret_key": known.temporary_secret_key}
    sdk = client(emulator, **temporary, token=known.temporary_token)
    assert sdk.CreateThread(models.CreateThreadRequest()).ID
    with pytest.raises(TencentCloudSDKException):
        client(emulator, **temporary).CreateThread(models.CreateThreadRequest())


def test_an_unsigned_payload_is_let_in(emulator: Emulator) -> None:
    known = emulator.credentials
    options = profile(emulator)
    options.unsignedPayload = True
    sdk = HunyuanClient(Credential(known.secret_id, known.secret_key), "", options)
    assert sdk.CreateThread(models.CreateThreadRequest()).ID
    assert emulator.requests[0].headers["x-tc-content-sha256"] == "UNSIGNED-PAYLOAD"


@pytest.mark.parametrize("code", ["InvalidParameterValue", "ResourceNotFound"])
def test_an_unknown_thread_is_an_error(emulator: Emulator, code: Any) -> None:
    emulator.switches = Switches(hunyuan_unknown_thread=code)
    with pytest.raises(TencentCloudSDKException) as refused:
        client(emulator).GetThread(request(models.GetThreadRequest, ThreadID="thread_nowhere"))
    assert refused.value.code == code


def test_a_limit_out_of_range_is_an_error(emulator: Emulator) -> None:
    thread = emulator.seed("hunyuan")
    for limit in (0, 101):
        with pytest.raises(TencentCloudSDKException) as refused:
            client(emulator).GetThreadMessageList(
                request(models.GetThreadMessageListRequest, ThreadID=thread, Limit=limit)
            )
        assert refused.value.code == "InvalidParameterValue"


@metadata_unknown
async def test_the_async_client_creates_runs_and_lists(emulator: Emulator) -> None:
    known = emulator.credentials
    async with AsyncHunyuanClient(
        Credential(known.secret_id, known.secret_key), "ap-guangzhou", profile(emulator)
    ) as sdk:
        created = await sdk.CreateThread(models.CreateThreadRequest())
        stream = await sdk.RunThread(run_request(created.ID))
        events = [event async for event in stream if event]
        assert spoken(events) == "You said: 你好 😀"
        listed = await sdk.GetThreadMessageList(
            request(models.GetThreadMessageListRequest, ThreadID=created.ID, Order="asc", Limit=5)
        )
        assert texts(listed) == ["你好 😀", "You said: 你好 😀"]
        with pytest.raises(TencentCloudSDKException) as refused:
            await sdk.GetThread(request(models.GetThreadRequest, ThreadID="thread_nowhere"))
        assert refused.value.code == "InvalidParameterValue"
