"""Clients on raw servers, and an emulator of each test's own: as the other folders have them."""

from tests.overlay.conftest import emulator, file
from tests.wire.conftest import client_on, server, way

__all__ = ["client_on", "emulator", "file", "server", "way"]
