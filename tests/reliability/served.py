"""An emulator in a process of its own, so that what this process holds is the library's alone."""

from __future__ import annotations

import re
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx

from provider_threads.emulator import Fault
from provider_threads.emulator.identifiers import Provider as Platform
from tests.reliability.footprint import resident_mib

__all__ = ["Served", "served"]

_SERVE = "from provider_threads.cli import main; main()"


class Served:
    """The emulator's admin surface; safe to use from several threads."""

    def __init__(self, base_url: str, process: int) -> None:
        self.base_url = base_url
        self._process = process
        self._admin = httpx.Client(base_url=f"{base_url}/_emulator/", trust_env=False, verify=False, timeout=30)

    def close(self) -> None:
        """Close the connections."""
        self._admin.close()

    def seed(self, platform: Platform, texts: Sequence[str] = (), thread_id: str | None = None) -> str:
        """Store users' messages that others wrote; the thread's id."""
        messages = [{"role": "user", "text": text} for text in texts]
        body = {"provider": platform, "messages": messages, "thread_id": thread_id}
        thread: str = self._answer(self._admin.post("threads", json=body))["thread_id"]
        return thread

    def texts(self, platform: Platform, thread_id: str) -> list[str]:
        """What the platform holds of a thread, oldest first."""
        answer = self._answer(self._admin.get(f"threads/{platform}/{thread_id}/messages"))
        return [message["text"] for message in answer["messages"]]

    def injected(self) -> Counter[str]:
        """How many requests met each kind of fault."""
        return Counter(self._answer(self._admin.get("faults"))["injected"])

    def resident_mib(self) -> float:
        """The memory of the emulator's process: it grows with what it stores."""
        return resident_mib(self._process)

    def _answer(self, answer: httpx.Response) -> Any:
        return answer.raise_for_status().json()


@contextmanager
def served(folder: Path, faults: Sequence[Fault], seed: int) -> Iterator[Served]:
    """Serve from a database in `folder`, with faults, until the end of the block."""
    command = [sys.executable, "-c", _SERVE, "serve", "--port", "0", "--database", str(folder / "emulator.db")]
    with subprocess.Popen([*command, "--fault-seed", str(seed)], stdout=subprocess.PIPE, text=True) as running:
        try:
            assert running.stdout is not None
            (base_url,) = re.findall(r"http://127\.0\.0\.1:\d+", running.stdout.readline())
            emulator = Served(base_url, running.pid)
            try:
                body = {"faults": [fault.as_json() for fault in faults]}
                emulator._admin.put("faults", json=body).raise_for_status()
                yield emulator
            finally:
                emulator.close()
        finally:
            running.kill()
