"""The signature check, against known answers (the keys are Tencent's documentation examples)."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from provider_threads.emulator.signature import Secret, SignatureError, SignedRequest, sign, verify

VECTORS: list[dict[str, Any]] = json.loads(Path(__file__).with_name("tc3_vectors.json").read_text("utf-8"))
HUNYUAN = [vector for vector in VECTORS if vector["service"] == "hunyuan"]


def signed(vector: dict[str, Any], **headers: str) -> SignedRequest:
    credential = f"AKIDEXAMPLE/{vector['date']}/{vector['service']}/tc3_request"
    return SignedRequest(
        vector["method"],
        vector["query"],
        {
            **vector["headers"],
            "x-tc-timestamp": str(vector["timestamp"]),
            "authorization": f"TC3-HMAC-SHA256 Credential={credential}, "
            f"SignedHeaders={vector['signed_headers']}, Signature={vector['signature']}",
            **headers,
        },
        vector["body"].encode(),
    )


def judge(request: SignedRequest, vector: dict[str, Any], *, skew: int = 0, token: str | None = None) -> str | None:
    secrets = {"AKIDEXAMPLE": Secret(vector["secret_key"], token)}
    try:
        verify(request, secrets, service=vector["service"], now=vector["timestamp"] + skew)
    except SignatureError as error:
        return error.code
    return None


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: vector["name"])
def test_a_known_request_has_its_known_signature(vector: dict[str, Any]) -> None:
    signature = sign(signed(vector), vector["secret_key"], vector["date"], vector["service"], vector["signed_headers"])
    assert signature == vector["signature"]
    assert judge(signed(vector), vector) is None


@pytest.mark.parametrize("vector", HUNYUAN, ids=lambda vector: vector["name"])
def test_a_request_changed_on_its_way_is_refused(vector: dict[str, Any]) -> None:
    request = signed(vector)
    changed = [
        replace(request, headers={**request.headers, "host": "elsewhere.example"}),
        replace(request, headers={**request.headers, "content-type": "text/plain"}),
        replace(request, headers={**request.headers, "x-tc-timestamp": str(vector["timestamp"] - 1)}),
    ]
    if vector["method"] == "GET":
        changed.append(replace(request, query=request.query + "&Limit=1"))
    elif "x-tc-content-sha256" not in request.headers:
        changed.append(replace(request, body=request.body + b" "))
    for tampered in changed:
        # At midnight one second less is yesterday: then the date is what betrays it, under the same code.
        assert judge(tampered, vector) == "AuthFailure.SignatureFailure"


def test_an_unsigned_payload_covers_no_body() -> None:
    vector = next(vector for vector in VECTORS if vector["name"] == "unsigned-payload")
    assert judge(replace(signed(vector), body=b'{"ThreadID": "another"}'), vector) is None


def test_the_query_of_a_post_is_not_signed() -> None:
    assert judge(replace(signed(HUNYUAN[0]), query="anything=1"), HUNYUAN[0]) is None


def test_a_get_request_has_no_payload_to_sign() -> None:
    vector = next(vector for vector in VECTORS if vector["method"] == "GET")
    assert judge(replace(signed(vector), body=b"not looked at"), vector) is None


@pytest.mark.parametrize(("skew", "code"), [(300, None), (-300, None), (301, "Expire"), (-301, "Expire")])
def test_the_clock_may_be_five_minutes_off_and_no_more(skew: int, code: str | None) -> None:
    expected = code and "AuthFailure.SignatureExpire"
    assert judge(signed(HUNYUAN[0]), HUNYUAN[0], skew=skew) == expected


def test_a_temporary_credential_needs_its_own_token_and_a_permanent_one_none() -> None:
    vector = HUNYUAN[0]
    assert judge(signed(vector, **{"x-tc-token": "right"}), vector, token="right") is None
    assert judge(signed(vector, **{"x-tc-token": "wrong"}), vector, token="right") == "AuthFailure.TokenFailure"
    assert judge(signed(vector), vector, token="right") == "AuthFailure.TokenFailure"
    assert judge(signed(vector, **{"x-tc-token": "any"}), vector) == "AuthFailure.TokenFailure"


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ("TC3-HMAC-SHA256 ", "TC3-HMAC-SHA1 ", "InvalidAuthorization"),
        ("content-type;host", "content-type", "InvalidAuthorization"),
        ("content-type;host", "host", "InvalidAuthorization"),
        ("content-type;host", "content-type;host;x-not-sent", "SignatureFailure"),
        ("AKIDEXAMPLE", "AKIDUNKNOWN", "SecretIdNotFound"),
        ("/hunyuan/", "/cvm/", "SignatureFailure"),
        ("2024-09-26", "2024-09-27", "SignatureFailure"),
        ("Signature=9", "Signature=0", "SignatureFailure"),
    ],
)
def test_an_authorization_with_one_wrong_part_is_refused_by_its_code(old: str, new: str, code: str) -> None:
    request = signed(HUNYUAN[0])
    authorization = request.headers["authorization"]
    assert old in authorization
    wrong = replace(request, headers={**request.headers, "authorization": authorization.replace(old, new)})
    assert judge(wrong, HUNYUAN[0]) == f"AuthFailure.{code}"


@pytest.mark.parametrize("timestamp", ["", "soon", "1e9", "-1", "٣", "9" * 40])
def test_a_timestamp_that_is_no_number_is_refused(timestamp: str) -> None:
    request = signed(HUNYUAN[0], **{"x-tc-timestamp": timestamp})
    assert judge(request, HUNYUAN[0]) == "AuthFailure.SignatureFailure"


def test_a_missing_authorization_is_refused() -> None:
    request = signed(HUNYUAN[0])
    headers = {name: value for name, value in request.headers.items() if name != "authorization"}
    assert judge(replace(request, headers=headers), HUNYUAN[0]) == "AuthFailure.InvalidAuthorization"
