"""The platforms, each as data: endpoints, envelope, error table, roles, capabilities."""

from __future__ import annotations

from provider_threads.providers.appbuilder import AppBuilder
from provider_threads.providers.base import Provider
from provider_threads.providers.hunyuan import Hunyuan
from provider_threads.providers.minimax import MiniMax

__all__ = ["PROVIDERS", "AppBuilder", "Hunyuan", "MiniMax", "Provider"]

PROVIDERS: dict[str, type[Provider]] = {kind.name: kind for kind in (Hunyuan, MiniMax, AppBuilder)}
"""The platforms by name."""
