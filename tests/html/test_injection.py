"""Nothing that stands in a thread runs or loads anything, in a real browser, with and without the page's policy."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from provider_threads import Citation, Part, ThreadMessage
from provider_threads.html import thread_fragment, thread_page
from tests.html.chromium import Chromium, Tab
from tests.html.conftest import Counter
from tests.html.conversations import cited, message
from tests.html.payloads import LIVE, OWNED, payloads

POLICY = re.compile(r'<meta http-equiv="Content-Security-Policy" content="[^"]*">\n')
SETTLED = "new Promise(done => setTimeout(() => requestAnimationFrame(() => done(document.title)), {wait}))"
TOUCHED = """
for (const one of document.querySelectorAll('details')) one.open = true;
for (const one of document.querySelectorAll('*')) {
  for (const kind of ['mouseover', 'focus', 'toggle', 'error', 'load']) one.dispatchEvent(new Event(kind));
}
"""


def _source(**known: Any) -> Citation:
    return Citation("web", known.pop("marker", None), 0, 0, **known)


FIELDS: dict[str, Callable[[str], ThreadMessage]] = {
    "text": message,
    "code": lambda payload: message(f"```python\n{payload}\n```\n\n`{payload}`"),
    "text around a citation": lambda payload: cited(f"{payload}[m]{payload}", Citation("web", "[m]", quote="q")),
    "marker": lambda payload: cited(f"a {payload} b", Citation("web", payload, quote="q")),
    "quote": lambda payload: cited("a", _source(quote=payload)),
    "source's title": lambda payload: cited("a", _source(title=payload, url="https://example.com/")),
    "source's address": lambda payload: cited("a", _source(title="t", url=payload)),
    "source's file": lambda payload: cited("a", _source(file_id=payload)),
    "annotation": lambda payload: cited("a", Citation("other", raw=payload)),
    "file": lambda payload: message("a", file_ids=(payload,)),
    "image": lambda payload: message("a", parts=(Part("image", file_id=payload),)),
    "role": lambda payload: message("a", payload),
    "platform's role": lambda payload: message("a", provider_role=payload),
    "status": lambda payload: message("a", status=payload),
    "ids": lambda payload: message("a", key=payload, thread_id=payload, run_id=payload, assistant_id=payload),
    "metadata": lambda payload: message("a", metadata={payload: payload, "deep": [payload, {"in": payload}]}),
}


def _visit(tab: Tab, page: str, path: Path, wait: int = 100) -> None:
    """Open the page, touch whatever can be touched, and let what may be under way happen."""
    path.write_text(page, encoding="utf-8")
    tab.open(path)
    tab.evaluate(TOUCHED)
    assert tab.evaluate(SETTLED.replace("{wait}", str(wait))) != OWNED
    links = tab.evaluate("[...document.querySelectorAll('a')].map(a => a.getAttribute('href'))")
    assert [link for link in links if not re.match(r"https?://|#", link)] == []


def _asked(tab: Tab) -> list[str]:
    """Addresses that the pages of this tab asked for, but themselves."""
    requested = [event["request"]["url"] for event in tab.happened("Network.requestWillBeSent")]
    return [address for address in requested if not address.startswith("file:")]


def _messages(attacks: Sequence[str]) -> list[ThreadMessage]:
    return [make(attack) for make in FIELDS.values() for attack in attacks]


def test_no_payload_runs_or_asks_anything_from_any_field(chromium: Chromium, counter: Counter, tmp_path: Path) -> None:
    attacks = payloads(counter.url)
    assert len(attacks) >= 40
    messages = _messages(attacks)
    page = thread_page(messages, title=" ".join(attacks), provider=" ".join(attacks))
    counter.paths.clear()
    with chromium.tab() as tab:
        _visit(tab, page, tmp_path / "page.html")
        # By escaping alone:
        _visit(tab, POLICY.sub("", page), tmp_path / "no-policy.html")
        assert tab.evaluate("document.querySelectorAll('.message').length") == len(messages)
        assert tab.evaluate("document.querySelectorAll('script, img, iframe, object, form, base, link').length") == 0
        assert _asked(tab) == []
    assert counter.paths == []


def test_no_payload_runs_from_a_fragment_in_a_strangers_page(
    chromium: Chromium, counter: Counter, tmp_path: Path
) -> None:
    fragments = [
        thread_fragment([message(attack, key=str(at))], title=attack, provider=attack)
        for at, attack in enumerate(payloads(counter.url))
    ]
    counter.paths.clear()
    with chromium.tab() as tab:
        _visit(
            tab, f"<!doctype html><meta charset=utf-8><title>notebook</title>{''.join(fragments)}", tmp_path / "a.html"
        )
        assert tab.evaluate("document.querySelectorAll('.pt').length") == len(fragments)
        assert _asked(tab) == []
    assert counter.paths == []


def test_payloads_do_run_where_nothing_is_escaped(chromium: Chromium, counter: Counter, tmp_path: Path) -> None:
    """Else the tests above would prove nothing."""
    path = tmp_path / "page.html"
    silent = []
    with chromium.tab() as tab:
        for attack in payloads(counter.url)[:LIVE]:
            path.write_text(f"<!doctype html><title>t</title><p>{attack}</p>", encoding="utf-8")
            counter.paths.clear()
            tab.open(path)
            ran = any(tab.evaluate(SETTLED.replace("{wait}", "5")) == OWNED or counter.paths for _ in range(100))
            silent += [] if ran else [attack]
    assert silent == []


def test_the_policy_alone_stops_a_script_that_got_into_the_page(
    chromium: Chromium, counter: Counter, tmp_path: Path
) -> None:
    page = thread_page([message("HERE")])
    path = tmp_path / "page.html"
    counter.paths.clear()
    with chromium.tab() as tab:
        for attack in payloads(counter.url)[:LIVE]:
            path.write_text(page.replace("HERE", attack), encoding="utf-8")
            tab.open(path)
            assert tab.evaluate(SETTLED.replace("{wait}", "10")) != OWNED
            assert tab.evaluate("getComputedStyle(document.querySelector('.bubble')).borderTopLeftRadius") != "0px"
    assert counter.paths == []
