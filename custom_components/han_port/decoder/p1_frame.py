r"""P1 telegrams: 7-bit text between "/" and "!" (IEC 62056-21, as DSMR and the Nordic ports use it).

    /KAM5 CR LF, CR LF, lines such as 1-0:1.7.0(0001.870*kW) CR LF, then ! and the CRC in four hex digits, CR LF

A "/" in a value is followed by a bracket in the same line, and an identification contains no bracket. So where an
identification begins in the lines of a telegram, that telegram is over: each byte belongs to one telegram only,
whatever comes. The reader keeps no state, so while a telegram is open each call searches it again. The searches cost
about half a nanosecond per byte: for 700 bytes, received one by one, as much as the calls themselves.
"""

import re

from .checksums import arc_is_right, crc_16_arc, x25_is_right
from .errors import FrameError
from .framing import Frame, NotAFrame, raise_if_ended
from .p1 import FILLER, has_stray_byte

SLASH = 0x2F
MAX_TELEGRAM_SIZE = 8192
"""Bytes from "/" to "!". Telegrams of 1100 bytes are known, and logs of power failures can make them longer."""
MAX_IDENT_SIZE = 100
"""Bytes of the first line, with "/" and line end."""

SWEMET_HEAD = b"\xb9\xea\x75\xea\xcd"
"""With these bytes the telegrams of a Swedish meter begin (Shenzhen Star STZ351, sold by SWEMET), and not with "/", the
letters STZ and a digit. Its checksum is over the bytes as they come."""
_USUAL_HEAD = b"/STZ5"

# An Iskraemeco sends the byte 2 where others send a backslash and a 2, and its checksum includes that byte.
_IN_IDENT = rb"[\x02\t \"-'*-~]"
_HEAD = rb"(?:/[A-Za-z]{3}|%b)" % re.escape(SWEMET_HEAD)
_END_OF_LINE = rb"(?:\r?\n|\r(?=[\r0-9]))"
"""CR LF. Some send LF alone, CR alone (then another line end or a line follows), or LF CR."""
_IDENT = re.compile(rb"%b%b{0,94}%b" % (_HEAD, _IN_IDENT, _END_OF_LINE))
_HEADS_SO_FAR = b"|".join(re.escape(SWEMET_HEAD[:size]) for size in range(1, len(SWEMET_HEAD)))
_IDENT_SO_FAR = re.compile(rb"/[A-Za-z]{0,2}|%b|%b%b*\r?" % (_HEADS_SO_FAR, _HEAD, _IN_IDENT))
_CLOSING = re.compile(rb"!([0-9A-Fa-f]{0,4})(\r?\n|\r?\Z)")
_CLOSING_WITH_CR = re.compile(rb"!([0-9A-Fa-f]{0,4})(\r|\Z)")
_TEXT_AND_ABOVE = b"\t\r\n" + bytes(range(0x20, 0x7F)) + bytes(range(0x80, 0x100))
_X25_HEADS = (b"/HLY",)
"""How the telegrams of makers begin that also send a CRC-16/X-25. Holley's meters do with older firmware."""
_LF = 0x0A
_CRC_DIGITS = 4
_LAST_LINE = 0x21
# In Poland the lines are encrypted: an empty system title (00), then a length (82 and two bytes) and as many bytes.
_ENCRYPTED_LINES = re.compile(rb"\r?\n\x00\x82([\x00-\xff]{2})")
_ENCRYPTED_LINES_SO_FAR = re.compile(rb"\r?\n\x00(?:\x82[\x00-\xff]?)?")


def read(buffer: bytearray, at: int, ended: bool) -> Frame | None:  # noqa: FBT001 - the reader's contract
    """Read the telegram with its "/" at `at` (the contract is in framing.py). Its content is "/" to "!".

    The beginning of the next telegram is searched first: the end of this one must come before it.
    """
    ident = _IDENT.match(buffer, at)
    if not ident:
        if ended or len(buffer) - at >= MAX_IDENT_SIZE or not _IDENT_SO_FAR.fullmatch(buffer, at):
            raise NotAFrame
        return None
    body = ident.end()
    limit = min(len(buffer), at + MAX_TELEGRAM_SIZE)
    if _ENCRYPTED_LINES_SO_FAR.fullmatch(buffer, body, limit):
        raise_if_ended(ended, "P1 telegram")
        return None
    if encrypted := _ENCRYPTED_LINES.match(buffer, body, limit):
        return _read_encrypted(buffer, at, encrypted, ended)
    other = _IDENT.search(buffer, body, limit)
    if end := _end_of_lines(buffer, body, other.start() if other else limit):
        return _close(buffer, at, body, end, ended)
    if other:
        raise FrameError("P1 telegram: broken off, since the next one begins in it")
    if limit - at == MAX_TELEGRAM_SIZE:
        raise FrameError("P1 telegram: longer than any that is known")
    if has_stray_byte(bytes(buffer[body:])):
        raise _not_text(buffer[body:])
    raise_if_ended(ended, "P1 telegram")
    return None


