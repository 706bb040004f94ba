"""THE TABLE of meters beyond Norway: other lists, framings and ciphers, and P1 telegrams.

Their lists have little in common, so each has a function that says what it holds. They send everything at once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import timedelta, timezone
import math
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from . import axdr, hdlc
from .household import Net
from .lists import DATA_NOTIFICATION, ListKind, Maker, Model, Shape, Timetable
from .sealing import Keys, crc_16_arc, in_blocks, in_hdlc, in_mbus, sealed, secured

if TYPE_CHECKING:
    from datetime import datetime

    from .household import Supply

PHASES = (0, 1, 2)
Measure = Callable[["Supply"], float]


def _of_phase(values: str, phase: int, sign: int) -> Measure:
    def measure(supply: Supply) -> float:
        by_phase = getattr(supply, values)
        return max(sign * by_phase[phase], 0.0) if phase < len(by_phase) else 0.0

    return measure


def _phase(code: int, values: str, sign: int = 1) -> dict[str, Measure]:
    """Return the codes (C.D.E) of a quantity for the three phases, which are twenty apart."""
    return {f"{code + 20 * phase}.7.0": _of_phase(values, phase, sign) for phase in PHASES}


MEASURES: dict[str, Measure] = {
    "1.7.0": lambda supply: supply.active_import,
    "2.7.0": lambda supply: supply.active_export,
    "3.7.0": lambda supply: supply.reactive_import,
    "4.7.0": lambda supply: supply.reactive_export,
    "1.8.0": lambda supply: supply.energy_import,
    "2.8.0": lambda supply: supply.energy_export,
    "3.8.0": lambda supply: supply.reactive_energy_import,
    "4.8.0": lambda supply: supply.reactive_energy_export,
    **_phase(21, "active_power_by_phase"),
    **_phase(22, "active_power_by_phase", -1),
    **_phase(23, "reactive_power_by_phase"),
    **_phase(24, "reactive_power_by_phase", -1),
    **_phase(31, "current"),
    **_phase(32, "voltage"),
}


def _power_factor(phase: int) -> Measure:
    def measure(supply: Supply) -> float:
        apparent = supply.voltage[phase] * supply.current[phase]
        return abs(supply.active_power_by_phase[phase]) / apparent if apparent else 1.0

    return measure


MEASURES |= {f"{33 + 20 * phase}.7.0": _power_factor(phase) for phase in PHASES}
MEASURES |= {
    f"{group + 20 * phase}.8.0": MEASURES[total] for group, total in ((21, "1.8.0"), (22, "2.8.0")) for phase in PHASES
}
FACTORS = ("33.7.0", "53.7.0", "73.7.0")
POWERS = ("1.7.0", "2.7.0", "3.7.0", "4.7.0")
ENERGIES = ("1.8.0", "2.8.0", "3.8.0", "4.8.0")
CURRENTS, VOLTAGES = ("31.7.0", "51.7.0", "71.7.0"), ("32.7.0", "52.7.0", "72.7.0")
IMPORTS, EXPORTS = ("21.7.0", "41.7.0", "61.7.0"), ("22.7.0", "42.7.0", "62.7.0")
UNITS = {"7": {"1": 27, "2": 27, "3": 29, "4": 29}, "8": {"1": 30, "2": 30, "3": 32, "4": 32}}
WORD, LONG = axdr.long_unsigned, axdr.double_long_unsigned


@dataclass(frozen=True)
class Form:
    """How a number is written: its power of ten and its type."""

    exponent: int = 0
    encode: Callable[[int], bytes] = LONG

    def of(self, code: str, supply: Supply) -> bytes:
        """Write the value with this code; a register shows what is full, everything else is rounded."""
        measured = MEASURES[code](supply)
        raw = measured / 10**self.exponent if self.exponent > 0 else measured * 10**-self.exponent
        return self.encode(int(raw) if ".8." in code else round(raw))


def _unit(code: str) -> int:
    group_c, group_d, _ = code.split(".")
    if int(group_c) % 20 in (11, 12) and group_d == "7":
        return 33 if int(group_c) % 20 == 11 else 35
    return UNITS[group_d][str(int(group_c) % 20)]


def _name(code: str, medium: str = "1-0") -> bytes:
    return axdr.octet_string(axdr.logical_name(f"{medium}:{code}"))


def _text(text: str) -> bytes:
    return axdr.octet_string(text.encode("ascii"))


def _notification(body: bytes, time: bytes = b"\x00", invoke_id: bytes = b"\x40\x00\x00\x00") -> bytes:
    return DATA_NOTIFICATION + invoke_id + time + body


def _phases(model: Model, codes: Iterable[str]) -> tuple[str, ...]:
    """Return those of a phase's codes that a meter has."""
    return tuple(codes)[: 1 if model.net is Net.ONE_PHASE else 3]


