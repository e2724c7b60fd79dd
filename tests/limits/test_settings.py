"""What may be given as limits, what the platforms' own are, and what names an account."""

from __future__ import annotations

import copy
import math
import pickle
from typing import Any

import pytest

from provider_threads import (
    UNLIMITED,
    AppBuilder,
    AsyncThreadClient,
    ConfigurationError,
    Hunyuan,
    Limits,
    MiniMax,
    Provider,
    ThreadClient,
)
from provider_threads.limiter import limiter_for

KEY = "key-that-nobody-sees"
ACCOUNTS: list[Provider] = [
    Hunyuan("AKIDexample", KEY),
    Hunyuan("AKIDexample", KEY, base_url="http://127.0.0.1:1"),
    Hunyuan("AKIDother", KEY),
    Hunyuan("AKIDexample", f"{KEY}2"),
    MiniMax(KEY, "17"),
    MiniMax(KEY, "18"),
    MiniMax(f"{KEY}2", "17"),
    AppBuilder(KEY),
    AppBuilder(f"{KEY}2"),
]


def test_hunyuan_keeps_to_its_documented_limits_and_the_others_to_ten_at_once() -> None:
    assert [kind.limits for kind in (Hunyuan, MiniMax, AppBuilder)] == [
        Limits(20, 5),
        Limits(math.inf, 10),
        Limits(math.inf, 10),
    ]


@pytest.mark.parametrize("kind", [ThreadClient, AsyncThreadClient])
def test_a_client_has_its_platforms_limits_unless_told_otherwise(kind: Any) -> None:
    def numbers(provider: Provider, limits: Limits | None = None) -> tuple[float, float] | None:
        limiter = kind(provider, limits=limits)._operations.context.limiter
        return limiter and (limiter.most, limiter.pace and limiter.pace.most)

    hunyuan, minimax = Hunyuan("AKIDexample", KEY), MiniMax(KEY, "17")
    assert numbers(hunyuan) == numbers(hunyuan, Limits()) == (5, 20)
    assert numbers(minimax) == (10, None)
    assert numbers(hunyuan, Limits(in_flight=7)) == (7, 20)
    assert numbers(hunyuan, Limits(per_second=3)) == (5, 3)
    assert numbers(hunyuan, Limits(per_second=math.inf)) == (5, None)
    assert numbers(hunyuan, UNLIMITED) is None


def test_shared_clients_and_own_ones_have_one_limiter() -> None:
    provider = AppBuilder(KEY)
    clients: list[Any] = [ThreadClient(provider), ThreadClient.shared(provider), AsyncThreadClient.shared(provider)]
    assert len({id(client._operations.context.limiter.traffic) for client in clients}) == 1


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"per_second": 0}, "per_second"),
        ({"per_second": -1}, "per_second"),
        ({"per_second": True}, "per_second"),
        ({"per_second": "20"}, "per_second"),
        ({"per_second": math.nan}, "per_second"),
        ({"in_flight": 0}, "in_flight"),
        ({"in_flight": 1.5}, "in_flight"),
        ({"in_flight": math.nan}, "in_flight"),
        ({"in_flight": -math.inf}, "in_flight"),
        ({"redis": "http://127.0.0.1"}, "redis must begin"),
        ({"redis": object()}, "redis must be a URL"),
        ({"name": ""}, "name"),
        ({"name": "a\nb"}, "name"),
        ({"name": "a" * 65}, "name"),
        ({"name": 7}, "name"),
    ],
)
def test_limits_that_make_no_sense_are_refused(given: dict[str, Any], told: str) -> None:
    with pytest.raises(ConfigurationError, match=told):
        Limits(**given)


def test_limits_are_given_as_limits() -> None:
    with pytest.raises(ConfigurationError, match="UNLIMITED"):
        ThreadClient(AppBuilder(KEY), limits=20)  # type: ignore[arg-type]  # what is tried


def test_an_asynchronous_redis_is_refused_with_what_to_pass() -> None:
    redis = pytest.importorskip("redis")
    with pytest.raises(ConfigurationError, match=r"redis\.Redis, for asynchronous clients too"):
        Limits(redis=redis.asyncio.Redis())
    Limits(redis=redis.Redis())


def test_a_redis_url_that_makes_no_sense_is_refused_without_its_password() -> None:
    pytest.importorskip("redis")
    with pytest.raises(ConfigurationError, match="redis is not an address") as refused:
        ThreadClient(AppBuilder(KEY), limits=Limits(redis="redis://:geheim@127.0.0.1:many/0"))
    assert "geheim" not in repr(refused.value)
    assert refused.value.__cause__ is None
    assert refused.value.__context__ is None


def test_limits_do_not_show_the_password_of_their_redis() -> None:
    assert "geheim" not in repr(Limits(redis="redis://:geheim@127.0.0.1:6379/0"))


@pytest.mark.parametrize(
    "url",
    [
        "redis://:geheim@127.0.0.1:6379/0",
        "rediss://user:geheim@redis.example:6379",
        "unix://user:geheim@/run/redis.sock",
        "redis://127.0.0.1:6379/0?password=geheim",
        "rediss://127.0.0.1:6379/0?ssl_password=geheim",
        "redis://:geheim@[127.0.0.1",
    ],
)
@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_limits_with_the_password_of_a_redis_are_never_pickled(url: str, protocol: int) -> None:
    limits = Limits(redis=url)
    with pytest.raises(TypeError, match="with a URL from its environment") as refused:
        pickle.dumps(limits, protocol)
    assert "geheim" not in repr(refused.value)
    assert copy.deepcopy(limits) is copy.copy(limits) is limits


def test_limits_with_a_client_of_redis_say_what_to_hand_to_another_process() -> None:
    redis = pytest.importorskip("redis")
    with pytest.raises(TypeError, match="with a URL from its environment"):
        pickle.dumps(Limits(redis=redis.Redis()))


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_limits_without_a_secret_reach_another_process_whole(protocol: int) -> None:
    for limits in (
        UNLIMITED,
        Limits(3, 4, "redis://user@127.0.0.1:6379/0?db=2", "team"),
        Limits(redis="unix:///r.sock"),
    ):
        assert pickle.loads(pickle.dumps(limits, protocol)) == limits


def test_accounts_have_digests_of_their_own_which_show_nothing() -> None:
    digests = [provider.account_digest() for provider in ACCOUNTS]
    assert len(set(digests)) == len(ACCOUNTS)
    assert all(len(digest) == 32 and set(digest) <= set("0123456789abcdef") for digest in digests)


def test_settings_that_do_not_change_the_account_do_not_change_its_digest() -> None:
    assert MiniMax(KEY, "17", write_roles={"user"}).account_digest() == MiniMax(KEY, "17").account_digest()
    plain, regional = (Hunyuan("AKIDexample", KEY, region=region) for region in (None, "ap-guangzhou"))
    assert plain.account_digest() == regional.account_digest()


def test_a_digest_is_the_same_in_every_process() -> None:
    """And in every version: else an upgrade, process by process, would double the rate while it lasts."""
    assert AppBuilder(KEY).account_digest() == "ab8383fc5a9af957aee6d6f22e79c074"


def test_a_name_takes_the_place_of_the_digest() -> None:
    one, two = AppBuilder(KEY), AppBuilder(f"{KEY}2")
    limiters = [limiter_for(provider, Limits(name="team")) for provider in (one, two)]
    assert limiters[0] is not None
    assert limiters[1] is not None
    assert limiters[0].traffic is limiters[1].traffic
