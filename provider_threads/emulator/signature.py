"""Tencent's request signature TC3-HMAC-SHA256, checked from the server's side.

Written from Tencent Cloud's page "Signature Method v3": the request is put into a canonical text, its hash
into a text to sign, and that is signed with a key derived from secret key, date and service.
"""

import hashlib
import hmac
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timezone

ALGORITHM = "TC3-HMAC-SHA256"
WINDOW_SECONDS = 300
_AUTHORIZATION = re.compile(
    rf"{ALGORITHM} Credential="
    r"(?P<id>[^/\s]+)/(?P<date>\d{4}-\d\d-\d\d)/(?P<service>[^/\s]+)/tc3_request,\s*"
    r"SignedHeaders=(?P<headers>[a-z0-9;-]+),\s*Signature=(?P<signature>[0-9a-f]{64})"
)


class SignatureError(Exception):
    """The request is refused; ``code`` is the public error code of Tencent Cloud."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


@dataclass(frozen=True)
class Secret:
    """A secret key and, for temporary credentials, the token that must come with it."""

    key: str
    token: str | None = None


@dataclass(frozen=True)
class SignedRequest:
    """The parts of a request that the signature covers.

    ``headers`` have lower-case names; ``query`` is the raw text after the question mark; ``body`` the bytes
    received.
    """

    method: str
    query: str
    headers: Mapping[str, str]
    body: bytes


def sign(request: SignedRequest, secret_key: str, date: str, service: str, signed_headers: str) -> str:
    """The signature, in hex, that the holder of the key would give this request."""
    if request.headers.get("x-tc-content-sha256") == "UNSIGNED-PAYLOAD":
        payload = b"UNSIGNED-PAYLOAD"
    else:
        payload = b"" if request.method == "GET" else request.body
    canonical_request = "\n".join(
        [
            request.method,
            "/",
            request.query if request.method == "GET" else "",
            *(f"{name}:{request.headers[name].strip().lower()}" for name in signed_headers.split(";")),
            "",
            signed_headers,
            hashlib.sha256(payload).hexdigest(),
        ]
    )
    to_sign = "\n".join(
        [
            ALGORITHM,
            request.headers["x-tc-timestamp"],
            f"{date}/{service}/tc3_request",
            hashlib.sha256(canonical_request.encode()).hexdigest(),
        ]
    )
    key = f"TC3{secret_key}".encode()
    for step in (date, service, "tc3_request"):
        key = hmac.digest(key, step.encode(), "sha256")
    return hmac.new(key, to_sign.encode(), hashlib.sha256).hexdigest()


def verify(request: SignedRequest, secrets: Mapping[str, Secret], *, service: str, now: float) -> None:
    """Let the request pass, or refuse it as Tencent Cloud documents.

    ``secrets`` maps secret ids to secrets; ``now`` is the server's clock in seconds since the epoch.

    Raises:
        SignatureError: no or a malformed Authorization, a timestamp more than 300 seconds off, a date that
            is not the timestamp's UTC date, an unknown secret id, a missing or foreign token, or a
            signature that does not match.
    """
    given = _AUTHORIZATION.fullmatch(request.headers.get("authorization", ""))
    timestamp = request.headers.get("x-tc-timestamp", "")
    if given is None:
        raise SignatureError("AuthFailure.InvalidAuthorization", "Authorization is missing or not in TC3 form.")
    signed_headers = given["headers"].split(";")
    if not {"content-type", "host"} <= set(signed_headers):
        raise SignatureError("AuthFailure.InvalidAuthorization", "content-type and host must be signed.")
    if not set(signed_headers) <= set(request.headers):
        raise SignatureError("AuthFailure.SignatureFailure", "A signed header was not sent.")
    if given["service"] != service:
        raise SignatureError("AuthFailure.SignatureFailure", f"The credential is not for service {service}.")
    if re.fullmatch(r"\d{1,11}", timestamp, re.ASCII) is None:
        raise SignatureError("AuthFailure.SignatureFailure", "X-TC-Timestamp is missing or not a number.")
    if abs(now - int(timestamp)) > WINDOW_SECONDS:
        raise SignatureError("AuthFailure.SignatureExpire", "The timestamp is more than five minutes off.")
    if datetime.fromtimestamp(int(timestamp), tz=timezone.utc).strftime("%Y-%m-%d") != given["date"]:
        raise SignatureError("AuthFailure.SignatureFailure", "The credential's date is not the timestamp's UTC date.")
    secret = secrets.get(given["id"])
    if secret is None:
        raise SignatureError("AuthFailure.SecretIdNotFound", "The SecretId is not found.")
    if request.headers.get("x-tc-token") != secret.token:
        raise SignatureError("AuthFailure.TokenFailure", "The token does not belong to the SecretId.")
    expected = sign(request, secret.key, given["date"], service, given["headers"])
    if not hmac.compare_digest(expected, given["signature"]):
        raise SignatureError("AuthFailure.SignatureFailure", "The signature does not match the request.")
