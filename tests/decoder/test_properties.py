"""Properties of the whole decoder, on bytes that nobody would think of."""

from decimal import Decimal
from itertools import pairwise

from hypothesis import example, given, settings, strategies as st
import pytest

from custom_components.han_port.decoder import Decoder, Quantity, Reading, Rejected
from custom_components.han_port.decoder.stream import BARE_READERS, READERS
from tests.captures import load
from tools.simulator import axdr
from tools.simulator.hdlc import frame

from . import three_ways
from .three_ways import Event, check, comparable
from .wrapping import KEYS, TITLE, blocks, in_blocks, in_hdlc, in_mbus, seal, secured, with_checksum

ADDRESSES = bytes.fromhex("41 0883")
LONG = load("aidon_no_l2_4w")
GOOD = tuple(
    load(name)
    for name in ("aidon_no_l1", "aidon_no_l3_4w", "kaifa_no_l1", "kaifa_no_l3_1p", "kamstrup_no_l2_1p", "embriq_no_l2")
)
SEALED = load("kaifa_at_mbus_enc"), load("lg_ch_gbt"), load("hdlc_segmented"), load("p1_enc"), load("p1_se_kam5")
CODES = [quantity.code for quantity in Quantity] + ["0.2.129", "96.1.0", "96.1.1", "96.1.7", "1.0.0", "13.7.0"]
NAMES = ["KFM_001", "Kamstrup_V0001", "AIDON_V0001", "EMBRIQ_V1_1", "6841131BN243101040", ""]


# --- bytes ---------------------------------------------------------------------------------------------------------


def hear(*chunks: bytes, decoder: Decoder | None = None) -> list[Event]:
    """Return all that a decoder with keys makes of a line."""
    return three_ways.hear(*chunks, decoder=decoder or Decoder(keys=KEYS))


def as_hex(data: bytes, blank: str, end: bytes) -> bytes:
    """Print as a gateway may."""
    return (data.hex(blank) if blank else data.hex().upper()).encode() + end


P1 = load("p1_se_kam5")
TEXT = P1[: P1.index(b"!") + 1]
TELEGRAMS = (
    with_checksum(TEXT.replace(b"/KAM5", b"\xb9\xea\x75\xea\xcd")),
    with_checksum(TEXT.replace(b"/KAM5", b"/HLY5/ABC-1")),
    with_checksum(TEXT.replace(b"\r\n", b"\r"))[:-1],
    with_checksum(TEXT.replace(b"\r\n", b"\n\r")),
    with_checksum(TEXT.replace(b"!", b"0-0:96.13.0(\xff\xe5\xff)\r\n!")),
    *(TEXT.replace(b"0001.870", b"0001.87%d" % number) + b"\r\n" for number in range(4)),
)
"""Telegrams with other heads, line ends and bytes, and some without a checksum, of which three in a row are read."""
plain = st.sampled_from([LONG[12:-3], GOOD[2][12:-3], load("p1_se_kam5")]) | st.binary(max_size=80)
sealed = st.builds(
    lambda content, counter, title, security: seal(content, counter, title=title, security=security),
    plain,
    st.integers(0, 2**32 - 1),
    st.sampled_from([TITLE, TITLE, b"", b"SAG\5\0\0\0\1"]),
    st.sampled_from([0x30, 0x20, 0x10, 0x31, 0x00, 0x70, 0xB0, 0x32]),
)
messages = sealed | plain.filter(bool)
in_parts = st.builds(
    lambda wrap, message, size: b"".join(wrap(message, size)),
    st.sampled_from([in_hdlc, in_mbus, blocks, in_blocks]),
    messages,
    st.sampled_from([52, 120, 245]),
)
telegrams = st.builds(
    lambda lines, size: with_checksum(b"/EGM5\r\n\r\n\x00\x82" + size(len(lines)).to_bytes(2) + lines + b"!"),
    st.builds(lambda lines, counter: secured(lines, counter, title=b""), plain, st.integers(0, 255)),
    st.sampled_from([int, int, lambda _: 8000]),
)
wrapped = sealed | in_parts | telegrams
in_digits = st.builds(
    as_hex,
    st.sampled_from(GOOD + SEALED) | wrapped,
    st.sampled_from(["", " "]),
    st.sampled_from([b"", b"\r\n", b" end\n"]),
)


@st.composite
def damaged(draw: st.DrawFn) -> bytes:
    """Spoil a good frame: bytes changed, lost or put in, or its end missing."""
    whole = bytearray(draw(st.sampled_from(GOOD + SEALED + TELEGRAMS) | wrapped | in_digits))
    for _ in range(draw(st.integers(1, 3))):
        at = draw(st.integers(0, len(whole) - 1))
        put = draw(st.binary(max_size=2))
        whole[at : at + draw(st.integers(0, 2))] = put
    return bytes(whole[: draw(st.integers(0, len(whole)))])