# --- lists of DLMS -------------------------------------------------------------------------------------------------


def _aidon_se(model: Model, supply: Supply, moment: datetime) -> bytes:
    forms = {33: Form(-1, axdr.long), 35: Form(-1, WORD)}
    by_phase = [f"{group + 20 * phase}.7.0" for phase in PHASES for group in (21, 22, 23, 24)]
    codes = (*POWERS, *_phases(model, CURRENTS), *_phases(model, VOLTAGES))
    codes += (*by_phase[: 4 if model.net is Net.ONE_PHASE else 12], *ENERGIES)
    clock = axdr.structure(_name("1.0.0", "0-0"), axdr.octet_string(axdr.clock(moment, axdr.Clock.AIDON_OLDER)))
    values = []
    for code in codes:
        form = forms.get(_unit(code), Form())
        values.append(axdr.structure(_name(code), form.of(code, supply), axdr.scaler_unit(form.exponent, _unit(code))))
    return b"".join(in_hdlc(_notification(axdr.array(clock, *values)), bytes.fromhex("41 0883")))


def _kaifa_se(model: Model, supply: Supply, moment: datetime) -> bytes:
    clock = axdr.octet_string(axdr.clock(moment, axdr.Clock.KAIFA_SE))
    pairs = [_name("0.2.129"), _text("KFM_001"), _name("96.1.0", "0-0"), _text("7340157000000017")]
    pairs += [_name("96.1.7", "0-0"), _text(model.key)]
    forms = {33: Form(-3), 35: Form(-1)}
    for code in (*POWERS, *CURRENTS, *VOLTAGES):
        pairs += [_name(code), forms.get(_unit(code), Form()).of(code, supply)]
    pairs += [_name("1.0.0", "0-0"), clock]
    for code in ENERGIES:
        pairs += [_name(code), Form().of(code, supply)]
    return b"".join(in_hdlc(_notification(axdr.structure(*pairs)), bytes.fromhex("01 0001"), 0x10))


def _kaifa_se_by_place(model: Model, supply: Supply, moment: datetime) -> bytes:
    clock = axdr.clock(moment, axdr.Clock.KAIFA)
    values = [_text("KFM_001"), _text("7340157000000017"), _text(model.key)]
    values += [Form().of(code, supply) for code in POWERS]
    values += [Form(-3).of(code, supply) for code in CURRENTS] + [Form(-1).of(code, supply) for code in VOLTAGES]
    values += [axdr.octet_string(clock), *(Form().of(code, supply) for code in ENERGIES)]
    return b"".join(
        in_hdlc(_notification(axdr.structure(*values), b"\x09\x0c" + clock), bytes.fromhex("01 0001"), 0x10)
    )


def _kaifa_at(model: Model, supply: Supply, moment: datetime) -> bytes:
    clock = axdr.clock(moment, axdr.Clock.TRUE)
    members = [_name("1.0.0", "0-0"), axdr.octet_string(clock)]
    members += [axdr.structure(_name("96.1.0", "0-0"), _text("1KFM0200000017"))]
    members += [axdr.structure(_name("42.0.0", "0-0"), _text("KFM1200200000017"))]
    for code in (*VOLTAGES, *CURRENTS, "1.7.0", "2.7.0", *ENERGIES):
        form = {33: Form(-2, WORD), 35: Form(-1, WORD)}.get(_unit(code), Form())
        members.append(axdr.structure(_name(code), form.of(code, supply), axdr.scaler_unit(form.exponent, _unit(code))))
    plain = _notification(axdr.structure(*members), b"\x0c" + clock, _counter(moment).to_bytes(4, "big"))
    return b"".join(in_mbus(_seal(plain, model, b"KFM\x10\x20\x00\x00\x01", 0x21, moment)))


