"""Pydantic models that differ in a few fields, made in large numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Generic, TypeVar

if TYPE_CHECKING:
    from pydantic import BaseModel

__all__ = ["ModelTemplate"]

ModelT = TypeVar("ModelT", bound="BaseModel")

_set = object.__setattr__
"""As pydantic itself sets the state of a model that it copies or takes out of a pickle."""


class ModelTemplate(Generic[ModelT]):
    """Makes models that are `model` but for the fields that were set in it, without validating them again.

    Validation takes most of the time of making a framework's message. Where values are known to be of the declared
    types, what it would make is known too: the same class, the same defaults, in the same order.

    Args:
        model: made by its constructor, with values of the types that the others will have.
    """

    def __init__(self, model: ModelT) -> None:
        state: dict[str, Any] = model.__getstate__()
        self._kind = type(model)
        self._fields: dict[str, Any] = state["__dict__"]
        self._given: set[str] = state["__pydantic_fields_set__"]
        self._extra: dict[str, Any] | None = state["__pydantic_extra__"]
        self._private: dict[str, Any] | None = state["__pydantic_private__"]
        # Each model has its own of what can be changed.
        self._containers = [
            (name, value)
            for name, value in self._fields.items()
            if name not in self._given and isinstance(value, list | dict | set)
        ]

    def make(self, fields: dict[str, Any]) -> ModelT:
        """A model with these fields: all that were set in the template, and of their declared types."""
        values = {**self._fields, **fields}  # in the order of the class, which dumps and reprs follow
        for name, default in self._containers:
            values[name] = default.copy()
        model = self._kind.__new__(self._kind)
        _set(model, "__dict__", values)
        _set(model, "__pydantic_extra__", None if self._extra is None else self._extra.copy())
        _set(model, "__pydantic_fields_set__", self._given.copy())
        _set(model, "__pydantic_private__", None if self._private is None else self._private.copy())
        return model
