"""An id that is no id never becomes a request."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from provider_threads import AppBuilder, ConfigurationError, Hunyuan, MiniMax, Provider, RetryPolicy, Timeouts
from provider_threads.arguments import check_id
from provider_threads.flows.call import CallContext
from provider_threads.flows.steps import Send
from provider_threads.operations import Operations

PROVIDERS: list[Provider] = [Hunyuan("id", "key"), MiniMax("key", "group"), AppBuilder("token")]
OPERATIONS = [Operations(CallContext(provider, Timeouts(), RetryPolicy())) for provider in PROVIDERS]
PATHS = {
    "hunyuan": {"/"},
    "minimax": {"/v1/threads/retrieve", "/v1/threads/messages/retrieve", "/v1/threads/messages/list"},
    "appbuilder": {"/v2/threads/query", "/v2/threads/messages/query", "/v2/threads/messages/list"},
}
NASTY = [
    "../",
    "..",
    "a/../b",
    "a..b",
    "%2e%2e%2f",
    "%2e%2e",
    "a%00",
    "a?b=c",
    "a#b",
    "a&GroupId=1",
    "a\r\nX-Injected: 1",
    "a\n",
    "\x00",
    "a b",
    " a",
    "\ud800",
    "a\udfff",
    "ｉｄ",
    "线程",
    "１２３",
    "a\\b",
    "http://evil.example.com",
    "a\u2028b",
    ".hidden",
    "-flag",
    "a.",
    "a:",
    "x" * 257,
    "x" * 10_240,
]
GOOD = [
    "thread_QPH2Z6DpBhc46V3ylE1JEqTv",
    "msg_1dc211f670854a30bc68b945c4659d99",
    "chatmsg_ac26f50d9bdb46048e624e7be51a118c",
    "file-510945304731717",
    "thread_id",
    "3107",
    "a",
    "_",
    "a.b:c-d_e",
    "x" * 256,
]
ANY_TEXT = st.text(st.characters(exclude_categories=()), max_size=40)
IDS = (
    st.sampled_from(NASTY + GOOD)
    | ANY_TEXT
    | st.text("abcXYZ019_.:-", max_size=20)
    | st.tuples(st.sampled_from(GOOD), st.sampled_from(NASTY)).map("".join)
    | st.tuples(st.sampled_from(NASTY), ANY_TEXT).map("".join)
)


def calls(operations: Operations, thread_id: Any, message_id: Any) -> list[Callable[[], Any]]:
    calls: list[Callable[[], Any]] = [
        lambda: operations.get_thread(thread_id),
        lambda: operations.get_message("thread_1", message_id),
        lambda: operations.list_messages(thread_id, 5, "asc", None, None),
    ]
    if operations.context.provider.capabilities.cursor:
        calls += [
            lambda: operations.list_messages("thread_1", 5, "asc", message_id, None),
            lambda: operations.list_messages("thread_1", 5, "asc", None, message_id),
        ]
    return calls


def sent_values(step: Send) -> set[str]:
    query = {value for values in parse_qs(urlsplit(step.request.target).query).values() for value in values}
    return query | {value for value in json.loads(step.request.body).values() if isinstance(value, str)}


@settings(max_examples=1000, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(IDS)
def test_an_id_is_refused_or_sent_as_it_is_to_the_path_meant(value: str) -> None:
    sentence = ""
    try:
        check_id(value, "thread_id")
    except ConfigurationError as error:
        sentence = str(error)
    good = not sentence
    assert len(value) < 4 or value not in sentence  # shorter ones are part of any sentence
    if good:
        assert value.isascii()
        assert len(value) <= 256
        assert not set(value) & set("/\\?#%&= \r\n\x00")
        assert ".." not in value
    for operations in OPERATIONS:
        provider = operations.context.provider
        for start in calls(operations, value, value):
            if not good:
                with pytest.raises(ConfigurationError):
                    start()
                continue
            flow = start()
            step = next(flow)
            flow.close()
            assert isinstance(step, Send)
            assert step.request.path in PATHS[provider.name]
            assert urlsplit(step.request.target).path == step.request.path
            assert value in sent_values(step)


@pytest.mark.parametrize("value", [*NASTY, ""], ids=lambda value: ascii(value)[:30])
def test_what_no_platform_issues_is_refused(value: str) -> None:
    with pytest.raises(ConfigurationError, match=r"^message_id ") as caught:
        check_id(value, "message_id")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("value", GOOD, ids=lambda value: value[:30])
def test_every_documented_form_of_id_passes(value: str) -> None:
    check_id(value, "thread_id")


@pytest.mark.parametrize("value", [None, 5, b"thread_1", True, ["thread_1"]])
def test_an_id_is_text(value: object) -> None:
    with pytest.raises(ConfigurationError, match=r"^thread_id must be text"):
        check_id(value, "thread_id")
