from collections.abc import Iterator

import pytest

from provider_threads.emulator import Emulator

from .wire import Wire


@pytest.fixture
def wire(emulator: Emulator) -> Iterator[Wire]:
    with Wire(emulator) as requests:
        yield requests
