"""The overlay: what hosted threads cannot hold, kept in a local database under the same conversation."""

from __future__ import annotations

try:
    import sqlalchemy as _sqlalchemy  # noqa: F401 - to say what to install, before anything else fails
except ImportError as _error:
    raise ImportError("an overlay needs SQLAlchemy: pip install 'provider-threads[overlay]'") from (
        None if _error.name == "sqlalchemy" else _error
    )

from provider_threads.overlay.overlay import Overlay

__all__ = ["Overlay"]
