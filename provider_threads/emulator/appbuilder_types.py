"""AppBuilder's error, and the documented limits on what a client may send."""

from collections.abc import Mapping
from typing import Any

from provider_threads.emulator.pages import Page
from provider_threads.emulator.switches import Switches
from provider_threads.emulator.wire import is_string_list, is_string_map

DEFAULT_LIMIT = 20
MOST_FILES = 10
MOST_METADATA = 16
LONGEST_KEY = 64
LONGEST_VALUE = 512

Parameters = Mapping[str, Any]


class AppBuilderError(Exception):
    """A refusal. The codes are the emulator's own: none are documented for these calls."""

    def __init__(self, status: int, code: str, message: str, *, param: str | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message
        self.param = param

    @property
    def type(self) -> str:
        """The family of the error, as the ``error`` object names it."""
        return "authentication_error" if self.status == 401 else "invalid_request_error"

    @property
    def number(self) -> int:
        """A number for the form of error that Baidu's older APIs use."""
        return self.status * 100


def not_found(param: str, message: str) -> AppBuilderError:
    """The error for something that is not there."""
    return AppBuilderError(404, "not_found", message, param=param)


def _invalid(param: str, message: str) -> AppBuilderError:
    return AppBuilderError(400, "invalid_parameter", f"{param} {message}", param=param)


def checked_text(parameters: Parameters, name: str) -> str:
    """A required string that is not empty.

    Raises:
        AppBuilderError: it is missing, empty or no string.
    """
    value = parameters.get(name)
    if not isinstance(value, str) or not value:
        raise _invalid(name, "is required")
    return value


def checked_file_ids(parameters: Parameters) -> list[str] | None:
    """The file ids, at most ten; None where they are left out.

    Raises:
        AppBuilderError: too many, or not a list of strings.
    """
    file_ids: list[str] | None = parameters.get("file_ids")
    if file_ids is None:
        return None
    if not is_string_list(file_ids):
        raise _invalid("file_ids", "must be a list of ids")
    if len(file_ids) > MOST_FILES:
        raise _invalid("file_ids", f"may name at most {MOST_FILES} files")
    return file_ids


def checked_metadata(parameters: Parameters) -> dict[str, str] | None:
    """The metadata, at most 16 pairs of 64 and 512 characters; None where they are left out.

    Raises:
        AppBuilderError: too many or too long, or not an object of strings.
    """
    metadata: dict[str, str] | None = parameters.get("metadata")
    if metadata is None:
        return None
    if not is_string_map(metadata):
        raise _invalid("metadata", "must map strings to strings")
    if len(metadata) > MOST_METADATA:
        raise _invalid("metadata", f"may hold at most {MOST_METADATA} pairs")
    if any(len(key) > LONGEST_KEY or len(value) > LONGEST_VALUE for key, value in metadata.items()):
        raise _invalid("metadata", f"keys have at most {LONGEST_KEY} characters, values {LONGEST_VALUE}")
    return metadata


def requested_page(parameters: Parameters, switches: Switches) -> Page:
    """The page asked for.

    The SDK sends empty strings for absent cursors, and its models have -20 for the default limit.

    Raises:
        AppBuilderError: an order that is none, a limit that is no number or, by a switch, too large.
    """
    order: Any = parameters.get("order") or "desc"
    if order not in ("asc", "desc"):
        raise _invalid("order", "must be asc or desc")
    limit = parameters.get("limit")
    limit = DEFAULT_LIMIT if limit is None else limit
    if not isinstance(limit, int) or isinstance(limit, bool):
        raise _invalid("limit", "must be a number")
    limit = DEFAULT_LIMIT if limit <= 0 else limit
    if limit > switches.appbuilder_max_limit and switches.appbuilder_over_limit == "reject":
        raise _invalid("limit", f"must be at most {switches.appbuilder_max_limit}")
    cursors = {name: parameters.get(name) or "" for name in ("after", "before")}
    for name, cursor in cursors.items():
        if not isinstance(cursor, str):
            raise _invalid(name, "must be an id")
    return Page(
        order,
        min(limit, switches.appbuilder_max_limit, switches.appbuilder_page_cap or limit),
        **cursors,
        inclusive=switches.appbuilder_cursor == "inclusive",
        chronological=switches.appbuilder_cursor_reading == "chronological",
        unknown_cursor=switches.unknown_cursor,
    )
