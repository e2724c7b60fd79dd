"""RunThread: messages are added to a thread, an emulated model answers, and the answer is streamed.

The documents show the run object that opens the stream, and clients of the platform know
``thread.message.delta``; the names of the other events are this emulator's, after the API family that
Tencent followed.
"""

import json
from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any

from starlette.responses import Response, StreamingResponse

from provider_threads.emulator.hunyuan_messages import text_part
from provider_threads.emulator.hunyuan_types import (
    HunyuanError,
    Parameter,
    checked_parameters,
    required,
    stored_thread,
)
from provider_threads.emulator.identifiers import new_id
from provider_threads.emulator.records import StoredMessage
from provider_threads.emulator.seeding import attached
from provider_threads.emulator.state import EmulatorState

RUN_PARAMETERS: Mapping[str, Parameter] = {
    "AssistantID": Parameter(str),
    "Model": Parameter(str),
    "AdditionalMessages": Parameter(list),
    "Temperature": Parameter(float),
    "TopP": Parameter(float),
    "Stream": Parameter(bool),
    "MaxPromptTokens": Parameter(int),
    "MaxCompletionTokens": Parameter(int),
    "Tools": Parameter(list),
    "ToolChoice": Parameter(str),
}
_MESSAGE_PARAMETERS = {"Role": required(str), "Content": Parameter(str), "Attachments": Parameter(list)}
_ROLES = ("system", "user", "assistant", "tool")
_DELTA_CHARACTERS = 8


def run_thread(state: EmulatorState, parameters: Mapping[str, Any], request_id: str) -> Response:
    """Append the additional messages and the model's reply, which share one run, and stream the reply.

    The thread holds all of them before the first byte is sent: a client that hangs up changes nothing.

    Raises:
        HunyuanError: a parameter outside its documented range, or an unknown thread.
    """
    _check_ranges(parameters)
    additional = [_checked_message(message) for message in parameters.get("AdditionalMessages", [])]
    thread = stored_thread(state, parameters["ThreadID"])
    now_ms, run_id = state.now_ms(), new_id("hunyuan", "run")

    def stored(role: str, text: str, file_ids: Sequence[str] = ()) -> StoredMessage:
        return StoredMessage(
            id=new_id("hunyuan", "msg"),
            thread_id=thread.id,
            role=role,
            text=text,
            created_ms=now_ms,
            files=attached(file_ids, now_ms),
            run_id=run_id,
        )

    questions = [stored(message["Role"], message.get("Content", ""), message["FileIDs"]) for message in additional]
    reply = stored("assistant", state.replies.next(questions[-1].text or "" if questions else ""))
    state.storage.add_messages("hunyuan", [*questions, reply])
    # Not media_type=: the SDK takes a stream for one only under this exact value, without a charset.
    headers = {"content-type": "text/event-stream", "X-TC-RequestId": request_id}
    return StreamingResponse(_events(_run(thread.id, run_id, now_ms // 1000), reply), headers=headers)


def _check_ranges(parameters: Mapping[str, Any]) -> None:
    if parameters.get("Stream") is False:
        raise HunyuanError("InvalidParameterValue", "Stream must be true.")
    if not parameters.get("Model", "hunyuan-").startswith("hunyuan-"):
        raise HunyuanError("InvalidParameterValue.Model", "The model does not exist.")
    if parameters.get("ToolChoice", "auto") not in ("none", "auto", "custom"):
        raise HunyuanError("InvalidParameterValue", "ToolChoice must be none, auto or custom.")
    for name, highest in (("Temperature", 2), ("TopP", 1)):
        if not 0 <= parameters.get(name, 0) <= highest:
            raise HunyuanError("InvalidParameterValue", f"{name} must be from 0 to {highest}.")


def _checked_message(message: object) -> dict[str, Any]:
    if not isinstance(message, dict):
        raise HunyuanError("InvalidParameter", "AdditionalMessages must hold objects.")
    checked = checked_parameters(message, _MESSAGE_PARAMETERS)
    if checked["Role"] not in _ROLES:
        raise HunyuanError("InvalidParameterValue", f"Role must be one of {', '.join(_ROLES)}.")
    file_ids = []
    for attachment in checked.get("Attachments", []):
        if not isinstance(attachment, dict):
            raise HunyuanError("InvalidParameter", "Attachments must hold objects.")
        file_ids.append(checked_parameters(attachment, {"FileID": required(str)})["FileID"])
    return {**checked, "FileIDs": file_ids}


def _run(thread_id: str, run_id: str, created_at: int) -> dict[str, Any]:
    return {
        "ID": run_id,
        "Object": "thread.run",
        "CreatedAt": created_at,
        "ThreadID": thread_id,
        "AssistantID": "",
        "Status": "created",
        "TruncationStrategy": {"Type": "", "LastMessages": None},
    }


async def _events(run: Mapping[str, Any], reply: StoredMessage) -> AsyncIterator[bytes]:
    yield _event("thread.run.created", run)
    text = reply.text or ""
    for start in range(0, len(text), _DELTA_CHARACTERS):
        content = [text_part(text[start : start + _DELTA_CHARACTERS])]
        delta = {"ID": reply.id, "Object": "thread.message.delta", "Delta": {"Content": content}}
        yield _event("thread.message.delta", delta)
    yield _event("thread.run.completed", {**run, "Status": "completed"})


def _event(name: str, payload: Mapping[str, Any]) -> bytes:
    return f"event: {name}\ndata: {json.dumps(payload, ensure_ascii=False)}\n\n".encode()
