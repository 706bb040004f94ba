"""A decoder with keys: encrypted messages in every framing, and what is said of keys and bytes that do not fit."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
import subprocess
import sys

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
import pytest

from custom_components.han_port import decoder
from custom_components.han_port.decoder import (
    CipherError,
    DataError,
    Decoder,
    FrameError,
    Keys,
    Maker,
    MissingKeyError,
    Quantity,
    Reading,
    Rejected,
    TamperedError,
    UnknownListError,
    WrongKeyError,
    p1_frame,
)
from custom_components.han_port.decoder.framing import NotAFrame
from custom_components.han_port.decoder.telegrams import read_deciphered
from tests.captures import load
from tools.simulator import axdr
from tools.simulator.hdlc import frame

from .three_ways import NOISE, comparable, error_of, hear, one_by_one, reading_of, readings, rejections
from .wrapping import (
    ADDRESSES,
    AUTHENTICATION,
    ENCRYPTION,
    IN_CLEAR,
    LLC,
    TAGGED,
    TITLE,
    UNTAGGED,
    blocks,
    in_blocks,
    in_hdlc,
    in_mbus,
    mbus,
    seal,
    secured,
    with_checksum,
    with_keys,
    with_one_key,
)

FRAMED = load("kamstrup_no_l1")
PLAIN = FRAMED[11:-3]
(EXPECTED,) = readings(FRAMED)
TELEGRAM = load("p1_se_kam5")
(OF_TELEGRAM,) = readings(TELEGRAM)
WITHOUT_CRC = TELEGRAM[: TELEGRAM.index(b"!") + 1] + b"\r\n"
SEALED_TELEGRAM = load("p1_enc")
OTHER_KEY = bytes(16)

type Wrap = Callable[[bytes], bytes]
IN_FRAMES: dict[str, Wrap] = {
    "hdlc": lambda apdu: frame(LLC + apdu, ADDRESSES),
    "hdlc, segmented": lambda apdu: b"".join(in_hdlc(apdu)),
    "hdlc, in blocks": lambda apdu: b"".join(in_blocks(apdu)),
    "m-bus": mbus,
    "m-bus, segmented": lambda apdu: b"".join(in_mbus(apdu, 100)),
}
BARE: dict[str, Wrap] = {
    "bare": bytes,
    "bare, with llc": lambda apdu: LLC + apdu,
    "bare, in blocks": lambda apdu: b"".join(blocks(apdu)),
    "bare, hex": lambda apdu: apdu.hex().upper().encode() + b"\r\n",
    "bare, hex with llc": lambda apdu: (LLC + apdu).hex().encode() + b"\r\n",
    "m-bus, hex": lambda apdu: b"".join(part.hex(" ").encode() + b"\n" for part in in_mbus(apdu, 100)),
}
in_frames = pytest.mark.parametrize("wrap", IN_FRAMES.values(), ids=IN_FRAMES)
in_all_ways = pytest.mark.parametrize("wrap", [*IN_FRAMES.values(), *BARE.values()], ids=[*IN_FRAMES, *BARE])


def with_wrong_bit(data: bytes, bit: int) -> bytes:
    """Turn one bit over."""
    wrong = bytearray(data)
    wrong[bit // 8] ^= 1 << bit % 8
    return bytes(wrong)


def str_of(value: object) -> str:
    """Name a parameter."""
    if isinstance(value, bytes):
        return {PLAIN: "list", TELEGRAM: "telegram", WITHOUT_CRC: "telegram without CRC"}.get(value, value.hex())
    return getattr(value, "__name__", str(value))


def error(sample: bytes, keys: Keys | None) -> type[Exception]:
    """Return the kind of the one error that a decoder with these keys has to tell; all its bytes are kept."""
    for chunks in ([sample], one_by_one(sample)):
        (rejected,) = hear(*chunks, decoder=Decoder(keys=keys))
        assert isinstance(rejected, Rejected)
    assert str(rejected.error)
    return type(rejected.error)


# --- keys that fit -------------------------------------------------------------------------------------------------


@in_frames
@pytest.mark.parametrize("first", [0xDB, 0xDC])
def test_a_sealed_message_in_frames_says_what_it_says_in_clear(wrap: Wrap, first: int) -> None:
    """However the line is cut, and whatever is around it."""
    assert reading_of(wrap(seal(PLAIN, first=first)), with_keys) == replace(EXPECTED, verified=True)


@in_all_ways
@pytest.mark.parametrize(
    ("make", "security", "verified"),
    [
        (with_keys, TAGGED, True),
        (with_keys, TAGGED + 1, True),
        (with_keys, UNTAGGED, False),
        (with_keys, IN_CLEAR, True),
        (with_one_key, TAGGED, False),
        (with_one_key, UNTAGGED, False),
        (with_one_key, IN_CLEAR, False),
        (Decoder, IN_CLEAR, False),
    ],
    ids=str_of,
)
def test_a_sealed_message_is_read_and_says_whether_its_tag_was_verified(
    wrap: Wrap, make: Callable[[], Decoder], security: int, verified: bool
) -> None:
    """Without an authentication key, or without a tag, nothing could be verified."""
    sample = wrap(seal(PLAIN, security=security))
    expected = [replace(EXPECTED, verified=verified)]
    assert hear(sample, decoder=make()) == expected
    assert hear(*one_by_one(sample), decoder=make()) == expected


@in_all_ways
def test_one_message_follows_the_other(wrap: Wrap) -> None:
    """Without a pause; the counter goes on."""
    samples = [wrap(seal(PLAIN, counter)) for counter in (1, 2, 3)]
    assert hear(*samples, decoder=with_keys()) == [replace(EXPECTED, verified=True)] * 3
    assert hear(b"".join(samples), decoder=with_keys()) == [replace(EXPECTED, verified=True)] * 3


@pytest.mark.parametrize(
    ("title", "maker", "values"),
    [
        (b"LGZ\1\2\3\4\5", Maker.LANDIS_GYR, {Quantity.CURRENT_L1: 2.5}),
        (b"ISK\1\2\3\4\5", Maker.ISKRAEMECO, {Quantity.CURRENT_L1: 2.5}),
        (b"XYZ\1\2\3\4\5", None, None),
        (b"\xff\xfe\xfd\1\2\3\4\5", None, None),
    ],
    ids=str_of,
)
def test_the_letters_of_the_title_say_whose_scales_a_list_has(
    title: bytes, maker: Maker | None, values: dict[Quantity, float] | None
) -> None:
    """Where the list has no name, but codes without scales. Nobody's are not guessed."""
    current = axdr.octet_string(axdr.logical_name("1-0:31.7.0")) + axdr.long_unsigned(250)
    plain = b"\x0f" + bytes(5) + b"\x02\x02" + current
    (found,) = hear(frame(LLC + seal(plain, title=title), ADDRESSES), decoder=with_keys())
    if maker is None:
        assert isinstance(found, Rejected)
        assert isinstance(found.error, UnknownListError)
    else:
        assert isinstance(found, Reading)
        assert (found.maker, found.values) == (maker, values)


