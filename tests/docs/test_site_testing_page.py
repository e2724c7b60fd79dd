"""The page on testing an app shows tests: they pass as a reader would run them."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

pytest_plugins = ["pytester"]

PAGE = (Path(__file__).parents[2] / "docs/testing.md").read_text(encoding="utf-8")


def test_the_tests_on_the_page_pass(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")  # quicker, and one less thing to fail
    code = "\n\n".join(re.findall(r"^```python\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL))
    pytester.makepyfile(code)
    plugin = "provider_threads.emulator.pytest_plugin"
    pytester.runpytest_inprocess("-p", plugin, "-p", "no:cacheprovider").assert_outcomes(passed=6)
