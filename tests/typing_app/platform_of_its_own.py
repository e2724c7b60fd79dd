"""A platform that the app brings along."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from typing_extensions import assert_type

from provider_threads import Capabilities, Page, Provider, ProviderError, Thread, ThreadClient, ThreadMessage
from provider_threads.endpoint import AppendMessage, Endpoint, Endpoints, ListMessages, MessageRef, Request, ThreadRef
from provider_threads.providers.base import Refusal, json_body, refusal_by_status
from provider_threads.providers.wire import identifier, listed, moment, number_repeated_ids, text_of
from provider_threads.roles import neutral_role
from provider_threads.secret import Secret, SecretLike


def parse_thread(payload: dict[str, Any], arguments: object) -> Thread:
    """A thread from what the platform says of it."""
    return Thread(identifier(payload, "id"), created_at=moment(payload, "created"), raw=payload)


def parse_message(payload: dict[str, Any], arguments: ListMessages | MessageRef | AppendMessage) -> ThreadMessage:
    """A message from what the platform says of it."""
    found, role = identifier(payload, "id"), identifier(payload, "role")
    return ThreadMessage(found, found, arguments.thread_id, neutral_role(role), role, text_of(payload, "text"))


def parse_page(payload: dict[str, Any], arguments: ListMessages) -> Page[ThreadMessage]:
    """A page of messages."""
    messages = [parse_message(item, arguments) for item in listed(payload, "messages")]
    return Page(number_repeated_ids(messages, "desc"), None, None, None, "desc")


def list_of(arguments: ListMessages) -> Request:
    """The request for a page."""
    return Request("POST", "/messages", body=json_body({"thread": arguments.thread_id, "limit": arguments.limit}))


class Harbour(Provider):
    """Harbour and an account on it."""

    name = "harbour"
    title = "Harbour"
    endpoints = Endpoints(
        create_thread=Endpoint("create_thread", False, lambda _: Request("POST", "/create"), parse_thread),
        get_thread=Endpoint[ThreadRef, Thread](
            "get_thread", idempotent=True, build=lambda a: Request("GET", f"/{a.thread_id}"), parse=parse_thread
        ),
        list_messages=Endpoint("list_messages", idempotent=True, build=list_of, parse=parse_page),
        get_message=Endpoint[MessageRef, ThreadMessage](
            "get_message", idempotent=True, build=lambda a: Request("GET", f"/{a.message_id}"), parse=parse_message
        ),
    )

    def __init__(self, key: SecretLike | None = None, base_url: str = "https://harbour.example") -> None:
        self._key = Secret.find(key, "key", "HARBOUR_KEY")
        super().__init__(base_url)
        self._key.check(self.title)

    @property
    def capabilities(self) -> Capabilities:
        """What Harbour can do."""
        return Capabilities(write_roles=frozenset({"user"}), cursor=True, max_limit=50)

    def sign(self, request: Request, now: float) -> Request:
        """The request with the key."""
        return replace(request, headers={**request.headers, "Authorization": f"Bearer {self._key.reveal()}"})

    def refusal(self, status: int, payload: dict[str, Any]) -> Refusal | None:
        """What Harbour refuses."""
        if "fault" in payload:
            return Refusal(ProviderError, "the platform refused", code=str(payload["fault"]))
        return refusal_by_status(status)

    def echoed_thread_ids(self, payload: dict[str, Any]) -> set[str]:
        """None: Harbour does not repeat a thread's id."""
        return set()

    def request_id(self, headers: Mapping[str, str], payload: dict[str, Any] | None) -> str | None:
        """Harbour's id of a request."""
        return headers.get("x-request-id")

    def _secrets(self) -> tuple[Secret, ...]:
        return (self._key,)

    def config(self) -> dict[str, Any]:
        """What is no secret."""
        return {"base_url": self.base_url}


with ThreadClient(Harbour()) as threads:
    assert_type(threads.get_thread("thread_1"), Thread)