@pytest.mark.parametrize(
    ("title", "obis", "raw", "expected"),
    [
        (TITLE, "1-0:32.7.0", 231, {Quantity.VOLTAGE_L1: 231.0}),
        (TITLE, "1-0:33.7.0", 95, {Quantity.POWER_FACTOR_L1: 0.95}),
        (b"LGZ\1\2\3\4\5", "1-0:33.7.0", 950, {Quantity.POWER_FACTOR_L1: 0.95}),
        (b"ISK\1\2\3\4\5", "1-0:33.7.0", 950, {Quantity.POWER_FACTOR_L1: 0.95}),
    ],
    ids=str_of,
)
def test_a_power_factor_and_a_voltage_have_their_makers_scales(
    title: bytes, obis: str, raw: int, expected: dict[Quantity, float]
) -> None:
    """Also of a list whose title alone tells the maker."""
    plain = b"\x0f" + bytes(5) + b"\x02\x02" + axdr.octet_string(axdr.logical_name(obis)) + axdr.long_unsigned(raw)
    (reading,) = readings(frame(LLC + seal(plain, title=title), ADDRESSES), decoder=with_keys())
    assert reading.values == expected


def test_a_message_in_clear_was_not_verified_and_did_not_have_to_be() -> None:
    """None says that there is nothing to verify."""
    assert EXPECTED.verified is None
    assert hear(FRAMED, decoder=with_keys()) == [EXPECTED]