def _kamstrup(model: Model, supply: Supply, moment: datetime) -> bytes:
    """The list with everything in it, encrypted."""
    energy = Form(1)
    clock = axdr.clock(moment, axdr.Clock.KAMSTRUP)
    pairs = [axdr.visible_string("Kamstrup_V0001")]
    for code in ENERGIES:
        pairs += [_name(code, "1-1"), energy.of(code, supply)]
    pairs += [_name("0.0.1", "1-1"), LONG(30_000_017)]
    for code in POWERS:
        pairs += [_name(code, "1-1"), Form().of(code, supply)]
    pairs += [_name("1.0.0", "0-1"), axdr.octet_string(clock)]
    imported, exported = (tuple(code.replace(".7.", ".8.") for code in codes) for codes in (IMPORTS, EXPORTS))
    for codes, form in (
        *((VOLTAGES, Form(0, WORD)), (CURRENTS, Form(-2)), (IMPORTS, Form()), (FACTORS, Form(-2, WORD))),
        *((EXPORTS, Form()), (exported, energy), (imported, energy)),
    ):
        for code in _phases(model, codes):
            pairs += [_name(code, "1-1"), form.of(code, supply)]
    plain = _notification(axdr.structure(*pairs), b"\x0c" + clock, bytes(4))
    return b"".join(in_hdlc(_seal(plain, model, b"KAM\x45\x01\x02\x03\x04", 0x30, moment), bytes.fromhex("41 03")))


def _landis_gyr(_model: Model, supply: Supply, moment: datetime) -> bytes:
    """Descriptions of what follows, then the values alone, in blocks."""

    def about(class_id: int, code: str, medium: str, attribute: int = 2) -> bytes:
        return axdr.structure(WORD(class_id), _name(code, medium), axdr.integer(attribute), WORD(0))

    described = [about(40, "25.9.0", "0-8"), about(40, "25.9.0", "0-8", 1), about(1, "96.1.0", "0-0")]
    values = [_name("25.9.0", "0-8"), _text("36330017")]
    for code, form in (
        *((code, Form()) for code in ("1.7.0", "2.7.0", "1.8.0", "2.8.0")),
        *((code, Form(-2, WORD)) for code in CURRENTS),
        *((code, Form(0, WORD)) for code in VOLTAGES),
    ):
        described.append(about(3, code, "1-1" if ".8." in code else "1-0"))
        values.append(form.of(code, supply))
    body = axdr.structure(axdr.array(*described), *values)
    clock = axdr.clock(moment, axdr.Clock.KAIFA)
    plain = _notification(body, b"\x0c" + clock, _counter(moment).to_bytes(4, "big"))
    return b"".join(in_blocks(plain, bytes.fromhex("CEFF 03")))


def _iskraemeco(_model: Model, supply: Supply, moment: datetime) -> bytes:
    values = [_text("ISK1030700000017"), _text("16820005"), *(Form().of(code, supply) for code in POWERS)]
    values += [Form(-1, WORD).of(code, supply) for code in VOLTAGES]
    values += [Form(-2, WORD).of(code, supply) for code in CURRENTS]
    values += [Form().of(code, supply) for code in (*IMPORTS, *EXPORTS)]
    clock = axdr.clock(moment, axdr.Clock.TRUE)
    content = _notification(axdr.structure(*values), b"\x0c" + clock, _counter(moment).to_bytes(4, "big"))
    return b"".join(in_hdlc(content, bytes.fromhex("CF 0223"), size=70))


def _sagemcom(model: Model, supply: Supply, moment: datetime) -> bytes:
    """Triples one after the other, encrypted, in frames that are too long for their own length."""
    clock = axdr.clock(moment, axdr.Clock.SAGEMCOM)
    members = [axdr.octet_string(clock)]
    for code in ("1.8.0", "2.8.0", "1.7.0", "2.7.0", *VOLTAGES, *CURRENTS):
        form = {33: Form(-2, WORD), 35: Form(-1, WORD)}.get(_unit(code), Form())
        members += [_name(code), form.of(code, supply), axdr.scaler_unit(form.exponent, _unit(code))]
    members.append(_text("0000000000000017"))
    plain = _notification(axdr.structure(*members), b"\x0c" + clock, _counter(moment).to_bytes(4, "big"))
    return b"".join(in_mbus(_seal(plain, model, b"SAG\x05\x00\x00\x00\x17", 0x20, moment), size=252))


def _landis_gyr_by_place(model: Model, supply: Supply, moment: datetime) -> bytes:
    """Austria: values alone, with the angles between voltage and current, encrypted."""
    values = [Form(0, WORD).of(code, supply) for code in VOLTAGES]
    values += [Form(-2, WORD).of(code, supply) for code in CURRENTS]
    values += [Form().of(code, supply) for code in (*POWERS[:2], *ENERGIES[:2])]
    values += [WORD(round(math.degrees(math.acos(min(1.0, _power_factor(phase)(supply)))))) for phase in PHASES]
    values.append(_text("LGZ1030000000017"))
    clock = axdr.clock(moment, axdr.Clock.KAIFA)
    plain = _notification(axdr.structure(*values), b"\x0c" + clock, _counter(moment).to_bytes(4, "big"))
    return b"".join(in_hdlc(_seal(plain, model, b"LGZ\x10\x00\x00\x00\x17", 0x30, moment), bytes.fromhex("CEFF 03")))


