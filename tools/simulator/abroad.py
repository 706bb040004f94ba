"""THE TABLE of meters beyond Norway: other lists, framings and ciphers, and P1 telegrams.

Their lists have little in common, so each has a function that says what it holds; what stands where in a list without
codes is in by_place.py. Nearly all of them send everything at once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import timedelta, timezone
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from . import axdr, by_place, hdlc
from .household import Net
from .lists import DATA_NOTIFICATION, ListKind, Maker, Model, Shape, Timetable
from .measures import (
    AMPERE,
    CURRENTS,
    ENERGIES,
    EXPORTS,
    FACTORS,
    IMPORTS,
    LONG,
    MEASURES,
    PHASES,
    POWERS,
    TARIFFS,
    VOLT,
    VOLTAGES,
    WATT,
    WORD,
    Form,
    obis,
    octets,
    phases_of,
    unit_of,
)
from .sealing import MADE_UP, crc_16_arc, in_blocks, in_hdlc, in_mbus, sealed, secured

if TYPE_CHECKING:
    from datetime import datetime

    from .household import Supply

Write = Callable[["Model", "Supply", "datetime"], bytes]


def _notification(body: bytes, time: bytes = b"\x00", invoke_id: bytes = b"\x40\x00\x00\x00") -> bytes:
    return DATA_NOTIFICATION + invoke_id + time + body


# --- lists of DLMS -------------------------------------------------------------------------------------------------


def _aidon_se(model: Model, supply: Supply, moment: datetime) -> bytes:
    forms = {AMPERE: Form(-1, axdr.long), VOLT: Form(-1, WORD)}
    by_phase = [f"{group + 20 * phase}.7.0" for phase in PHASES for group in (21, 22, 23, 24)]
    codes = (*POWERS, *phases_of(model, CURRENTS), *phases_of(model, VOLTAGES))
    codes += (*by_phase[: 4 if model.net is Net.ONE_PHASE else 12], *ENERGIES)
    clock = axdr.structure(obis("1.0.0", "0-0"), axdr.octet_string(axdr.clock(moment, axdr.Clock.AIDON_OLDER)))
    values = []
    for code in codes:
        form = forms.get(unit_of(code), Form())
        values.append(axdr.structure(obis(code), form.of(code, supply), axdr.scaler_unit(form.exponent, unit_of(code))))
    return b"".join(in_hdlc(_notification(axdr.array(clock, *values)), bytes.fromhex("41 0883")))


def _kaifa_se(model: Model, supply: Supply, moment: datetime) -> bytes:
    clock = axdr.octet_string(axdr.clock(moment, axdr.Clock.KAIFA_SE))
    pairs = [obis("0.2.129"), octets("KFM_001"), obis("96.1.0", "0-0"), octets("7340157000000017")]
    pairs += [obis("96.1.7", "0-0"), octets(model.key)]
    forms = {AMPERE: Form(-3), VOLT: Form(-1)}
    for code in (*POWERS, *CURRENTS, *VOLTAGES):
        pairs += [obis(code), forms.get(unit_of(code), Form()).of(code, supply)]
    pairs += [obis("1.0.0", "0-0"), clock]
    for code in ENERGIES:
        pairs += [obis(code), Form().of(code, supply)]
    return b"".join(in_hdlc(_notification(axdr.structure(*pairs)), bytes.fromhex("01 0001"), 0x10))


def _kaifa_se_by_place(forms: by_place.Forms) -> Maker:
    def write(model: Model, supply: Supply, moment: datetime) -> bytes:
        clock = axdr.clock(moment, axdr.Clock.KAIFA)
        elements = (octets("KFM_001"), octets("7340157000000017"), octets(model.key), *by_place.KAIFA_SE)
        content = _notification(by_place.placed(elements, forms, supply, clock), b"\x09\x0c" + clock)
        return b"".join(in_hdlc(content, bytes.fromhex("01 0001"), 0x10))

    return _maker("Kaifa-SE-by-place", write, 15)


def _kaifa_at(model: Model, supply: Supply, moment: datetime) -> bytes:
    clock = axdr.clock(moment, axdr.Clock.TRUE)
    members = [obis("1.0.0", "0-0"), axdr.octet_string(clock)]
    members += [axdr.structure(obis("96.1.0", "0-0"), octets("1KFM0200000017"))]
    members += [axdr.structure(obis("42.0.0", "0-0"), octets("KFM1200200000017"))]
    for code in (*VOLTAGES, *CURRENTS, "1.7.0", "2.7.0", *ENERGIES):
        form = {AMPERE: Form(-2, WORD), VOLT: Form(-1, WORD)}.get(unit_of(code), Form())
        members.append(
            axdr.structure(obis(code), form.of(code, supply), axdr.scaler_unit(form.exponent, unit_of(code)))
        )
    plain = _notification(axdr.structure(*members), b"\x0c" + clock, _counter(moment).to_bytes(4, "big"))
    return b"".join(in_mbus(_seal(plain, model, b"KFM\x10\x20\x00\x00\x01", 0x21, moment)))


def _kamstrup(model: Model, supply: Supply, moment: datetime) -> bytes:
    """The list with everything in it, encrypted."""
    energy = Form(1)
    clock = axdr.clock(moment, axdr.Clock.KAMSTRUP)
    pairs = [axdr.visible_string("Kamstrup_V0001")]
    for code in ENERGIES:
        pairs += [obis(code, "1-1"), energy.of(code, supply)]
    pairs += [obis("0.0.1", "1-1"), LONG(30_000_017)]
    for code in POWERS:
        pairs += [obis(code, "1-1"), Form().of(code, supply)]
    pairs += [obis("1.0.0", "0-1"), axdr.octet_string(clock)]
    imported, exported = (tuple(code.replace(".7.", ".8.") for code in codes) for codes in (IMPORTS, EXPORTS))
    for codes, form in (
        *(
            (VOLTAGES, Form(0, WORD)),
            (CURRENTS, Form(model.scales.get("I", -2))),
            (IMPORTS, Form()),
            (FACTORS, Form(-2, WORD)),
        ),
        *((EXPORTS, Form()), (exported, energy), (imported, energy)),
    ):
        for code in phases_of(model, codes):
            pairs += [obis(code, "1-1"), form.of(code, supply)]
    plain = _notification(axdr.structure(*pairs), b"\x0c" + clock, bytes(4))
    return b"".join(in_hdlc(_seal(plain, model, b"KAM\x45\x01\x02\x03\x04", 0x30, moment), bytes.fromhex("41 03")))


def _landis_gyr(model: Model, supply: Supply, moment: datetime) -> bytes:
    """Descriptions of what follows, then the values alone, in blocks."""

    def about(class_id: int, code: str, medium: str, attribute: int = 2) -> bytes:
        return axdr.structure(WORD(class_id), obis(code, medium), axdr.integer(attribute), WORD(0))

    described = [about(40, "25.9.0", "0-8"), about(40, "25.9.0", "0-8", 1), about(1, "96.1.0", "0-0")]
    values = [obis("25.9.0", "0-8"), octets("36330017")]
    for code, form in (
        *((code, Form()) for code in ("1.7.0", "2.7.0", "1.8.0", "2.8.0")),
        *((code, Form(-2, WORD)) for code in CURRENTS),
        *((code, Form(model.scale("U"), WORD)) for code in VOLTAGES),
    ):
        described.append(about(3, code, "1-1" if ".8." in code else "1-0"))
        values.append(form.of(code, supply))
    body = axdr.structure(axdr.array(*described), *values)
    clock = axdr.clock(moment, axdr.Clock.KAIFA)
    plain = _notification(body, b"\x0c" + clock, _counter(moment).to_bytes(4, "big"))
    return b"".join(in_blocks(plain, bytes.fromhex("CEFF 03")))


def _iskraemeco(often: by_place.Elements, seldom: by_place.Elements = ()) -> Maker:
    """Make meters that say one list always, or another in its turn: ten seconds after each quarter of an hour."""

    def write(model: Model, supply: Supply, moment: datetime) -> bytes:
        clock = axdr.clock(moment, axdr.Clock.TRUE)
        is_turn = moment.minute % 15 == 0 and moment.second // 5 == 2
        elements = seldom if seldom and is_turn else often
        body = by_place.placed(elements, by_place.ISKRAEMECO, supply, clock)
        content = _notification(body, b"\x0c" + clock, _counter(moment).to_bytes(4, "big"))
        if model.encrypts:
            content = _seal(content, model, b"ISK\x10\x00\x00\x00\x17", 0x30, moment)
        return b"".join(in_hdlc(content, bytes.fromhex("CF 0223"), size=70))

    return _maker("Iskraemeco", write, 5)


def _sagemcom(model: Model, supply: Supply, moment: datetime) -> bytes:
    """Triples one after the other, encrypted, in frames that are too long for their own length."""
    clock = axdr.clock(moment, axdr.Clock.SAGEMCOM)
    members = [axdr.octet_string(clock)]
    for code in ("1.8.0", "2.8.0", "1.7.0", "2.7.0", *VOLTAGES, *CURRENTS):
        form = {AMPERE: Form(-2, WORD), VOLT: Form(-1, WORD)}.get(unit_of(code), Form())
        members += [obis(code), form.of(code, supply), axdr.scaler_unit(form.exponent, unit_of(code))]
    members.append(octets("0000000000000017"))
    plain = _notification(axdr.structure(*members), b"\x0c" + clock, _counter(moment).to_bytes(4, "big"))
    return b"".join(in_mbus(_seal(plain, model, b"SAG\x05\x00\x00\x00\x17", 0x20, moment), size=252))


def _landis_gyr_by_place(elements: by_place.Elements) -> Maker:
    """Austria: values alone, encrypted."""

    def write(model: Model, supply: Supply, moment: datetime) -> bytes:
        clock = axdr.clock(moment, axdr.Clock.KAIFA)
        body = by_place.placed(elements, by_place.LANDIS_GYR, supply, clock)
        plain = _notification(body, b"\x0c" + clock, _counter(moment).to_bytes(4, "big"))
        sealed_content = _seal(plain, model, b"LGZ\x10\x00\x00\x00\x17", 0x30, moment)
        return b"".join(in_hdlc(sealed_content, bytes.fromhex("CEFF 03")))

    return _maker("Landis-Gyr-AT", write, 5)


def _counter(moment: datetime) -> int:
    """Count messages by the clock: it grows with each, and is the same however often a moment is asked for."""
    return int(moment.timestamp()) & 0x7FFFFFFF


def _seal(plain: bytes, model: Model, title: bytes, security: int, moment: datetime) -> bytes:
    return sealed(plain, title, security, _counter(moment), model.keys or MADE_UP)


# --- P1 telegrams --------------------------------------------------------------------------------------------------

CET = timezone(timedelta(hours=1))
CIVIL = ZoneInfo("Europe/Stockholm")


def _lines(model: Model, supply: Supply, kvar: str) -> Iterable[str]:
    for code in ENERGIES:
        unit = "kWh" if code in ENERGIES[:2] else f"{kvar}h"
        yield f"1-0:{code}({int(MEASURES[code](supply)) / 1000:012.3f}*{unit})"
    for code in (*POWERS, *(f"{group + 20 * phase}.7.0" for group in (21, 22, 23, 24) for phase in PHASES)):
        if _is_measured(model, code):
            unit = "kW" if unit_of(code) == WATT else kvar
            yield f"1-0:{code}({round(MEASURES[code](supply)) / 1000:08.3f}*{unit})"
    yield from (f"1-0:{code}({MEASURES[code](supply):05.1f}*V)" for code in phases_of(model, VOLTAGES))
    yield from (f"1-0:{code}({MEASURES[code](supply):05.1f}*A)" for code in phases_of(model, CURRENTS))


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
    tariffs = (*TARIFFS[1:3], *TARIFFS[4:])
    lines += [f"1-0:{code}({MEASURES[code](supply) / 1000:010.3f}*kWh)" for code in tariffs]
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
    body = secured(lines, b"", 0x30, 0, model.keys or MADE_UP)
    text = f"/{model.type}\r\n\r\n".encode("ascii") + b"\x00\x82" + len(body).to_bytes(2, "big") + body + b"!"
    return text + f"{crc_16_arc(text):04X}\r\n".encode("ascii")


def _sealed_telegram(model: Model, supply: Supply, moment: datetime) -> bytes:
    """A whole telegram encrypted, without any framing around it."""
    return _seal(_telegram(model, supply, moment), model, b"SAG\x05\x00\x00\x00\x17", 0x30, moment)


# --- the table -----------------------------------------------------------------------------------------------------


def _maker(name: str, write: Write, seconds: float = 10) -> Maker:
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
LANDIS_GYR = _maker("Landis-Gyr", _landis_gyr, 5)

MODELS_ABROAD: tuple[Model, ...] = (
    Model(AIDON_SE, "6534", Net.TN),
    Model(AIDON_SE, "6515", Net.ONE_PHASE),
    Model(_maker("Kaifa-SE", _kaifa_se, 15), "MA304H4", Net.TN),
    Model(_kaifa_se_by_place(by_place.KAIFA), "MA304H4D", Net.TN),
    Model(_kaifa_se_by_place(by_place.KAIFA_LONG), "MA304T4", Net.TN),
    Model(_maker("Kaifa-AT", _kaifa_at, 5), "MA309", Net.TN, encrypts=True),
    Model(KAMSTRUP_DK, "OMNIPOWER", Net.TN, encrypts=True),
    Model(KAMSTRUP_DK, "OMNIPOWER-1", Net.ONE_PHASE, encrypts=True),
    Model(KAMSTRUP_DK, "OMNIPOWER-mA", Net.TN, scales={"I": -3}, encrypts=True),
    Model(LANDIS_GYR, "E450", Net.TN),
    Model(LANDIS_GYR, "E450-tenths", Net.TN, scales={"U": -1}),
    Model(_iskraemeco(by_place.POWERS_OF_PHASES, by_place.REGISTERS), "AM550", Net.TN),
    Model(_iskraemeco(by_place.CELJE), "AM550-Celje", Net.TN),
    Model(_iskraemeco(by_place.POWERS_AND_TARIFFS), "AM550-tariffs", Net.TN),
    Model(_iskraemeco(by_place.SWITZERLAND), "AM550-CH", Net.TN),
    Model(_iskraemeco(by_place.AUSTRIA), "AM550-AT", Net.TN, encrypts=True),
    Model(_iskraemeco(by_place.SIEMENS), "IM350", Net.TN, encrypts=True),
    Model(_iskraemeco(by_place.CROATIA), "IE5", Net.TN),
    Model(_iskraemeco(by_place.CROATIA_SHORT), "IE5-short", Net.TN),
    Model(_iskraemeco(by_place.POWERS_OF_PHASES, by_place.REGISTERS_WITH_BOOLEAN), "AM550-Boolean", Net.TN),
    Model(_iskraemeco(by_place.ONE_PHASE, by_place.TWO_REGISTERS), "AM550-1", Net.ONE_PHASE),
    Model(_iskraemeco(by_place.ONE_PHASE_WITH_CURRENT), "AM550-1-current", Net.ONE_PHASE),
    Model(_maker("Sagemcom-AT", _sagemcom, 5), "T210-D", Net.TN, encrypts=True),
    Model(P1, "KAM5", Net.TN, type="KAM5"),
    Model(P1, "LGF5", Net.TN, type="LGF5E360"),
    Model(P1, "ADN9", Net.TN, type="ADN9 6534"),
    Model(P1, "ADN9-1", Net.ONE_PHASE, type="ADN9 6511"),
    Model(P1, "KFM5", Net.TN, type="KFM5KAIFA-METER"),
    Model(P1, "ELL5", Net.TN, type="ELL5\\253833635_A"),
    Model(P1, "NES5", Net.TN, type="NES5:83335-3E"),
    Model(_landis_gyr_by_place(by_place.BURGENLAND), "E450", Net.TN, encrypts=True),
    Model(_landis_gyr_by_place(by_place.BURGENLAND_WITHOUT_ANGLES), "E450-without-angles", Net.TN, encrypts=True),
    Model(_landis_gyr_by_place(by_place.VIENNA), "E450-Vienna", Net.TN, encrypts=True),
    Model(_landis_gyr_by_place(by_place.VIENNA_WITH_NUMBER), "E450-Vienna-number", Net.TN, encrypts=True),
    Model(_maker("P1-Dutch", _dutch_telegram, 1), "ISK5", Net.TN, type="ISK5\\2M550T-1012"),
    Model(_maker("P1-without-checksum", _telegram_without_checksum, 1), "ISK9", Net.TN, type="ISK9\\2M551T-200"),
    Model(_maker("P1-Polish", _telegram_with_sealed_lines), "EGM5", Net.TN, type="EGM5G35", encrypts=True),
    Model(_maker("P1-encrypted", _sealed_telegram), "T210-D", Net.TN, type="EST5\\253710000_A", encrypts=True),
)
