"""Fields of a rule in plain JSON data, which a user may have written: of the right type, or a RuleError."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import fields
from typing import Any


class RuleError(ValueError):
    """A field of a rule is wrong. `field` is the path to it, such as `series[0].windows[1].weight`."""

    def __init__(self, field: str, reason: str) -> None:
        super().__init__(f"{field}: {reason}" if field else reason)
        self.field = field
        self.reason = reason


def known(data: object, kind: type) -> None:
    """Refuse what is no mapping, and fields that the dataclass does not have: they would be ignored in silence."""
    if not isinstance(data, Mapping):
        raise RuleError("", "must be a mapping")
    unknown = sorted(map(str, data.keys() - {field.name for field in fields(kind)}))
    if unknown:
        raise RuleError(unknown[0], "is not known")


def number(data: Mapping[str, Any], field: str, default: float | None = None) -> float:
    """Return a number. True and False are refused, although Python takes them for 1 and 0."""
    value = data.get(field, default)
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise RuleError(field, "must be a number")
    try:
        return float(value)
    except OverflowError:
        raise RuleError(field, "is too large") from None


def integers(data: Mapping[str, Any], field: str, default: tuple[int, ...]) -> tuple[int, ...]:
    """Return whole numbers."""
    values = data.get(field, default)
    if not isinstance(values, (list, tuple)) or not all(type(value) is int for value in values):
        raise RuleError(field, "must be whole numbers")
    return tuple(values)


def integer(data: Mapping[str, Any], field: str, default: int) -> int:
    """Return a whole number."""
    value = data.get(field, default)
    if type(value) is not int:
        raise RuleError(field, "must be a whole number")
    return value


def truth(data: Mapping[str, Any], field: str, *, default: bool) -> bool:
    """Return True or False."""
    value = data.get(field, default)
    if not isinstance(value, bool):
        raise RuleError(field, "must be true or false")
    return value


def one_of[T](data: Mapping[str, Any], field: str, allowed: Collection[T], default: T) -> T:
    """Return the value, which must be one of the allowed ones."""
    value = data.get(field, default)
    for choice in allowed:
        if value == choice and not isinstance(value, bool):
            return choice
    raise RuleError(field, f"must be one of {', '.join(map(str, allowed))}")


def items[T](data: Mapping[str, Any], field: str, make: Callable[[Mapping[str, Any]], T]) -> tuple[T, ...]:
    """Return what `make` returns for each item of a list. An error in one names the list and the place in it."""
    values = data.get(field, ())
    if not isinstance(values, (list, tuple)):
        raise RuleError(field, "must be a list")
    made = []
    for place, value in enumerate(values):
        try:
            made.append(make(value))
        except RuleError as error:
            raise RuleError(f"{field}[{place}].{error.field}".rstrip("."), error.reason) from None
    return tuple(made)
