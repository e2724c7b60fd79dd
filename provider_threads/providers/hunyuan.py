"""Tencent Hunyuan: thread actions of API version 2023-09-01, signed TC3-HMAC-SHA256.

Documents: Tencent Cloud's pages on GetThreadMessageList, GetThreadMessage, CreateThread, GetThread, "signature v3"
and "common error codes". There is no action that appends a message: only RunThread adds any, and it runs the model.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, ClassVar, Literal
from uuid import uuid4

from provider_threads.capabilities import Capabilities
from provider_threads.endpoint import (
    CreateThread,
    Endpoint,
    Endpoints,
    JsonObject,
    ListMessages,
    MessageRef,
    Request,
    ThreadRef,
)
from provider_threads.errors import ConfigurationError, ProviderError
from provider_threads.limits import Limits
from provider_threads.messages import Page, Thread, ThreadMessage, make_message
from provider_threads.providers.base import Provider, Refusal, json_body, named_strings, refusal_by_status
from provider_threads.providers.content import ContentFields, read_content
from provider_threads.providers.hunyuan_errors import refusal_for
from provider_threads.providers.tc3 import authorization
from provider_threads.providers.wire import (
    Unreadable,
    flag,
    identifier,
    listed,
    moment,
    number_repeated_ids,
    object_of,
    objects_of,
    optional_text,
    pairs,
)
from provider_threads.roles import neutral_role
from provider_threads.secret import Secret, SecretLike

__all__ = ["Hunyuan"]

_CONTENT = ContentFields(kind="Type", text="Text", value="Value", annotations="Annotations")
_JSON = "application/json"


def _action(name: str, **parameters: Any) -> Request:
    return Request("POST", "/", headers={"X-TC-Action": name}, body=json_body(parameters))


def _parse_thread(payload: JsonObject, arguments: CreateThread | ThreadRef) -> Thread:
    return Thread(identifier(payload, "ID"), created_at=moment(payload, "CreatedAt"), raw=payload)


def _parse_message(payload: JsonObject, arguments: ListMessages | MessageRef) -> ThreadMessage:
    message_id = identifier(payload, "ID")
    role = identifier(payload, "Role")
    text, parts, citations = read_content(payload.get("Content"), _CONTENT)
    key = message_id
    # By position, in the order of the class: a list makes thousands.
    return make_message(
        message_id,
        key,
        arguments.thread_id,
        neutral_role(role),
        role,
        text,
        parts,
        citations,
        _file_ids(payload) if payload.get("Attachments") is not None else (),
        moment(payload, "CreatedAt"),
        optional_text(payload, "Status"),
        optional_text(payload, "RunID"),
        optional_text(payload, "AssistantID"),
        pairs(payload, "Metadata"),
        payload,
    )


def _file_ids(payload: JsonObject) -> tuple[str, ...]:
    files = (optional_text(attachment, "FileID") for attachment in objects_of(payload, "Attachments"))
    return tuple(file for file in files if file)


def _parse_page(payload: JsonObject, arguments: ListMessages) -> Page[ThreadMessage]:
    order = arguments.order or "desc"
    messages = [_parse_message(item, arguments) for item in listed(payload, "Data")]
    has_more = flag(payload, "HasMore")
    if has_more is None:
        # Without a cursor nothing else tells whether the thread goes on.
        raise Unreadable("HasMore is missing")
    return Page(
        number_repeated_ids(messages, order),
        has_more=has_more,
        first_id=optional_text(payload, "FirstMsgID"),
        last_id=optional_text(payload, "LastMsgID"),
        order=order,
    )


def _region(region: str | None) -> str | None:
    region = region or os.environ.get("TENCENTCLOUD_REGION") or None
    if region is not None and not (isinstance(region, str) and re.fullmatch(r"[a-z0-9-]{1,64}", region)):
        raise ConfigurationError("Tencent Hunyuan: region (or TENCENTCLOUD_REGION) must be like ap-guangzhou.")
    return region


class Hunyuan(Provider):
    """Tencent Hunyuan and an account on it.

    Tencent marks its thread actions as about to retire; after that every call raises InvalidRequestError with the
    code ``ActionOffline``.

    Args:
        secret_id: else ``TENCENTCLOUD_SECRET_ID``. secret_key: else ``TENCENTCLOUD_SECRET_KEY``.
        token: of temporary credentials, else ``TENCENTCLOUD_TOKEN``. region: else ``TENCENTCLOUD_REGION``; optional.
        base_url: scheme and host.

    Raises:
        ConfigurationError: a credential is missing or malformed, or the address is.
    """

    name = "hunyuan"
    title = "Tencent Hunyuan"
    limits: ClassVar[Limits] = Limits(per_second=20, in_flight=5)
    """As the page of GetThreadMessageList gives them for one action of an account; kept to by all actions together."""
    foreign_thread_ids: ClassVar[Literal["error", "warn"]] = "error"
    version: ClassVar[str] = "2023-09-01"

    endpoints: ClassVar[Endpoints] = Endpoints(
        create_thread=Endpoint(
            "create_thread", idempotent=False, build=lambda _: _action("CreateThread"), parse=_parse_thread
        ),
        get_thread=Endpoint(
            "get_thread",
            idempotent=True,
            build=lambda thread: _action("GetThread", ThreadID=thread.thread_id),
            parse=_parse_thread,
        ),
        list_messages=Endpoint(
            "list_messages",
            idempotent=True,
            # after and before do not exist here, and an unknown parameter is an error upstream.
            build=lambda page: _action(
                "GetThreadMessageList", ThreadID=page.thread_id, Limit=page.limit, Order=page.order
            ),
            parse=_parse_page,
        ),
        get_message=Endpoint(
            "get_message",
            idempotent=True,
            build=lambda message: _action("GetThreadMessage", ThreadID=message.thread_id, MessageID=message.message_id),
            parse=_parse_message,
        ),
    )

    def __init__(
        self,
        secret_id: SecretLike | None = None,
        secret_key: SecretLike | None = None,
        token: SecretLike | None = None,
        region: str | None = None,
        base_url: str = "https://hunyuan.tencentcloudapi.com",
    ) -> None:
        given = secret_id is not None or secret_key is not None
        self._secret_id = Secret.find(secret_id, "secret_id", "TENCENTCLOUD_SECRET_ID")
        self._secret_key = Secret.find(secret_key, "secret_key", "TENCENTCLOUD_SECRET_KEY")
        # A token in the environment belongs to the pair in the environment, not to one passed in.
        self._token = Secret.find(token, "token", "" if given else "TENCENTCLOUD_TOKEN")
        del secret_id, secret_key, token  # a traceback with local variables must not show them
        super().__init__(base_url)
        self._secret_id.check(self.title)
        self._secret_key.check(self.title)
        if self._token.is_set:
            self._token.check(self.title)
        self.region: str | None = _region(region)

    @property
    def capabilities(self) -> Capabilities:
        """Nothing can be appended; a thread shows at most 100 messages from either end."""
        return Capabilities(write_roles=frozenset(), cursor=False, max_limit=100)

    def sign(self, request: Request, now: float) -> Request:
        """Sign content-type and host over the body's bytes, as Tencent's own SDKs do."""
        timestamp = int(now)
        headers = {
            **request.headers,
            "Authorization": authorization(
                secret_id=self._secret_id,
                secret_key=self._secret_key,
                service="hunyuan",
                timestamp=timestamp,
                method=request.method,
                query="",
                headers=[("content-type", _JSON), ("host", self.host)],
                payload=request.body,
            ),
            "Content-Type": _JSON,
            "Host": self.host,
            "X-TC-Timestamp": str(timestamp),
            "X-TC-TraceId": str(uuid4()),
            "X-TC-Version": self.version,
        }
        if self.region:
            headers["X-TC-Region"] = self.region
        if self._token.is_set:
            headers["X-TC-Token"] = self._token.reveal()
        return Request(request.method, request.path, request.query, headers, request.body)

    def refusal(self, status: int, payload: JsonObject) -> Refusal | None:
        """Tencent answers errors with HTTP 200 and ``Response.Error``."""
        response = payload.get("Response")
        error = response.get("Error") if isinstance(response, dict) else None
        by_status = refusal_by_status(status)
        if error is None:
            return by_status
        code = error.get("Code") if isinstance(error, dict) else error
        refusal = refusal_for(code if isinstance(code, str) and code else "unknown")
        # Of a code that no table names, an HTTP status that is no success tells more.
        return replace(by_status, code=refusal.code) if by_status and refusal.error is ProviderError else refusal

    def unwrap(self, payload: JsonObject) -> JsonObject:
        """Everything stands under ``Response``."""
        return object_of(payload.get("Response"), "Response")

    def echoed_thread_ids(self, payload: JsonObject) -> set[str]:
        """``ThreadID`` of the message or of every message in the list, ``ID`` of a thread."""
        if payload.get("Object") == "thread":
            return named_strings([payload], "ID")
        return named_strings([payload, *objects_of(payload, "Data")], "ThreadID")

    def request_id(self, headers: Mapping[str, str], payload: JsonObject | None) -> str | None:
        """``RequestId`` in the body; in the header ``X-TC-RequestId`` on streams."""
        response = (payload or {}).get("Response")
        found = response.get("RequestId") if isinstance(response, dict) else None
        return found if isinstance(found, str) and found else headers.get("x-tc-requestid")

    def _secrets(self) -> tuple[Secret, ...]:
        return (self._secret_id, self._secret_key, self._token)

    def config(self) -> dict[str, Any]:
        """Region and address."""
        return {"region": self.region, "base_url": self.base_url}
