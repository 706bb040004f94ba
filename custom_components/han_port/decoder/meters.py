"""Turns a list into a Reading.

A list says in one of three ways what its values are:

* each value has its OBIS code, and perhaps scaler and unit, together in a structure or one after the other;
* a description of the push object comes first (structures of class, OBIS code, attribute, index), then the values;
* not at all: then the types of its elements, and names among them, show which maker's layout it is (profiles.py).

The maker is known by the name of the list, or by three letters in a device name, a system title or the first line of a
telegram. Nothing is guessed: a value without a known name and scale is kept by its code in `Reading.unnamed`, and never
becomes a number with a unit.
"""

from collections.abc import Collection, Iterator, Sequence
import re
from types import MappingProxyType
from typing import NamedTuple, TypeIs

from .builder import ReadingBuilder, as_text
from .dlms import NotAvailable, Notification, Value
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

_ATTRIBUTES = next(profile for profile in PROFILES if profile.attributes)
_OF_ATTRIBUTES = "each value has the descriptor of its attribute before it"
_OTHER_VALUES = ((70, 3), (71, 3))
"""Class and attribute of values that are not attribute 2: the state of a breaker, and the threshold of a limiter."""
_DESCRIPTION_FIRST = "it begins with the description of its push object"
_VALUE_ATTRIBUTE = 2
"""The attribute that is the value, in almost every class."""
_DEVICE_CODE = bytes((42, 0, 0))
"""Groups C to E of the logical device name."""
_SCALERS = range(-0x80, 0x80)  # one signed byte; with a larger integer the power of ten would take for ever
type Element = tuple[bytes, Value, tuple[int, int] | None]
"""An OBIS code (6 bytes, or empty), a value, and its scaler and unit (None if they were not sent)."""


def hourly_quantities(list_id: str | None) -> tuple[Quantity, ...]:
    """Return the quantities that a meter with this list sends once an hour. They may not have been seen yet."""
    profile = _PROFILES_BY_LIST_ID.get(list_id or "")
    return profile.hourly if profile else ()


def tells_means(list_id: str | None) -> bool:
    """Return whether the power in such a list is known to be the mean since the list before."""
    profile = _PROFILES_BY_LIST_ID.get(list_id or "")
    return profile is not None and profile.tells_means


def is_obis(value: Value) -> TypeIs[bytes]:
    """Return whether a value has the type and length of an OBIS code."""
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
    value … In the second form one or two elements belong to a code. A scale is a structure of two integers; anything
    else in its place begins the next value.
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
    """Return the description of the push object, an entry for each element, if the list begins with one."""
    match body:
        case (list(objects), *_) if len(objects) == len(body):
            described = (isinstance(about, tuple) and len(about) == 4 and is_obis(about[1]) for about in objects)  # noqa: PLR2004 - class, code, attribute, index
            return objects if all(described) else None
        case _:
            return None


def _described(objects: Sequence[Value], body: Sequence[Value]) -> Iterator[Element]:
    """Yield the values of a list that begins with a description, whose first entry is about the description itself."""
    for about, value in zip(objects[1:], body[1:], strict=True):
        match about:
            case (int(), code, attribute, int()) if is_obis(code) and attribute == _VALUE_ATTRIBUTE:
                yield code, value, None


def _entries(body: Value) -> list[Value]:
    """Return the entries of a list in which each value has the descriptor of its attribute; none of any other."""
    match body:
        case (int(), list(entries)):
            return entries
        case _:
            return []


def _with_attributes(body: Value) -> Iterator[Element]:
    """Yield the values of such a list."""
    for entry in _entries(body):
        match entry:
            case (int(number), code, int(attribute), value) if is_obis(code):
                if attribute == _VALUE_ATTRIBUTE or (number, attribute) in _OTHER_VALUES:
                    yield code, value, None