@in_frames
def test_a_sealed_message_keeps_the_bytes_that_brought_it(wrap: Wrap) -> None:
    """All of them, as they came: for the bug report."""
    sample = wrap(seal(PLAIN))
    assert [reading.raw for reading in readings(sample, decoder=with_keys())] == [sample]


def test_the_llc_header_may_be_inside_the_cipher() -> None:
    """Some seal what they would have framed."""
    assert hear(seal(LLC + PLAIN), decoder=with_keys()) == [replace(EXPECTED, verified=True)]


# --- keys that are missing or wrong, and changed bytes -------------------------------------------------------------


@in_all_ways
@pytest.mark.parametrize("security", [TAGGED, UNTAGGED])
def test_a_missing_key_is_asked_for(wrap: Wrap, security: int) -> None:
    assert error(wrap(seal(PLAIN, security=security)), None) is MissingKeyError


@in_all_ways
@pytest.mark.parametrize(
    "keys",
    [Keys(OTHER_KEY), Keys(OTHER_KEY, AUTHENTICATION), Keys(OTHER_KEY, OTHER_KEY), Keys(AUTHENTICATION, ENCRYPTION)],
    ids=["no-authentication", "encryption", "both", "swapped"],
)
def test_a_wrong_key_is_told(wrap: Wrap, keys: Keys) -> None:
    assert error(wrap(seal(PLAIN)), keys) is WrongKeyError


def without_associated_data(plain: bytes) -> bytes:
    """Seal a message whose tag is over its text alone."""
    text_and_tag = AESGCM(ENCRYPTION).encrypt(TITLE + bytes(4), plain, b"")
    body = b"\x30" + bytes(4) + text_and_tag[: len(plain) + 12]
    return b"\xdb\x08" + TITLE + b"\x82" + len(body).to_bytes(2) + body


def test_a_telegram_may_be_sealed_without_the_authentication_key() -> None:
    """In Luxembourg. Its tag is right for the text, so no bit of it has changed; other contents need both keys."""
    sealed = without_associated_data(TELEGRAM)
    (reading,) = hear(sealed, decoder=with_keys())
    assert isinstance(reading, Reading)
    assert reading.verified is True
    assert reading.is_checked
    for at in (30, len(sealed) - 1):
        changed = bytearray(sealed)
        changed[at] ^= 1
        (rejected,) = hear(bytes(changed), decoder=with_keys())
        assert isinstance(rejected, Rejected)
        assert isinstance(rejected.error, CipherError)
    (rejected,) = hear(without_associated_data(PLAIN), decoder=with_keys())
    assert isinstance(rejected, Rejected)
    assert isinstance(rejected.error, TamperedError)


@in_all_ways
def test_a_wrong_authentication_key_is_told_like_changed_bytes(wrap: Wrap) -> None:
    """The one cannot be told from the other."""
    assert error(wrap(seal(PLAIN)), Keys(ENCRYPTION, OTHER_KEY)) is TamperedError
    assert error(wrap(seal(PLAIN, security=IN_CLEAR)), Keys(ENCRYPTION, OTHER_KEY)) is TamperedError


@in_all_ways
def test_changed_bytes_are_told_though_all_checksums_are_right(wrap: Wrap) -> None:
    """1230 W become 1234 W, and every frame around them is made anew."""
    at = PLAIN.index(bytes.fromhex("000004CE")) + 3
    sealed = seal(PLAIN)
    text = len(sealed) - 12 - len(PLAIN)
    changed = wrap(with_wrong_bit(sealed, 8 * (text + at) + 2))
    assert error(changed, Keys(ENCRYPTION, AUTHENTICATION)) is TamperedError
    (believed,) = readings(changed, decoder=with_one_key())
    assert believed.values[Quantity.POWER_IMPORT] == 1226.0
    assert error(wrap(with_wrong_bit(sealed, 8 * len(sealed) - 1)), Keys(ENCRYPTION, AUTHENTICATION)) is TamperedError


