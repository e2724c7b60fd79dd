"""Dates as HTTP headers give them."""

from __future__ import annotations

import email.utils
from datetime import timezone

__all__ = ["seconds_of"]


def seconds_of(header: str) -> float | None:
    """Unix seconds of a date such as ``Wed, 20 Nov 2024 00:00:00 GMT``; None for what is no date."""
    try:
        date = email.utils.parsedate_to_datetime(header)
        # HTTP's dates are GMT, whatever they are marked with or not.
        return (date if date.tzinfo else date.replace(tzinfo=timezone.utc)).timestamp()
    except (ValueError, TypeError, IndexError, OverflowError, OSError):
        return None
