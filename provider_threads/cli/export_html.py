"""A thread as one HTML page."""

from __future__ import annotations

import json
import time
from dataclasses import replace
from datetime import datetime, timedelta, timezone, tzinfo

from provider_threads.cli.export_markdown import fenced
from provider_threads.html import thread_page
from provider_threads.messages import ThreadMessage, ThreadView

__all__ = ["LocalTime", "page_of"]


def page_of(view: ThreadView, thread: str, platform: str, zone: tzinfo | None) -> str:
    """The page; `zone` is of all times, None for this machine's."""
    shown = replace(view, messages=tuple(map(_with_what_was_written, view)))
    return thread_page(shown, title=thread, provider=platform, time_zone=zone or LocalTime())


class LocalTime(tzinfo):
    """This machine's time zone with its changes between summer and winter, which Python has no object for."""

    def utcoffset(self, moment: datetime | None) -> timedelta | None:
        """The offset at a local time."""
        return moment.replace(tzinfo=None).astimezone().utcoffset() if moment is not None else None

    def dst(self, moment: datetime | None) -> timedelta | None:
        """Not known apart from the offset."""
        return None

    def tzname(self, moment: datetime | None) -> str | None:
        """The zone's short name at a local time."""
        return moment.replace(tzinfo=None).astimezone().tzname() if moment is not None else None

    def fromutc(self, moment: datetime) -> datetime:
        """A time in UTC as the local one."""
        local = moment.replace(tzinfo=timezone.utc).astimezone()
        return local.replace(tzinfo=self)

    def __str__(self) -> str:
        return "/".join(dict.fromkeys(time.tzname))


def _with_what_was_written(message: ThreadMessage) -> ThreadMessage:
    """A message with what only an overlay has of it, such as calls of tools, below its text: a page shows no parts."""
    written = [part.raw for part in message.parts if isinstance(part.raw, dict) and "written_by" in part.raw]
    if not written:
        return message
    blocks = [fenced(json.dumps(raw, ensure_ascii=False, indent=2), "json") for raw in written]
    return replace(
        message,
        text="\n\n".join(filter(None, [message.text, *blocks])),
        parts=tuple(part for part in message.parts if part.raw not in written),
    )
