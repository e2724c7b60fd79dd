"""How a page looks, asked of a real browser: on a phone, at a desk, in the dark, from right to left, on paper."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from provider_threads import Citation, ThreadView
from provider_threads.html import thread_fragment, thread_page
from tests.html.chromium import Chromium, Tab
from tests.html.conversations import ARABIC, CHINESE, ENGLISH, cited, conversation, long_conversation, message

WIDE = "W" * 300
UNRULY = conversation(
    [
        message(WIDE, "user", file_ids=(WIDE,), metadata={WIDE: WIDE}),
        cited(
            f"`{WIDE}`\n\n| {WIDE} | b |\n|---|---|\n| 1 | 2 |\n\n```\n{WIDE}\n```\n\n> > {WIDE}\n\n# {WIDE}",
            Citation("web", quote=WIDE, title=WIDE, url=f"https://{WIDE}.example.com/{WIDE}"),
            Citation("file", file_id=WIDE),
        ),
        message("a", WIDE, status=WIDE),
        *(message(f"{'  ' * depth}- deep") for depth in range(3)),
    ],
    gap_before=1,
)
CODE = conversation(
    [
        message(f"```{language}\n{code}\n```")
        for language, code in {
            "python": "@a\nclass A(OSError):\n    ''\n    def f(self) -> int:  # why\n        return not 1 + len(None)",
            "html": '<!-- c --><a href="b">&amp;</a>',
            "diff": "@@ -1 +1 @@\n-old\n+new\n same",
            "bash": 'for i in $(ls "$HOME"); do echo `x`; done # c',
            "css": "a:hover { color: #fff !important }",
            "yaml": "a: &b [1, 'c'] # d\n",
            "sql": "SELECT COUNT(*) FROM t WHERE a = 'b' -- c\n",
            "console": "$ ls\nfile\n",
            "java": "public final class A { int x = 1L; /** d */ }",
        }.items()
    ]
)
CONVERSATIONS = {"chinese": CHINESE, "arabic": ARABIC, "english": ENGLISH, "unruly": UNRULY, "code": CODE}

# Every element that holds text itself, with its contrast to what is really behind it.
CONTRASTS = """
(() => {
  const parse = colour => {
    const [r, g, b, a = 1] = colour.match(/[\\d.]+/g).map(Number);
    return [r, g, b, a];
  };
  const over = (top, under) => [0, 1, 2].map(i => top[i] * top[3] + under[i] * (1 - top[3]));
  const behind = one => {
    const layers = [];
    for (let at = one; at; at = at.parentElement) {
      const colour = parse(getComputedStyle(at).backgroundColor);
      if (colour[3]) layers.push(colour);
      if (colour[3] === 1) break;
    }
    return layers.reverse().reduce((under, top) => over(top, under), [255, 255, 255]);
  };
  const light = colour => {
    const [r, g, b] = colour.map(c => (c /= 255) <= .04045 ? c / 12.92 : ((c + .055) / 1.055) ** 2.4);
    return .2126 * r + .7152 * g + .0722 * b;
  };
  const found = [];
  for (const one of document.querySelectorAll('.pt, .pt *')) {
    if (one.tagName === 'STYLE' || ![...one.childNodes].some(node => node.nodeType === 3 && node.data.trim())) continue;
    const under = behind(one);
    const [a, b] = [light(over(parse(getComputedStyle(one).color), under)), light(under)].sort((x, y) => y - x);
    found.push([(a + .05) / (b + .05), one.className + ' ' + one.tagName + ' ' + one.textContent.slice(0, 20)]);
  }
  return found;
})()
"""

SEEN = """(box => box.top >= 8 && box.bottom <= {1} - 8)(document.querySelector({0!r}).getBoundingClientRect())"""


def _opened(tab: Tab, view: ThreadView, folder: Path, **settings: Any) -> Tab:
    path = folder / "page.html"
    path.write_text(thread_page(view, **settings), encoding="utf-8")
    tab.open(path)
    return tab


def _box(tab: Tab, selector: str) -> dict[str, float]:
    box: dict[str, float] = tab.evaluate(f"document.querySelector({selector!r}).getBoundingClientRect().toJSON()")
    return box


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_every_word_stands_out_from_what_is_behind_it(dark: bool, chromium: Chromium, tmp_path: Path) -> None:
    with chromium.tab(dark=dark) as tab:
        for view in CONVERSATIONS.values():
            _opened(tab, view, tmp_path, title="T", provider="minimax")
            tab.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)")
            contrasts = tab.evaluate(CONTRASTS)
            assert len(contrasts) > 10
            assert [one for one in contrasts if one[0] < 4.5] == []
        background = tab.evaluate("getComputedStyle(document.body).backgroundColor")
        assert background == ("rgb(21, 23, 27)" if dark else "rgb(246, 246, 244)")


@pytest.mark.parametrize("width", [320, 390])
def test_a_phone_never_scrolls_sideways(width: int, chromium: Chromium, tmp_path: Path) -> None:
    with chromium.tab(width, 800, phone=True) as tab:
        for view in CONVERSATIONS.values():
            _opened(tab, view, tmp_path, title=WIDE, provider=WIDE)
            tab.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)")
            assert tab.evaluate("[innerWidth, document.documentElement.scrollWidth]") == [width, width]
            # What containment would cut off does not count as scrolling.
            assert (
                tab.evaluate(
                    "[...document.querySelectorAll('.message *')].filter(one => !one.closest('pre, .table, .reference')"
                    f" && one.getBoundingClientRect().right > {width}).map(one => one.outerHTML)"
                )
                == []
            )


def test_wide_code_and_tables_scroll_in_their_own_box(chromium: Chromium, tmp_path: Path) -> None:
    with chromium.tab(390, 800, phone=True) as tab:
        _opened(tab, UNRULY, tmp_path)
        for box in ("pre", ".table"):
            assert tab.evaluate(f"(one => one.scrollWidth > one.clientWidth + 100)(document.querySelector('{box}'))")


def test_the_user_stands_on_the_other_side(chromium: Chromium, tmp_path: Path) -> None:
    with chromium.tab() as tab:
        _opened(tab, CHINESE, tmp_path)
        column, user, assistant = (_box(tab, one) for one in (".messages", ".user .bubble", ".assistant .bubble"))
    assert user["right"] == pytest.approx(column["right"])
    assert user["left"] > column["left"] + 100
    assert assistant["left"] == pytest.approx(column["left"])


def test_a_text_from_right_to_left_is_set_so_and_its_code_is_not(chromium: Chromium, tmp_path: Path) -> None:
    with chromium.tab() as tab:
        _opened(tab, ARABIC, tmp_path, title="نهر")
        directions = "[...document.querySelectorAll('.text')].map(one => getComputedStyle(one).direction)"
        assert tab.evaluate(directions) == ["rtl"] * 4
        assert tab.evaluate("['h1', 'pre'].map(one => getComputedStyle(document.querySelector(one)).direction)") == [
            "rtl",
            "ltr",
        ]
        text = _box(tab, ".assistant .text")
        # An English paragraph among them begins at the left, an Arabic one at the right.
        span = """(at => { const range = document.createRange(); range.selectNodeContents(
            document.querySelectorAll('.assistant .text > p')[at]); return range.getBoundingClientRect().toJSON() })"""
        assert tab.evaluate(f"{span}(1)")["left"] == pytest.approx(text["left"], abs=2)
        assert tab.evaluate(f"{span}(0)")["right"] == pytest.approx(text["right"], abs=2)


def test_a_conversation_of_two_thousand_messages_opens_and_its_end_is_reached(
    chromium: Chromium, tmp_path: Path
) -> None:
    view = long_conversation(2_000)
    with chromium.tab(390, 844, phone=True) as tab:
        _opened(tab, view, tmp_path)
        assert tab.evaluate("document.querySelectorAll('.message').length") == 2_000
        assert tab.evaluate("getComputedStyle(document.querySelector('.message')).contentVisibility") == "auto"
        tab.evaluate("location.hash = 'm2000'")
        assert tab.until(SEEN.format("#m2000", 844))
        assert tab.evaluate("document.querySelector('#m2000 .text').innerText") == (
            "Answer 1999: about 1999 km[1], and it rises in the hills."
        )


def test_a_number_and_its_note_are_found_by_clicking(chromium: Chromium, tmp_path: Path) -> None:
    with chromium.tab(390, 844, phone=True) as tab:
        _opened(tab, CHINESE, tmp_path)
        for way, place in (("#m3-r2", "#m3-n2"), ("#m3-n2 .back", "#m3-r2"), ("#m3-n1 .back + .back", "#m3-r3")):
            tab.evaluate(f"document.querySelector({way!r}).click()")
            assert tab.until(f"location.hash === {place!r} && document.querySelector(':target')?.matches({place!r})")
            assert tab.until(SEEN.format(place, 844))


def test_paper_is_white_and_shows_where_links_lead(chromium: Chromium, tmp_path: Path) -> None:
    with chromium.tab(dark=True) as tab:
        _opened(tab, CHINESE, tmp_path)
        dark = {"name": "prefers-color-scheme", "value": "dark"}
        tab.call("Emulation.setEmulatedMedia", media="print", features=[dark])
        style = "getComputedStyle(document.querySelector({0!r}){1})"
        assert tab.evaluate(style.format(".pt", "") + ".backgroundColor") == "rgb(255, 255, 255)"
        assert tab.evaluate(style.format(".message", "") + ".contentVisibility") == "visible"
        assert "https://example.com/rivers/yangtze" in tab.evaluate(
            style.format(".notes a", ", '::after'")
            + ".content.replace('attr(href)', document.querySelector('.notes a').href)"
        )
        assert [one for one in tab.evaluate(CONTRASTS) if one[0] < 4.5] == []
        assert tab.pdf().startswith(b"%PDF")


def test_pictures_of_it_can_be_taken(chromium: Chromium, tmp_path: Path) -> None:
    """They stay in pytest's folder for whoever wants to look."""
    pictures = []
    for name, width, height, phone in (("chinese", 390, 844, True), ("arabic", 1280, 900, False)):
        for dark in (False, True):
            with chromium.tab(width, height, dark=dark, phone=phone) as tab:
                _opened(tab, CONVERSATIONS[name], tmp_path, title="T", provider="minimax")
                pictures.append(tab.screenshot(tmp_path / f"{name}-{width}-{'dark' if dark else 'light'}.png"))
    assert len(set(pictures)) == 4
    assert all(picture.startswith(b"\x89PNG") for picture in pictures)


def test_a_fragment_leaves_the_page_around_it_alone(chromium: Chromium, tmp_path: Path) -> None:
    before = "<!doctype html><title>t</title><body><h1>h</h1><p>a <a href='#'>b</a> <code>c</code></p><ul><li>d</ul>"
    path = tmp_path / "page.html"
    looks = """['body', 'h1', 'p', 'a', 'code', 'ul', 'li'].map(one => (style => [
        'color', 'backgroundColor', 'font', 'margin', 'padding', 'textDecoration', 'listStyle', 'boxSizing',
    ].map(name => style[name]).join())(getComputedStyle(document.querySelector(one))))"""
    with chromium.tab() as tab:
        seen = []
        for fragment in ("", thread_fragment(CHINESE)):
            path.write_text(before + fragment, encoding="utf-8")
            tab.open(path)
            seen.append(tab.evaluate(looks))
    assert seen[0] == seen[1]
