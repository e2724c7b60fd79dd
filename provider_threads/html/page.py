"""Threads as HTML: whole pages, and fragments for notebooks and pages of one's own."""

from __future__ import annotations

import hashlib
from base64 import b64encode
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timezone, tzinfo
from functools import cache
from importlib.resources import files
from typing import Any, get_args
from zoneinfo import ZoneInfo

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from provider_threads.errors import ConfigurationError
from provider_threads.html.bubbles import Bubble, bubble_of, without_surrogates
from provider_threads.html.code_blocks import Colouring
from provider_threads.html.words import WORDS, Language, Words
from provider_threads.messages import ThreadMessage, ThreadView
from provider_threads.providers import PROVIDERS, Provider

__all__ = ["thread_fragment", "thread_page"]


def thread_page(
    view: ThreadView | Iterable[ThreadMessage],
    *,
    title: str | None = None,
    provider: Provider | str | None = None,
    time_zone: tzinfo | str | None = None,
    language: Language = "en",
) -> str:
    """A thread as one HTML file that needs nothing else: no script, no font, no image, nothing from a network.

    Everything of the thread is escaped, and a content security policy forbids whatever is not the page's own style.
    Links lead to ``http`` and ``https`` addresses only; an image is a link to it. What a `ThreadView` knows to be
    missing is said on the page: a gap, an unread start, a platform that was not asked. Of other messages nothing is
    known, so nothing is said.

    ::

        with ThreadClient(MiniMax()) as threads:
            page = thread_page(threads.read(thread_id), provider="minimax", time_zone="Asia/Shanghai")
        Path("thread.html").write_text(page, encoding="utf-8")

    Args:
        view: oldest message first.
        title: what stands at the top; unless given, the word for a conversation.
        provider: the platform, or its name, such as ``"minimax"``; another text is shown as it is.
        time_zone: of all times, as a name such as ``"Asia/Shanghai"`` or as a `tzinfo`; UTC unless it is given.
        language: of the page's own words, ``"en"`` or ``"zh"``.

    Returns:
        The page, to be written in UTF-8. The same arguments give the same page.

    Raises:
        ConfigurationError: an argument makes no sense, or this machine does not know the time zone.
    """
    settings = _Settings.of(title, provider, time_zone, language)
    view = _messages(view)
    return _templates().get_template("page.html.jinja").render(_contents(view, settings, "m", None), whole=True)


def thread_fragment(
    view: ThreadView | Iterable[ThreadMessage],
    *,
    title: str | None = None,
    provider: Provider | str | None = None,
    time_zone: tzinfo | str | None = None,
    language: Language = "en",
    newest: int | None = None,
) -> str:
    """As `thread_page`, but to be put into a page: an element with its style sheet, which touches nothing else.

    It has no content security policy of its own.

    Args:
        newest: show no more than so many of the last messages, and say how many were left out; None for all.
    """
    settings = _Settings.of(title, provider, time_zone, language)
    if newest is not None and (not isinstance(newest, int) or newest < 1):
        raise ConfigurationError("newest must be a whole number from 1 on, or None.")
    view = _messages(view)
    # Several fragments may stand in one document, so the ids of each begin with something of its own.
    keys = "\n".join(f"{message.thread_id} {message.key}" for message in view)
    prefix = f"t{hashlib.sha256(keys.encode('utf-8', 'replace')).hexdigest()[:8]}-"
    return (
        _templates().get_template("fragment.html.jinja").render(_contents(view, settings, prefix, newest), whole=False)
    )


def _messages(view: ThreadView | Iterable[ThreadMessage]) -> ThreadView | Sequence[ThreadMessage]:
    if isinstance(view, ThreadView):
        return view
    messages = tuple(view) if isinstance(view, Iterable) else None
    if messages is None or not all(isinstance(message, ThreadMessage) for message in messages):
        raise ConfigurationError("view must be a ThreadView, or messages such as one holds.")
    return messages


