"""Frames of meters with other content than a capture has, and with right checksums."""

from tests.captures import load
from tests.decoder.wrapping import with_checksum
from tools.simulator import hdlc

ENCRYPTED = bytes.fromhex(
    "7EA0714103139537E6E700DB084B414D45010203045A300001869FBD3B76E77F9C7CE3E9CDC2D4B80ACAF71AA6C6BDECF180DEDD6C997A"
    "3A20AC7819B4AECD465FEA6F4C5F112F29253E51485E09F9D7C773D277EB869588E667F5455C892C8E5F4A63125CF6FDF677D6313279F9"
    "468A108D7E"
)
"""A Danish Kamstrup's list of 1234 W, with `flows.KEYS`."""
AIDON_1, AIDON_2, AIDON_3 = load("aidon_no_l1"), load("aidon_no_l2_4w"), load("aidon_no_l3_4w")
"""An Aidon's list of the power alone, of 3210 W with its numbers, and of the hour."""
CLOCK = bytes.fromhex("07EA010F000E00000000000000")[:12]
"""The clock in it, as far as it does not depend on the meter: 15 January 2026, 14:00."""
CURRENTS = tuple(bytes.fromhex(f"0906 0100{place}0700FF 10") for place in ("1f", "33", "47"))
VOLTAGES = tuple(bytes.fromhex(f"0906 0100{place}0700FF 12") for place in ("20", "34", "48"))


def reframed(frame: bytes, *changes: tuple[bytes, bytes]) -> bytes:
    """Return a frame with other content and right checksums."""
    body = frame[1:-3]
    for old, new in changes:
        assert body.count(old) == 1
        body = body.replace(old, new)
    return b"\x7e" + body + hdlc.checksum(body) + b"\x7e"


def hourly(hour: int, register: int) -> bytes:
    """Return an Aidon's hourly list of 15 January 2026 with a register in 10 Wh."""
    clock = CLOCK[:5] + bytes((hour,)) + CLOCK[6:]
    return reframed(AIDON_3, (CLOCK, clock), (b"\x06\x00\x12\xd6\x87", b"\x06" + register.to_bytes(4)))


def aidon(
    currents: tuple[float, ...] = (4.7, -0.3, 8.1),
    volts: tuple[float, ...] = (230.1, 231.2, 229.8),
    *,
    kind: str = "4w",
) -> bytes:
    """Return an Aidon's list 2 with other currents (A) and voltages (V): tenths of both, as it sends them."""
    frame = load(f"aidon_no_l2_{kind}")
    changes: list[tuple[bytes, bytes]] = []
    lines = (0, 2) if kind == "3w" else (0, 1, 2)
    for line, amperes in zip(lines, currents, strict=True):
        changes.append(_change(frame, CURRENTS[line], round(amperes * 10).to_bytes(2, signed=True)))
    for line, each in enumerate(volts):
        changes.append(_change(frame, VOLTAGES[line], round(each * 10).to_bytes(2)))
    return reframed(frame, *(change for change in changes if change[0] != change[1]))


def _change(frame: bytes, before: bytes, value: bytes) -> tuple[bytes, bytes]:
    start = frame.index(before)
    return frame[start : start + len(before) + 2], before + value


def of_power(frame: bytes, watts: int) -> bytes:
    """Return an Aidon's list with another import."""
    before = bytes.fromhex("0906 0100010700FF 06")
    start = frame.index(before)
    return reframed(frame, (frame[start : start + len(before) + 4], before + watts.to_bytes(4)))


def exported(frame: bytes, exports: int = 500) -> list[tuple[bytes, bytes]]:
    """Return the changes that let an Aidon's list tell an export (W), and no import."""
    changes = []
    for place, watts in (("01", 0), ("02", exports)):
        before = bytes.fromhex(f"0906 0100{place}0700FF 06")
        start = frame.index(before)
        changes.append((frame[start : start + len(before) + 4], before + watts.to_bytes(4)))
    return changes


def p1(imported: float, exported: float, phases: tuple[float, ...]) -> bytes:
    """Return a P1 telegram of powers (kW), of phases positive if taken from the grid; its registers stand still."""
    power = {"1.8": "00012345.678*kWh", "2.8": "00000345.678*kWh", "1.7": f"{imported:06.3f}*kW"}
    power["2.7"] = f"{exported:06.3f}*kW"
    for phase, kw in enumerate(phases, 1):
        taken, given = max(kw, 0.0), max(-kw, 0.0)
        place = 20 * phase
        power |= {f"{place + 1}.7": f"{taken:06.3f}*kW", f"{place + 2}.7": f"{given:06.3f}*kW"}
        power |= {f"{place + 12}.7": "230.0*V", f"{place + 11}.7": f"{abs(kw) / 0.23:05.1f}*A"}
    lines = ["/KAM5", "", "0-0:1.0.0(260115120000W)", *(f"1-0:{code}.0({value})" for code, value in power.items())]
    return with_checksum(("\r\n".join(lines) + "\r\n!").encode())
