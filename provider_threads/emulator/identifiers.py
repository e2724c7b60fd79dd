"""Ids in the shapes that the platforms' documents show."""

import secrets
import string
from typing import Literal

Provider = Literal["hunyuan", "minimax", "appbuilder"]
PROVIDERS: tuple[Provider, ...] = ("hunyuan", "minimax", "appbuilder")

_BASE62 = string.ascii_letters + string.digits


def new_id(provider: Provider, kind: Literal["thread", "msg", "chatmsg", "run", "asst"]) -> str:
    """A fresh id: after the prefix 24 base-62 characters on Hunyuan, 32 hex digits on the others."""
    if provider == "hunyuan":
        return f"{kind}_" + "".join(secrets.choice(_BASE62) for _ in range(24))
    return f"{kind}_{secrets.token_hex(16)}"


def new_message_id(provider: Provider, role: str) -> str:
    """A fresh message id; AppBuilder's examples have ``chatmsg_…`` for assistants, else ``msg_…``."""
    return new_id(provider, "chatmsg" if provider == "appbuilder" and role == "assistant" else "msg")
