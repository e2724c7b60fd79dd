"""Errors cross processes whole."""

from __future__ import annotations

import copy
import pickle
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest

from provider_threads import errors
from tests.reliability.row import Property

ATTRIBUTES: dict[type[errors.ThreadsError], dict[str, Any]] = {
    errors.NotSentError: {"cause_type": "ConnectError"},
    errors.OutcomeUnknownError: {
        "deadline_exceeded": True,
        "cause_type": "ReadTimeout",
        "code": "1013",
        "status": 503,
        "request_id": "r-1",
    },
    errors.ProviderError: {"code": "1004", "status": 200, "request_id": "r-1", "retry_after": 2.5},
    errors.ProtocolError: {"status": 200, "request_id": "r-1"},
    errors.OverlayError: {"cause_type": "OperationalError"},
}


def classes(root: type[errors.ThreadsError] = errors.ThreadsError) -> list[type[errors.ThreadsError]]:
    return [root, *(found for child in root.__subclasses__() for found in classes(child))]


def attributes_of(kind: type[errors.ThreadsError]) -> dict[str, Any]:
    own = next((values for base, values in ATTRIBUTES.items() if issubclass(kind, base)), {})
    return {"provider": "minimax", "operation": "append", **own}


def pickled(protocol: int, error: Any) -> Any:
    return pickle.loads(pickle.dumps(error, protocol))


ROUND_TRIPS: dict[str, Callable[[Any], Any]] = {
    **{f"pickle {protocol}": partial(pickled, protocol) for protocol in range(pickle.HIGHEST_PROTOCOL + 1)},
    "copy": copy.copy,
    "deepcopy": copy.deepcopy,
}


def test_every_class_of_the_tree_is_here(record_property: Property) -> None:
    names = {kind.__name__ for kind in classes()}
    record_property("error_classes", len(names))
    warnings = {name for name in errors.__all__ if name.endswith("Warning")}
    assert len(warnings) == 4
    assert names == set(errors.__all__) - warnings
    for name in warnings:
        assert issubclass(getattr(errors, name), UserWarning)


@pytest.mark.parametrize("kind", classes(), ids=lambda kind: kind.__name__)
@pytest.mark.parametrize("round_trip", ROUND_TRIPS.values(), ids=ROUND_TRIPS)
def test_an_error_comes_back_whole(
    kind: type[errors.ThreadsError], round_trip: Callable[[Any], Any], record_property: Property
) -> None:
    error = kind("MiniMax append: no. Check it.", **attributes_of(kind))
    error.appended = 3
    back = round_trip(error)
    record_property("round_trips", 1)
    record_property("came_back_changed", int((type(back), back.args, vars(back)) != (kind, error.args, vars(error))))
    assert type(back) is kind
    assert back is not error
    assert str(back) == str(error) == "MiniMax append: no. Check it."
    assert back.args == error.args
    assert vars(back) == vars(error) == {**attributes_of(kind), "appended": 3}


@pytest.mark.parametrize("kind", classes(), ids=lambda kind: kind.__name__)
def test_every_error_is_caught_as_the_root_and_knows_where_it_arose(kind: type[errors.ThreadsError]) -> None:
    error = kind("no", **attributes_of(kind))
    assert isinstance(error, errors.ThreadsError)
    assert (error.provider, error.operation, error.appended) == ("minimax", "append", None)


def test_a_configuration_error_is_a_value_error_and_needs_no_platform() -> None:
    error = errors.ConfigurationError("limit must be at least 1.")
    assert isinstance(error, ValueError)
    assert (error.provider, error.operation) == (None, None)
    assert pickle.loads(pickle.dumps(error)).provider is None


@pytest.mark.parametrize(
    ("kind", "parent"),
    [
        (errors.ConfigurationError, errors.ThreadsError),
        (errors.UnsupportedOperationError, errors.ThreadsError),
        (errors.NotSentError, errors.ThreadsError),
        (errors.OutcomeUnknownError, errors.ThreadsError),
        (errors.ProviderError, errors.ThreadsError),
        (errors.ProtocolError, errors.ThreadsError),
        (errors.AuthenticationError, errors.ProviderError),
        (errors.PermissionDeniedError, errors.ProviderError),
        (errors.ThreadNotFoundError, errors.ProviderError),
        (errors.InvalidRequestError, errors.ProviderError),
        (errors.RateLimitedError, errors.ProviderError),
        (errors.QuotaExhaustedError, errors.ProviderError),
        (errors.ContentRejectedError, errors.ProviderError),
        (errors.ProviderUnavailableError, errors.ProviderError),
        (errors.ResponseTooLargeError, errors.ProtocolError),
        (errors.PaginationError, errors.ProtocolError),
        (errors.IncompleteThreadError, errors.ProtocolError),
    ],
)
def test_the_tree_is_as_drawn(kind: type[Exception], parent: type[Exception]) -> None:
    assert kind.__bases__[0] is parent
    assert f"─ {kind.__name__}" in (errors.__doc__ or "")
