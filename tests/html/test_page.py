"""What a page says of a thread."""

from __future__ import annotations

import base64
import hashlib
import re
import time
from collections.abc import Sequence
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest

from provider_threads import Citation, MiniMax, Part, ThreadMessage, ThreadView
from provider_threads.html import thread_fragment, thread_page
from tests.html.conversations import CHINESE, ENGLISH, START, cited, conversation, message
from tests.html.payloads import payloads
from tests.html.reading import Read, read


def page(*messages: ThreadMessage, **settings: Any) -> Read:
    return read(thread_page(messages, **settings))


def notices(found: Read) -> int:
    return len(found.classed("notice"))


# the whole


def test_a_page_has_one_style_which_its_policy_names_and_nothing_else_that_loads() -> None:
    html = thread_page(CHINESE)
    (style,) = re.findall(r"<style>(.*?)</style>", html, re.DOTALL)
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    found = read(html)
    metas = {one.get("http-equiv") or one.get("name"): one.get("content") for one in found.tags("meta")}
    assert metas["Content-Security-Policy"] == (
        f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
    )
    assert metas["referrer"] == "no-referrer"
    assert "width=device-width" in str(metas["viewport"])
    assert not {"script", "img", "link", "iframe", "object", "svg"} & {tag for tag, _ in found.elements}
    assert not [one for _, one in found.elements if "style" in one or any(name.startswith("on") for name in one)]
    assert "url(" not in style
    assert "@import" not in style


def test_the_policy_comes_before_anything_it_rules() -> None:
    html = thread_page(CHINESE)
    assert html.index("Content-Security-Policy") < html.index("<title>") < html.index("<style>") < html.index("<body")


def test_the_same_thread_gives_the_same_page() -> None:
    assert thread_page(CHINESE) == thread_page(CHINESE)
    assert thread_fragment(CHINESE) == thread_fragment(CHINESE)


@pytest.mark.parametrize("attack", payloads("http://127.0.0.1:9/hit"))
def test_a_title_is_what_was_given(attack: str) -> None:
    attack = attack.replace("\x00", "").replace("\ud83c", "\ufffd")
    for found in (page(title=attack, provider=attack), read(thread_fragment([], title=attack, provider=attack))):
        assert found.text.count(attack) >= 2


def test_every_message_is_there_in_its_order() -> None:
    found = read(thread_page(CHINESE))
    anchors = [one["id"] for _, one in found.classed("message")]
    assert anchors == [f"m{at}" for at in range(1, len(CHINESE) + 1)]
    assert found.text.index("长江有多长") < found.text.index("约 5464 公里") < found.text.index("谢谢")


def test_half_a_character_does_not_spoil_the_file() -> None:
    half = "\ud83d"
    html = thread_page(
        [cited(f"a{half}[m]", Citation("web", "[m]", title=half), role=half, file_ids=(half,), metadata={half: half})],
        title=half,
        provider=half,
    )
    assert html.encode("utf-8").decode() == html
    assert "\ufffd" in html


# names and times


@pytest.mark.parametrize(
    ("role", "side", "english", "chinese"),
    [
        ("user", "user", "User", "用户"),
        ("assistant", "assistant", "Assistant", "助手"),
        ("system", "system", "System", "系统"),
        ("tool", "other", "Tool", "工具"),
        ("critic", "other", "critic", "critic"),
        ("", "other", "Role not given", "未注明角色"),
    ],
)
def test_a_bubble_says_whose_it_is(role: str, side: str, english: str, chinese: str) -> None:
    for language, name in (("en", english), ("zh", chinese)):
        found = page(message("a", role), language=language)
        assert found.classed("message")[0][1]["class"] == f"message {side}"
        assert found.said[found.said.index("a") - 30 : found.said.index("a")].count(name) == 1


@pytest.mark.parametrize(
    ("zone", "day", "clock", "iso"),
    [
        (None, "Friday, 14 March 2025", "01:26", "2025-03-14T01:26:53+00:00"),
        ("Asia/Shanghai", "Friday, 14 March 2025", "09:26", "2025-03-14T09:26:53+08:00"),
        ("America/New_York", "Thursday, 13 March 2025", "21:26", "2025-03-13T21:26:53-04:00"),
        (timezone(timedelta(hours=5, minutes=30)), "Friday, 14 March 2025", "06:56", "2025-03-14T06:56:53+05:30"),
    ],
)
def test_times_are_those_of_the_zone(zone: Any, day: str, clock: str, iso: str) -> None:
    found = page(message("a", created_at=START), time_zone=zone)
    assert {day, clock, f"Times in {zone or 'UTC'}"} <= set(found.said)
    assert [one["datetime"] for one in found.tags("time")][1:] == [iso, iso]


