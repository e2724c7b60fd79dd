"""What docs/command-line.md holds that the program itself says: ``python -m tests.cli.documented`` writes it.

Tables stand between ``<!-- name -->`` and ``<!-- end -->``, examples in ``console`` blocks behind their ``$``.
"""

from __future__ import annotations

import os
import re
import shlex
import time
from collections.abc import Iterator
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import typer
from typer.testing import CliRunner

from provider_threads.cli.account import Account, with_account
from provider_threads.cli.app import app
from provider_threads.cli.outcome import ExitCode
from provider_threads.emulator import Emulator, SeedCitation, SeedMessage

PAGE = Path(__file__).parents[2] / "docs" / "command-line.md"

_PAGES = {"demo": "start.md", "doctor": "doctor.md", "export": "export.md", "serve": "emulator.md", "sync": "export.md"}
"""Commands that have pages of their own."""

_BLOCK = re.compile(r"^```console\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_TABLE = re.compile(r"^<!-- ([a-z -]+) -->\n.*?^<!-- end -->$", re.MULTILINE | re.DOTALL)


def rewritten(page: str) -> str:
    """The page with tables and outputs as they are now."""
    page = _TABLE.sub(lambda found: f"<!-- {found[1]} -->\n\n{_table(found[1])}\n\n<!-- end -->", page)
    with _example_machine() as environment:
        return _BLOCK.sub(lambda found: f"```console\n{_ran(found[1], environment)}```", page)


def tables(page: str) -> list[str]:
    """The names of the tables, as they come."""
    return [found[1] for found in _TABLE.finditer(page)]


def _table(name: str) -> str:
    if name == "commands":
        rows = [("Command", "What it does"), *((_command_link(one), _first(one)) for one in _commands())]
    elif name == "exit codes":
        rows = [("Code", "Meaning"), *((str(int(code)), code.meaning) for code in ExitCode)]
    elif name == "options of every command":
        rows = [("Option", "Meaning"), *map(_option, _options(_account_command()))]
    else:
        rows = [("Option", "Meaning"), *map(_option, own_options(name))]
    lines = [f"| {left} | {right} |" for left, right in rows]
    return "\n".join([lines[0], "|---|---|", *lines[1:]])


def _commands() -> dict[str, Any]:
    found: dict[str, Any] = typer.main.get_command(app).commands  # type: ignore[attr-defined]  # a group has them
    return found


def _account_command() -> Any:
    """A command that has the options of an account, and no others."""
    alone = typer.Typer(add_completion=False)

    @alone.command()
    @with_account
    def nothing(account: Account) -> None: ...

    return typer.main.get_command(alone)


def own_options(name: str) -> list[Any]:
    """What a command takes beside what every command takes."""
    known = {option.name for option in _options(_account_command())}
    return [option for option in _options(_commands()[name]) if option.name not in known]


def _options(command: Any) -> list[Any]:
    return [one for one in command.params if one.param_type_name == "option" and one.name != "help"]


def _option(option: Any) -> tuple[str, str]:
    names = ", ".join(f"`{name}`" for name in (*option.opts, *option.secondary_opts))
    metavar = "" if option.is_flag or not option.metavar else f" `{option.metavar}`"
    return f"{names}{metavar}".replace("|", "\\|"), option.help.replace("|", "\\|")


def _command_link(name: str) -> str:
    return f"[`{name}`]({_PAGES.get(name, f'#{name}')})"


def _first(name: str) -> str:
    return str(_commands()[name].help).split("\n\n", maxsplit=1)[0].replace("\n", " ")


class _example_machine:  # noqa: N801 - reads as what it gives
    """An emulator with the page's threads, in Shanghai."""

    def __enter__(self) -> dict[str, str]:
        self._zone = os.environ.get("TZ")
        os.environ["TZ"] = "Asia/Shanghai"
        time.tzset()
        self._emulator = Emulator().__enter__()
        for platform, thread, messages in _THREADS:
            self._emulator.seed(platform, messages, thread_id=thread)  # type: ignore[arg-type]  # names of platforms
        return {**self._emulator.environment, "PROVIDER_THREADS_BASE_URL": self._emulator.base_url, "COLUMNS": "100"}

    def __exit__(self, *error: object) -> None:
        self._emulator.__exit__(None, None, None)
        if self._zone is None:
            del os.environ["TZ"]
        else:
            os.environ["TZ"] = self._zone
        time.tzset()


def _ran(block: str, environment: dict[str, str]) -> str:
    """Every command of a block with what it prints, on stdout and stderr, as a terminal would show both."""
    commands = re.findall(r"^\$ (.*)$", block, re.MULTILINE)
    return "".join(f"$ {command}\n{_output(command, environment)}" for command in commands)


def _output(command: str, environment: dict[str, str]) -> str:
    words = shlex.split(command)
    given = None
    if words[0] == "echo":
        given, words = words[1] + "\n", words[3:]
    assert words[0] == "provider-threads"
    done = CliRunner().invoke(app, words[1:], env=environment, input=given, prog_name="provider-threads")
    return "".join(_steady(line) for line in (done.stdout + done.stderr).splitlines(keepends=True))


def _steady(line: str) -> str:
    """Without what differs from run to run, and short enough for a page."""
    line = re.sub(r"(request id|\"request_id\":) \"?[\w-]{8,}\"?", r"\1 …", line)
    line = re.sub(r"\b(msg|thread)_[0-9a-f]{32}\b", r"\1_…", line)
    line = re.sub(r"\t\d{4}-\d\d-\d\d \S+$", f"\t{_at(0).astimezone().isoformat(' ', 'seconds')}", line)
    return f"{line[:150]} …\n" if line.startswith('{"id"') and len(line) > 150 else line


def _at(minute: int) -> datetime:
    return datetime(2026, 11, 2, 9, minute, tzinfo=timezone.utc)


_THREADS = (
    (
        "minimax",
        "thread_river",
        [
            SeedMessage("user", "长江有多长？在哪里入海？", created_at=_at(0), id="msg_1"),
            SeedMessage(
                "assistant",
                "长江全长约 **6300 公里**【1†source】，在崇明岛附近流入东海【2†source】。",
                created_at=_at(1),
                id="msg_2",
                citations=[
                    SeedCitation(
                        marker="【1†source】", quote="干流全长六千三百余公里", url="https://example.com/yangtze"
                    ),
                    SeedCitation(
                        marker="【2†source】", quote="崇明岛把江水分成两支", url="https://example.com/estuary"
                    ),
                ],
            ),
        ],
    ),
    (
        "appbuilder",
        "thread_minutes",
        [
            SeedMessage(
                "user",
                "把这份会议纪要总结成一句话。",
                created_at=_at(0),
                id="message_7",
                file_ids=["file-51", "file-52"],
            )
        ],
    ),
    ("hunyuan", "thread_long", [SeedMessage("user", f"m{n}", created_at=_at(0), id=f"m{n}") for n in range(230)]),
)


def main() -> None:
    """Write the page anew."""
    PAGE.write_text(rewritten(PAGE.read_text(encoding="utf-8")), encoding="utf-8")


def commands_of(page: str) -> Iterator[str]:
    """The command lines of all blocks."""
    for block in _BLOCK.findall(page):
        yield from re.findall(r"^\$ (.*)$", block, re.MULTILINE)


if __name__ == "__main__":
    main()