def _counter(moment: datetime) -> int:
    """Count messages by the clock: it grows with each, and is the same however often a moment is asked for."""
    return int(moment.timestamp()) & 0x7FFFFFFF


def _seal(plain: bytes, model: Model, title: bytes, security: int, moment: datetime) -> bytes:
    return sealed(plain, title, security, _counter(moment), model.keys or Keys())


# --- P1 telegrams --------------------------------------------------------------------------------------------------

CET = timezone(timedelta(hours=1))
CIVIL = ZoneInfo("Europe/Stockholm")


def _lines(model: Model, supply: Supply, kvar: str) -> Iterable[str]:
    for code in ENERGIES:
        unit = "kWh" if code in ENERGIES[:2] else f"{kvar}h"
        yield f"1-0:{code}({int(MEASURES[code](supply)) / 1000:012.3f}*{unit})"
    for code in (*POWERS, *(f"{group + 20 * phase}.7.0" for group in (21, 22, 23, 24) for phase in PHASES)):
        if _is_measured(model, code):
            unit = "kW" if _unit(code) == UNITS["7"]["1"] else kvar
            yield f"1-0:{code}({round(MEASURES[code](supply)) / 1000:08.3f}*{unit})"
    yield from (f"1-0:{code}({MEASURES[code](supply):05.1f}*V)" for code in _phases(model, VOLTAGES))
    yield from (f"1-0:{code}({MEASURES[code](supply):05.1f}*A)" for code in _phases(model, CURRENTS))


def _is_measured(model: Model, code: str) -> bool:
    return model.net is not Net.ONE_PHASE or int(code.split(".", maxsplit=1)[0]) < 40


def _clock_line(model: Model, moment: datetime) -> str:
    if model.key == "NES5":
        return f"0-0:1.0.0({moment.astimezone(CET):%Y%m%d %H:%M:%S})"
    if model.key in ("KAM5", "ELL5"):
        local = moment.astimezone(CIVIL)
        return f"0-0:1.0.0({local:%y%m%d%H%M%S}{'S' if local.dst() else 'W'})"
    return f"0-0:1.0.0({moment.astimezone(CET):%y%m%d%H%M%S}W)"


def _telegram(model: Model, supply: Supply, moment: datetime) -> bytes:
    kvar = "kvar" if model.key == "ELL5" else "kVAr"
    lines = [f"/{model.type}", "", _clock_line(model, moment), *_lines(model, supply, kvar), "!"]
    text = "\r\n".join(lines).encode("ascii")
    return text + f"{crc_16_arc(text):04X}\r\n".encode("ascii")


