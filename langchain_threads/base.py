"""The history base class: LangChain's where it has one, else one with the same surface.

LangChain marks `BaseChatMessageHistory` deprecated since 1.6.4, to be removed in 2.0. Whatever asks a history for its
messages goes by its methods, so this package keeps working without it.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import TYPE_CHECKING

from langchain_core.messages import AIMessage, BaseMessage, HumanMessage

__all__ = ["BaseChatMessageHistory"]

if TYPE_CHECKING:
    from langchain_core.chat_history import BaseChatMessageHistory
else:
    try:
        from langchain_core.chat_history import BaseChatMessageHistory
    except ImportError:

        class BaseChatMessageHistory(ABC):
            """What LangChain's class of this name offered beyond reading, adding and clearing."""

            @abstractmethod
            def add_messages(self, messages: Sequence[BaseMessage]) -> None:
                """Add messages."""

            def add_message(self, message: BaseMessage) -> None:
                """Add one message."""
                self.add_messages([message])

            def add_user_message(self, message: HumanMessage | str) -> None:
                """Add what the user said."""
                self.add_messages([HumanMessage(message) if isinstance(message, str) else message])

            def add_ai_message(self, message: AIMessage | str) -> None:
                """Add what the model said."""
                self.add_messages([AIMessage(message) if isinstance(message, str) else message])
