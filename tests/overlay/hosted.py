"""A thread on Hunyuan that grows while it is read."""

from __future__ import annotations

from provider_threads.emulator import Emulator

from .memories import Memory, seed, texts

__all__ = ["Hosted", "read_often"]


class Hosted:
    """A thread on Hunyuan that others write to."""

    def __init__(self, emulator: Emulator, length: int = 0) -> None:
        self._emulator = emulator
        self._length = 0
        self.thread_id = emulator.seed("hunyuan")
        self.grow(length)

    def grow(self, new: int) -> None:
        names = [f"m{number}" for number in range(self._length, self._length + new)]
        seed(self._emulator, "hunyuan", names, thread_id=self.thread_id)
        self._length += new

    @property
    def texts(self) -> list[str]:
        return texts(self._emulator, "hunyuan", self.thread_id)


async def read_often(memory: Memory, hosted: Hosted, length: int, step: int) -> None:
    """Let the thread grow to `length`, reading after every `step`."""
    while (held := len(hosted.texts)) < length:
        hosted.grow(min(step, length - held))
        await memory.read(hosted.thread_id)