def false_start(length: int) -> bytes:
    """Make the beginning of a frame that claims so many bytes, with a right header checksum."""
    return frame(bytes(length), ADDRESSES)[:12]


numbers = st.one_of(
    st.builds(axdr.double_long_unsigned, st.integers(0, 2**32 - 1)),
    st.builds(axdr.long, st.integers(-(2**15), 2**15 - 1)),
    st.builds(axdr.long64_unsigned, st.integers(0, 2**64 - 1)),
    st.builds(axdr.float64, st.floats()),
)
codes = st.builds(
    lambda code, b: axdr.octet_string(axdr.logical_name(f"1-{b}:{code}")), st.sampled_from(CODES), st.integers(0, 2)
)
texts = st.one_of(
    st.builds(axdr.visible_string, st.sampled_from(NAMES)),
    st.builds(lambda text: axdr.octet_string(text.encode()), st.sampled_from(NAMES)),
    st.builds(axdr.octet_string, st.binary(max_size=20)),
)
scales = st.one_of(
    st.builds(axdr.scaler_unit, st.integers(-128, 127), st.sampled_from([27, 29, 30, 32, 33, 35, 255])),
    st.builds(lambda scaler: axdr.structure(axdr.long(scaler), axdr.enum(27)), st.integers(-(2**15), 2**15 - 1)),
)
leaves = st.one_of(
    numbers, codes, texts, scales, st.just(axdr.null_data()), st.builds(axdr.boolean, value=st.booleans())
)
values = st.recursive(
    leaves,
    lambda inner: st.builds(
        lambda kind, of: kind(*of), st.sampled_from([axdr.array, axdr.structure]), st.lists(inner, max_size=6)
    ),
    max_leaves=30,
)
elements = st.builds(axdr.structure, codes, leaves) | st.builds(axdr.structure, codes, numbers, scales)
in_turn = st.builds(
    lambda name, pairs: axdr.structure(name, *pairs), texts, st.lists(st.builds(bytes.__add__, codes, leaves))
)
by_places = st.builds(
    lambda name, of: axdr.structure(name, *of),
    texts,
    st.sampled_from([8, 12, 13, 17]).flatmap(lambda n: st.lists(leaves, min_size=n, max_size=n)),
)
bodies = st.one_of(
    values, st.builds(lambda of: axdr.array(*of), st.lists(elements)), in_turn, by_places, st.binary(max_size=60)
)
times = st.sampled_from([b"\x00", b"\x0c", b"\x09\x0c"]).flatmap(
    lambda form: (
        st.just(form) if form == b"\x00" else st.binary(min_size=12, max_size=12).map(lambda clock: form + clock)
    )
)
apdus = st.builds(lambda time, body: b"\x0f" + bytes(4) + time + body, times, bodies).filter(
    lambda apdu: len(apdu) < 2000
)
pieces = st.one_of(
    st.binary(max_size=60),
    st.sampled_from(GOOD),
    st.sampled_from(SEALED),
    st.sampled_from(TELEGRAMS) | st.just(b"".join(TELEGRAMS[-4:])),
    wrapped,
    in_digits,
    damaged(),
    st.builds(false_start, st.integers(0, 2000)),
    st.builds(
        lambda byte, size: bytes((byte,)) * size,
        st.sampled_from(b"\x00\x55\x7e\xa7\xff"),
        st.sampled_from([1, 50, 2048, 3000]),
    ),
    st.builds(lambda apdu: frame(b"\xe6\xe7\x00" + apdu, ADDRESSES), apdus),
    apdus,
)
lines = st.lists(pieces, max_size=8)


def cut(line: bytes, places: list[int]) -> list[bytes]:
    """Cut a line at these places."""
    at = [0, *sorted(place % (len(line) + 1) for place in places), len(line)]
    return [line[start:stop] for start, stop in pairwise(at)]


# --- 1. it never raises --------------------------------------------------------------------------------------------


@given(st.lists(st.binary(max_size=300), max_size=5))
def test_no_bytes_whatever_raise_anything(chunks: list[bytes]) -> None:
    """What raises in the middle of the night leaves the home without a meter."""
    for event in hear(*chunks):
        check(event)


@given(lines)
def test_no_line_of_good_and_spoilt_frames_raises_anything(line: list[bytes]) -> None:
    """Near misses go deeper than noise does."""
    for event in hear(*line):
        check(event)


