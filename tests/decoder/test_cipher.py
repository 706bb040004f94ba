"""Keys as people paste them, the header of an encrypted message, and what the standard's own arithmetic makes of it."""

from contextlib import suppress

from hypothesis import given, strategies as st
import pytest

from custom_components.han_port.decoder.cipher import Ciphering, Keys, decipher
from custom_components.han_port.decoder.errors import (
    CutShortError,
    DataError,
    DecodeError,
    MissingKeyError,
    TamperedError,
    WrongKeyError,
)

ENCRYPTION = "000102030405060708090A0B0C0D0E0F"
AUTHENTICATION = "D0D1D2D3D4D5D6D7D8D9DADBDCDDDEDF"
KEYS = Keys(bytes.fromhex(ENCRYPTION), bytes.fromhex(AUTHENTICATION))
ALONE = Keys(bytes.fromhex(ENCRYPTION))
HEAD = bytes.fromhex("DB084B414D4501020304")
COUNTER = bytes.fromhex("0001869F")
# The worked example of the protocol's description: three ways to send the same list.
PLAIN = bytes.fromhex(
    "0F000000000C07EA010F040C000AFF80000002070A0E4B616D73747275705F56303030310906"
    "0101010700FF06000004D209060101200700FF1200E7090601011F0700FF0600000219"
)
SEALED = bytes.fromhex(
    "BD3B76E77F9C7CE3E9CDC2D4B80ACAF71AA6C6BDECF180DEDD6C997A3A20AC7819B4AECD"
    "465FEA6F4C5F112F29253E51485E09F9D7C773D277EB869588E667F5455C892C8E5F4A6312"
)
TAG_30, TAG_10 = bytes.fromhex("5CF6FDF677D6313279F9468A"), bytes.fromhex("80F39D93EDA70AF6A23AFE1E")


def message(security: int, content: bytes, head: bytes = HEAD) -> bytes:
    """Put a header in front of a content."""
    body = bytes((security,)) + COUNTER + content
    return head + bytes((len(body),)) + body


BOTH, ENCRYPTED, AUTHENTICATED = message(0x30, SEALED + TAG_30), message(0x20, SEALED), message(0x10, PLAIN + TAG_10)

# --- keys ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "pasted",
    [
        ENCRYPTION,
        ENCRYPTION.lower(),
        f"0x{ENCRYPTION}",
        " ".join(ENCRYPTION[at : at + 2] for at in range(0, 32, 2)),
        "-".join(ENCRYPTION[at : at + 8] for at in range(0, 32, 8)),
        ":".join(ENCRYPTION[at : at + 2] for at in range(0, 32, 2)),
        ", ".join(f"0x{ENCRYPTION[at : at + 2]}" for at in range(0, 32, 2)),
        f"\t{ENCRYPTION[:16]}\r\n{ENCRYPTION[16:]}\n",
    ],
)
def test_a_key_is_read_as_people_paste_it(pasted: str) -> None:
    """From a letter, a web page or another program's configuration."""
    assert Keys.parse(pasted) == ALONE
    assert Keys.parse(ENCRYPTION, f" {AUTHENTICATION} ") == KEYS
    assert Keys.parse(ENCRYPTION, "  ") == Keys.parse(ENCRYPTION, None) == ALONE


@pytest.mark.parametrize(
    ("pasted", "why"),
    [
        ("", "the encryption key has 0 hex digits, and not 32"),
        (ENCRYPTION[:-1], "the encryption key has 31 hex digits, and not 32"),
        (ENCRYPTION + "00", "the encryption key has 34 hex digits, and not 32"),
        (ENCRYPTION[:-1] + "G", "the encryption key holds other signs than the hex digits 0 to 9 and A to F"),
    ],
)
def test_what_is_no_key_is_told_without_showing_it(pasted: str, why: str) -> None:
    """An error lands in a log."""
    with pytest.raises(ValueError, match=f"^{why}$"):
        Keys.parse(pasted)
    with pytest.raises(ValueError, match=f"^{why.replace('encryption', 'authentication')}$" if pasted else "16 bytes"):
        Keys.parse(ENCRYPTION, pasted) if pasted else Keys(b"")


def test_keys_are_shown_nowhere() -> None:
    """Not in a log, not in a traceback, not in a debugger's list of variables."""
    assert repr(KEYS) == "Keys()"


# --- the header ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("length", [b"\x4e", b"\x81\x4e", b"\x82\x00\x4e", b"\x84\x00\x00\x00\x4e"])
@pytest.mark.parametrize("tag", [b"\xdb", b"\xdc"])
def test_a_header_is_read_in_every_form_of_its_length(tag: bytes, length: bytes) -> None:
    """Meters use the longer forms for short contents too."""
    read = Ciphering.read(tag + HEAD[1:] + length + ENCRYPTED[11:])
    assert (read.tag, read.system_title, read.security) == (tag[0], HEAD[2:], 0x20)
    assert (read.invocation_counter, read.text, read.content) == (99_999, SEALED, SEALED)
    assert read.initial_vector.hex() == "4b414d45010203040001869f"


def test_an_empty_system_title_is_read_as_zeros() -> None:
    """As in Poland, where nobody knows for certain what stands in its place."""
    read = Ciphering.read(message(0x30, SEALED + TAG_30, b"\xdb\x00"))
    assert (read.system_title, read.initial_vector) == (b"", bytes(8) + COUNTER)
    with pytest.raises(MissingKeyError, match="authentication key only"):
        decipher(message(0x30, SEALED + TAG_30, b"\xdb\x00"), ALONE)
    with pytest.raises(DataError, match="neither"):
        decipher(message(0x20, SEALED, b"\xdb\x00"), KEYS)


