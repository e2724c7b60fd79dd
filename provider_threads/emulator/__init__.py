"""The three platforms' thread protocols on one loopback port, for tests, demos and work without an account.

Written from the platforms' documents and independent of this project's client, so that the two cannot agree
on one mistake. The server itself needs the ``emulator`` extra; names are resolved on first use, so that
importing this package (as pytest does for the plugin beside it) loads no server and needs no extra. What
``import provider_threads`` loads, httpx and pydantic among it, comes along.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from provider_threads.emulator.canned import CannedEmulator as CannedEmulator
    from provider_threads.emulator.credentials import Credentials as Credentials
    from provider_threads.emulator.faults import Fault as Fault
    from provider_threads.emulator.recording import RecordedRequest as RecordedRequest
    from provider_threads.emulator.records import StoredFile as StoredFile
    from provider_threads.emulator.records import StoredMessage as StoredMessage
    from provider_threads.emulator.seeding import SeedCitation as SeedCitation
    from provider_threads.emulator.seeding import SeedMessage as SeedMessage
    from provider_threads.emulator.server import Emulator as Emulator
    from provider_threads.emulator.server import serve as serve
    from provider_threads.emulator.switches import Switches as Switches

_HOMES = {
    "CannedEmulator": "canned",
    "Credentials": "credentials",
    "Emulator": "server",
    "Fault": "faults",
    "RecordedRequest": "recording",
    "SeedCitation": "seeding",
    "SeedMessage": "seeding",
    "StoredFile": "records",
    "StoredMessage": "records",
    "Switches": "switches",
    "serve": "server",
}
_EXTRA = ("starlette", "uvicorn")

__all__ = [
    "CannedEmulator",
    "Credentials",
    "Emulator",
    "Fault",
    "RecordedRequest",
    "SeedCitation",
    "SeedMessage",
    "StoredFile",
    "StoredMessage",
    "Switches",
    "serve",
]


if not TYPE_CHECKING:  # to a type checker, a name that is not there would be one

    def __getattr__(name: str) -> object:
        """Import a public name from its module on first use.

        Raises:
            ImportError: the ``emulator`` extra is not installed; the message names the command that installs it.
        """
        home = _HOMES.get(name)
        if home is None:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        try:
            module = import_module(f"{__name__}.{home}")
        except ModuleNotFoundError as error:
            if error.name is None or error.name.partition(".")[0] not in _EXTRA:
                raise
            raise ImportError(
                f"the emulator needs {error.name}: pip install 'provider-threads[emulator]'", name=error.name
            ) from None
        value: object = getattr(module, name)
        globals()[name] = value
        return value


def __dir__() -> list[str]:
    return sorted(__all__)
