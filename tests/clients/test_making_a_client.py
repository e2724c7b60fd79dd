"""What a client is made from, and what it is not made into."""

from __future__ import annotations

import pickle
from copy import copy, deepcopy
from typing import Any

import pytest

from provider_threads import AsyncThreadClient, ConfigurationError, MiniMax, ThreadClient
from provider_threads.memory import ThreadMemory

KINDS = (ThreadClient, AsyncThreadClient)


@pytest.fixture(params=KINDS)
def kind(request: pytest.FixtureRequest) -> Any:
    return request.param


@pytest.mark.parametrize("shared", [False, True])
@pytest.mark.parametrize(
    ("given", "settings", "sentence"),
    [
        (MiniMax, {}, r"provider must be a platform and an account: MiniMax\(\), not the class MiniMax"),
        ("minimax", {}, r"provider must be a platform and an account, such as MiniMax\(\)"),
        (None, {}, "provider must be a platform and an account"),
        (MiniMax("key", "1"), {"retry": None}, "retry must be a RetryPolicy"),
        (MiniMax("key", "1"), {"retry": 3}, "retry must be a RetryPolicy"),
        (MiniMax("key", "1"), {"timeout": "5"}, "timeout: total must be a number of seconds"),
        (MiniMax("key", "1"), {"timeout": None}, "timeout: total must be a number of seconds"),
    ],
)
def test_what_makes_no_client_is_refused_in_a_sentence(
    kind: Any, shared: bool, given: Any, settings: dict[str, Any], sentence: str
) -> None:
    with pytest.raises(ConfigurationError, match=sentence):
        (kind.shared if shared else kind)(given, **settings)


def test_advice_to_set_something_says_where_it_is_set() -> None:
    """A history takes no allow_insecure= itself."""
    with pytest.raises(ConfigurationError, match="allow_insecure=True on ThreadClient, passed as client="):
        ThreadMemory(provider=MiniMax("key", "1", base_url="http://threads.example"))


def test_a_client_says_why_it_is_not_pickled(kind: Any) -> None:
    with pytest.raises(TypeError, match=f"^{kind.__name__} holds connections .* pickle its provider"):
        pickle.dumps(kind(MiniMax("key", "1")))


@pytest.mark.parametrize("copied_by", [copy, deepcopy])
def test_a_client_copied_is_itself(kind: Any, copied_by: Any) -> None:
    client = kind(MiniMax("key", "1"))
    assert copied_by(client) is client
