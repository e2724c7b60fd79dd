"""Faults in what a list holds: the protocols serve them by themselves, from a storage that misbehaves."""

from dataclasses import replace

from provider_threads.emulator.faults import Fault
from provider_threads.emulator.identifiers import Provider, new_message_id
from provider_threads.emulator.pages import Window
from provider_threads.emulator.records import StoredMessage
from provider_threads.emulator.state import EmulatorState
from provider_threads.emulator.storage import Storage

OTHER_THREAD = "thread_of_somebody_else"
ADDED_TEXT = "Somebody wrote this while the list was read."
_WHOLE = Window("asc")


def misbehaving(state: EmulatorState, fault: Fault) -> EmulatorState:
    """The state as a protocol sees it for a request that meets this fault; most see no difference."""
    if fault.kind == "clock_off":
        ahead = state.switches.clock_offset + round(fault.seconds or 0)
        return replace(state, switches=replace(state.switches, clock_offset=ahead))
    if fault.kind not in _STORAGES:
        return state
    return replace(state, storage=_STORAGES[fault.kind](state))


class _View(Storage):
    """The same threads through the same connection."""

    def __init__(self, state: EmulatorState) -> None:
        self.__dict__.update(state.storage.__dict__)
        self._switches = state.switches


class _ForeignMessages(_View):
    """Reads show the messages of the thread written to last among the others, or made-up ones where it is alone."""

    _cursor_is_own = False

    def positions_of(self, provider: Provider, thread_id: str, message_id: str) -> list[int]:
        other = self._other_thread(provider, thread_id)
        positions = super().positions_of(provider, other, message_id) if other else []
        self._cursor_is_own = not positions
        return positions or super().positions_of(provider, thread_id, message_id)

    def messages(self, provider: Provider, thread_id: str, window: Window = _WHOLE) -> tuple[list[StoredMessage], bool]:
        other = self._other_thread(provider, thread_id)
        if other is not None:
            # A cursor of the thread that was asked for means nothing in the other.
            return super().messages(
                provider, other, Window(window.order, window.limit) if self._cursor_is_own else window
            )
        own, has_more = super().messages(provider, thread_id, window)
        return [_moved(message) for message in own], has_more

    def message(self, provider: Provider, thread_id: str, message_id: str) -> StoredMessage | None:
        other = self._other_thread(provider, thread_id)
        if other is not None:
            return super().messages(provider, other, Window("desc", 1))[0][0]
        own = super().message(provider, thread_id, message_id)
        return own and _moved(own)

    def _other_thread(self, provider: Provider, thread_id: str) -> str | None:
        with self._lock:
            row = self._connection.execute(
                "SELECT thread_id FROM message WHERE provider = ? AND thread_id <> ? ORDER BY position DESC LIMIT 1",
                (provider, thread_id),
            ).fetchone()
        return row[0] if row else None


def _moved(message: StoredMessage) -> StoredMessage:
    return replace(message, thread_id=OTHER_THREAD, text="Somebody else's words.", parts=None, citations=())


class _StuckCursor(_View):
    """A cursor is not heeded: every page is the first."""

    def messages(self, provider: Provider, thread_id: str, window: Window = _WHOLE) -> tuple[list[StoredMessage], bool]:
        return super().messages(provider, thread_id, Window(window.order, window.limit))


class _LoopingCursor(_View):
    """Behind the last page comes the first one again, and every page says that there are more."""

    def messages(self, provider: Provider, thread_id: str, window: Window = _WHOLE) -> tuple[list[StoredMessage], bool]:
        page, has_more = super().messages(provider, thread_id, window)
        begins = window.lower is None and window.upper is None
        switches = self._switches
        cursor = switches.minimax_cursor if provider == "minimax" else switches.appbuilder_cursor
        if not has_more and not begins and len(page) <= (cursor == "inclusive"):  # nothing new
            page, _ = super().messages(provider, thread_id, Window(window.order, window.limit))
        return page, True


class _GrowingList(_View):
    """Somebody adds a message just before each page is cut."""

    def messages(self, provider: Provider, thread_id: str, window: Window = _WHOLE) -> tuple[list[StoredMessage], bool]:
        newest, _ = super().messages(provider, thread_id, Window("desc", 1))
        thread = self.thread(provider, thread_id)
        before_ms = newest[0].created_ms if newest else thread.created_ms if thread else 0
        message = StoredMessage(
            id=new_message_id(provider, "user"),
            thread_id=thread_id,
            role="user",
            text=ADDED_TEXT,
            created_ms=before_ms + 1000,
        )
        self.add_messages(provider, [message])
        return super().messages(provider, thread_id, window)


_STORAGES: dict[str, type[_View]] = {
    "foreign_messages": _ForeignMessages,
    "stuck_cursor": _StuckCursor,
    "looping_cursor": _LoopingCursor,
    "growing_list": _GrowingList,
}
