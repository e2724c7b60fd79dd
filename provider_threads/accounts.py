"""What this process knows of each account, for all who use it: its traffic, its budget of retries, its clock."""

from __future__ import annotations

import os
import threading
import weakref
from collections import OrderedDict
from dataclasses import dataclass, field
from typing import Final

from provider_threads.limits import Limits
from provider_threads.platform_clock import PlatformClock
from provider_threads.providers.base import Provider
from provider_threads.retry_budget import RetryBudget
from provider_threads.traffic import Traffic

__all__ = ["KEPT", "Account", "account_for", "account_named"]

KEPT: Final = 256
"""Accounts remembered though no client of theirs is left: frameworks make a history for every call, and drop it."""


@dataclass(frozen=True, eq=False)  # not slots: it is referred to weakly
class Account:
    """One account of one platform.

    Attributes:
        name: tells it from others; no credential can be read from it.
        traffic: who of its requests is under way, and when the next may leave.
        budget: what its retries may cost. clock: what is known of its platform's.
    """

    name: str = ""
    traffic: Traffic = field(default_factory=Traffic)
    budget: RetryBudget = field(default_factory=RetryBudget)
    clock: PlatformClock = field(default_factory=PlatformClock)

    def start_afresh_after_fork(self) -> None:
        """Forget what was under way in the parent, and the locks that its threads may hold."""
        self.traffic.start_afresh()
        self.budget.unlock_after_fork()


_by_name: weakref.WeakValueDictionary[str, Account] = weakref.WeakValueDictionary()
_recent: OrderedDict[str, Account] = OrderedDict()
_lock = threading.RLock()


def account_for(provider: Provider, limits: Limits) -> Account:
    """The account that `provider` has credentials of, or that ``limits.name`` names; the same for all who do."""
    return account_named(f"{provider.name}:{limits.name or provider.account_digest()}")


def account_named(name: str) -> Account:
    """The account of this name in this process."""
    with _lock:
        account = _by_name.get(name) or Account(name)
        _by_name[name] = _recent[name] = account
        _recent.move_to_end(name)
        if len(_recent) > KEPT:
            _recent.popitem(last=False)
        return account


def _start_afresh_after_fork() -> None:
    global _lock  # noqa: PLW0603 - another thread may have held it when the process was forked
    _lock = threading.RLock()
    for account in list(_by_name.values()):
        account.start_afresh_after_fork()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_start_afresh_after_fork)
