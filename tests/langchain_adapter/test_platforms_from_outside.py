"""A platform that this library does not know is shown as the ones that it knows."""

from __future__ import annotations

import pytest
from langchain_core.messages import block_translators

from langchain_threads import content_blocks, to_langchain
from provider_threads import Citation, ThreadMessage


@pytest.fixture
def unknown_platform(monkeypatch: pytest.MonkeyPatch) -> str:
    """The name of a platform that no test before has shown."""
    translators = {**block_translators.PROVIDER_TRANSLATORS}
    monkeypatch.setattr(block_translators, "PROVIDER_TRANSLATORS", translators)
    monkeypatch.setattr(content_blocks, "_registered", set(content_blocks._registered))
    return "harbour"


def test_content_blocks_carry_the_citations_of_any_platform(unknown_platform: str) -> None:
    source = Citation("web", marker="[1]", start=1, end=4, quote="干流全长", url="https://example.com/yangtze")
    answer = ThreadMessage("m1", "m1", "t1", "assistant", "assistant", "长[1]", citations=(source,))
    for _ in range(2):
        message = to_langchain(answer, unknown_platform)
        assert message.response_metadata["model_provider"] == "harbour-threads"
        (block,) = message.content_blocks
        assert block["annotations"] == message.additional_kwargs["citations"]  # type: ignore[typeddict-item]  # a text block
        assert block["annotations"][0]["url"] == source.url  # type: ignore[typeddict-item]  # a text block
