"""Answers with citations, as both adapters' tests seed them."""

from __future__ import annotations

from provider_threads.emulator import SeedCitation, SeedMessage

__all__ = ["FOOTNOTED", "PAGE", "REPEATED", "TWO_SOURCES"]

PAGE = "https://weather.example/beijing"

TWO_SOURCES = SeedMessage(
    "assistant",
    "晴😀【1†source】，多云【2†source】。",
    citations=[
        SeedCitation("【1†source】", "最高 9 度", url=PAGE),
        SeedCitation("【2†source】", "见第 3 页", kind="file", file_id="file_9"),
    ],
    id="msg_1",
)
FOOTNOTED = f"晴😀[1]，多云[2]。\n\n[1] “最高 9 度” {PAGE}\n[2] “见第 3 页” file_9"
"""How that one reads."""

REPEATED = SeedMessage(
    "assistant",
    "晴😀【1】，多云【2】，晴【3】，雨【4】。",
    citations=[
        SeedCitation("【1】", "最高 9 度", url=PAGE),
        SeedCitation("【2】", "见第 3 页", kind="file", file_id="file_9"),
        SeedCitation("【3】", "最高 9 度", url=PAGE),
        SeedCitation("【4】", "有雨", url=PAGE),
    ],
    id="msg_1",
)
"""Two sources, one of them with two quotes, one of those twice."""