@dataclass(frozen=True, slots=True)
class _Settings:
    title: str | None
    provider: str | None
    zone: tzinfo
    words: Words

    @classmethod
    def of(
        cls, title: str | None, provider: Provider | str | None, time_zone: tzinfo | str | None, language: Language
    ) -> _Settings:
        if language not in get_args(Language):
            raise ConfigurationError("language must be 'en' or 'zh'.")
        if isinstance(provider, str):
            known = PROVIDERS.get(provider)
            provider = known.title if known else provider
        elif isinstance(provider, Provider):
            provider = provider.title
        elif provider is not None:
            raise ConfigurationError("provider must be a platform, its name, another text, or None.")
        if not isinstance(title, str | None):
            raise ConfigurationError("title must be a text, or None.")
        return cls(title, provider, _zone(time_zone), WORDS[language])


def _zone(named: tzinfo | str | None) -> tzinfo:
    if named is None:
        return timezone.utc
    if isinstance(named, tzinfo):
        return named
    if not isinstance(named, str):
        raise ConfigurationError("time_zone must be a name such as 'Asia/Shanghai', a tzinfo, or None.")
    try:
        return ZoneInfo(named)
    except (KeyError, OSError, ValueError) as error:  # unknown; a folder of the database; not a name at all
        raise ConfigurationError(
            "This machine knows no time zone of this name. Names are like 'Asia/Shanghai'; "
            "where a system has none at all, pip install tzdata."
        ) from error


@dataclass(frozen=True, slots=True)
class _Row:
    """A message and what stands above it: whether messages may be missing, and the day where it is another."""

    after_gap: bool
    day: date | None
    bubble: Bubble


def _contents(
    view: ThreadView | Sequence[ThreadMessage], settings: _Settings, prefix: str, newest: int | None
) -> dict[str, Any]:
    """What the templates print."""
    words = settings.words
    first = max(len(view) - newest, 0) if newest is not None else 0
    gap = view.gap_before if isinstance(view, ThreadView) else None
    thread_ids = list(dict.fromkeys(message.thread_id for message in view))
    return {
        "words": words,
        "title": settings.title or words.conversation,
        "titled": settings.title is not None,
        "provider": settings.provider,
        "thread_ids": thread_ids,
        "count": words.counted(words.message_count, len(view)),
        "zone": str(settings.zone) if any(message.created_at for message in view) else None,
        "notices": list(_notices(view, words)),
        "left_out": words.counted(words.earlier_left_out, first) if first else None,
        "rows": _rows(view, first, gap, settings, prefix),
        "gap_at_end": gap is not None and gap >= len(view),
        "style": _style(),
        "policy": _policy(),
    }


def _notices(view: ThreadView | Sequence[ThreadMessage], words: Words) -> Iterator[str]:
    if not isinstance(view, ThreadView):
        return
    if view.stale:
        yield words.stale
    if not view.reached_start:
        whole = view.limit is not None and len(view) >= view.limit
        yield words.newest_only if whole else words.start_missing


def _rows(
    view: Sequence[ThreadMessage], first: int, gap: int | None, settings: _Settings, prefix: str
) -> Iterator[_Row]:
    """One at a time: a long thread's messages are not all held as HTML twice."""
    last_day = None
    colouring = Colouring()
    for at, message in enumerate(view[first:], first):
        bubble = bubble_of(message, f"{prefix}{at + 1}", settings.zone, settings.words, colouring)
        day = bubble.time.date() if bubble.time else None
        yield _Row(at == gap, day if day != last_day else None, bubble)
        last_day = day or last_day


@cache
def _templates() -> Environment:
    return Environment(
        loader=PackageLoader("provider_threads.html"),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_printable,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def _printable(value: object) -> object:
    """A text that UTF-8 can hold. What is Markup was made so before."""
    return without_surrogates(value) if isinstance(value, str) and not isinstance(value, Markup) else value


@cache
def _style() -> Markup:
    sheet = files("provider_threads.html") / "templates" / "thread.css"
    return Markup(sheet.read_text("utf-8"))  # noqa: S704 - our own file


@cache
def _policy() -> str:
    """Nothing but this very style sheet: no script, no frame, no image, no font, no request."""
    digest = b64encode(hashlib.sha256(_style().encode()).digest()).decode()
    return f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
