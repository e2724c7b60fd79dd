"""What a page of 20 messages costs the client's processor, against bare httpx with json and the platforms' SDKs.

The server is a process of its own, so that what it does is not counted; the client's is measured with
``time.process_time``. All sides read the same page, keep their connection where they can, and are checked to have got
the same texts. Bare httpx sends no credential and looks at nothing in the answer.
"""

from __future__ import annotations

import contextlib
import gc
import json
import time
import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from functools import partial
from typing import Any, Literal

import httpx

from provider_threads import AppBuilder, Hunyuan, Limits, MiniMax, Provider, ThreadClient
from provider_threads.emulator import CannedEmulator, SeedCitation, SeedMessage
from tests.benchmarks import sdks
from tests.benchmarks.answers import PLATFORMS, Platform
from tests.benchmarks.ratios import Ratio, command
from tests.benchmarks.sdks import listing

__all__ = ["PAGE", "SDKS", "measure", "reading", "served"]

PAGE = 20

SDKS: Mapping[Platform, str] = {**sdks.SDKS, "hunyuan": "tencentcloud-sdk"}

_TITLES: Mapping[str, str] = {kind.name: kind.title for kind in (MiniMax, AppBuilder, Hunyuan)}

Read = Callable[[], list[str]]
"""Asks for the newest page and gives its texts."""


def measure(quick: bool) -> list[Ratio]:
    """The time of the processor, ours over bare httpx's and over the platform's SDK's."""
    requests, repetitions = (3, 2) if quick else (50, 25)
    ratios = []
    for platform in PLATFORMS:
        with served(platform) as server, reading(platform, server) as sides:
            texts = {name: read() for name, read in sides.items()}
            if any(read != texts["ours"] for read in texts.values()) or len(texts["ours"]) != PAGE:
                raise AssertionError(f"{platform}: the sides did not read the same page")
            samples = _in_turn(sides, requests, repetitions)
            ratios += [
                Ratio(
                    f"a page of {PAGE} messages of {_TITLES[platform]} through ThreadClient, of the processor",
                    "bare httpx and json" if name == "bare" else f"{name}, the platform's SDK",
                    [ours / other for ours, other in zip(samples["ours"], samples[name], strict=True)],
                    bar=1.5 if name == "bare" else 1.0,
                )
                for name in sides
                if name != "ours"
            ]
    return ratios


@contextlib.contextmanager
def served(platform: Platform) -> Iterator[CannedEmulator]:
    """A server with a thread of that platform's, half of it with citations where the platform has any."""
    cited = [SeedCitation("【1†source】", "一段引文", url="https://books.example/1")] if platform == "minimax" else []
    messages = [
        SeedMessage("assistant", f"第{at}章先讲材料的来历,再比较两种做法【1†source】。", citations=cited)
        if at % 2
        else SeedMessage("user", f"第{at}章讲了什么?")
        for at in range(2 * PAGE)
    ]
    with CannedEmulator(platform, messages) as server:
        yield server


@contextlib.contextmanager
def reading(platform: Platform, server: CannedEmulator) -> Iterator[dict[str, Read]]:
    """By name: this client as ``ours``, ``bare`` httpx, and the platform's SDK where it is installed."""
    with ExitStack() as opened, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the SDKs' own
        sides: dict[str, Read] = {"ours": opened.enter_context(_ours(platform, server))}
        sides["bare"] = opened.enter_context(_bare(platform, server))
        with contextlib.suppress(ImportError):
            sides[SDKS[platform]] = opened.enter_context(_SDK_READS[platform](server))
        yield sides


@contextlib.contextmanager
def _ours(platform: Platform, server: CannedEmulator) -> Iterator[Read]:
    (thread_id,) = server.thread_ids
    with ThreadClient(_account(platform, server), limits=_LIMITS.get(platform)) as client:
        yield lambda: [message.text for message in client.list_messages(thread_id, PAGE)]


_LIMITS: Mapping[Platform, Limits] = {"hunyuan": Limits(per_second=100_000)}
"""Where there is a rate by default it is kept to, but never waited for."""


