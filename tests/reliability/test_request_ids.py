"""What a platform's support asks for stands in the sentence of every error that had it."""

from __future__ import annotations

from typing import Any

import pytest

from provider_threads import OutcomeUnknownError, ProtocolError, ProviderError, ThreadsError
from provider_threads.endpoint import Answer
from tests.flows.scripted import Performance, answer, in_turn
from tests.providers.test_error_tables import HUNYUAN_TABLE, MINIMAX_TABLE, hunyuan_envelope, minimax_envelope

from .row import Property

REQUEST_ID = "0f5d1e7c-req-17"
HEADERS = {"hunyuan": "x-tc-requestid", "minimax": "trace-id", "appbuilder": "x-appbuilder-request-id"}
STATUSES = (400, 401, 403, 404, 408, 409, 422, 429, 500, 502, 503, 507)


def answers_of(platform: str) -> list[Answer]:
    """Every documented refusal, every status, an answer that cannot be read, each with a request id."""
    if platform == "hunyuan":
        bodies: list[Any] = [hunyuan_envelope(code) for code, _ in HUNYUAN_TABLE]
        for body in bodies:
            body["Response"]["RequestId"] = REQUEST_ID
        return [answer(body) for body in bodies] + [answer({"Response": {"RequestId": REQUEST_ID, "Data": 7}})]
    headers = {HEADERS[platform]: REQUEST_ID}
    bodies = [minimax_envelope(code) for code in MINIMAX_TABLE] if platform == "minimax" else []
    bodies += [{"error": {"code": "c", "message": "m"}}, {"code": "404", "message": "m"}] * (platform == "appbuilder")
    answers = [answer(body, 200, headers) for body in bodies]
    answers += [answer(b"", status, headers) for status in STATUSES]
    return [*answers, answer(b"<html>", 200, headers)]


def test_every_error_that_had_a_request_id_tells_it(platform: str, record_property: Property) -> None:
    told = 0
    for answered in answers_of(platform):
        performance = Performance()
        operations = performance.operations(platform)
        for flow in (operations.list_messages("thread_1", None, None, None, None), operations.create_thread(None)):
            with pytest.raises(ThreadsError) as caught:
                performance.perform(flow, in_turn(answered))
            error = caught.value
            assert isinstance(error, ProviderError | OutcomeUnknownError | ProtocolError)
            assert error.request_id == REQUEST_ID
            assert REQUEST_ID in str(error)
            told += 1
    assert told >= 28
    record_property("errors", told)
