"""A real headless Chromium for tests, spoken to over a pipe in its own devtools protocol."""

from __future__ import annotations

import base64
import contextlib
import json
import os
import select
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NoReturn

import pytest

__all__ = ["Chromium", "Tab", "absent", "program", "running"]

ABSENT = "no Chromium: install it (Debian, Ubuntu: apt-get install chromium), or name one in CHROMIUM"
WITHIN = 60  # seconds for an answer

FLAGS = (
    "--headless",
    "--no-sandbox",  # the tests may run as root
    "--disable-gpu",
    "--disable-quic",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-dev-shm-usage",
    "--disable-extensions",
    "--disable-popup-blocking",  # a payload that opens a window is to be seen
    "--disable-sync",
    "--no-default-browser-check",
    "--no-first-run",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
    "--remote-debugging-pipe",
)

# Chromium reads commands from its descriptor 3 and writes answers to 4.
RENUMBERED = """
import os, sys
from fcntl import F_DUPFD, fcntl
commands, answers = (fcntl(int(number), F_DUPFD, 10) for number in sys.argv[1:3])
os.dup2(commands, 3)
os.dup2(answers, 4)
os.execv(sys.argv[3], sys.argv[3:])
"""


def program() -> str | None:
    """The browser's program."""
    names = [os.environ.get("CHROMIUM", ""), "chromium", "chromium-browser", "google-chrome"]
    return next((found for name in names if name and (found := shutil.which(name))), None)


def absent() -> NoReturn:
    """Skips what needs the browser; where services are required, fails it."""
    if os.environ.get("REQUIRE_SERVICES") == "1":
        pytest.fail(ABSENT, pytrace=False)
    pytest.skip(ABSENT)


@contextlib.contextmanager
def running(path: str) -> Iterator[Chromium]:
    """A browser of its own, with a profile that goes with it."""
    their_in, our_out = os.pipe()
    our_in, their_out = os.pipe()
    with tempfile.TemporaryDirectory(prefix="provider-threads-chromium-", ignore_cleanup_errors=True) as home:
        process = subprocess.Popen(
            [
                sys.executable,
                "-c",
                RENUMBERED,
                str(their_in),
                str(their_out),
                path,
                *FLAGS,
                f"--user-data-dir={home}",
                "about:blank",
            ],
            pass_fds=(their_in, their_out),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env={"PATH": os.environ.get("PATH", os.defpath), "HOME": home, "LC_ALL": "C.UTF-8"},
        )
        os.close(their_in)
        os.close(their_out)
        try:
            yield Chromium(our_in, our_out)
        finally:
            os.close(our_out)  # the end of its commands ends it
            try:
                process.wait(timeout=10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait(timeout=10)
            os.close(our_in)


class Chromium:
    """Commands to a browser, and what it tells."""

    def __init__(self, answers: int, commands: int) -> None:
        self._answers = answers
        self._commands = commands
        self._last = 0
        self._read = b""
        self.events: list[dict[str, Any]] = []

    def call(self, method: str, session: str | None = None, **parameters: Any) -> dict[str, Any]:
        """Perform one command, and wait for its result; events that come before it are kept."""
        self._last += 1
        command: dict[str, Any] = {"id": self._last, "method": method, "params": parameters}
        if session:
            command["sessionId"] = session
        unsent = json.dumps(command).encode() + b"\0"
        while unsent:
            unsent = unsent[os.write(self._commands, unsent) :]
        while True:
            told = self._next()
            if told.get("id") == self._last:
                if "error" in told:
                    raise RuntimeError(f"{method}: {told['error']}")
                result: dict[str, Any] = told["result"]
                return result
            self.events.append(told)

    def wait_for(self, method: str, session: str) -> dict[str, Any]:
        """The next event of this name, among those that were kept too."""
        while True:
            for at, event in enumerate(self.events):
                if event.get("method") == method and event.get("sessionId") == session:
                    return self.events.pop(at)
            self.events.append(self._next())

    def _next(self) -> dict[str, Any]:
        give_up = time.monotonic() + WITHIN
        while b"\0" not in self._read:
            ready, _, _ = select.select([self._answers], [], [], max(give_up - time.monotonic(), 0))
            received = os.read(self._answers, 1 << 20) if ready else b""
            if not received:
                raise RuntimeError("Chromium did not answer" if not ready else "Chromium ended")
            self._read += received
        one, _, self._read = self._read.partition(b"\0")
        told: dict[str, Any] = json.loads(one)
        return told

    @contextlib.contextmanager
    def tab(self, width: int = 1280, height: int = 900, *, dark: bool = False, phone: bool = False) -> Iterator[Tab]:
        """A tab of a size, in CSS pixels, and a colour scheme."""
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        tab = Tab(self, session)
        tab.call("Page.enable")
        tab.call("Network.enable")
        tab.call("Runtime.enable")
        scale = 2 if phone else 1
        tab.call(
            "Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=scale, mobile=phone
        )
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        tab.call("Emulation.setEmulatedMedia", features=[scheme])
        try:
            yield tab
        finally:
            self.call("Target.closeTarget", targetId=target)
            self.events.clear()


class Tab:
    """One page in the browser."""

    def __init__(self, chromium: Chromium, session: str) -> None:
        self._chromium = chromium
        self._session = session

    def call(self, method: str, **parameters: Any) -> dict[str, Any]:
        """One command to this tab."""
        return self._chromium.call(method, self._session, **parameters)

    def open(self, path: Path) -> None:
        """Load a file, and wait until it is there whole."""
        self.call("Page.navigate", url=path.as_uri())
        self._chromium.wait_for("Page.loadEventFired", self._session)

    def evaluate(self, expression: str) -> Any:
        """What a JavaScript expression gives, as JSON; the page's own policy does not stop it."""
        done = self.call("Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True)
        if "exceptionDetails" in done:
            raise RuntimeError(done["exceptionDetails"])
        return done["result"].get("value")

    def until(self, condition: str) -> bool:
        """Whether a JavaScript condition comes true within so many frames."""
        frame = "await new Promise(done => requestAnimationFrame(() => setTimeout(done, 10)))"
        come: bool = self.evaluate(
            f"(async () => {{ for (let i = 500; i; i--) {{ if ({condition}) return true; {frame} }} return false }})()"
        )
        return come

    def happened(self, method: str) -> list[dict[str, Any]]:
        """Events of this name that this tab has told of so far."""
        return [
            event["params"]
            for event in self._chromium.events
            if event.get("method") == method and event.get("sessionId") == self._session
        ]

    def screenshot(self, path: Path, *, whole: bool = False) -> bytes:
        """What is seen, as a PNG file; the whole page instead of what fits."""
        image = base64.b64decode(self.call("Page.captureScreenshot", captureBeyondViewport=whole)["data"])
        path.write_bytes(image)
        return image

    def pdf(self) -> bytes:
        """The page as it is printed."""
        return base64.b64decode(self.call("Page.printToPDF", printBackground=False)["data"])
