"""The package without its extra, and its pytest fixture in a user's own suite."""

import subprocess
import sys
from pathlib import Path

import pytest

import provider_threads.emulator as package

pytest_plugins = ["pytester"]
PLUGIN = "provider_threads.emulator.pytest_plugin"
ROOT = Path(__file__).parents[2]

BLOCKED = """
import sys
class Blocked:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in ("starlette", "uvicorn"):
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)
sys.meta_path.insert(0, Blocked())
"""


def run(script: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-c", BLOCKED + script], cwd=ROOT, capture_output=True, text=True, timeout=60, check=False
    )


def test_every_public_name_is_there() -> None:
    assert {name for name in package.__all__ if getattr(package, name).__name__ == name} == set(package.__all__)
    assert set(package.__all__) == set(dir(package))
    with pytest.raises(AttributeError, match="no attribute 'Emulater'"):
        _ = package.Emulater  # type: ignore[attr-defined]  # the slip under test


def test_without_the_extra_the_error_names_the_command() -> None:
    done = run("from provider_threads.emulator import Emulator")
    assert done.returncode == 1
    assert "ImportError: the emulator needs" in done.stderr
    assert "pip install 'provider-threads[emulator]'" in done.stderr


def test_without_the_extra_the_plugin_and_the_seeds_still_import() -> None:
    script = f"import {PLUGIN}\nfrom provider_threads.emulator import Credentials, SeedMessage, Switches"
    done = run(script)
    assert (done.returncode, done.stderr) == (0, "")


def test_importing_the_package_loads_no_server() -> None:
    script = f"import {PLUGIN}, sys; print([n for n in sys.modules if n.startswith(('starlette', 'uvicorn'))])"
    assert run(script).stdout.strip() == "[]"


def test_the_fixture_gives_every_test_a_fresh_emulator(
    pytester: pytest.Pytester, request: pytest.FixtureRequest
) -> None:
    pytester.makepyfile(
        """
        import httpx
        import pytest
        from provider_threads.emulator import SeedMessage

        seen = []

        @pytest.mark.parametrize("turn", [1, 2])
        def test_one(thread_emulator, turn):
            assert thread_emulator not in seen
            seen.append(thread_emulator)
            thread_emulator.seed("minimax", thread_id="mine")
            assert thread_emulator.messages("minimax", "mine") == []
            thread_emulator.seed("minimax", [SeedMessage("user", "hi")], thread_id="mine")
            url = thread_emulator.base_url + "/_emulator/threads/minimax/mine/messages"
            assert "hi" in httpx.get(url, trust_env=False).text
        """
    )
    # Where this library is installed pytest finds the plugin by itself, by the name of its entry point.
    installed = request.config.pluginmanager.has_plugin("provider_threads")
    plugin = [] if installed else ["-p", PLUGIN]
    done = pytester.runpytest_inprocess(*plugin, "-p", "no:asyncio", "-W", "error")
    done.assert_outcomes(passed=2)
