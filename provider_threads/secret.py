"""A credential that does not show itself."""

from __future__ import annotations

import hashlib
import hmac
import os
from typing import NoReturn, Protocol, TypeAlias, runtime_checkable

from provider_threads.errors import ConfigurationError

__all__ = ["Secret", "SecretLike", "hidden"]

_SALT = os.urandom(16)

_QUOTES = "\"'`"
"""No platform's credential begins with one; a file of variables that no shell has read leaves them in."""


@runtime_checkable
class _Revealing(Protocol):
    """pydantic's ``SecretStr``, by duck type."""

    def get_secret_value(self) -> str: ...


class Secret:
    """A credential. ``repr``, ``str`` and ``format`` show stars; it refuses to be pickled.

    Build one with `Secret.find`, which never raises: a traceback that prints local variables must not
    meet the plain text on its way. `check` raises, with nothing but the wrapped value in its frame.
    """

    __slots__ = ("_argument", "_value", "_variable")

    def __init__(self, value: str | None, argument: str, variable: str) -> None:
        self._value = value
        self._argument = argument
        self._variable = variable

    @classmethod
    def find(cls, given: SecretLike | None, argument: str, variable: str) -> Secret:
        """Wrap what was given for `argument`, or what the environment holds under `variable`."""
        if isinstance(given, Secret):
            given = given._value  # noqa: SLF001 - its own class
        elif isinstance(given, _Revealing):
            given = given.get_secret_value()
        if given is None:
            given = os.environ.get(variable) or None
        return cls(given, argument, variable)

    @property
    def is_set(self) -> bool:
        """Whether there is a value at all."""
        return self._value is not None

    def check(self, platform: str) -> Secret:
        """Return self, or raise ConfigurationError naming what is missing or malformed about it."""
        if problem := self._problem():
            raise ConfigurationError(f"{platform}: {problem}")
        return self

    def _problem(self) -> str | None:
        where = f"{self._argument}=" + (f" (or the variable {self._variable})" if self._variable else "")
        if self._value is None:
            return f"no {self._argument}: set the environment variable {self._variable} or pass {self._argument}=."
        if not isinstance(self._value, str):
            return f"{where} must be text."
        if not self._value:
            return f"{where} is empty."
        if not all("!" <= character <= "~" for character in self._value) or self._value[0] in _QUOTES:
            return (
                f"{where} holds quotes, a space, a line break or a character outside ASCII. Copy the bare value, "
                "without quotes, 'Bearer' or a trailing line break."
            )
        return None

    def reveal(self) -> str:
        """The plain text. Call it in an expression, never bind it to a name that outlives one."""
        return self._value or ""

    def fingerprint(self) -> bytes:
        """A digest that tells two secrets apart within this process and nothing more."""
        return hmac.digest(_SALT, self.reveal().encode(), hashlib.sha256)

    def __repr__(self) -> str:
        return "Secret('**********')"

    __str__ = __repr__

    def __format__(self, format_spec: str) -> str:
        return repr(self)

    def __reduce__(self) -> NoReturn:
        raise TypeError("a secret is never pickled; read it from the environment again")


SecretLike: TypeAlias = "str | _Revealing | Secret"
"""What is taken for a credential: text, pydantic's `SecretStr`, or a `Secret`."""


def hidden(given: SecretLike | None) -> Secret | None:
    """`given`, wrapped. Rebind a parameter with it before anything can raise, and tracebacks show stars."""
    return None if given is None else Secret.find(given, "", "")
