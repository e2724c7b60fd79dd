"""MiniMax: the Assistants threads of ``/v1``, bearer key and ``GroupId``.

Documents: MiniMax's pages on thread create and retrieve, message create, retrieve and list, and its error codes. The
list page names no paging parameter and sends its parameters as a JSON body on GET; real clients send limit, order,
after and before as query parameters. This client sends both, so that either server understands.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from typing import Any, ClassVar

from provider_threads.capabilities import Capabilities
from provider_threads.endpoint import (
    AppendMessage,
    Endpoint,
    Endpoints,
    JsonObject,
    Paging,
    Request,
    UpdateThread,
)
from provider_threads.errors import (
    AuthenticationError,
    ConfigurationError,
    ContentRejectedError,
    InvalidRequestError,
    ProviderError,
    ProviderUnavailableError,
    QuotaExhaustedError,
    RateLimitedError,
)
from provider_threads.messages import Thread
from provider_threads.providers.assistants import AssistantsShape
from provider_threads.providers.base import Provider, Refusal, json_body, refusal_by_status
from provider_threads.providers.wire import Unreadable, object_of
from provider_threads.secret import Secret, SecretLike

__all__ = ["MiniMax"]

_SHAPE = AssistantsShape(per_second=1, says_more=False)

_BUSY = Refusal(ProviderUnavailableError, "the platform failed. Try again in a moment", retryable=True)
_THROTTLED = Refusal(RateLimitedError, "too many requests. Wait, or lower the rate", retryable=True)
_KEY = Refusal(
    AuthenticationError,
    "the key was refused, or it does not belong to the group. Check MINIMAX_API_KEY and MINIMAX_GROUP_ID",
)
_TEXT = Refusal(ContentRejectedError, "the platform's content rules refused the text")

CODES: Mapping[int, Refusal] = {
    1000: _BUSY,
    1001: Refusal(ProviderUnavailableError, "the platform timed out. Try again", retryable=True),
    1002: _THROTTLED,
    1004: _KEY,
    1008: Refusal(QuotaExhaustedError, "the account's balance is used up. Top it up"),
    1013: _BUSY,
    1024: _BUSY,
    1026: _TEXT,
    1027: _TEXT,
    1033: _BUSY,
    1039: _THROTTLED,
    1041: _THROTTLED,
    1042: Refusal(ContentRejectedError, "too many invisible characters in the text"),
    2013: Refusal(
        InvalidRequestError,
        "a parameter was refused; often the thread or message id is unknown. Check the ids",
    ),
    2049: _KEY,
}


def _get(path: str, **parameters: Any) -> Request:
    given = {name: value for name, value in parameters.items() if value is not None}
    query = {name: str(value) for name, value in given.items()}
    return Request("GET", path, query=query, body=json_body(given))


def _post(path: str, **parameters: Any) -> Request:
    return Request("POST", path, body=json_body(parameters))


def _build_append(arguments: AppendMessage) -> Request:
    draft = arguments.draft
    return _post(
        "/v1/threads/messages/add",
        thread_id=arguments.thread_id,
        role=draft.role,
        content=draft.text,
        file_ids=list(draft.file_ids) or None,
        metadata=dict(draft.metadata) if draft.metadata else None,
    )


def _parse_modified(payload: JsonObject, arguments: UpdateThread) -> Thread:
    return _SHAPE.thread(object_of(payload.get("thread"), "thread"), arguments)


class MiniMax(Provider):
    """MiniMax and an account on it.

    Args:
        api_key: else ``MINIMAX_API_KEY``. group_id: else ``MINIMAX_GROUP_ID``.
        base_url: scheme and host.
        write_roles: roles that may be appended. No document settles whether MiniMax takes ``assistant``; pass
            ``{"user", "assistant"}`` to opt in.

    Raises:
        ConfigurationError: a credential is missing or malformed, or the address or a role is.
    """

    name = "minimax"
    title = "MiniMax"

    endpoints: ClassVar[Endpoints] = Endpoints(
        create_thread=Endpoint(
            "create_thread",
            idempotent=False,
            build=lambda thread: _post("/v1/threads/create", metadata=thread.metadata),
            parse=_SHAPE.thread,
        ),
        get_thread=Endpoint(
            "get_thread",
            idempotent=True,
            build=lambda thread: _get("/v1/threads/retrieve", thread_id=thread.thread_id),
            parse=_SHAPE.thread,
        ),
        # Known from MiniMax's SDK alone; the field is id, not thread_id.
        update_thread=Endpoint(
            "update_thread",
            idempotent=False,
            build=lambda thread: _post("/v1/threads/modify", id=thread.thread_id, metadata=thread.metadata),
            parse=_parse_modified,
        ),
        list_messages=Endpoint(
            "list_messages",
            idempotent=True,
            build=lambda page: _get(
                "/v1/threads/messages/list",
                thread_id=page.thread_id,
                limit=page.limit,
                order=page.order,
                after=page.after,
                before=page.before,
            ),
            parse=_SHAPE.messages,
            paging=Paging(size=100, descending=("after", "before"), unasked_order="asc"),
        ),
        get_message=Endpoint(
            "get_message",
            idempotent=True,
            build=lambda message: _get(
                "/v1/threads/messages/retrieve", thread_id=message.thread_id, message_id=message.message_id
            ),
            parse=_SHAPE.message,
        ),
        append=Endpoint("append", idempotent=False, build=_build_append, parse=_SHAPE.message),
    )

    def __init__(
        self,
        api_key: SecretLike | None = None,
        group_id: SecretLike | None = None,
        base_url: str = "https://api.minimax.chat",
        *,
        write_roles: Collection[str] = ("user",),
    ) -> None:
        self._api_key = Secret.find(api_key, "api_key", "MINIMAX_API_KEY")
        self._group_id = Secret.find(group_id, "group_id", "MINIMAX_GROUP_ID")
        del api_key, group_id  # a traceback with local variables must not show them
        super().__init__(base_url)
        self._api_key.check(self.title)
        self._group_id.check(self.title)
        if not isinstance(write_roles, Collection) or not {*write_roles} <= {"user", "assistant"}:
            raise ConfigurationError("MiniMax: write_roles is a set of 'user' and 'assistant'.")
        self.write_roles: frozenset[str] = frozenset(write_roles)

    @property
    def capabilities(self) -> Capabilities:
        """User messages with files and metadata; the rest is read."""
        return Capabilities(
            write_roles=self.write_roles,
            cursor=True,
            max_limit=100,
            max_files=None,
            thread_metadata=True,
            message_metadata=True,
            update_thread=True,
        )

    def sign(self, request: Request, now: float) -> Request:
        """Bearer key; ``GroupId`` in the query. Both are required, and JSON is named even on GET."""
        headers = {
            **request.headers,
            "Authorization": f"Bearer {self._api_key.reveal()}",
            "Content-Type": "application/json",
        }
        return Request(
            request.method,
            request.path,
            {"GroupId": self._group_id.reveal(), **request.query},
            headers,
            request.body,
        )

    def refusal(self, status: int, payload: JsonObject) -> Refusal | None:
        """MiniMax answers errors with HTTP 200 and a ``base_resp.status_code`` that is not 0."""
        outcome = payload.get("base_resp")
        code = outcome.get("status_code") if isinstance(outcome, dict) else None
        by_status = refusal_by_status(status)
        # JSON has one kind of number: a server that writes 0.0 means 0.
        name = str(int(code) if isinstance(code, float) and code.is_integer() else code)
        if code is None or name == "0":
            return by_status
        known = CODES.get(int(name)) if name.isdecimal() and len(name) < 10 else None
        unknown = by_status or Refusal(ProviderError, "the platform refused, with a code it does not document")
        return replace(known or unknown, code=name)

    def unwrap(self, payload: JsonObject) -> JsonObject:
        """Every answer holds ``base_resp`` with a status code; without it, an empty list would pass for a thread."""
        if object_of(payload.get("base_resp"), "base_resp").get("status_code") is None:
            raise Unreadable("base_resp.status_code is missing")
        return payload

    def echoed_thread_ids(self, payload: JsonObject) -> set[str]:
        """``thread_id`` of the message or of every message in the list, ``id`` of a thread."""
        return _SHAPE.echoed_thread_ids(payload)

    def request_id(self, headers: Mapping[str, str], payload: JsonObject | None) -> str | None:
        """From a header: the pages name none; these are the ones seen in the wild."""
        names = ("trace-id", "minimax-request-id", "x-request-id")
        return next((headers[name] for name in names if headers.get(name)), None)

    def _secrets(self) -> tuple[Secret, ...]:
        return (self._api_key, self._group_id)

    def config(self) -> dict[str, Any]:
        """Address and write roles."""
        return {"base_url": self.base_url, "write_roles": sorted(self.write_roles)}
