"""Containers whose text is short.

LlamaIndex's Memory counts the tokens of ``str(message.additional_kwargs)``: eight citations of 250 characters cost
2,000 tokens of a chat budget, and push the conversation out. A list that prints as ``[8 citations]`` costs a handful.
An overlay keeps them as they are; once LlamaIndex dumped them to JSON they are plain lists and dicts.
"""

from __future__ import annotations

from typing import Any

__all__ = ["QuietCitations", "QuietOriginal", "QuietProvenance"]


class QuietCitations(list[dict[str, Any]]):
    """A list of citations that prints as its length."""

    def __repr__(self) -> str:
        return f"[{len(self)} citations]"

    __str__ = __repr__


class QuietProvenance(dict[str, Any]):
    """Where a message came from; prints as the platform's name. An id would cost 30 tokens a message."""

    def __repr__(self) -> str:
        return f"<{self.get('provider')}>"

    __str__ = __repr__


class QuietOriginal(dict[str, Any]):
    """A message as another framework dumped it; prints as that framework's name."""

    def __repr__(self) -> str:
        return f"<{self.get('framework')}>"

    __str__ = __repr__
