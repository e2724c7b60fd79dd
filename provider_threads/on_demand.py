"""Names of a package that are imported when they are first asked for, and not with the package."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from importlib import import_module

__all__ = ["on_demand"]


def on_demand(
    package: str, origins: Mapping[str, Sequence[str]]
) -> tuple[Callable[[str], object], Callable[[], list[str]]]:
    """A package's ``__getattr__`` and ``__dir__``.

    The package imports the same names where ``TYPE_CHECKING``, so that type checkers and editors know them. Its modules
    can be reached as its attributes too, as after an import of them.

    Args:
        package: its name.
        origins: by module, the names that it defines.
    """
    modules = {name: module for module, defined in origins.items() for name in defined}
    submodules = {module.removeprefix(f"{package}."): module for module in origins if module.startswith(f"{package}.")}

    def attribute(name: str) -> object:
        if name not in modules and name in submodules:
            return import_module(submodules[name])
        if name not in modules:
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        found: object = getattr(import_module(modules[name]), name)
        setattr(sys.modules[package], name, found)  # the next time Python finds it by itself
        return found

    def names() -> list[str]:
        return sorted({*vars(sys.modules[package]), *modules})

    return attribute, names
