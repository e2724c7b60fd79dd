"""What the protocols of one running emulator share."""

import threading
import time
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field

from provider_threads.emulator.credentials import Credentials
from provider_threads.emulator.faults_plan import FaultPlan
from provider_threads.emulator.recording import RequestLog
from provider_threads.emulator.storage import Storage
from provider_threads.emulator.switches import Switches


class Replies:
    """What the emulated model says next: the scripted replies in turn, then an echo of the question."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._scripted: deque[str] = deque()

    def script(self, replies: Iterable[str]) -> None:
        """Add replies to be given once each, in this order."""
        with self._lock:
            self._scripted.extend(replies)

    def next(self, question: str) -> str:
        """The reply to a question."""
        with self._lock:
            return self._scripted.popleft() if self._scripted else f"You said: {question}"

    def clear(self) -> None:
        """Forget the scripted replies."""
        with self._lock:
            self._scripted.clear()


@dataclass
class EmulatorState:
    """Storage, switches, credentials, recorded requests, scripted replies and faults of one emulator."""

    storage: Storage
    switches: Switches = field(default_factory=Switches)
    credentials: Credentials = field(default_factory=Credentials)
    requests: RequestLog = field(default_factory=RequestLog)
    replies: Replies = field(default_factory=Replies)
    faults: FaultPlan = field(default_factory=FaultPlan)

    def __post_init__(self) -> None:
        self._initial_switches = self.switches

    def now(self) -> float:
        """The server's clock in seconds since the epoch: the machine's, moved by ``clock_offset``."""
        return time.time() + self.switches.clock_offset

    def now_ms(self) -> int:
        """The server's clock in milliseconds."""
        return int(self.now() * 1000)

    def reset(self) -> None:
        """Forget threads, requests and replies, and put switches and faults back to where they began."""
        self.storage.clear()
        self.requests.clear()
        self.replies.clear()
        self.faults.reset()
        self.switches = self._initial_switches