def test_no_changed_bit_of_a_message_with_a_tag_gives_a_value() -> None:
    """In a frame whose checksum is right again, and without any."""
    sealed = seal(PLAIN)
    for bit in range(8 * len(sealed)):
        wrong = with_wrong_bit(sealed, bit)
        (rejected,) = hear(frame(LLC + wrong, ADDRESSES), decoder=with_keys())
        assert isinstance(rejected, Rejected), bit
        assert isinstance(rejected.error, CipherError | DataError), bit
        assert readings(wrong, decoder=with_keys()) == [], bit


def test_what_is_inside_the_cipher_is_no_message() -> None:
    """The tag is right: a bug report."""
    for plain in (b"nothing", b"/", b"/KAM", b"/K\r\n!\r\n", TELEGRAM + b"more", b"/KAM5\r\n\xff\r\n!\r\n"):
        assert isinstance(error_of(frame(LLC + seal(plain), ADDRESSES), with_keys), DataError | FrameError)


# --- whole telegrams of P1 -----------------------------------------------------------------------------------------


def test_a_sealed_telegram_says_what_it_says_in_clear() -> None:
    """Of Luxembourg: 730 bytes, and no frame around them."""
    assert len(SEALED_TELEGRAM) == 730
    for make, verified in ((with_keys, True), (with_one_key, False)):
        expected = replace(OF_TELEGRAM, verified=verified)
        (reading,) = readings(SEALED_TELEGRAM, decoder=make())
        assert (reading, reading.raw) == (expected, SEALED_TELEGRAM)
        assert hear(*one_by_one(SEALED_TELEGRAM), decoder=make()) == [expected]
        assert hear(SEALED_TELEGRAM * 3, decoder=make()) == [expected] * 3
    assert error(SEALED_TELEGRAM, None) is MissingKeyError
    assert error(SEALED_TELEGRAM, Keys(OTHER_KEY, AUTHENTICATION)) is WrongKeyError
    assert error(SEALED_TELEGRAM, Keys(ENCRYPTION, OTHER_KEY)) is TamperedError
    assert error(with_wrong_bit(SEALED_TELEGRAM, 8 * 700), Keys(ENCRYPTION, AUTHENTICATION)) is TamperedError


@pytest.mark.parametrize("wrap", [in_hdlc, in_blocks, in_mbus])
def test_a_sealed_telegram_may_be_framed(wrap: Callable[[bytes], list[bytes]]) -> None:
    """Nobody is known to do it; the rooms do not ask."""
    assert hear(*wrap(seal(TELEGRAM)), decoder=with_keys()) == [replace(OF_TELEGRAM, verified=True)]


def test_a_sealed_telegram_whose_own_checksum_is_wrong_is_refused() -> None:
    """Its tag may be right: then the meter itself has spoilt it."""
    wrong = with_wrong_bit(TELEGRAM, 8 * 100)
    for make in (with_keys, with_one_key):
        (rejected,) = hear(seal(wrong), decoder=make())
        assert isinstance(rejected, Rejected)
        assert type(rejected.error) is FrameError


def test_a_sealed_telegram_needs_a_tag_or_its_own_checksum() -> None:
    """One of both vouches for it."""
    for plain, security, read in (
        (TELEGRAM, TAGGED, True),
        (TELEGRAM, UNTAGGED, True),
        (WITHOUT_CRC, TAGGED, True),
        (WITHOUT_CRC, UNTAGGED, False),
    ):
        (event,) = hear(seal(plain, security=security), decoder=with_keys())
        if read:
            assert event == replace(OF_TELEGRAM, verified=security == TAGGED)
        else:
            assert isinstance(event, Rejected)
            assert type(event.error) is FrameError


def test_zeros_behind_a_sealed_telegram_fill_its_last_block() -> None:
    """Anything else behind it is not known."""
    assert read_deciphered(TELEGRAM + bytes(9), verified=True) == OF_TELEGRAM
    for plain in (TELEGRAM + b"\0 ", TELEGRAM + b"/", b"/\r\n", b"/12\r\n!\r\n"):
        with pytest.raises(DataError):
            read_deciphered(plain, verified=True)