def _dutch_telegram(model: Model, supply: Supply, moment: datetime) -> bytes:
    """Registers by tariff and no total, the meter's number as text in hex, and what has failed so far."""
    lines = [f"/{model.type}", "", "1-3:0.2.8(50)", _clock_line(model, moment)]
    lines.append(f"0-0:96.1.1({b'E0047000000000017'.hex().upper()})")
    for total in ("1.8", "2.8"):
        stand = int(MEASURES[f"{total}.0"](supply))
        for tariff, energy in ((1, stand * 2 // 5), (2, stand - stand * 2 // 5)):
            lines.append(f"1-0:{total}.{tariff}({energy / 1000:010.3f}*kWh)")
    lines += ["0-0:96.14.0(0002)", "0-0:96.7.21(00017)", "0-0:96.7.9(00003)", "1-0:32.32.0(00001)", "0-0:96.13.0()"]
    for code in (*POWERS[:2], *IMPORTS, *EXPORTS):
        lines.append(f"1-0:{code}({round(MEASURES[code](supply)) / 1000:06.3f}*kW)")
    lines += [f"1-0:{code}({MEASURES[code](supply):05.1f}*V)" for code in VOLTAGES]
    lines += [f"1-0:{code}({round(MEASURES[code](supply)):03}*A)" for code in CURRENTS]
    text = "\r\n".join([*lines, "!"]).encode("ascii")
    return text + f"{crc_16_arc(text):04X}\r\n".encode("ascii")


def _telegram_without_checksum(model: Model, supply: Supply, moment: datetime) -> bytes:
    """Slovenia: date and time apart, and nothing behind the last line."""
    local = moment.astimezone(CIVIL)
    clock = [f"1-0:0.9.1({local:%H%M%S})", f"1-0:0.9.2({local:%y%m%d})"]
    return "\r\n".join([f"/{model.type}", "", *clock, *_lines(model, supply, "kvar"), "!", ""]).encode("ascii")


def _telegram_with_sealed_lines(model: Model, supply: Supply, moment: datetime) -> bytes:
    """Poland: the lines are encrypted, without a title. Where that stands in the cipher nobody knows; zeros here."""
    lines = "\r\n".join([_clock_line(model, moment), *_lines(model, supply, "kvar"), ""]).encode("ascii")
    body = secured(lines, b"", 0x30, 0, model.keys or Keys())
    text = f"/{model.type}\r\n\r\n".encode("ascii") + b"\x00\x82" + len(body).to_bytes(2, "big") + body + b"!"
    return text + f"{crc_16_arc(text):04X}\r\n".encode("ascii")


def _sealed_telegram(model: Model, supply: Supply, moment: datetime) -> bytes:
    """A whole telegram encrypted, without any framing around it."""
    return _seal(_telegram(model, supply, moment), model, b"SAG\x05\x00\x00\x00\x17", 0x30, moment)


# --- the table -----------------------------------------------------------------------------------------------------


def _maker(name: str, write: Callable[[Model, Supply, datetime], bytes], seconds: float = 10) -> Maker:
    return Maker(
        name=name,
        list_id="",
        serial="",
        addresses=b"",
        shape=Shape.POSITIONAL,
        timetable=Timetable(power_seconds=None, snapshot_seconds=seconds, hourly_second=None),
        clock=axdr.Clock.TRUE,
        lists=frozenset({ListKind.SNAPSHOT}),
        control=hdlc.UNNUMBERED_INFORMATION,
        write=write,
    )


AIDON_SE, KAMSTRUP_DK, P1 = _maker("Aidon-SE", _aidon_se), _maker("Kamstrup-DK", _kamstrup), _maker("P1", _telegram)

MODELS_ABROAD: tuple[Model, ...] = (
    Model(AIDON_SE, "6534", Net.TN),
    Model(AIDON_SE, "6515", Net.ONE_PHASE),
    Model(_maker("Kaifa-SE", _kaifa_se, 15), "MA304H4", Net.TN),
    Model(_maker("Kaifa-SE-by-place", _kaifa_se_by_place, 15), "MA304H4D", Net.TN),
    Model(_maker("Kaifa-AT", _kaifa_at, 5), "MA309", Net.TN, encrypts=True),
    Model(KAMSTRUP_DK, "OMNIPOWER", Net.TN, encrypts=True),
    Model(KAMSTRUP_DK, "OMNIPOWER-1", Net.ONE_PHASE, encrypts=True),
    Model(_maker("Landis-Gyr", _landis_gyr, 5), "E450", Net.TN),
    Model(_maker("Iskraemeco", _iskraemeco, 5), "AM550", Net.TN),
    Model(_maker("Sagemcom-AT", _sagemcom, 5), "T210-D", Net.TN, encrypts=True),
    Model(P1, "KAM5", Net.TN, type="KAM5"),
    Model(P1, "LGF5", Net.TN, type="LGF5E360"),
    Model(P1, "ADN9", Net.TN, type="ADN9 6534"),
    Model(P1, "ADN9-1", Net.ONE_PHASE, type="ADN9 6511"),
    Model(P1, "KFM5", Net.TN, type="KFM5KAIFA-METER"),
    Model(P1, "ELL5", Net.TN, type="ELL5\\253833635_A"),
    Model(P1, "NES5", Net.TN, type="NES5:83335-3E"),
    Model(_maker("Landis-Gyr-AT", _landis_gyr_by_place, 5), "E450", Net.TN, encrypts=True),
    Model(_maker("P1-Dutch", _dutch_telegram, 1), "ISK5", Net.TN, type="ISK5\\2M550T-1012"),
    Model(_maker("P1-without-checksum", _telegram_without_checksum, 1), "ISK9", Net.TN, type="ISK9\\2M551T-200"),
    Model(_maker("P1-Polish", _telegram_with_sealed_lines), "EGM5", Net.TN, type="EGM5G35", encrypts=True),
    Model(_maker("P1-encrypted", _sealed_telegram), "T210-D", Net.TN, type="EST5\\253710000_A", encrypts=True),
)
