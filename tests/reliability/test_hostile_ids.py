"""Ten thousand ids that are none reach no platform, and those that may be ids go only where they are meant to."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from provider_threads import ConfigurationError, Hunyuan, MiniMax, Provider, ThreadsError
from tests.clients.ways import Threads, Way, threads_of
from tests.hygiene import test_ids as ids
from tests.hygiene import test_secrets as secrets
from tests.wire.sockets import RawServer, http, thread_json

from .row import Property
from .sizes import sized

IDS = sized(150, 10_000)
SENT_IDS = sized(60, 1_000)

often = settings(
    deadline=None,
    database=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


@settings(often, max_examples=IDS)
@given(value=ids.IDS)
def test_an_id_is_refused_or_sent_as_it_is(value: str, record_property: Property) -> None:
    ids.test_an_id_is_refused_or_sent_as_it_is_to_the_path_meant.hypothesis.inner_test(value)  # type: ignore[attr-defined]  # what it tries once
    record_property("ids", 1)


def provider_on(platform: str, base_url: str) -> Provider:
    if platform == "hunyuan":
        return Hunyuan("id", "key", base_url=base_url)
    return MiniMax("key", "group", base_url=base_url)


@settings(often, max_examples=SENT_IDS)
@given(value=ids.IDS | st.from_regex(r"\A[A-Za-z0-9_][A-Za-z0-9_.:-]{0,30}\Z"))
@pytest.mark.parametrize("platform", ["hunyuan", "minimax"])
def test_what_goes_over_the_wire_names_the_path_meant(value: str, platform: str, record_property: Property) -> None:
    # AppBuilder sends ids in bodies alone, as Hunyuan does; MiniMax has them in its queries too.
    with RawServer().answering(http(thread_json())) as server:
        threads = threads_of("sync", provider_on(platform, server.base_url))
        with pytest.raises(ThreadsError):
            threads.client.get_message(value, value)
        threads.client.close()  # type: ignore[union-attr]  # a synchronous one
    paths = {request.split(b" ", 2)[1].partition(b"?")[0] for request in server.requests}
    assert paths <= {b"/" if platform == "hunyuan" else b"/v1/threads/messages/retrieve"}
    assert all(request.lower().count(b"\r\nhost:") == 1 for request in server.requests)
    assert all(b"x-injected" not in request.lower().partition(b"\r\n\r\n")[0] for request in server.requests)
    record_property("over_the_wire", 1)
    record_property("requests", len(server.requests))


@pytest.mark.parametrize("flaw", secrets.FLAWS)
@pytest.mark.parametrize("credential", secrets.CREDENTIALS)
def test_a_bad_credential_opens_no_connection(
    credential: str, flaw: str, monkeypatch: pytest.MonkeyPatch, record_property: Property
) -> None:
    with RawServer().answering(http(thread_json())) as server:
        make, argument, others, _ = secrets.CREDENTIALS[credential]
        with pytest.raises(ConfigurationError):
            make(base_url=server.base_url, **others, **{argument: secrets.FLAWS[flaw](secrets.CANARY)})
        assert server.connections == 0
    record_property("bad_credentials", 1)


async def test_ids_of_ten_kilobytes_are_refused_before_anything_is_sent(
    way: Way, server: RawServer, client_on: Callable[..., Threads]
) -> None:
    threads = client_on(server.answering(http(thread_json())).base_url)
    with pytest.raises(ConfigurationError):
        await threads.get_thread("x" * 10_240)
    assert server.connections == 0
