"""Baidu AppBuilder: the Assistants threads of ``/v2``, bearer token, POST and JSON throughout, milliseconds.

Documents: Baidu's pages "Message" (2024-08-29) and "common types" of the Assistants API; AppBuilder's SDK for what
they leave out (threads, the error body, the largest page).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, ClassVar

from provider_threads.capabilities import Capabilities
from provider_threads.endpoint import (
    AppendMessage,
    Endpoint,
    Endpoints,
    JsonObject,
    ListFiles,
    Paging,
    Request,
    ThreadRef,
    UpdateMessage,
)
from provider_threads.errors import AuthenticationError, ProviderError
from provider_threads.messages import Page, ThreadFile
from provider_threads.providers.assistants import AssistantsShape
from provider_threads.providers.base import Provider, Refusal, json_body, refusal_by_status
from provider_threads.providers.wire import (
    Unreadable,
    flag,
    identifier,
    listed,
    moment,
    optional_text,
)
from provider_threads.secret import Secret, SecretLike

__all__ = ["AppBuilder"]

_SHAPE = AssistantsShape(per_second=1000, says_more=True)


def _post(path: str, **parameters: Any) -> Request:
    return Request("POST", path, body=json_body(parameters))


def _build_append(arguments: AppendMessage) -> Request:
    draft = arguments.draft
    return _post(
        "/v2/threads/messages",
        thread_id=arguments.thread_id,
        role=draft.role,
        content=draft.text,
        file_ids=list(draft.file_ids) or None,
    )


def _build_update(arguments: UpdateMessage) -> Request:
    return _post(
        "/v2/threads/messages/update",
        thread_id=arguments.thread_id,
        message_id=arguments.message_id,
        content=arguments.text,
        # An absent field leaves the files alone, an empty list clears them.
        file_ids=None if arguments.file_ids is None else list(arguments.file_ids),
    )


def _build_list_files(page: ListFiles) -> Request:
    return _post(
        "/v2/threads/messages/files/list",
        thread_id=page.thread_id,
        message_id=page.message_id,
        limit=page.limit,
        order=page.order,
        after=page.after,
        before=page.before,
    )


def _parse_deleted(payload: JsonObject, arguments: ThreadRef) -> None:
    if flag(payload, "deleted") is False:
        raise Unreadable("deleted is false")


def _parse_files(payload: JsonObject, arguments: ListFiles) -> Page[ThreadFile]:
    files = [
        ThreadFile(
            identifier(item, "id"),
            message_id=optional_text(item, "message_id"),
            created_at=moment(item, "created_at", per_second=1000),
            raw=item,
        )
        for item in listed(payload, "data")
    ]
    return Page(
        tuple(files),
        has_more=flag(payload, "has_more"),
        first_id=optional_text(payload, "first_id"),
        last_id=optional_text(payload, "last_id"),
        order=arguments.order or "desc",
    )


class AppBuilder(Provider):
    """Baidu AppBuilder and an account on it.

    Args:
        token: else ``APPBUILDER_TOKEN``; the bare token, without ``Bearer``.
        base_url: scheme and host.

    Raises:
        ConfigurationError: the token is missing or malformed, or the address is.
    """

    name = "appbuilder"
    title = "Baidu AppBuilder"

    endpoints: ClassVar[Endpoints] = Endpoints(
        create_thread=Endpoint(
            "create_thread",
            idempotent=False,
            build=lambda thread: _post("/v2/threads", metadata=thread.metadata),
            parse=_SHAPE.thread,
        ),
        get_thread=Endpoint(
            "get_thread",
            idempotent=True,
            build=lambda thread: _post("/v2/threads/query", thread_id=thread.thread_id),
            parse=_SHAPE.thread,
        ),
        update_thread=Endpoint(
            "update_thread",
            idempotent=False,
            build=lambda thread: _post("/v2/threads/update", thread_id=thread.thread_id, metadata=thread.metadata),
            parse=_SHAPE.thread,
        ),
        delete_thread=Endpoint(
            "delete_thread",
            idempotent=False,
            build=lambda thread: _post("/v2/threads/delete", thread_id=thread.thread_id),
            parse=_parse_deleted,
        ),
        list_messages=Endpoint(
            "list_messages",
            idempotent=True,
            build=lambda page: _post(
                "/v2/threads/messages/list",
                thread_id=page.thread_id,
                limit=page.limit,
                order=page.order,
                after=page.after,
                before=page.before,
            ),
            parse=_SHAPE.messages,
            paging=Paging(size=20, descending=("before", "after"), unasked_order="desc"),
        ),
        get_message=Endpoint(
            "get_message",
            idempotent=True,
            build=lambda message: _post(
                "/v2/threads/messages/query", thread_id=message.thread_id, message_id=message.message_id
            ),
            parse=_SHAPE.message,
        ),
        append=Endpoint("append", idempotent=False, build=_build_append, parse=_SHAPE.message),
        update_message=Endpoint("update_message", idempotent=False, build=_build_update, parse=_SHAPE.message),
        list_files=Endpoint("list_files", idempotent=True, build=_build_list_files, parse=_parse_files),
    )

    def __init__(self, token: SecretLike | None = None, base_url: str = "https://appbuilder.baidu.com") -> None:
        self._token = Secret.find(token, "token", "APPBUILDER_TOKEN")
        del token  # a traceback with local variables must not show it
        super().__init__(base_url)
        self._token.check(self.title)

    @property
    def capabilities(self) -> Capabilities:
        """User messages with up to ten files; threads with metadata, which can be deleted."""
        return Capabilities(
            write_roles=frozenset({"user"}),
            cursor=True,
            # The page gives a default of 20 and no maximum; the SDK's docstring says 1 to 20.
            max_limit=20,
            update_message=True,
            list_files=True,
            max_files=10,
            thread_metadata=True,
            update_thread=True,
            delete_thread=True,
        )

    def sign(self, request: Request, now: float) -> Request:
        """Bearer token. It holds slashes and goes out as it is."""
        headers = {
            **request.headers,
            "Authorization": f"Bearer {self._token.reveal()}",
            "Content-Type": "application/json",
        }
        return Request(request.method, request.path, request.query, headers, request.body)

    def refusal(self, status: int, payload: JsonObject) -> Refusal | None:
        """An HTTP status, or HTTP 200 with ``error``, with ``code`` and ``message``, or with ``error_code``.

        A ``code`` of 0 refuses nothing, as on Baidu's other pages: what was stored is not to be called refused. It is
        no success either, unless the rest is what was asked for.
        """
        error = payload.get("error")
        if isinstance(error, dict):
            code = error.get("code") or error.get("type")
        elif "error" in payload and error is not None:
            code = error
        elif "error_code" in payload or ("code" in payload and ("message" in payload or "object" not in payload)):
            code = payload.get("error_code", payload.get("code"))
        else:
            return refusal_by_status(status)
        if error is None and code in (0, "0"):
            return refusal_by_status(status)
        name = str(code) if isinstance(code, str | int) else "unknown"
        refusal = refusal_by_status(status) or _refusal_by_code(name)
        return replace(refusal, code=name)

    def unwrap(self, payload: JsonObject) -> JsonObject:
        """Every answer names its ``object``; one that does not is no answer of the Assistants API."""
        if "object" not in payload:
            raise Unreadable("object is missing")
        return payload

    def echoed_thread_ids(self, payload: JsonObject) -> set[str]:
        """``thread_id`` of the message or of every message in the list, ``id`` of a thread."""
        return _SHAPE.echoed_thread_ids(payload)

    def request_id(self, headers: Mapping[str, str], payload: JsonObject | None) -> str | None:
        """``X-Appbuilder-Request-Id``, or ``requestId`` in the gateway's error body."""
        found = headers.get("x-appbuilder-request-id") or headers.get("x-bce-request-id")
        in_body = (payload or {}).get("requestId")
        return found or (in_body if isinstance(in_body, str) else None)

    def _secrets(self) -> tuple[Secret, ...]:
        return (self._token,)

    def config(self) -> dict[str, Any]:
        """The address."""
        return {"base_url": self.base_url}


def _refusal_by_code(code: str) -> Refusal:
    """What an error at HTTP 200 means: the platform documents no code, so only the gateway's own name is known."""
    if code == "InvalidHTTPAuthHeader":
        return Refusal(AuthenticationError, "the token was refused. Check APPBUILDER_TOKEN")
    status = int(code) if code.isdecimal() and len(code) == 3 else 0
    return refusal_by_status(status) or Refusal(
        ProviderError, "the platform refused, with a code it does not document. Check the ids and the token"
    )
