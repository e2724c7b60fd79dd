"""What the tests of ``export`` and ``sync`` have in common: an emulator with threads, and the command line over it."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, cast

from typer.testing import CliRunner, Result

from provider_threads.cli.app import app
from provider_threads.emulator import Emulator, SeedMessage

LIST = {"hunyuan": "GetThreadMessageList", "minimax": "threads/messages/list", "appbuilder": "threads/messages/list"}


@dataclass(frozen=True)
class CommandLine:
    """``provider-threads`` over one platform of an emulator."""

    emulator: Emulator
    platform: str

    @property
    def environment(self) -> dict[str, str]:
        """Where the platform is, and the credentials."""
        return {
            **self.emulator.environment,
            "PROVIDER_THREADS_BASE_URL": self.emulator.base_url,
            "PROVIDER_THREADS_PLATFORM": self.platform,
        }

    def run(self, *arguments: object, given: str | None = None, **environment: str) -> Result:
        """Run a command; `given` is its stdin."""
        settings = {**self.environment, **environment}
        done = CliRunner().invoke(app, [*map(str, arguments)], input=given, env=settings, prog_name="provider-threads")
        if done.exception is not None and not isinstance(done.exception, SystemExit):
            raise done.exception
        return done

    def seed(self, threads: Iterable[str], messages: int = 3) -> None:
        """Threads of so many messages, each with a text of its own."""
        for thread in threads:
            said = [
                SeedMessage("assistant" if n % 2 else "user", f"{thread} says {n} 长江 🌊") for n in range(messages)
            ]
            self.emulator.seed(cast("Any", self.platform), said, thread_id=thread)

    def lists(self) -> list[str]:
        """The threads whose messages were listed since the last time this was asked, one for each request."""
        name = "ThreadID" if self.platform == "hunyuan" else "thread_id"
        asked = [
            str(request.parameters.get(name))
            for request in self.emulator.requests
            if request.operation == LIST[self.platform]
        ]
        self.emulator.clear_requests()
        return asked


def json_lines(text: str) -> list[dict[str, Any]]:
    """Each line's object."""
    return [json.loads(line) for line in text.splitlines()]
