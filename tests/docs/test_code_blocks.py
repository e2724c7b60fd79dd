"""Every code block of the README and the docs runs, against the emulator, as a reader would type it."""

from __future__ import annotations

import asyncio
import re
import subprocess
import warnings
from pathlib import Path
from typing import Any

import pytest
from pydantic.warnings import PydanticDeprecationWarning

from provider_threads import client, transport
from provider_threads.emulator import Emulator, SeedCitation, SeedMessage
from provider_threads.pools import Pools

ROOT = Path(__file__).parents[2]
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")])
HOSTED = ("https://hunyuan.tencentcloudapi.com", "https://api.minimax.chat", "https://appbuilder.baidu.com")


def blocks(language: str) -> list[Any]:
    found = []
    for page in PAGES:
        text = page.read_text(encoding="utf-8")
        for match in re.finditer(rf"^```{language}\n(.*?)^```", text, re.MULTILINE | re.DOTALL):
            line = text[: match.start(1)].count("\n")
            found.append(pytest.param(match[1], line, page, id=f"{page.relative_to(ROOT)}:{line}"))
    return found


@pytest.fixture
def reader(emulator: Emulator, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Emulator:
    """A reader's machine: a folder, credentials in the environment, a thread on each platform, all on loopback."""
    monkeypatch.chdir(tmp_path)
    for name, value in emulator.environment.items():
        monkeypatch.setenv(name, value)
    question, answer = SeedMessage("user", "长江有多长？"), SeedMessage("assistant", "约 6300 公里。")
    for platform in ("hunyuan", "appbuilder"):
        emulator.seed(platform, [question, answer], thread_id="thread_of_user_42")
    source = SeedCitation(marker="【1†source】", quote="干流全长", url="https://example.com/yangtze")
    cited = SeedMessage("assistant", "约 6300 公里【1†source】。", citations=[source])
    emulator.seed("minimax", [question, cited], thread_id="thread_of_user_42")
    for kind in (transport.SyncTransport, transport.AsyncTransport):
        monkeypatch.setattr(kind, "__init__", _moved_to(emulator, kind.__init__))
    # Pools of this test's own: the shared ones outlive it, and with them the way to this emulator.
    monkeypatch.setattr(client, "SYNC_POOLS", Pools(transport.SyncTransport))
    monkeypatch.setattr(client, "ASYNC_POOLS", Pools(transport.AsyncTransport))
    return emulator


def _moved_to(emulator: Emulator, start: Any) -> Any:
    def moved(self: Any, base_url: str, *args: Any, **kwargs: Any) -> None:
        start(self, emulator.base_url if base_url in HOSTED else base_url, *args, **kwargs)

    return moved


@pytest.mark.parametrize(("code", "line", "page"), blocks("python"))
def test_a_python_block_runs_as_written(code: str, line: int, page: Path, reader: Emulator) -> None:
    # Blank lines first, so that a traceback names the page's own line.
    program = compile("\n" * line + code, str(page), "exec")
    # LlamaIndex asks for this thread's event loop where none runs, and would leave a new one open.
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    try:
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", message=".*RunnableWithMessageHistory is deprecated")
            # LlamaIndex's own, of its agents; this library's are errors in every other test.
            warnings.filterwarnings("ignore", category=PydanticDeprecationWarning)
            exec(program, {"__name__": "__main__"})
    finally:
        asyncio.set_event_loop(None)
        loop.close()


@pytest.mark.parametrize(("code", "line", "page"), blocks("bash"))
def test_a_shell_block_is_sound_shell(code: str, line: int, page: Path) -> None:
    checked = subprocess.run(["bash", "-n"], input=code, text=True, capture_output=True, check=False)
    assert checked.returncode == 0, f"{page}:{line}: {checked.stderr}"


def test_the_pages_have_blocks_to_run() -> None:
    assert len(blocks("python")) >= 7
    assert len(blocks("bash")) >= 2


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_between_pages_lead_somewhere(page: Path) -> None:
    targets = re.findall(r"\]\((?!https?:|#)([^)#]+)(?:#[^)]*)?\)", page.read_text(encoding="utf-8"))
    assert [target for target in targets if not (page.parent / target).exists()] == []