@pytest.mark.parametrize(
    ("spoilt", "why"),
    [
        (b"\x0f" + BOTH[1:], "not ciphered: begins with 0f"),
        (b"", "not ciphered: begins with nothing"),
        (BOTH + b"\x00", "1 bytes are left over"),
        (b"\xdb\x07" + BOTH[2:], "system title of 7 bytes"),
        (HEAD + b"\x05\x30" + COUNTER, "too short for its header"),
        (message(0x30, TAG_30), "too short for its authentication tag"),
        (message(0x32, SEALED + TAG_30), "unknown suite of encryption: 2"),
        (message(0xB0, SEALED + TAG_30), "compressed"),
    ],
)
def test_a_header_that_cannot_be_is_told(spoilt: bytes, why: str) -> None:
    """A bug report: the framing's checksum was right."""
    with pytest.raises(DataError, match=why):
        decipher(spoilt, KEYS)


@pytest.mark.parametrize(
    ("security", "is_authenticated", "is_encrypted"),
    [(0x10, True, False), (0x11, True, False), (0x20, False, True), (0x21, False, True), (0x30, True, True)],
)
@pytest.mark.parametrize("size", [1, 12, 13])
def test_security_says_what_was_done(security: int, is_authenticated: bool, is_encrypted: bool, size: int) -> None:
    """Suite 1 has the same cipher. Where there is no tag a content may be shorter than one."""
    content = bytes(size) + bytes(12) * is_authenticated
    read = Ciphering.read(message(security, content))
    assert (read.is_authenticated, read.is_encrypted, read.text) == (is_authenticated, is_encrypted, bytes(size))


def test_what_stands_behind_a_message_is_no_part_of_it() -> None:
    """Without a framing the next one follows at once."""
    read = Ciphering.read_from(BOTH + ENCRYPTED)
    assert (read.content, read.size) == (SEALED + TAG_30, len(BOTH))


def test_a_message_cut_short_anywhere_says_that_more_may_mend_it() -> None:
    """Without a framing this is how its end is found."""
    for size in range(1, len(BOTH)):
        with pytest.raises(CutShortError):
            Ciphering.read_from(BOTH[:size])


# --- deciphering ---------------------------------------------------------------------------------------------------


def test_the_worked_example_is_deciphered_in_all_three_ways() -> None:
    """Encrypted with a tag, encrypted alone, and in clear with a tag."""
    for keys, verified in ((KEYS, (True, False, True)), (ALONE, (False, False, False))):
        for sent, is_verified in zip((BOTH, ENCRYPTED, AUTHENTICATED), verified, strict=True):
            clear = decipher(sent, keys)
            assert (clear.plaintext, clear.verified) == (PLAIN, is_verified)
    assert decipher(AUTHENTICATED, None).verified is False


@pytest.mark.parametrize("sent", [BOTH, AUTHENTICATED], ids=["encrypted", "in-clear"])
def test_no_flipped_bit_gets_past_the_tag(sent: bytes) -> None:
    """Not in the title, the counter, the text or the tag itself; and none is taken for a meter's message."""
    for place in range(2, len(sent)):
        for bit in range(8):
            changed = bytearray(sent)
            changed[place] ^= 1 << bit
            with pytest.raises(DecodeError):
                decipher(bytes(changed), KEYS)


@pytest.mark.parametrize(
    ("sent", "keys", "error", "why"),
    [
        (BOTH, None, MissingKeyError, "there is no key"),
        (ENCRYPTED, None, MissingKeyError, "there is no key"),
        (BOTH, Keys(bytes(16), KEYS.authentication), WrongKeyError, "the encryption key does not fit"),
        (BOTH, Keys(bytes(16)), WrongKeyError, "the encryption key does not fit"),
        (ENCRYPTED, Keys(bytes(16), bytes(16)), WrongKeyError, "the encryption key does not fit"),
        (BOTH, Keys(KEYS.encryption, bytes(16)), TamperedError, "the authentication tag does not"),
        (AUTHENTICATED, Keys(KEYS.encryption, bytes(16)), TamperedError, "in clear and its authentication tag"),
        (BOTH, Keys(KEYS.authentication or b"", KEYS.encryption), WrongKeyError, "swapped"),
        (ENCRYPTED, Keys(KEYS.authentication or b"", KEYS.encryption), WrongKeyError, "swapped"),
        (message(0x30, SEALED + TAG_30, b"\xdb\x00"), KEYS, WrongKeyError, "which sends no system title"),
    ],
)
def test_each_trouble_with_the_keys_has_its_own_error(
    sent: bytes, keys: Keys | None, error: type[Exception], why: str
) -> None:
    """The user is told what to look for."""
    with pytest.raises(error, match=why) as told:
        decipher(sent, keys)
    assert type(told.value) is error
    assert ENCRYPTION.lower() not in str(told.value).lower()


def test_without_a_tag_a_message_is_believed_only_to_its_very_end() -> None:
    """A byte more or less inside it, and it is none."""
    with pytest.raises(WrongKeyError):
        decipher(message(0x20, SEALED[:-1]), ALONE)
    with pytest.raises(WrongKeyError):
        decipher(message(0x20, SEALED + b"\x00"), ALONE)


@given(
    st.one_of(
        st.binary(max_size=80),
        st.binary(max_size=80).map(lambda rest: HEAD + rest),
        st.builds(message, st.integers(0, 255), st.binary(max_size=100)),
    ),
    st.sampled_from([None, ALONE, KEYS]),
)
def test_whatever_the_bytes_only_our_own_errors_come_out(data: bytes, keys: Keys | None) -> None:
    """The decoder tells them to the user; any other would end the line."""
    with suppress(DecodeError):
        assert decipher(data, keys).plaintext
