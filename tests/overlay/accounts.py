"""The emulator's account on the platforms that take messages, known without the emulator at hand."""

from __future__ import annotations

from typing import Literal, get_args

from provider_threads import AppBuilder, MiniMax, Provider
from provider_threads.emulator.credentials import Credentials

__all__ = ["WRITABLE", "Writable", "provider_at"]

Writable = Literal["minimax", "appbuilder"]
WRITABLE: tuple[Writable, ...] = get_args(Writable)


def provider_at(platform: Writable, base_url: str) -> Provider:
    """The provider for a platform at an address of the emulator."""
    account = Credentials()
    if platform == "minimax":
        return MiniMax(account.minimax_api_key, account.minimax_group_id, base_url=base_url)
    return AppBuilder(account.appbuilder_token, base_url=base_url)
