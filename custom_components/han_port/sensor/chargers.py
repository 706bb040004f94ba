"""THE TABLE of sensors of the chargers. The first charger's are those of the meter's device."""

from collections.abc import Callable
from typing import Any

from homeassistant.components.sensor import SensorDeviceClass, SensorStateClass
from homeassistant.const import PERCENTAGE, EntityCategory

from ..analysis.charging import Limit
from ..analysis.fuse import CURRENTS, LINES
from ..coordinator import HanPortCoordinator
from ..decoder import Moment, Unit
from ..meter.chargers import NUMBERS, Charger, key_of
from ..meter.fuse import Protection
from .description import KINDS, HanPortSensorDescription, Kind, fuse_of

READS = frozenset(CURRENTS.values())
LIMITED_BY = (
    *(f"{Limit.FUSE}_l{line}" for line in LINES),
    *(limit.value for limit in Limit if limit is not Limit.FUSE),
)
"""What limits a charger, that of the fuse with its line."""


def charger_of(number: int) -> Callable[[HanPortCoordinator], Charger | None]:
    """Return what returns a charger of an entry by its number, if there is one."""

    def part(coordinator: HanPortCoordinator) -> Charger | None:
        protection = fuse_of(coordinator)
        return protection.chargers.get(number) if protection else None

    return part


def _recommended(number: int) -> HanPortSensorDescription[Charger]:
    def about(charger: Charger, _at: Moment) -> dict[str, Any]:
        recommended, observer = charger.control.recommended, charger.control.observer
        return {
            "limited_by": recommended.limit.value,
            "limiting_phase": recommended.line and f"l{recommended.line}",
            "fail_safe": recommended.limit is Limit.FAIL_SAFE,
            "estimated_current": round(observer.current),
            "estimate_certainty": round(100 * observer.certainty),
            **charger.watches,
        }

    return HanPortSensorDescription(
        key=key_of("charging_current_recommended", number),
        translation_key="charging_current_recommended",
        charger=number,
        part=charger_of(number),
        reads=READS,
        value=lambda charger, _at: charger.amperes,  # without data there is a fail-safe value
        attributes=about,
        **KINDS[Unit.AMPERE]._replace(digits=0).fields,
    )


def _estimate(
    number: int, key: str, kind: Kind, value: Callable[[Charger], float]
) -> HanPortSensorDescription[Charger]:
    """Return a row about what a charger is believed to draw."""
    return HanPortSensorDescription(
        key=key_of(key, number),
        translation_key=key,
        charger=number,
        part=charger_of(number),
        reads=READS,
        is_fresh=lambda charger, _at: bool(charger.watched),
        value=lambda charger, _at: round(value(charger)),
        min_intervals=1,
        entity_category=EntityCategory.DIAGNOSTIC,
        entity_registry_enabled_default=False,
        **kind.fields,
    )


def _current(number: int) -> HanPortSensorDescription[Charger]:
    kind = KINDS[Unit.AMPERE]._replace(digits=0)
    return _estimate(number, "charging_current_estimated", kind, lambda charger: charger.control.observer.current)


def _certainty(number: int) -> HanPortSensorDescription[Charger]:
    kind = Kind(None, PERCENTAGE, 0, SensorStateClass.MEASUREMENT)
    return _estimate(
        number, "charging_estimate_certainty", kind, lambda charger: 100 * charger.control.observer.certainty
    )


def _limited_by(number: int) -> HanPortSensorDescription[Charger]:
    return HanPortSensorDescription(
        key=key_of("charging_limited_by", number),
        translation_key="charging_limited_by",
        charger=number,
        device_class=SensorDeviceClass.ENUM,
        options=[*LIMITED_BY],
        part=charger_of(number),
        reads=READS,
        value=lambda charger, _at: charger.limited_by,
    )


def _several(coordinator: HanPortCoordinator) -> Protection | None:
    protection = fuse_of(coordinator)
    return protection if protection and protection.chargers.currents else None


CHARGER_SENSORS: tuple[HanPortSensorDescription[Any], ...] = (
    *(_recommended(number) for number in NUMBERS),
    *(_current(number) for number in NUMBERS),
    *(_certainty(number) for number in NUMBERS),
    *(_limited_by(number) for number in NUMBERS),
    HanPortSensorDescription(
        key="charging_current_all",
        translation_key="charging_current_all",
        part=_several,
        reads=READS,
        value=lambda protection, _at: max((protection.chargers.currents or {}).values(), default=None),
        attributes=lambda protection, _at: {
            f"l{line}": amperes for line, amperes in (protection.chargers.currents or {}).items()
        },
        **KINDS[Unit.AMPERE]._replace(digits=0).fields,
    ),
)
