"""The page on testing an app shows tests: they are those of this module, with the page's own fixture."""

from __future__ import annotations

import re
from pathlib import Path

PAGE = Path(__file__).parents[2] / "docs/testing.md"
BLOCKS = re.findall(r"^```python\n(.*?)^```", PAGE.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)

# As a reader puts them into one file.
exec(compile("\n\n".join(BLOCKS), str(PAGE), "exec"))


def test_the_page_shows_tests() -> None:
    assert len([name for name in globals() if name.startswith("test_")]) >= 6
