"""Encrypted and authenticated content: general-ciphering of DLMS, security suites 0 and 1 (AES-128-GCM).

    DB or DC | length, system title | length | security | invocation counter, 4 | text | authentication tag, 12

Security: 1 authenticated (there is a tag), 2 encrypted, 4 the set of keys, 8 compressed; its low digit is the suite.
The text is a data-notification or a whole P1 telegram. A key shows in no text and no repr of this file.
"""

from dataclasses import dataclass, field
import re
from typing import Self

from .dlms import CIPHERED, CutShortError, read_length, read_notification
from .errors import (
    CipherError,
    DataError,
    DecodeError,
    MissingKeyError,
    TamperedError,
    WrongKeyError,
)
from .framing import without_llc

_KEY_SIZE = 16
_TITLE_SIZE = 8
_COUNTER_SIZE = 4
_TAG_SIZE = 12

_SUITE = 0x0F
_SUITES = (0, 1)
_AUTHENTICATED = 0x10
_ENCRYPTED = 0x20
_COMPRESSED = 0x80

# --- keys ----------------------------------------------------------------------------------------------------------

_DECORATION = re.compile(r"0x|[\W_]", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Keys:
    """What the grid company tells its customer, 16 bytes each. No repr shows them."""

    encryption: bytes = field(repr=False)
    authentication: bytes | None = field(default=None, repr=False)
    """With it every tag is verified. Without it a message is believed if it is whole."""

    def __post_init__(self) -> None:
        """Refuse keys of another size here, so that deciphering never meets one."""
        if {len(key) for key in (self.encryption, self.authentication) if key is not None} != {_KEY_SIZE}:
            raise ValueError("a key has 16 bytes")

    @classmethod
    def parse(cls, encryption: str, authentication: str | None = None) -> Self:
        """Read keys as people paste them: upper or lower case, with 0x, blanks, dashes, colons and line breaks.

        Raises ValueError, with a text that does not hold the key. No authentication key is None, or empty.
        """
        given = authentication and authentication.strip()
        return cls(_key(encryption, "encryption"), _key(given, "authentication") if given else None)


def _key(text: str, name: str) -> bytes:
    digits = _DECORATION.sub("", text)
    if not re.fullmatch(r"[0-9A-Fa-f]*", digits):
        raise ValueError(f"the {name} key holds other signs than the hex digits 0 to 9 and A to F")
    if len(digits) != 2 * _KEY_SIZE:
        raise ValueError(f"the {name} key has {len(digits)} hex digits, and not {2 * _KEY_SIZE}")
    return bytes.fromhex(digits)


# --- the header ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Ciphering:
    """A general-glo- or general-ded-ciphering APDU, as it came."""

    tag: int
    """0xDB or 0xDC. They differ in where the key comes from, and not in what is done with it."""
    system_title: bytes
    """Names the meter: three letters and five bytes. Empty in Poland."""
    security: int
    invocation_counter: int
    content: bytes
    """The text and its authentication tag."""
    size: int
    """Bytes of all of it, from the tag to the end of the content."""

    @classmethod
    def read(cls, apdu: bytes) -> Self:
        """Read a ciphered APDU to its very end. Raises DataError for anything else, bytes behind it included."""
        message = cls.read_from(apdu)
        if message.size != len(apdu):
            raise DataError(f"{len(apdu) - message.size} bytes are left over behind the encrypted content")
        return message

    @classmethod
    def read_from(cls, apdu: bytes) -> Self:
        """Read the ciphered APDU that `apdu` begins with.

        Raises DataError, and its child `CutShortError` where more bytes might mend it.
        """
        if apdu[:1] not in CIPHERED:
            raise DataError(f"not ciphered: begins with {apdu[:1].hex() or 'nothing'}")
        title_size, title_at = read_length(apdu, 1)
        if title_size not in (0, _TITLE_SIZE):
            raise DataError(f"system title of {title_size} bytes")
        title_end = title_at + title_size
        size, at = read_length(apdu, title_end)
        text_at, end = at + 1 + _COUNTER_SIZE, at + size
        if text_at >= end:
            raise DataError(f"encrypted content of {size} bytes, too short for its header")
        if at < len(apdu):
            cls._require_known_security(apdu[at], end - text_at)
        if end > len(apdu):
            raise CutShortError
        counter = int.from_bytes(apdu[at + 1 : text_at])
        return cls(apdu[0], apdu[title_at:title_end], apdu[at], counter, apdu[text_at:end], end)

    @staticmethod
    def _require_known_security(security: int, size: int) -> None:
        """Refuse what is not AES-128-GCM over plain text, and a content of a size that has no room for its tag.

        This is seen as soon as the header is in: a false start does not wait for what it claims.
        """
        if security & _SUITE not in _SUITES:
            raise DataError(f"unknown suite of encryption: {security & _SUITE}")
        if security & _COMPRESSED:
            raise DataError("the encrypted content is compressed")
        if security & _AUTHENTICATED and size <= _TAG_SIZE:
            raise DataError("encrypted content too short for its authentication tag")

    @property
    def is_authenticated(self) -> bool:
        """Whether there is an authentication tag."""
        return bool(self.security & _AUTHENTICATED)

    @property
    def is_encrypted(self) -> bool:
        """Whether the text cannot be read without a key."""
        return bool(self.security & _ENCRYPTED)

    @property
    def text(self) -> bytes:
        """The content without its authentication tag: encrypted or in clear."""
        return self.content[:-_TAG_SIZE] if self.is_authenticated else self.content

    @property
    def initial_vector(self) -> bytes:
        """The system title and the counter, which make each message's encryption another.

        How a meter without a title fills its place is not known: zeros are tried, and have to prove themselves.
        """
        return self.system_title.rjust(_TITLE_SIZE, b"\0") + self.invocation_counter.to_bytes(_COUNTER_SIZE)


# --- deciphering ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Deciphered:
    """The text of a message in clear."""

    plaintext: bytes
    verified: bool
    """The authentication tag was there, and right."""


def decipher(apdu: bytes, keys: Keys | None) -> Deciphered:
    """Return what a ciphered APDU says; with an authentication key only if its tag, where it has one, is right.

    A message that its meter did not tag is read with an authentication key too: some meters never send a tag.
    Raises DataError if it is malformed, and a CipherError if the keys are missing or do not fit.
    """
    message = Ciphering.read(apdu)
    if message.is_authenticated and keys and keys.authentication:
        plaintext = _verified(message, keys.encryption, keys.authentication)
        if plaintext is None:
            raise _reason(message, keys)
        return Deciphered(plaintext, verified=True)
    if not message.system_title:
        raise _needs_tag(message)
    if not message.is_encrypted:
        if not _is_whole(message.text):
            raise DataError("the content is in clear, and no message of a meter")
        return Deciphered(message.text, verified=False)
    if not keys:
        raise MissingKeyError("the content is encrypted and there is no key")
    plaintext = _unverified(message, keys.encryption)
    if not _is_whole(plaintext):
        raise _reason(message, keys)
    return Deciphered(plaintext, verified=False)


def _verified(message: Ciphering, encryption: bytes, authentication: bytes) -> bytes | None:
    """Return the plaintext if the tag is right, and None if it is not."""
    from . import aes  # noqa: PLC0415 - nobody without a key needs it

    vector, text, tag = message.initial_vector, message.text, message.content[-_TAG_SIZE:]
    beside = bytes((message.security,)) + authentication
    if message.is_encrypted:
        return aes.verified(encryption, vector, text, tag, beside)
    return text if aes.verified(encryption, vector, b"", tag, beside + text) is not None else None


def _unverified(message: Ciphering, encryption: bytes) -> bytes:
    """Return what the key makes of the text, right or wrong."""
    from . import aes  # noqa: PLC0415 - see above

    return aes.unverified(encryption, message.initial_vector, message.text) if message.is_encrypted else message.text


_TELEGRAM_END = re.compile(rb"\n![0-9A-Fa-f]{0,4}[\r\n]*\Z")


def _is_whole(plaintext: bytes) -> bool:
    """Tell whether a plaintext is a message of a meter from its first byte to its last.

    What a wrong key makes of the text is random: one in 256 begins rightly, and next to none ends rightly too.
    """
    if plaintext.startswith(b"/"):
        return bool(_TELEGRAM_END.search(plaintext))
    try:
        read_notification(without_llc(plaintext))
    except DataError:
        return False
    return True


# --- what is wrong -------------------------------------------------------------------------------------------------


def _reason(message: Ciphering, keys: Keys) -> CipherError:
    """Say why a message was not believed: its tag is wrong or, where none was verified, its plaintext is not whole."""
    if _fit_swapped(message, keys):
        return WrongKeyError("the keys seem to be swapped: they fit the other way round")
    if not _is_whole(_unverified(message, keys.encryption)):
        return WrongKeyError(
            "the encryption key does not fit: what it makes of the content is no message of a meter"
            if message.system_title
            else "the keys do not fit, or this meter, which sends no system title, encrypts in an unknown way"
        )
    return TamperedError(
        "the encryption key fits and the authentication tag does not: a wrong authentication key, or changed bytes"
        if message.is_encrypted
        else "the content is in clear and its authentication tag does not fit: a wrong key, or changed bytes"
    )


def _fit_swapped(message: Ciphering, keys: Keys) -> bool:
    """Tell whether the keys were given the wrong way round."""
    if not keys.authentication:
        return False
    if message.is_authenticated:
        return _verified(message, keys.authentication, keys.encryption) is not None
    return _is_whole(_unverified(message, keys.authentication))


def _needs_tag(message: Ciphering) -> DecodeError:
    """Say why a message without a system title is not believed: nothing but its tag could vouch for it."""
    if message.is_authenticated:
        return MissingKeyError("a message without a system title is read with an authentication key only")
    return DataError("a message with neither a system title nor an authentication tag")
