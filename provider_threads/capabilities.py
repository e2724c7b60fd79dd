"""What a platform can hold and do, as data."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Capabilities"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Capabilities:
    """What one platform offers. Anything else raises UnsupportedOperationError before a request is made.

    Attributes:
        write_roles: roles that a client may append; empty where nothing can be appended.
        cursor: whether a thread of any length can be listed; False on Hunyuan, which shows 100 from either end.
        max_limit: the most messages one list request may ask for.
        get_message: one message can be fetched by its id.
        update_message: a user message's text and files can be replaced.
        list_files: a message's files can be listed.
        max_files: most files a message takes; 0 where none can be attached; None where no limit is documented.
        thread_metadata, message_metadata: pairs can be stored with a thread, with an appended message.
        update_thread, delete_thread: a thread's metadata can be replaced, a thread can be deleted.
    """

    write_roles: frozenset[str]
    cursor: bool
    max_limit: int
    get_message: bool = True
    update_message: bool = False
    list_files: bool = False
    max_files: int | None = 0
    thread_metadata: bool = False
    message_metadata: bool = False
    update_thread: bool = False
    delete_thread: bool = False