# --- without a frame, behind other bytes ---------------------------------------------------------------------------


@pytest.mark.parametrize("llc", [b"", LLC], ids=["alone", "llc"])
@pytest.mark.parametrize(
    ("plain", "security", "make", "read"),
    [
        (PLAIN, TAGGED, with_keys, True),
        (PLAIN, IN_CLEAR, with_keys, True),
        (TELEGRAM, TAGGED, with_keys, True),
        (TELEGRAM, TAGGED, with_one_key, True),
        (TELEGRAM, UNTAGGED, with_keys, True),
        (WITHOUT_CRC, TAGGED, with_keys, True),
        (PLAIN, TAGGED, with_one_key, False),
        (PLAIN, UNTAGGED, with_keys, False),
        (PLAIN, IN_CLEAR, Decoder, False),
        (WITHOUT_CRC, TAGGED, with_one_key, False),
        (WITHOUT_CRC, UNTAGGED, with_keys, False),
    ],
    ids=str_of,
)
def test_behind_noise_a_sealed_message_has_to_prove_itself(
    llc: bytes, plain: bytes, security: int, make: Callable[[], Decoder], read: bool
) -> None:
    """It may be what is left of a frame, with any bit of it wrong. Its tag proves it, or the checksum inside."""
    sample = NOISE + llc + seal(plain, security=security)
    for chunks in ([sample], one_by_one(sample)):
        (event,) = hear(*chunks, decoder=make())
        if read:
            expected = EXPECTED if plain == PLAIN else OF_TELEGRAM
            assert event == replace(expected, verified=make is with_keys and security != UNTAGGED)
        else:
            assert isinstance(event, Rejected)
            assert type(event.error) is FrameError
            assert event.raw == sample[len(NOISE) :]


def test_what_is_left_of_a_damaged_frame_gives_no_wrong_value() -> None:
    """Its flag is lost or wrong, and a bit of its content as well: no tag, no checksum."""
    framed = frame(LLC + seal(PLAIN, security=UNTAGGED), ADDRESSES)
    for bit in range(8 * 30, 8 * (len(framed) - 3), 5):
        wrong = with_wrong_bit(framed, bit)
        for damaged in (wrong[1:], b"\x7f" + wrong[1:]):
            assert readings(damaged, decoder=with_keys()) == [], bit
            assert readings(damaged + framed, decoder=with_keys()) == [replace(EXPECTED, verified=False)]


def test_blocks_behind_noise_have_to_prove_what_they_carry() -> None:
    """The first is known by its LLC header; the others follow it."""
    first, *others = blocks(seal(PLAIN))
    line = NOISE + LLC + first + b"".join(others)
    assert readings(line, decoder=with_keys()) == [replace(EXPECTED, verified=True)]
    (rejected,) = rejections(line, decoder=with_one_key())
    assert type(rejected.error) is FrameError


def test_on_a_line_with_frames_a_sealed_message_without_one_is_a_piece_of_a_damaged_frame() -> None:
    """As one in clear is."""
    decoder = with_keys()
    assert [*decoder.receive(FRAMED)] == [EXPECTED]
    assert [*decoder.receive(NOISE + seal(PLAIN))] == []
    assert hear(b"", decoder=decoder) == []
    assert hear(seal(PLAIN), decoder=decoder) == [replace(EXPECTED, verified=True)]


# --- broken off ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("llc", [b"", LLC], ids=["alone", "llc"])
def test_a_message_that_breaks_off_does_not_cost_the_next(llc: bytes) -> None:
    """Both have the same system title, which shows that the next one begins where the first one should go on."""
    whole, following = llc + seal(PLAIN, 1), llc + seal(PLAIN, 2)
    good = replace(EXPECTED, verified=True)
    for size in range(len(whole) - len(llc) - 9):
        heard = hear(whole[:size] + following + following, decoder=with_keys())
        assert [event for event in heard if isinstance(event, Reading)] == [good, good], size
        told = [event for event in heard if isinstance(event, Rejected)]
        assert b"".join(event.raw for event in told) in (whole[:size], b""), size
        if size > len(llc) + 13:  # as far as its security; before that it was not even the beginning of one
            assert [(type(event.error), event.raw) for event in told] == [(FrameError, whole[:size])]
        assert comparable(hear(*one_by_one(whole[:size] + following + following), decoder=with_keys())) == comparable(
            heard
        ), size


