"""Conversations to show: made up, in the shapes of the platforms."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from typing import Any

from provider_threads import Citation, Part, ThreadMessage, ThreadView
from provider_threads.citation_places import locate

__all__ = ["ARABIC", "CHINESE", "ENGLISH", "START", "cited", "conversation", "long_conversation", "message"]

START = datetime(2025, 3, 14, 1, 26, 53, tzinfo=timezone.utc)


def message(text: str, role: str = "assistant", key: str = "msg_1", **settings: Any) -> ThreadMessage:
    """A message with what a test does not care about filled in."""
    given = {"thread_id": "thread_1", "provider_role": role, **settings}
    return ThreadMessage(id=key.partition("#")[0], key=key, role=role, text=text, **given)


def cited(text: str, *citations: Citation, role: str = "assistant", **settings: Any) -> ThreadMessage:
    """A message whose citations stand where their markers do."""
    looked_for = [
        citation if citation.start is not None or not citation.marker else _at(text, citation) for citation in citations
    ]
    return message(text, role, citations=locate(text, looked_for), **settings)


def _at(text: str, citation: Citation) -> Citation:
    start = text.find(citation.marker or "")
    return replace(citation, start=start, end=start + len(citation.marker or ""))


def conversation(messages: Sequence[ThreadMessage], **known: Any) -> ThreadView:
    """A view of messages, a minute and a half apart."""
    numbered = (
        replace(one, id=f"msg_{at}", key=f"msg_{at}", created_at=one.created_at or START + timedelta(seconds=90 * at))
        for at, one in enumerate(messages)
    )
    return ThreadView(tuple(numbered), **{"reached_start": True, **known})


def long_conversation(amount: int) -> ThreadView:
    """Questions and answers of everyday size, every tenth answer with code, every fourth with a citation."""
    messages = []
    for at in range(amount):
        if at % 2 == 0:
            messages.append(message(f"Question {at}: how long is river number {at}?", "user"))
        elif at % 10 == 1:
            code = f"```python\ndef river_{at}(length: int) -> str:\n    return f'{{length}} km'  # {at}\n```"
            messages.append(message(f"Answer {at}, in code:\n\n{code}\n\n* one\n* two"))
        elif at % 4 == 3:
            source = Citation(
                "web", "【1†source】", quote=f"It is {at} km.", url=f"https://example.com/{at}", title="Rivers"
            )
            messages.append(cited(f"Answer {at}: **about {at} km**【1†source】, and it rises in the hills.", source))
        else:
            messages.append(message(f"Answer {at}: it is *about* {at} km long.\n\nAsk on."))
    return conversation(messages)


_RIVERS = """**长江全长约 6300 公里**【1†source】，是亚洲第一长河；**黄河：**约 5464 公里【2†source】。

| 河流 | 长度（公里） | 流域面积（万平方公里） | 入海口 |
|---|---:|---:|---|
| 长江 | 6300 | 180 | 东海 |
| 黄河 | 5464 | 75.2 | 渤海 |

### 为什么数字不一

1. 源头的**界定**不同；
2. 测量的*方法*不同：
   - 卫星影像
   - 实地勘测【1†source】

> 长江之水天上来？那是黄河。——李白《将进酒》"""

_RATIO = """当然，`ratio` 会告诉你长江是黄河的几倍：

```python
from dataclasses import dataclass

@dataclass(frozen=True)
class River:
    '''一条河。'''

    name: str
    length: float  # 公里


def ratio(one: River, other: River) -> float:
    return round(one.length / other.length, 2)


print(ratio(River('长江', 6300), River('黄河', 5464)))  # 1.15，这一行很长，在手机上要在自己的框里左右滚动才看得完
```

```json
{"长江": 6300, "黄河": 5464, "单位": null}
```

输出是 **1.15**。"""

_NILE = """**نهر النيل** طوله نحو 6650 كم [1]، وهو أطول أنهار أفريقيا.

* المنبع: بحيرة فيكتوريا
* المصب: البحر المتوسط

The Nile is often called the longest river.

```sql
SELECT name FROM rivers WHERE length > 6000;
```"""

_BUFFERS = """Use a `BufReader`; it keeps a small buffer, so the size of the file does not matter [doc].

```rust
use std::fs::File;
use std::io::{BufRead, BufReader};

fn main() -> std::io::Result<()> {
    for line in BufReader::new(File::open("rivers.txt")?).lines() {
        println!("{}", line?); // one at a time
    }
    Ok(())
}
```

Two things to know:

1. `lines()` drops the line ends.
2. It allocates a `String` per line; `read_line` reuses one.

See also [the book](https://example.com/book) and ![a diagram](https://example.com/buffer.png)."""

_YANGTZE = Citation(
    "web",
    "【1†source】",
    quote="长江干流全长约6300余公里，发源于青藏高原的唐古拉山脉。",
    url="https://example.com/rivers/yangtze",
    title="长江概况",
)

CHINESE = conversation(
    [
        message("你是一位严谨的地理老师，回答要注明来源。", "system"),
        message("长江有多长？和黄河比呢？\n请用表格列出。", "user"),
        cited(
            _RIVERS,
            _YANGTZE,
            Citation("file", "【2†source】", quote="黄河全长5464公里……", file_id="file-845120093311"),
            replace(_YANGTZE, start=-1, end=-1, quote="河源的认定几经修订。"),
            provider_role="ai",
            run_id="run_7f3",
            assistant_id="asst_geo",
            metadata={"topic": "地理"},
        ),
        message("给我一段计算比例的代码。这是资料：", "user", file_ids=("file-845120093311", "file-845120093312")),
        message(_RATIO),
        message("谢谢 🙏", "user"),
        message("不客气！还想比较哪两条河", status="incomplete"),
    ]
)

ARABIC = conversation(
    [
        message("ما طول نهر النيل؟", "user"),
        cited(
            _NILE,
            Citation(
                "web", "[1]", quote="يبلغ طول النيل 6650 كيلومترًا", url="https://example.com/nile", title="نهر النيل"
            ),
        ),
        message("תודה! ומה עם הירדן (Jordan)?", "user"),
        message("נהר הירדן אורכו כ־251 ק״מ."),
    ]
)

ENGLISH = conversation(
    [
        message("How do I read a file line by line in Rust, and is it safe with huge files?", "user"),
        cited(
            _BUFFERS,
            Citation(
                "web",
                "[doc]",
                quote="BufReader adds buffering to any reader.",
                url="https://example.com/std/io",
                title="std::io",
            ),
        ),
        message("A kind nobody documents.", "critic", parts=(Part("other"), Part("image", file_id="file-img-1"))),
        message("", "assistant"),
    ],
    reached_start=False,
    gap_before=2,
    stale=True,
)
