"""The pytest fixture ``thread_emulator``, found by pytest wherever this library is installed.

No server is imported until a test asks for the fixture, so the plugin is harmless without the ``emulator``
extra. It lies inside this library, so pytest loads the library's core (httpx and pydantic with it) at its start.
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from provider_threads.emulator import Emulator


@pytest.fixture
def thread_emulator() -> "Iterator[Emulator]":
    """A running emulator with an empty store, stopped after the test.

    Raises:
        ImportError: the ``emulator`` extra is not installed; the message names the command that installs it.
    """
    from provider_threads.emulator import Emulator  # noqa: PLC0415  # see the head of this module

    with Emulator() as emulator:
        yield emulator