@given(apdus)
def test_no_content_of_a_good_frame_raises_anything(apdu: bytes) -> None:
    """The checksum is right, so all of the content is believed to be somebody's list."""
    (event,) = hear(frame(b"\xe6\xe7\x00" + apdu, ADDRESSES))
    check(event)
    assert len(hear(apdu)) <= 1


# --- 2. cutting does not matter ------------------------------------------------------------------------------------


@given(lines, st.lists(st.integers(0, 20_000), max_size=12))
@example([b"\x7e\xa0\x09\x01\x01", bytes(2048), b"\x7e\xa0\x09\x01\x01", bytes(3)], [2048])
@example([b"/AAA\n\x80", bytes(2048), seal(LONG[12:-3])], [2048])
def test_how_a_line_is_cut_changes_nothing(line: list[bytes], places: list[int]) -> None:
    """A serial port hands over slices, a gateway whole frames, a slow network anything."""
    whole = b"".join(line)
    at_once, in_slices = Decoder(keys=KEYS), Decoder(keys=KEYS)
    expected = comparable(hear(whole, decoder=at_once))
    assert comparable(hear(*cut(whole, places), decoder=in_slices)) == expected
    assert in_slices.noise == at_once.noise


# --- 3. a good frame gets through ----------------------------------------------------------------------------------


BEGINS_NOTHING = sorted(set(range(256)) - READERS.keys() - BARE_READERS.keys() - set(b"\r\n"))


@given(
    st.lists(st.sampled_from(BEGINS_NOTHING), max_size=300),
    st.sampled_from(GOOD),
)
def test_a_good_frame_gets_through_noise_at_once(noise: list[int], good: bytes) -> None:
    """Nothing in it begins anything, so the frame comes out with its last byte."""
    decoder = Decoder(keys=KEYS)
    assert list(decoder.receive(bytes(noise))) == []
    assert decoder.noise == len(noise)
    assert comparable(decoder.receive(good)) == comparable(hear(good))


@given(lines, st.sampled_from(GOOD))
def test_a_good_frame_gets_through_anything_when_the_line_pauses(noise: list[bytes], good: bytes) -> None:
    """Whatever false starts have claimed it: they will not get the rest of what they claim."""
    # The line has shown that it has frames. Without that, a message without a frame may hold this one as its data.
    events = hear(LONG, *noise, good)
    assert comparable(events)[-1:] == comparable(hear(good))


@given(lines)
def test_a_good_frame_gets_through_anything_when_enough_follow(noise: list[bytes]) -> None:
    """No false start can claim more than 8192 bytes, so a line that never pauses is never lost either."""
    decoder = Decoder(keys=KEYS)
    for chunk in (LONG, *noise):
        list(decoder.receive(chunk))
    following = [event for _ in range(29) for event in decoder.receive(LONG)]
    assert 29 * len(LONG) > 8192
    (expected,) = hear(LONG)
    assert [event for event in following if event == expected][-29:] == [expected] * 29


# --- 4. the buffer is bounded --------------------------------------------------------------------------------------


@pytest.mark.slow
@settings(max_examples=40)
@given(st.lists(pieces, min_size=1, max_size=5), st.integers(1, 700))
def test_no_line_fills_the_memory(line: list[bytes], size: int) -> None:
    """A peer keeps 400 kB of noise for ever. Here 40 kB of anything pass, in slices."""
    pattern = b"".join(line) or b"\x7e"
    endless = pattern * (40_000 // len(pattern) + 1)
    decoder = Decoder(keys=KEYS)
    for at in range(0, len(endless), size):
        for event in decoder.receive(endless[at : at + size]):
            check(event)
        assert decoder.pending < 3 * 8192 + size  # two digits and a blank for each byte
    list(decoder.end())
    assert decoder.pending == 0


# --- 5. scaling is exact -------------------------------------------------------------------------------------------


@given(st.integers(1 - 2**63, 2**63 - 2), st.integers(-20, 4))
def test_a_scaled_value_is_the_float_nearest_to_the_truth(raw: int, scaler: int) -> None:
    """The truth being raw x 10^scaler, as Decimal has it."""
    truth = Decimal(raw).scaleb(scaler)
    element = axdr.structure(
        axdr.octet_string(axdr.logical_name("1-0:1.7.0")), axdr.long64(raw), axdr.scaler_unit(scaler, 27)
    )
    (event,) = hear(frame(b"\xe6\xe7\x00\x0f" + bytes(5) + axdr.array(element), ADDRESSES))
    if abs(float(truth)) > 1e6:
        assert isinstance(event, Rejected)
    else:
        assert isinstance(event, Reading)
        assert event.values == {Quantity.POWER_IMPORT: float(truth)}
