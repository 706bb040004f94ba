"""How a list becomes a Reading.

A list says what its values are in one of these ways, and the way is seen in the data:

* an OBIS code in front of each value, with or without scaler and unit, together in a structure or one after the other;
* a description of the push object in front (structures of class, OBIS code, attribute, index), then the values alone;
* nothing: then the types of its elements and the names among them tell which maker's layout it is (profiles.py).

Who made the meter is what the list calls itself, or the maker's three letters in a name, a system title or a telegram's
first line. Nothing is guessed: a value without a known name and scale is kept under its code in `Reading.unnamed` and
never becomes a number with a unit.
"""

from collections.abc import Collection, Iterator, Sequence
import re
from types import MappingProxyType
from typing import NamedTuple, TypeIs

from .builder import ReadingBuilder, as_text
from .dlms import Notification, Value
from .errors import UnknownListError
from .profiles import PROFILES, Layout, Profile
from .quantities import Quantity
from .reading import Maker, Reading

_PROFILES_BY_LIST_ID = MappingProxyType({profile.list_id: profile for profile in PROFILES if profile.list_id})
_PROFILES_BY_FLAG = MappingProxyType({profile.flag: profile for profile in PROFILES if profile.flag})
_LAYOUTS = tuple((layout, profile) for profile in PROFILES for layout in profile.layouts)
_LAYOUTS_BY_TYPES = MappingProxyType(
    {layout.types: tuple(each for each in _LAYOUTS if each[0].types == layout.types) for layout, _ in _LAYOUTS}
)
_LAYOUT_SIZES = frozenset(len(types) for types in _LAYOUTS_BY_TYPES)
_PUSH_OBJECTS = next(profile for profile in PROFILES if profile.push_objects)

_SCALERS = range(-0x80, 0x80)  # one signed byte; a larger integer would ask for a power of ten that never ends
type Element = tuple[bytes, Value, tuple[int, int] | None]
"""An OBIS code (6 bytes, or none), a value, and its scaler and unit (None where the wire has none)."""


def hourly_quantities(list_id: str | None) -> tuple[Quantity, ...]:
    """Return what a meter with this list sends once an hour, whether or not it has been seen yet."""
    profile = _PROFILES_BY_LIST_ID.get(list_id or "")
    return profile.hourly if profile else ()


def is_obis(value: Value) -> TypeIs[bytes]:
    """Tell whether a value is the bytes of an OBIS code, by its type and length."""
    return isinstance(value, bytes) and len(value) == 6  # noqa: PLR2004 - groups A to F


def _is_scale(value: Value) -> TypeIs[tuple[int, int]]:
    match value:
        case (int(scaler), int()) if scaler in _SCALERS:
            return True
        case _:
            return False


def _elements(body: Sequence[Value]) -> Iterator[Element]:
    """Yield the values that have an OBIS code, in whichever way they come.

    They come in structures: (code, value, scale), (code, value) … or one after the other: code, value, scale, code,
    value … In the second form a code takes one or two elements with it: a scale is a structure of two integers, and
    anything else in its place begins the next value.
    """
    at = 0
    while at < len(body):
        match body[at]:
            case (code, value, scale) if is_obis(code) and _is_scale(scale):
                yield code, value, scale
            case (code, value) if is_obis(code):
                yield code, value, None
            case code if is_obis(code) and at + 1 < len(body):
                following = body[at + 2] if at + 2 < len(body) else None
                own_scale = following if _is_scale(following) else None
                yield code, body[at + 1], own_scale
                at += 2 if own_scale else 1
            case None:
                pass  # a pair of nulls stands for what a one-phase meter does not have
            case str() | bytes() as item if at in (0, len(body) - 1):
                yield b"", item, None  # a name, a clock or a number at either end
            case _:
                raise UnknownListError(f"element {at} has no OBIS code; no known list has the shape of {_shape(body)}")
        at += 1


def _push_objects(body: Value) -> list[Value] | None:
    """Return the description of the push object that a list begins with, if it does: an entry for each element."""
    match body:
        case (list(objects), *_) if len(objects) == len(body):
            described = (isinstance(about, tuple) and len(about) == 4 and is_obis(about[1]) for about in objects)  # noqa: PLR2004
            return objects if all(described) else None
        case _:
            return None