def test_a_day_is_named_when_it_begins() -> None:
    days = [START, START + timedelta(hours=1), None, START + timedelta(days=1), START]
    found = page(*(message("a", key=str(at), created_at=day) for at, day in enumerate(days)), language="zh")
    assert [text for text in found.said if "星期" in text] == [
        "2025年3月14日 星期五",
        "2025年3月15日 星期六",
        "2025年3月14日 星期五",
    ]


@pytest.mark.parametrize("end", [datetime(1, 1, 1), datetime(9999, 12, 31, 23, 59)])  # noqa: DTZ001 - zoned below
def test_a_time_at_the_end_of_the_calendar_is_shown(end: datetime) -> None:
    instant = end.replace(tzinfo=timezone.utc)
    for zone in ("Asia/Shanghai", "America/New_York"):
        assert page(message("a", created_at=instant), time_zone=zone).tags("time")


@pytest.mark.skipif(not hasattr(time, "tzset"), reason="this system cannot be told another time zone")
def test_a_time_without_a_zone_is_taken_for_utc_wherever_the_page_is_made(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "America/New_York")
    time.tzset()
    try:
        found = page(message("a", created_at=START.replace(tzinfo=None)))
    finally:
        monkeypatch.undo()
        time.tzset()
    assert "01:26" in found.said


@pytest.mark.parametrize(
    ("provider", "shown"),
    [("minimax", "MiniMax"), (MiniMax("key", "group"), "MiniMax"), ("hunyuan", "Tencent Hunyuan"), ("Ours", "Ours")],
)
def test_the_provider_is_named(provider: Any, shown: str) -> None:
    found = page(message("a"), title="T", provider=provider)
    assert f"T · {shown}" in found.said
    assert shown in found.said


# what is missing


def test_a_whole_thread_has_no_notices() -> None:
    assert notices(read(thread_page(CHINESE))) == 0


@pytest.mark.parametrize(
    ("known", "said"),
    [
        ({"stale": True}, "The platform was not asked: newer messages may be missing."),
        ({"reached_start": False}, "Earlier messages are missing: the start of the thread was not reached."),
        ({"reached_start": False, "limit": 2}, "Only the newest messages were read; the thread began earlier."),
        (
            {"reached_start": False, "limit": 3},
            "Earlier messages are missing: the start of the thread was not reached.",
        ),
        ({"gap_before": 0}, "Messages may be missing here."),
        ({"gap_before": 1}, "Messages may be missing here."),
        ({"gap_before": 2}, "Messages may be missing here."),
    ],
)
def test_what_a_view_knows_to_be_missing_is_said(known: dict[str, Any], said: str) -> None:
    view = conversation([message("first"), message("second")], **known)
    found = read(thread_page(view))
    assert notices(found) == 1
    text = " ".join(found.said)
    if "gap_before" in known:
        before = sum(text.index(one) < text.index(said) for one in ("first", "second"))
        assert before == known["gap_before"]
    assert said in text
    assert notices(read(thread_fragment(view))) == 1


def test_a_thread_without_messages_says_so() -> None:
    views: list[Sequence[ThreadMessage]] = [[], ThreadView((), reached_start=True)]
    for view in views:
        assert "This thread has no messages." in read(thread_page(view)).text


def test_a_fragment_says_how_many_it_leaves_out() -> None:
    found = read(thread_fragment(CHINESE, newest=2))
    assert len(found.classed("message")) == 2
    assert "5 earlier messages are not shown." in found.said
    assert "谢谢 🙏" in found.said
    assert "7 messages" in found.said


def test_a_gap_that_is_left_out_does_not_move() -> None:
    gap = "Messages may be missing here."
    assert gap in read(thread_fragment(ENGLISH, newest=2)).said
    assert gap not in read(thread_fragment(ENGLISH, newest=1)).said


def test_a_message_without_text_says_what_it_has() -> None:
    assert "This message has no text." in page(message(" \n")).text
    found = page(message("", parts=(Part("image", file_id="img-1"), Part("other"), Part("other"), Part("image"))))
    assert "2 parts of this message are of kinds that cannot be shown." in found.said
    assert "img-1" in found.said
    assert "no text" not in found.text


def test_an_unfinished_message_says_so() -> None:
    assert "Incomplete" in page(message("a", status="incomplete")).said
    assert "Still being written" in page(message("a", status="in_progress")).said
    assert "paused" in page(message("a", status="paused")).said
    assert "completed" not in page(message("a", status="completed")).text


def test_attachments_are_named_once() -> None:
    found = page(message("a", file_ids=("file-1", "file-2"), parts=(Part("image", file_id="file-2"),)))
    assert [text for text in found.said if text.startswith("file-")] == ["file-1", "file-2"]


def test_details_hold_ids_and_metadata_and_nothing_raw() -> None:
    found = page(
        message(
            "a",
            key="msg_1#2",
            provider_role="ai",
            run_id="run_1",
            assistant_id="asst_1",
            metadata={"topic": "rivers", "deep": {"长": [1]}},
            raw={"secret": "raw"},
        )
    )
    assert {"msg_1#2", "ai", "run_1", "asst_1", "Metadata: topic", "rivers", '{"长": [1]}'} <= set(found.said)
    assert "raw" not in found.text