def test_a_message_that_loses_the_last_of_its_tag_costs_one_more_at_most() -> None:
    """It takes the first bytes of the next one for its own, and they are less than a title. No pause was between."""
    whole, good = seal(PLAIN), replace(EXPECTED, verified=True)
    for lost in range(1, 10):
        line = whole[:-lost] + seal(PLAIN, 2) + seal(PLAIN, 3)
        assert readings(line, decoder=with_keys()) == readings(*one_by_one(line), decoder=with_keys()) == [good]
        decoder = with_keys()
        assert readings(whole[:-lost], decoder=decoder) == []
        assert readings(seal(PLAIN, 2), decoder=decoder) == [good]


def test_a_message_that_breaks_off_does_not_keep_a_shorter_one_waiting() -> None:
    """The long one would be waited for until its bytes are there, which are those of others."""
    broken = seal(TELEGRAM, 2)[:50]
    rejected, good = with_keys().receive(broken + seal(PLAIN))
    assert isinstance(rejected, Rejected)
    assert rejected.raw == broken
    assert good == replace(EXPECTED, verified=True)


def test_a_telegram_that_breaks_off_does_not_cost_the_next() -> None:
    """The same in Luxembourg, at any tenth byte."""
    for size in range(14, len(SEALED_TELEGRAM) - 9, 10):
        rejected, good = hear(SEALED_TELEGRAM[:size] + SEALED_TELEGRAM, decoder=with_keys())
        assert isinstance(rejected, Rejected)
        assert rejected.raw == SEALED_TELEGRAM[:size]
        assert good == replace(OF_TELEGRAM, verified=True)


def test_a_message_that_the_line_ends_in_is_told_once_its_title_is_in() -> None:
    """Before that nobody knows that it is one."""
    sealed = seal(PLAIN)
    for size in range(1, len(sealed)):
        told = rejections(sealed[:size], decoder=with_keys())
        assert [(type(event.error), event.raw) for event in told] == [(FrameError, sealed[:size])] * (size >= 10), size
    decoder = with_keys()
    assert len(hear(sealed[:100], decoder=decoder)) == 1
    assert hear(sealed, decoder=decoder) == [replace(EXPECTED, verified=True)]


@pytest.mark.parametrize("llc", [b"", LLC], ids=["alone", "llc"])
def test_a_message_longer_than_any_is_not_waited_for(llc: bytes) -> None:
    """It may claim two gigabytes. What follows on a line without pauses comes out all the same."""
    claims_much = llc + b"\xdb\x08ABC-----\x84\x7f\xff\xff\xff\x30"
    decoder = with_keys()
    sealed = seal(TELEGRAM)
    events = [*decoder.receive(claims_much + sealed * 13)]
    assert isinstance(events[0], Rejected)
    assert events[0].raw == claims_much
    assert events[1:] == [replace(OF_TELEGRAM, verified=True)] * 13
    assert decoder.pending == 0


@pytest.mark.parametrize("title", [b"\x08kam-----", b"\x08K4M-----", b"\x07KAM----", b"\x00", b"\x08KA"])
def test_without_a_title_that_begins_with_three_letters_it_is_no_message(title: bytes) -> None:
    """Bytes DB are everywhere."""
    decoder = with_keys()
    noise = b"\xdb" + title + b"\x20\x30" + bytes(31)
    assert hear(noise, decoder=decoder) == []
    assert decoder.noise == len(noise)


# --- P1 with encrypted lines ---------------------------------------------------------------------------------------

LINES = b"".join(
    b"1-0:%s\r\n" % line
    for line in (
        b"1.7.0(00001.234*kW)",
        b"2.7.0(00000.000*kW)",
        b"1.8.0(0012345.678*kWh)",
        b"2.8.0(0000456.780*kWh)",
        *(b"%d.7.0(230.%d*V)" % (group, group % 10) for group in (32, 52, 72)),
        *(b"%d.7.0(00%d.25*A)" % (group, group % 10) for group in (31, 51, 71)),
        *(b"%d.7.0(00000.%d*kW)" % (group, 100 + group) for group in (21, 41, 61)),
    )
)
IDENT = b"/EGM5G35\r\n"


