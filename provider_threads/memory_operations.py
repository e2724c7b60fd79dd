"""The operations of a memory, with an overlay or without, as flows: what is sent, and what stays here."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from typing import TYPE_CHECKING, Any

from provider_threads.arguments import HOSTED, check_draft, check_id
from provider_threads.entries import Entry, Extent, Outgoing, Pick, Reading, Record, State
from provider_threads.errors import ConfigurationError, InvalidRequestError, ThreadNotFoundError, ThreadsError
from provider_threads.flows.steps import Flow
from provider_threads.memory_settings import CheckedSettings
from provider_threads.messages import Draft
from provider_threads.operations import Operations

if TYPE_CHECKING:
    from provider_threads.overlay.operations import OverlayOperations

__all__ = ["MemoryOperations"]


class MemoryOperations:
    """Each method gives the flow that performs it; see the methods of `ThreadMemory`.

    Args:
        operations: of the platform. settings: see `MemorySettings`.
    """

    def __init__(self, operations: Operations, settings: CheckedSettings) -> None:
        self.platform = operations
        self._provider = operations.context.provider
        self._settings = settings

    def read(self, key: str, states: Collection[State], *, refresh: bool = False) -> Flow[Any, Reading]:
        """The newest entries in `states`, as many as the settings say."""
        try:
            if self._settings.overlay is None:
                return Reading.of_view(key, (yield from self.platform.read(key, self._settings.limit)))
            return (yield from self._overlaid().read(key, states, refresh=refresh))
        except (ThreadNotFoundError, InvalidRequestError) as error:
            self._advise(error, key)
            raise

    def count(self, key: str, states: Collection[State]) -> Flow[Any, Extent]:
        """How much `read` would find."""
        if self._settings.overlay is None:
            return (yield from self.read(key, states)).extent
        return (yield from self._overlaid().count(key, states))

    def find(self, key: str, message_ids: Collection[str]) -> Flow[Any, tuple[Entry, ...]]:
        """The active entries that their framework knows by one of these ids."""
        return self._overlaid().find(key, message_ids)

    def append(self, key: str, messages: Sequence[Outgoing], state: State) -> Flow[Any, None]:
        """Write a batch, of which all is checked before the first is sent."""
        try:
            yield from self._append(key, messages, state)
        except (ThreadNotFoundError, InvalidRequestError) as error:
            self._advise(error, key)
            raise

    def _append(self, key: str, messages: Sequence[Outgoing], state: State) -> Flow[Any, None]:
        overlaid = self._overlaid() if self._settings.overlay is not None else None
        if self._settings.writes == "none":
            if overlaid is not None:
                yield from overlaid.expect_news(key)
        elif messages and overlaid is None:
            yield from self.platform.append_messages(key, [self._sendable(message) for message in messages])
        elif messages and overlaid is not None:
            records = [message.record for message in messages if message.record is not None]
            drafts = [self._sent(message) if state == "active" else None for message in messages]
            yield from overlaid.append(key, records, drafts, state)

    def replace(
        self, key: str, records: Sequence[Record], payload_of: Callable[[Entry], str], state: State
    ) -> Flow[Any, None]:
        """Make `records` the whole conversation, in the overlay only."""
        if self._settings.limit is not None:
            raise ConfigurationError(
                "a whole conversation cannot be replaced through a window: what limit= leaves out would be forgotten. "
                "Use a store without limit=."
            )
        yield from self._overlaid().replace(key, records, state, payload_of)

    def set_state(
        self, key: str, states: Collection[State], state: State, pick: Pick | None
    ) -> Flow[Any, tuple[Entry, ...]]:
        """Archive or delete, in the overlay, what `pick` takes from the entries shown, or all."""
        return self._overlaid().set_state(key, states, state, pick)

    def thread_id(self, key: str) -> Flow[Any, str | None]:
        """The id of the hosted thread that a key leads to; None where it has none yet."""
        if self._settings.overlay is None:
            return key
        return (yield from self._overlaid().thread_id(key))

    def keys(self) -> Flow[Any, list[str]]:
        """The keys under which the overlay holds messages."""
        return self._overlaid().keys()

    def delete(self, key: str) -> Flow[Any, None]:
        """Delete the hosted thread, and what the overlay holds of it."""
        if self._settings.overlay is None:
            yield from self.platform.delete_thread(key)
        else:
            yield from self._overlaid().delete_thread(key)

    def _advise(self, error: ThreadsError, key: str) -> None:
        """Have the platform's "no such thread" say what to do about a key that is no platform's id of a thread."""
        told = str(error)
        if key.startswith(HOSTED) or "Check the ids" not in told:
            return
        advice = "A key of your own, such as 'user-42', needs overlay='threads.db' with create_threads=True."
        if self._settings.create_threads:
            advice = (
                "The overlay recorded a thread for this key that is not there: another account's, or one of an "
                "emulator that was started anew. Use another namespace= or overlay=."
            )
        error.args = (f"{told} {advice}",)

    def _overlaid(self) -> OverlayOperations:
        from provider_threads.overlay.operations import OverlayOperations  # noqa: PLC0415 - needs the extra

        if self._settings.overlay is None:
            raise ConfigurationError("this needs an overlay: pass overlay='threads.db'.")
        return OverlayOperations(self._settings.overlay, self.platform, self._settings)

    def _sent(self, message: Outgoing) -> Draft | None:
        """What the platform is sent of a message; None where it stays here, whole."""
        if self._settings.writes == "overlay":
            return None
        if self._settings.writes == "provider" or isinstance(message.draft, ConfigurationError):
            return self._sendable(message)
        if isinstance(message.draft, Draft):
            for file_id in message.draft.file_ids:
                check_id(file_id, "file_ids")
        try:
            return self._sendable(message)
        except ThreadsError:
            return None  # an empty text, or more files than the platform takes

    def _sendable(self, message: Outgoing) -> Draft:
        if isinstance(message.draft, ThreadsError):
            raise message.draft
        check_draft(self._provider, message.draft)
        return message.draft