def _described_profile(elements: Sequence[Element]) -> Profile:
    """Return the profile for a list that begins with a description, by the maker's letters in the device name."""
    devices = (as_text(value) or "" for code, value, _ in elements if code[2:5] == _DEVICE_CODE)
    return _PROFILES_BY_FLAG.get(next(devices, "")[:3], _PUSH_OBJECTS)


def _layout_of(body: tuple[Value, ...], notification: Notification) -> tuple[Layout, Profile] | None:
    """Return the layout that fits the types of a list's elements and the texts among them, with its profile."""
    if len(body) not in _LAYOUT_SIZES or isinstance(body[0], (tuple, list)):
        return None  # before the types are asked for, which means to read the whole body again
    for layout, profile in _LAYOUTS_BY_TYPES.get(notification.types, ()):
        if (notification.tagged or not layout.tagged) and all(
            re.match(pattern, as_text(body[place]) or "") for place, pattern in layout.marks
        ):
            return layout, profile
    return None


def _named_profile(elements: Sequence[Element]) -> Profile | None:
    """Return the profile for the name of a list with codes, which has the code 0.2.129 or comes before all codes."""
    names = [value for code, value, _ in elements if not code or code[2:5] == b"\x00\x02\x81"]
    return _PROFILES_BY_LIST_ID.get(as_text(names[0]) or "") if names else None


class Recognition(NamedTuple):
    """Whose list it is, and how that is known."""

    known_by: str
    profile: Profile | None = None
    layout: Layout | None = None
    elements: Sequence[Element] = ()
    """The values of a list with codes."""

    @property
    def why(self) -> str:
        """How it is known, in words for scripts/decode."""
        if not self.layout:
            return self.known_by
        marks = ", ".join(f"element {place} is like {pattern}" for place, pattern in self.layout.marks)
        return f"{self.known_by} {self.layout.types}" + (f", and {marks}" if marks else "")


def recognise(notification: Notification, flag: str | None = None) -> Recognition:
    """Return whose list it is. Raises UnknownListError if it has neither codes nor a known layout."""
    body = notification.body
    if not isinstance(body, (list, tuple)) or not body:
        raise UnknownListError(f"no known list has the shape of {_shape(body)}")
    if isinstance(body, tuple) and (found := _layout_of(body, notification)):
        layout, profile = found
        return Recognition("its elements have the types", profile, layout)
    if objects := _push_objects(body):
        described = [*_described(objects, body)]
        return Recognition(_DESCRIPTION_FIRST, _described_profile(described), None, described)
    if attributes := [*_with_attributes(body)]:
        return Recognition(_OF_ATTRIBUTES, _ATTRIBUTES, None, attributes)
    elements = [*_elements(body)]
    if named := _named_profile(elements):
        return Recognition("it calls itself " + named.list_id, named, None, elements)
    if flagged := _PROFILES_BY_FLAG.get(flag or ""):
        return Recognition(f"it does not name itself, and its maker's letters are {flag}", flagged, None, elements)
    return Recognition("it does not name itself, but its values have OBIS codes", None, None, elements)


def read_list(
    notification: Notification, makers: Collection[Maker] = tuple(Maker), flag: str | None = None, raw: bytes = b""
) -> Reading:
    """Return the reading of a list. `flag` is the three letters of the maker, if they are known from elsewhere.

    Only the profiles of `makers` are used. Raises UnknownListError if no value has a known name and scale, and
    DataError if a value is out of the bounds of its unit.
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
    if seen.known_by == _DESCRIPTION_FIRST:
        builder.use_device_as_number()
    return builder.build(notification.sent_at, raw)


def _shape(body: Value | Sequence[Value]) -> str:
    """Return how a list is built, in words, for the person who will add it."""
    if isinstance(body, (list, tuple)):
        kind = "an array" if isinstance(body, list) else "a structure"
        return f"{kind} of {len(body)}: " + ", ".join(map(_kind, body[:4]))
    return _kind(body)


def _kind(value: object) -> str:
    return "int" if isinstance(value, NotAvailable) else type(value).__name__