def polish(lines: bytes = LINES, counter: int = 0, security: int = TAGGED) -> bytes:
    """Return a telegram whose lines are encrypted, without a system title; its checksum is over what is sent."""
    body = secured(lines, counter, title=b"", security=security)
    return with_checksum(IDENT + b"\r\n\x00\x82" + len(body).to_bytes(2) + body + b"!")


(OF_LINES,) = readings(with_checksum(IDENT + b"\r\n" + LINES + b"!"))


def test_a_polish_telegram_says_what_it_says_in_clear() -> None:
    """The zeros in the place of its title are a guess, which its tag confirms."""
    assert OF_LINES.values[Quantity.POWER_IMPORT] == 1234.0
    assert OF_LINES.values[Quantity.ENERGY_IMPORT] == 12_345_678.0
    assert len(OF_LINES.values) == 13
    reading = reading_of(polish(), with_keys)
    assert reading == replace(OF_LINES, verified=True)
    assert reading.raw == polish()


def test_a_polish_telegram_without_a_checksum_has_its_tag() -> None:
    """That vouches for more."""
    sample = polish()[:-6] + b"\r\n"
    assert sample.endswith(b"!\r\n")
    assert reading_of(sample, with_keys) == replace(OF_LINES, verified=True)


@pytest.mark.parametrize("look_alike", [b"\n!", b"!", b"\n/", b"\r\n"])
def test_what_looks_like_an_end_in_encrypted_lines_is_data(look_alike: bytes) -> None:
    """Their length tells where they end."""
    counter = next(c for c in range(10**6) if look_alike in secured(LINES, c, title=b"")[5:])
    assert reading_of(polish(counter=counter), with_keys) == replace(OF_LINES, verified=True)


def test_a_polish_telegram_is_read_with_both_keys_only() -> None:
    """Without a title nothing but its tag can tell whether it was deciphered rightly."""
    assert error(polish(), None) is MissingKeyError
    assert error(polish(), Keys(ENCRYPTION)) is MissingKeyError
    assert error(polish(), Keys(OTHER_KEY, AUTHENTICATION)) is WrongKeyError
    assert error(polish(security=UNTAGGED), Keys(ENCRYPTION, AUTHENTICATION)) is DataError


def test_a_changed_polish_telegram_gives_no_value_though_its_checksum_is_right() -> None:
    """Any bit of what is encrypted."""
    sealed = polish()
    start, end = len(IDENT) + 6, len(sealed) - 7
    for bit in range(8 * start, 8 * end, 7):
        (rejected,) = hear(with_checksum(with_wrong_bit(sealed, bit)[: end + 1]), decoder=with_keys())
        assert isinstance(rejected, Rejected), bit
        assert isinstance(rejected.error, CipherError | DataError), bit
    changed = with_checksum(with_wrong_bit(sealed, 8 * end - 8)[: end + 1])
    assert isinstance(error_of(changed, with_keys), CipherError)


def test_a_polish_telegram_that_is_no_text_is_told() -> None:
    """Its tag is right: a bug report."""
    assert type(error_of(polish(LINES + b"\xff" * 20), with_keys)) is DataError


