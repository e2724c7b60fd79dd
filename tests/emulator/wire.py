"""Requests as the platforms' documents describe them, written by hand: neither the client nor an SDK is used here."""

import hashlib
import hmac
import json
import time
from datetime import datetime, timezone
from types import TracebackType
from typing import Any
from urllib.parse import urlsplit

import httpx
from typing_extensions import Self

from provider_threads.emulator import Emulator


def tc3(key: str, date: str, *lines: str) -> str:
    """Tencent's signature of a canonical request given line by line; the first line is the timestamp."""
    timestamp, *canonical = lines
    digest = hashlib.sha256("\n".join(canonical).encode()).hexdigest()
    text = f"TC3-HMAC-SHA256\n{timestamp}\n{date}/hunyuan/tc3_request\n{digest}"
    secret = b"TC3" + key.encode()
    for part in (date, "hunyuan", "tc3_request", text):
        secret = hmac.new(secret, part.encode(), hashlib.sha256).digest()
    return secret.hex()


class Wire:
    """Hand-made requests to one emulator."""

    def __init__(self, emulator: Emulator) -> None:
        self.emulator = emulator
        self.http = httpx.Client(base_url=emulator.base_url, trust_env=False, verify=False)
        self.host = urlsplit(emulator.base_url).netloc

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.http.close()

    def tencent_headers(
        self,
        action: str,
        body: bytes,
        *,
        method: str = "POST",
        query: str = "",
        secret_id: str | None = None,
        secret_key: str | None = None,
        timestamp: int | None = None,
        date: str | None = None,
        **headers: str,
    ) -> dict[str, str]:
        known = self.emulator.credentials
        stamp = str(int(time.time()) if timestamp is None else timestamp)
        day = date or datetime.fromtimestamp(int(stamp), tz=timezone.utc).strftime("%Y-%m-%d")
        content_type = "application/json" if method == "POST" else "application/x-www-form-urlencoded"
        signature = tc3(
            secret_key or known.secret_key,
            day,
            *(stamp, method, "/", query, f"content-type:{content_type}", f"host:{self.host}", ""),
            *("content-type;host", hashlib.sha256(body).hexdigest()),
        )
        return {
            "Content-Type": content_type,
            "X-TC-Action": action,
            "X-TC-Version": "2023-09-01",
            "X-TC-Timestamp": stamp,
            "Authorization": f"TC3-HMAC-SHA256 Credential={secret_id or known.secret_id}/{day}/hunyuan/tc3_request, "
            f"SignedHeaders=content-type;host, Signature={signature}",
            **headers,
        }

    def tencent(self, action: str, parameters: object = None, **signing: Any) -> dict[str, Any]:
        """The ``Response`` of a signed action."""
        body = json.dumps({} if parameters is None else parameters).encode()
        answer = self.http.post("/", content=body, headers=self.tencent_headers(action, body, **signing))
        assert answer.status_code == 200
        assert answer.headers["content-type"] == "application/json"
        response: dict[str, Any] = answer.json()["Response"]
        assert response["RequestId"]
        return response

    def tencent_error(self, action: str, parameters: object = None, **signing: Any) -> str:
        """The error code of a signed action."""
        code: str = self.tencent(action, parameters, **signing)["Error"]["Code"]
        return code

    def minimax(
        self,
        method: str,
        call: str,
        body: object = None,
        *,
        key: str | None = None,
        group: str | None = None,
        **query: Any,
    ) -> dict[str, Any]:
        """The answer of ``/v1/threads/<call>``."""
        known = self.emulator.credentials
        answer = self.http.request(
            method,
            f"/v1/threads/{call}",
            params={"GroupId": known.minimax_group_id if group is None else group, **query},
            json=body,
            headers={"Authorization": f"Bearer {key or known.minimax_api_key}"},
        )
        assert answer.status_code == 200
        payload: dict[str, Any] = answer.json()
        return payload

    def appbuilder_answer(self, call: str, body: object = None, **headers: str) -> httpx.Response:
        """The HTTP answer of ``/v2/<call>``."""
        token = self.emulator.credentials.appbuilder_token
        sent = {"Authorization": f"Bearer {token}", **headers}
        return self.http.post(f"/v2/{call}", json={} if body is None else body, headers=sent)

    def appbuilder(self, call: str, body: object = None) -> dict[str, Any]:
        """The body of an AppBuilder call that must succeed."""
        answer = self.appbuilder_answer(call, body)
        assert answer.status_code == 200, answer.text
        payload: dict[str, Any] = answer.json()
        assert "error" not in payload
        return payload