def _read_encrypted(buffer: bytearray, at: int, encrypted: re.Match[bytes], ended: bool) -> Frame | None:  # noqa: FBT001 - as in `read`
    """Return a telegram with encrypted lines. In them nothing is searched but the beginning of the next telegram."""
    end = encrypted.end() + int.from_bytes(encrypted[1])
    if _IDENT.search(buffer, encrypted.end(), end):
        raise FrameError("P1 telegram: broken off, since the next one begins in it")
    if end - at > MAX_TELEGRAM_SIZE or (len(buffer) > end and buffer[end] != _LAST_LINE):
        raise FrameError("P1 telegram: its encrypted part does not end where its length says")
    if len(buffer) <= end:
        raise_if_ended(ended, "P1 telegram")
        return None
    return _close_text(buffer, at, end, ended)


def _end_of_lines(buffer: bytearray, body: int, limit: int) -> int:
    """Return the place of the "!" that begins the last line; 0 if there is none."""
    found = [buffer.find(line_end, body - 1, limit) + 1 for line_end in (b"\n!", b"\r!")]
    return min(filter(None, found), default=0)


def _close(buffer: bytearray, at: int, body: int, end: int, ended: bool) -> Frame | None:  # noqa: FBT001 - as above
    """Return the telegram with its "!" at `end`, or raise FrameError.

    If the line has ended, the last line end may be missing: some gateways strip it, and the checksum is complete.
    """
    text = bytes(buffer[body:end])
    if has_stray_byte(text) or text.translate(None, _TEXT_AND_ABOVE):
        raise _not_text(text)
    try:
        frame = _close_text(buffer, at, end, ended, line_end=buffer[body - 1])
    except FrameError:
        if text.replace(FILLER, b"").isascii():
            raise
        raise _not_text(text) from None
    if frame and not frame.trusted and not text.isascii():
        raise _not_text(text)  # nothing shows that its letters are what was sent
    return frame


def _close_text(buffer: bytearray, at: int, end: int, ended: bool, line_end: int = _LF) -> Frame | None:  # noqa: FBT001 - as above
    """Return the telegram with its "!" at `end`, if the checksum after that is right.

    `line_end` is the last byte of the end of its first line; the others end alike.
    """
    closing = (_CLOSING if line_end == _LF else _CLOSING_WITH_CR).match(buffer, end)
    if not closing:
        raise FrameError("P1 telegram: no checksum in its last line")
    digits, ending = closing.groups()
    if ending[-1:] != bytes((line_end,)) and not (ended and digits):
        raise_if_ended(ended, "P1 telegram")
        return None
    text = bytes(buffer[at : end + 1])
    if digits and not _is_right(text, digits):
        raise FrameError("P1 telegram checksum (CRC) is wrong")
    raw = bytes(buffer[at : closing.end()])
    return Frame(raw, _with_usual_head(text), len(raw), trusted=bool(digits))


def _is_right(text: bytes, digits: bytes) -> bool:
    """Return whether these are the digits of a telegram's checksum. Some meters print it without leading zeros."""
    if len(digits) < _CRC_DIGITS and digits.startswith(b"0"):
        return False  # it was cut short
    checksum = int(digits, 16).to_bytes(2, "little")
    return arc_is_right(text + checksum) or (text.startswith(_X25_HEADS) and x25_is_right(text + checksum))


def _with_usual_head(text: bytes) -> bytes:
    """Return a telegram's text as if it began with "/", in as many bytes."""
    return _USUAL_HEAD + text.removeprefix(SWEMET_HEAD) if text.startswith(SWEMET_HEAD) else text


def _not_text(data: bytes | bytearray) -> FrameError:
    """Return an error that says what bytes other than text are likely to be."""
    if data.isascii():
        return FrameError("P1 telegram: it contains bytes that are not text")
    return FrameError("P1 telegram: it contains bytes above 127, as when a line of 7 bits and parity is read as 8 bits")


def split_encrypted(content: bytes) -> tuple[bytes, bytes] | None:
    """Return the first line of a telegram, and its encrypted lines from the empty system title on; None if in clear."""
    ident = _IDENT.match(content)
    encrypted = ident and _ENCRYPTED_LINES.match(content, ident.end())
    return (content[: encrypted.start()], content[encrypted.start() :].lstrip(b"\r\n")[:-1]) if encrypted else None


def replace_content(raw: bytes, content: bytes) -> bytes:
    """Return a telegram whose text ends with these bytes, with the CRC for them if it had one (see `Framing`)."""
    end = raw.rindex(b"!") + 1
    changed = raw[: end - len(content)] + content
    digits = f"{crc_16_arc(changed):04X}" if raw[end:].strip() else ""
    return changed + f"{digits}\r\n".encode()
