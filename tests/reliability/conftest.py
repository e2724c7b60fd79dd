"""Clients on raw servers and a file for an overlay: as the other folders have them."""

from tests.overlay.conftest import file
from tests.wire.conftest import client_on, server, way

__all__ = ["client_on", "file", "server", "way"]