def _described(objects: Sequence[Value], body: Sequence[Value]) -> Iterator[Element]:
    """Yield the values of a list that begins with a description. It stands in the place of its own first line."""
    for about, value in zip(objects[1:], body[1:], strict=True):
        match about:
            case (int(), code, 2, int()) if is_obis(code):  # attribute 2 is the value, in every class here
                yield code, value, None


def _layout_of(body: tuple[Value, ...], notification: Notification) -> tuple[Layout, Profile] | None:
    """Return the layout that the types of a list's elements and the names among them fit."""
    if len(body) not in _LAYOUT_SIZES or isinstance(body[0], (tuple, list)):
        return None  # and the types need not be looked at, which means to read it all once more
    for layout, profile in _LAYOUTS_BY_TYPES.get(notification.types, ()):
        if (notification.tagged or not layout.tagged) and all(
            re.match(pattern, as_text(body[place]) or "") for place, pattern in layout.marks
        ):
            return layout, profile
    return None


def _named_profile(elements: Sequence[Element]) -> Profile | None:
    """Return the profile of what a list with codes calls itself: under 0.2.129, or in front of all codes."""
    names = [value for code, value, _ in elements if not code or code[2:5] == b"\x00\x02\x81"]
    return _PROFILES_BY_LIST_ID.get(as_text(names[0]) or "") if names else None


class Recognition(NamedTuple):
    """Whose list it is, and by what that is seen."""

    seen: str
    profile: Profile | None = None
    layout: Layout | None = None
    elements: Sequence[Element] = ()
    """The values with their codes, of a list that has such."""

    @property
    def why(self) -> str:
        """By what it is seen, for the person who reads what scripts/decode prints."""
        if not self.layout:
            return self.seen
        marks = ", ".join(f"element {place} is like {pattern}" for place, pattern in self.layout.marks)
        return f"{self.seen} {self.layout.types}" + (f", and {marks}" if marks else "")


def recognise(notification: Notification, flag: str | None = None) -> Recognition:
    """Tell whose list it is. Raises UnknownListError if it has neither codes nor a known layout."""
    body = notification.body
    if not isinstance(body, (list, tuple)) or not body:
        raise UnknownListError(f"no known list has the shape of {_shape(body)}")
    if isinstance(body, tuple) and (found := _layout_of(body, notification)):
        layout, profile = found
        return Recognition("its elements have the types", profile, layout)
    if objects := _push_objects(body):
        return Recognition(
            "it begins with the description of its push object", _PUSH_OBJECTS, None, [*_described(objects, body)]
        )
    elements = [*_elements(body)]
    if named := _named_profile(elements):
        return Recognition("it calls itself " + named.list_id, named, None, elements)
    if flagged := _PROFILES_BY_FLAG.get(flag or ""):
        return Recognition(f"it does not name itself, and its maker's letters are {flag}", flagged, None, elements)
    return Recognition("it does not name itself, but its values have OBIS codes", None, None, elements)


def read_list(
    notification: Notification, makers: Collection[Maker] = tuple(Maker), flag: str | None = None, raw: bytes = b""
) -> Reading:
    """Read a list, with the profiles of the given makers only; `flag` is the maker's letters, where they are known.

    Raises UnknownListError if no value has a known name and scale, DataError if a value cannot be.
    """
    seen = recognise(notification, flag)
    chosen = seen.profile if seen.profile and seen.profile.maker in makers else None
    if seen.layout and seen.profile and not chosen:
        raise UnknownListError(f"it is a list of {seen.profile.maker.value}, and another maker was chosen")
    builder = ReadingBuilder(chosen, flag)
    if seen.layout and isinstance(notification.body, tuple):
        for place, (field, value) in enumerate(zip(seen.layout.fields, notification.body, strict=True)):
            builder.add_placed(field, place, value)
    for code, value, scale in seen.elements:
        if code:
            builder.add_coded(code, value, scale)
        else:
            builder.add_loose(value)
    return builder.build(notification.sent_at, raw)


def _shape(body: Value | Sequence[Value]) -> str:
    """Say what a list looks like, for the person who will add it."""
    if isinstance(body, (list, tuple)):
        kind = "an array" if isinstance(body, list) else "a structure"
        return f"{kind} of {len(body)}: " + ", ".join(type(element).__name__ for element in body[:4])
    return type(body).__name__
