"""A synchronous call that Ctrl-C ends: neither it nor the calls behind it, nor closing, waits for a lock for ever."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from types import FrameType

import httpcore

from provider_threads import AppBuilder, ThreadClient
from provider_threads.emulator import Emulator

LOCKS = str(Path(httpcore.__file__).with_name("_synchronization.py"))
"""Where httpcore takes its locks and gives them back, in Python: an interrupt may come upon that."""


class Interrupted:
    """Raises KeyboardInterrupt in its thread as a function of httpcore's locks begins or ends, the `last` of them."""

    def __init__(self, last: int) -> None:
        self._left = last

    @property
    def came(self) -> bool:
        return self._left < 0

    def __call__(self, frame: FrameType, event: str, _: object) -> None:
        if event in ("call", "return") and frame.f_code.co_filename == LOCKS:
            self._left -= 1
            if self.came:
                raise KeyboardInterrupt


def in_a_thread(work: Callable[[], None], seconds: float) -> bool:
    """Whether it ended in time; where it does not, nobody waits for it."""
    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    thread.join(seconds)
    return not thread.is_alive()


def test_after_an_interrupt_at_any_lock_the_next_call_works_and_so_does_closing() -> None:
    clients: list[ThreadClient] = []
    answered: list[bool] = []

    def interrupt_everywhere() -> None:
        came = True
        while came:
            client = ThreadClient(AppBuilder(token, base_url=base_url))
            clients.append(client)
            client.get_thread(thread_id)
            interrupted = Interrupted(last=len(answered))
            sys.setprofile(interrupted)
            with suppress(KeyboardInterrupt):
                client.get_thread(thread_id)
            sys.setprofile(None)
            came = interrupted.came
            answered.append(client.get_thread(thread_id).id == thread_id)
            client.close()

    with Emulator() as emulator:
        base_url, token, thread_id = (
            emulator.base_url,
            emulator.credentials.appbuilder_token,
            emulator.seed("appbuilder"),
        )
        ended = in_a_thread(interrupt_everywhere, 20)
        if not ended:  # nor is it to be closed at exit
            end = clients[-1]._transport._end
            assert end is not None
            end.detach()
    assert ended, f"interrupt {len(answered)} is waited for"
    assert len(answered) > 10
    assert all(answered)
