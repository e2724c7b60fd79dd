"""What a page says in words of its own, in English and in Chinese."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final, Literal

__all__ = ["WORDS", "Language", "Words"]

Language = Literal["en", "zh"]

_MONTHS: Final = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)
_DAYS: Final = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


@dataclass(frozen=True)
class Words:
    """One language's. Those with ``{}`` take a number or a name."""

    lang: str
    conversation: str
    roles: Mapping[str, str]
    unnamed: str
    thread: str
    message_count: tuple[str, str]
    times_in: str
    empty: str
    no_text: str
    attachments: str
    image: str
    other_parts: tuple[str, str]
    sources: str
    file: str
    source_without_name: str
    back: str
    back_from: str
    details: str
    message: str
    time: str
    role_sent: str
    run: str
    assistant: str
    metadata: str
    status: Mapping[str, str]
    stale: str
    start_missing: str
    newest_only: str
    gap: str
    earlier_left_out: tuple[str, str]

    def counted(self, forms: tuple[str, str], amount: int) -> str:
        """`amount` in words: the first form for one, the second for any other."""
        return forms[amount != 1].format(f"{amount:,}")

    def day(self, of: date) -> str:
        """A day as it is written out."""
        if self.lang == "zh-Hans":
            return f"{of.year}年{of.month}月{of.day}日 星期{'一二三四五六日'[of.weekday()]}"
        return f"{_DAYS[of.weekday()]}, {of.day} {_MONTHS[of.month - 1]} {of.year}"


WORDS: Final[Mapping[Language, Words]] = {
    "en": Words(
        lang="en",
        conversation="Conversation",
        roles={"user": "User", "assistant": "Assistant", "system": "System", "tool": "Tool", "function": "Function"},
        unnamed="Role not given",
        thread="Thread",
        message_count=("{} message", "{} messages"),
        times_in="Times in {}",
        empty="This thread has no messages.",
        no_text="This message has no text.",
        attachments="Attachments",
        image="Image",
        other_parts=(
            "{} part of this message is of a kind that cannot be shown.",
            "{} parts of this message are of kinds that cannot be shown.",
        ),
        sources="Sources",
        file="File",
        source_without_name="The platform named no source.",
        back="Back to the text",
        back_from="Back to place {} in the text",
        details="Details",
        message="Message",
        time="Time",
        role_sent="Role as sent",
        run="Run",
        assistant="Assistant",
        metadata="Metadata",
        status={"in_progress": "Still being written", "incomplete": "Incomplete"},
        stale="The platform was not asked: newer messages may be missing.",
        start_missing="Earlier messages are missing: the start of the thread was not reached.",
        newest_only="Only the newest messages were read; the thread began earlier.",
        gap="Messages may be missing here.",
        earlier_left_out=("{} earlier message is not shown.", "{} earlier messages are not shown."),
    ),
    "zh": Words(
        lang="zh-Hans",
        conversation="对话",
        roles={"user": "用户", "assistant": "助手", "system": "系统", "tool": "工具", "function": "函数"},
        unnamed="未注明角色",
        thread="会话",
        message_count=("{} 条消息", "{} 条消息"),
        times_in="时区：{}",
        empty="此会话没有消息。",
        no_text="此消息没有文字。",
        attachments="附件",
        image="图片",
        other_parts=("此消息有 {} 个部分无法显示。", "此消息有 {} 个部分无法显示。"),
        sources="来源",
        file="文件",
        source_without_name="平台没有注明来源。",
        back="回到正文",
        back_from="回到正文第 {} 处",
        details="详细信息",
        message="消息",
        time="时间",
        role_sent="平台角色",
        run="运行",
        assistant="助手",
        metadata="元数据",
        status={"in_progress": "生成中", "incomplete": "未完成"},
        stale="未能查询平台：可能缺少较新的消息。",
        start_missing="缺少更早的消息：未能读到会话的开头。",
        newest_only="只读取了最新的消息；会话开始得更早。",
        gap="此处可能缺少消息。",
        earlier_left_out=("未显示更早的 {} 条消息。", "未显示更早的 {} 条消息。"),
    ),
}
