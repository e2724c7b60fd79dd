"""TC3-HMAC-SHA256, Tencent Cloud's request signature, version 3 of its API.

The document is Tencent Cloud's "signature v3" page: a canonical request over the exact bytes to be sent, hashed,
signed with a key derived from the secret, the UTC date and the service.
"""

from __future__ import annotations

import hashlib
import hmac
from datetime import datetime, timezone

from provider_threads.secret import Secret

__all__ = ["authorization"]

_ALGORITHM = "TC3-HMAC-SHA256"


def authorization(
    *,
    secret_id: Secret,
    secret_key: Secret,
    service: str,
    timestamp: int,
    method: str,
    query: str,
    headers: list[tuple[str, str]],
    payload: bytes,
) -> str:
    """The value of the ``Authorization`` header.

    Args:
        timestamp: Unix seconds, as sent in ``X-TC-Timestamp``; its UTC date enters the key.
        query: the query string as sent, without ``?``.
        headers: names in lower case with their values, sorted by name; at least content-type and host. A host that
            names a port is signed with it. A temporary token is no part of the signature.
        payload: the body's bytes; ``b"UNSIGNED-PAYLOAD"`` where ``X-TC-Content-SHA256: UNSIGNED-PAYLOAD`` is sent.
    """
    date = datetime.fromtimestamp(timestamp, tz=timezone.utc).strftime("%Y-%m-%d")
    scope = f"{date}/{service}/tc3_request"
    names = ";".join(name for name, _ in headers)
    lines = "".join(f"{name}:{value.strip().lower()}\n" for name, value in headers)
    canonical = f"{method}\n/\n{query}\n{lines}\n{names}\n{hashlib.sha256(payload).hexdigest()}"
    to_sign = f"{_ALGORITHM}\n{timestamp}\n{scope}\n{hashlib.sha256(canonical.encode()).hexdigest()}"
    signature = hmac.new(_signing_key(secret_key, date, service), to_sign.encode(), hashlib.sha256).hexdigest()
    return f"{_ALGORITHM} Credential={secret_id.reveal()}/{scope}, SignedHeaders={names}, Signature={signature}"


def _signing_key(secret_key: Secret, date: str, service: str) -> bytes:
    key = b"TC3" + secret_key.reveal().encode()
    for step in (date, service, "tc3_request"):
        key = hmac.digest(key, step.encode(), hashlib.sha256)
    return key
