"""THE TABLE of sensors of the main fuse. An entry without a fuse has none of them."""

from collections.abc import Callable
from typing import Any, Unpack

from homeassistant.components.sensor import SensorStateClass
from homeassistant.const import PERCENTAGE

from ..analysis.fuse import CURRENTS
from ..decoder import Moment, Unit
from ..meter.fuse import Protection
from .description import HALF_A_MINUTE, KINDS, Fields, HanPortSensorDescription, Kind, fuse_of

type Row = HanPortSensorDescription[Protection]


type Known = Callable[[Protection, Moment], bool]
type Attributes = Callable[[Protection, Moment], dict[str, Any]]


def has_currents(protection: Protection, _at: Moment) -> bool:
    """Return whether currents are known."""
    return bool(protection.currents)


def is_exceeded(protection: Protection, _at: Moment) -> bool:
    """Return whether the house must draw less, as far as the main fuse is concerned."""
    power = protection.available_power
    return power is not None and power < 0


def _row(
    key: str,
    kind: Kind,
    value: Callable[[Protection], float | None],
    *,
    is_fresh: Known = has_currents,
    attributes: Attributes | None = None,
    **fields: Unpack[Fields],
) -> Row:
    """Return a row of a number that is known while currents are."""
    usual: Fields = {"min_intervals": 1, "reads": frozenset(CURRENTS.values())}
    return HanPortSensorDescription(
        key=key,
        translation_key=key,
        part=fuse_of,
        is_fresh=is_fresh,
        subject=is_exceeded,
        value=lambda protection, _at: value(protection),
        attributes=attributes,
        **kind.fields,
        **usual | fields,
    )


def _headroom(line: int) -> Row:
    """Return the row of what a line has left."""
    return _row(
        f"headroom_l{line}",
        KINDS[Unit.AMPERE],
        lambda protection: protection.headrooms.get(line),
        needs=CURRENTS[line],
        is_fresh=lambda protection, _at: line in protection.currents,
    )


def _minimum(protection: Protection) -> float | None:
    return min(protection.headrooms.values(), default=None)


def _about_minimum(protection: Protection, _at: Moment) -> dict[str, Any]:
    headrooms = protection.headrooms
    phase = f"l{min(headrooms, key=lambda line: headrooms[line])}" if headrooms else None
    return {"phase": phase, **protection.watches}


def watches(protection: Protection, _at: Moment) -> dict[str, Any]:
    """Return which lines are watched, as attributes."""
    return dict(protection.watches)


def _utilisation(protection: Protection) -> float | None:
    return None if protection.utilisation is None else round(protection.utilisation, 1)


def _available(protection: Protection) -> float | None:
    return None if protection.available_power is None else round(protection.available_power)


FUSE_SENSORS = (
    _headroom(1),
    _headroom(2),
    _headroom(3),
    _row("headroom_min", KINDS[Unit.AMPERE], _minimum, attributes=_about_minimum),
    _row(
        "fuse_utilisation",
        Kind(None, PERCENTAGE, 1, SensorStateClass.MEASUREMENT),
        _utilisation,
        min_intervals=HALF_A_MINUTE,
        attributes=watches,
    ),
    _row(
        "fuse_available_power",
        KINDS[Unit.WATT],
        _available,
        min_intervals=HALF_A_MINUTE,
        attributes=watches,
    ),
)