def _account(platform: Platform, server: CannedEmulator) -> Provider:
    known, url = server.credentials, server.base_url
    if platform == "minimax":
        return MiniMax(known.minimax_api_key, known.minimax_group_id, base_url=url)
    if platform == "appbuilder":
        return AppBuilder(known.appbuilder_token, base_url=url)
    return Hunyuan(known.secret_id, known.secret_key, base_url=url)


@contextlib.contextmanager
def _bare(platform: Platform, server: CannedEmulator) -> Iterator[Read]:
    (thread_id,) = server.thread_ids
    with httpx.Client(base_url=server.base_url, trust_env=False) as client:
        if platform == "hunyuan":
            asked = {"ThreadID": thread_id, "Limit": PAGE, "Order": "desc"}
            headers = {"X-TC-Action": "GetThreadMessageList", "X-TC-Version": "2023-09-01"}

            def hunyuan() -> list[str]:
                answer = client.post("/", json=asked, headers=headers).json()
                return [item["Content"][0]["Text"]["Value"] for item in answer["Response"]["Data"]]

            yield hunyuan
            return
        parameters: dict[str, Any] = {"thread_id": thread_id, "limit": PAGE, "order": "desc"}

        def assistants() -> list[str]:
            if platform == "minimax":
                response = client.get("/v1/threads/messages/list", params=parameters)
            else:
                response = client.post("/v2/threads/messages/list", json=parameters)
            return [item["content"][0]["text"]["value"] for item in response.json()["data"]]

        yield assistants


@contextlib.contextmanager
def _assistants_sdk(platform: Literal["appbuilder", "minimax"], server: CannedEmulator) -> Iterator[Read]:
    (thread_id,) = server.thread_ids
    with listing(server, platform) as asked:

        def read() -> list[str]:
            listed = asked(thread_id, limit=PAGE, order="desc")
            return [message.content[0].text.value for message in listed.data]

        yield read


@contextlib.contextmanager
def _tencent_sdk(server: CannedEmulator) -> Iterator[Read]:
    from tencentcloud.common.credential import Credential
    from tencentcloud.common.profile.client_profile import ClientProfile
    from tencentcloud.common.profile.http_profile import HttpProfile
    from tencentcloud.hunyuan.v20230901 import models
    from tencentcloud.hunyuan.v20230901.hunyuan_client import HunyuanClient

    known = server.credentials
    endpoint = server.base_url.removeprefix("http://")
    profile = ClientProfile(httpProfile=HttpProfile(protocol="http", endpoint=endpoint, keepAlive=True))
    client = HunyuanClient(Credential(known.secret_id, known.secret_key), "ap-guangzhou", profile)
    (thread_id,) = server.thread_ids

    def read() -> list[str]:
        request = models.GetThreadMessageListRequest()
        request.from_json_string(json.dumps({"ThreadID": thread_id, "Limit": PAGE, "Order": "desc"}))
        return [message.Content[0]["Text"]["Value"] for message in client.GetThreadMessageList(request).Data]

    yield read


_SDK_READS: Mapping[Platform, Callable[[CannedEmulator], contextlib.AbstractContextManager[Read]]] = {
    "minimax": partial(_assistants_sdk, "minimax"),
    "appbuilder": partial(_assistants_sdk, "appbuilder"),
    "hunyuan": _tencent_sdk,
}


def _in_turn(sides: Mapping[str, Read], requests: int, repetitions: int) -> dict[str, list[float]]:
    """Seconds of the processor for so many requests, by side and repetition."""
    samples: dict[str, list[float]] = {name: [] for name in sides}
    gc.collect()
    gc.freeze()  # what is timed is not charged for looking through the SDKs
    for at in range(repetitions):
        names = [*sides] if at % 2 else [*sides][::-1]
        for name in names:
            read = sides[name]
            gc.collect()
            began = time.process_time()
            for _ in range(requests):
                read()
            samples[name].append(time.process_time() - began)
    return samples


if __name__ == "__main__":
    command(measure, __doc__)