# notes


def test_a_number_leads_to_its_note_and_back() -> None:
    text = "It is long[a], very long[b], really[a]."
    one = Citation("web", "[a]", quote="6300 km", url="https://example.com/a", title="Rivers")
    again = Citation("web", "[a]", start=35, end=38, quote="long", url="https://example.com/a")
    other = Citation("file", "[b]", quote="see", file_id="file-9")
    found = page(cited(text, one, other, again))
    references = [one for _, one in found.classed("reference")]
    assert [one["href"] for one in references] == ["#m1-n1", "#m1-n2", "#m1-n1"]
    assert [one["href"] for _, one in found.classed("back")] == [f"#{references[at]['id']}" for at in (0, 2, 1)]
    assert [one["id"] for one in found.tags("li") if "value" in one] == ["m1-n1", "m1-n2"]
    said = "".join(found.said)
    assert "It is long[1], very long[2], really[1]." in said
    assert [part for part in found.said if part in ("Rivers", "example.com", "6300 km", "long", "file-9", "see")] == [
        "Rivers",
        "example.com",
        "6300 km",
        "long",
        "file-9",
        "see",
    ]
    (link,) = [one for one in found.tags("a") if one["href"].startswith("http")]
    assert link == {"href": "https://example.com/a", "target": "_blank", "rel": "noopener noreferrer nofollow"}


def test_numbers_and_notes_go_by_where_the_markers_really_are() -> None:
    first = Citation("web", "[b]", 80, 83, quote="second in the text")
    other = Citation("web", "[a]", 90, 93, quote="first in the text")
    found = page(message("x[a] y[b]", citations=(first, other)))
    assert "x[1] y[2]" in "".join(found.said)
    assert [part for part in found.said if "in the text" in part] == ["first in the text", "second in the text"]


def test_a_number_in_the_text_that_is_no_citation_stays_text() -> None:
    found = page(cited("[1] and x[m]\n\n[1]: https://example.com/evil", Citation("web", "[m]", quote="q")))
    assert len(found.classed("reference")) == 1
    assert "[1] and x[1]" in "".join(found.said)
    assert "[1]: https://example.com/evil" in "".join(found.said)


def test_a_number_in_code_or_in_a_link_is_text_and_its_note_has_no_way_back() -> None:
    text = "`a[m]` and [b[m]](https://example.com/[m]) and\n\n```\nc[m]\n```"
    starts = [at.start() for at in re.finditer(re.escape("[m]"), text)]
    citations = [Citation("web", "[m]", start, start + 3, quote="q") for start in starts]
    found = page(cited(text, *citations))
    assert not found.classed("reference")
    assert not found.classed("back")
    assert {"a[1]", "c[1]\n"} <= set(found.said)
    assert "https://example.com/" in [one["href"] for one in found.tags("a")]


def test_emphasis_ends_before_a_number_that_follows_a_full_stop() -> None:
    found = page(cited("**长江约 6300 公里。**【1†source】很长", Citation("web", "【1†source】", quote="q")))
    assert "长江约 6300 公里。" in found.said
    assert len(found.tags("strong")) == 1


@pytest.mark.parametrize("address", ["javascript:a", "/a", "ftp://a", "https://", "//a"])
def test_an_address_that_is_not_of_the_web_is_shown_and_not_linked(address: str) -> None:
    found = page(cited("a", Citation("web", url=address, title="t")))
    assert {address, "t"} <= set(found.said)
    assert [one for one in found.tags("a") if not one["href"].startswith("#")] == []


def test_a_source_of_which_nothing_is_known_still_has_its_note() -> None:
    assert "The platform named no source." in page(cited("a", Citation("other"))).said
    assert "see page 3" in page(cited("a", Citation("other", raw="see page 3"))).said


# languages


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("长江有多长？", "zh"),
        ("長江はどれくらいの長さですか", "ja"),
        ("양쯔강의 길이는?", "ko"),
        ("How long is it?", ""),
        ("ما طوله؟", ""),
        ("An answer in English that names 长江 just once.", ""),
        ("42", ""),
    ],
)
def test_a_text_has_the_language_that_its_script_settles(text: str, language: str) -> None:
    ((_, element),) = page(message(text)).classed("text")
    assert (element["lang"], element["dir"]) == (language, "auto")


def test_the_page_is_in_the_language_asked_for() -> None:
    assert read(thread_page(CHINESE)).tags("html") == [{"lang": "en"}]
    assert read(thread_page(CHINESE, language="zh")).tags("html") == [{"lang": "zh-Hans"}]
    chinese = " ".join(read(thread_page(ENGLISH, language="zh", provider="x")).said)
    assert not re.search(r"Messages|missing|Sources|Attachments|User|Details|Times|Conversation", chinese)