def test_any_wrong_bit_costs_one_polish_telegram() -> None:
    """Its checksum is over the encrypted bytes."""
    sealed, good = polish(), replace(OF_LINES, verified=True)
    for bit in range(8, 8 * (len(sealed) - 2), 3):
        found = readings(with_wrong_bit(sealed, bit) + sealed, decoder=with_keys())
        # The digits of the checksum may be of either case.
        assert found in ([good], [good, good] if bit // 8 >= len(sealed) - 6 else []), bit


def test_a_polish_telegram_that_breaks_off_does_not_cost_the_next() -> None:
    """At once, or after a pause; and it is told once."""
    sealed, good = polish(), replace(OF_LINES, verified=True)
    for size in range(len(sealed)):
        *told, last = hear(sealed[:size] + sealed, decoder=with_keys())
        assert last == good, size
        # From its letters on: a "/" in an identification is a part of it, until the checksum shows that it is not.
        assert len(told) == (size >= len(b"/EGM") and size != len(IDENT) - 1), size
        assert comparable(hear(*one_by_one(sealed[:size] + sealed), decoder=with_keys())) == comparable([*told, last])
        decoder = with_keys()
        assert len(hear(sealed[:size], decoder=decoder)) == (size >= len(IDENT)), size
        assert hear(sealed, decoder=decoder) == [good]


def test_a_polish_telegram_that_breaks_off_is_seen_as_soon_as_the_next_one_has_begun() -> None:
    """Its length would be waited for, and be that of others."""
    sealed = polish()
    begun = bytearray(sealed[:100] + IDENT)
    assert p1_frame.read(begun[:-1], 0, ended=False) is None
    with pytest.raises(FrameError, match="the next one begins in it"):
        p1_frame.read(begun, 0, ended=False)


def test_every_beginning_of_a_polish_telegram_asks_for_more() -> None:
    """And is broken, once the line has ended. As long as its first line is open it was not even one."""
    sealed = polish()
    for size in range(1, len(sealed) - 2):
        assert p1_frame.read(bytearray(sealed[:size]), 0, ended=False) is None, size
        with pytest.raises(FrameError if size >= len(IDENT) else NotAFrame):
            p1_frame.read(bytearray(sealed[:size]), 0, ended=True)


def test_the_length_of_encrypted_lines_has_to_fit() -> None:
    """Behind them stands the end, within what a telegram may have."""
    sealed = polish()
    at = len(IDENT) + 4
    length = int.from_bytes(sealed[at : at + 2])
    for wrong in (length - 1, length + 1, 9000, 0xFFFF):
        with pytest.raises(FrameError, match="length"):
            p1_frame.read(bytearray(sealed[:at] + wrong.to_bytes(2) + sealed[at + 2 :]), 0, ended=False)


def test_what_is_in_front_of_a_polish_telegram_does_not_count_for_its_length() -> None:
    """It may be the longest."""
    line_size = p1_frame.MAX_TELEGRAM_SIZE - len(IDENT) - 4 - 2 - 5 - 12
    for size, fits in ((line_size, True), (line_size + 1, False)):
        sample = polish(bytes(size))
        for noise in (0, 1, 5000):
            buffer = bytearray(noise) + sample
            if fits:
                found = p1_frame.read(buffer, noise, ended=False)
                assert found is not None
                assert found.raw == sample
            else:
                with pytest.raises(FrameError, match="length"):
                    p1_frame.read(buffer, noise, ended=False)


def test_a_telegram_in_clear_is_read_beside_encrypted_ones() -> None:
    """With the same keys, on the same line."""
    line = polish() + TELEGRAM + polish(counter=1)
    good = replace(OF_LINES, verified=True)
    assert hear(line, decoder=with_keys()) == hear(*one_by_one(line), decoder=with_keys()) == [good, OF_TELEGRAM, good]


def test_nothing_of_ciphers_is_imported_before_a_key_is_used() -> None:
    """By a fresh interpreter that knows the decoder alone: most meters are plain."""
    program = """
import sys
from decoder import Decoder, Keys

def hear(text, keys=None):
    found = [type(event).__name__ for event in Decoder(keys=keys).receive(bytes.fromhex(text))]
    return found, "cryptography" in sys.modules

plain, encrypted, *keys = sys.argv[1:]
print(hear(plain), hear(encrypted), hear(encrypted, Keys.parse(*keys)))
"""
    said = [each.hex() for each in (FRAMED, mbus(seal(PLAIN)), ENCRYPTION, AUTHENTICATION)]
    answer = subprocess.run(
        [sys.executable, "-c", program, *said],
        env={"PYTHONPATH": str(Path(decoder.__file__).parents[1])},
        capture_output=True,
        text=True,
        check=True,
    )
    expected = (["Reading"], False), (["Rejected"], False), (["Reading"], True)
    assert answer.stdout.strip() == " ".join(map(str, expected))
