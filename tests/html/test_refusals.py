"""What a page can be made of, and what is refused."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from provider_threads import ConfigurationError
from provider_threads.html import thread_fragment, thread_page
from tests.html.conversations import CHINESE

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize(
    ("settings", "named"),
    [
        ({"language": "fr"}, "language"),
        ({"time_zone": "Mars/Olympus"}, "time zone"),
        ({"time_zone": "../../etc/passwd"}, "time zone"),
        ({"time_zone": ""}, "time zone"),
        ({"time_zone": "Asia"}, "time zone"),
        ({"time_zone": 5}, "time_zone"),
        ({"provider": 5}, "provider"),
        ({"title": 5}, "title"),
        ({"newest": 0}, "newest"),
        ({"newest": "all"}, "newest"),
    ],
)
def test_an_argument_that_makes_no_sense_is_refused(settings: dict[str, Any], named: str) -> None:
    with pytest.raises(ConfigurationError, match=named):
        thread_fragment(CHINESE, **settings)


@pytest.mark.parametrize("show", [thread_page, thread_fragment])
@pytest.mark.parametrize("view", [5, None, "text", ["text"], {"text": 1}])
def test_what_is_no_thread_is_refused(show: Callable[[Any], str], view: Any) -> None:
    with pytest.raises(ConfigurationError, match="view"):
        show(view)


@pytest.mark.parametrize("show", [thread_page, thread_fragment])
def test_messages_may_come_one_by_one(show: Callable[[Any], str]) -> None:
    assert show(message for message in CHINESE) == show(list(CHINESE))


@pytest.mark.parametrize("missing", ["jinja2", "markdown_it", "nh3", "pygments"])
def test_without_the_extra_the_error_says_what_to_install(missing: str) -> None:
    program = f"import sys; sys.modules[{missing!r}] = None\nimport provider_threads.html"
    ran = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=False)
    assert ran.returncode == 1
    assert ran.stderr.splitlines()[-1].endswith("pip install 'provider-threads[html]'")
