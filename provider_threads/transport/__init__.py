"""The wire: one request out, one answer in, over httpx. The only package that imports it."""

from provider_threads.transport.transports import AsyncTransport, SyncTransport

__all__ = ["AsyncTransport", "SyncTransport"]
