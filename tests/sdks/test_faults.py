"""The platforms' own SDKs meet faults: what is thrown at them is what their platforms say, and they see it as that."""

from __future__ import annotations

import pytest

from provider_threads.emulator import Emulator, Fault
from provider_threads.emulator.faults import THROTTLE_CODES, FaultKind

appbuilder = pytest.importorskip("appbuilder", reason="appbuilder-sdk is not installed")
minimax_client = pytest.importorskip("minimax_client", reason="minimax-client is not installed")
pytest.importorskip("tencentcloud.hunyuan", reason="tencentcloud-sdk-python-hunyuan is not installed")

import httpx  # noqa: E402  # after importorskip
from appbuilder.core._exception import (  # noqa: E402  # as above
    InternalServerErrorException,
    TooManyRequestsException,
)
from pydantic import ValidationError  # noqa: E402  # as above
from tencentcloud.common.exception.tencent_cloud_sdk_exception import TencentCloudSDKException  # noqa: E402  # as above
from tencentcloud.hunyuan.v20230901 import models  # noqa: E402  # as above

from .test_tencent import client as tencent_client  # noqa: E402  # as above

pytestmark = [
    pytest.mark.filterwarnings(r"ignore:datetime\.datetime\.utc:DeprecationWarning"),  # Tencent's, on Python 3.12
    pytest.mark.filterwarnings("ignore:unclosed <socket:ResourceWarning"),  # AppBuilder's sessions
]


@pytest.mark.parametrize("code", THROTTLE_CODES["hunyuan"])
def test_tencents_sdk_is_told_that_it_is_throttled(emulator: Emulator, code: str) -> None:
    emulator.faults = [Fault("throttled", code=code, times=1)]
    sdk = tencent_client(emulator)
    with pytest.raises(TencentCloudSDKException) as refused:
        sdk.CreateThread(models.CreateThreadRequest())
    assert refused.value.code == code
    assert refused.value.requestId
    assert sdk.CreateThread(models.CreateThreadRequest()).ID


@pytest.mark.parametrize(
    ("kind", "code"),
    [
        ("reset_after", "ClientNetworkError"),
        ("close_after", "ClientNetworkError"),
        ("short_body", "JSONDecodeError"),  # requests does not compare a body with the length it was told
    ],
)
def test_tencents_sdk_cannot_tell_that_a_write_was_applied(emulator: Emulator, kind: FaultKind, code: str) -> None:
    emulator.faults = [Fault(kind)]
    with pytest.raises(TencentCloudSDKException) as failed:
        tencent_client(emulator).CreateThread(models.CreateThreadRequest())
    assert failed.value.code == code
    assert [request.operation for request in emulator.requests] == ["CreateThread"]


def test_minimaxs_sdk_takes_being_throttled_for_a_malformed_thread(emulator: Emulator) -> None:
    sdk = minimax_client.MiniMax()
    sdk.http_client.base_url = f"{emulator.base_url}/v1"
    with emulator.faulty(Fault("throttled")), pytest.raises(ValidationError):
        sdk.threads.create()
    with emulator.faulty(Fault("reset_after")), pytest.raises(httpx.ReadError):
        sdk.threads.create()
    sdk.http_client.close()


@pytest.mark.parametrize(
    ("kind", "error"), [("throttled", TooManyRequestsException), ("busy", InternalServerErrorException)]
)
def test_appbuilders_sdk_has_a_class_for_each(emulator: Emulator, kind: FaultKind, error: type[Exception]) -> None:
    emulator.faults = [Fault(kind)]
    with pytest.raises(error):
        appbuilder.assistant.threads.create()
