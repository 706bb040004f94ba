"""Deciphers encrypted and authenticated content (IEC 62056-5-3, security suites 0 and 1: AES-128-GCM).

    DB or DC | length | system title | length | security | invocation counter, 4 bytes | text | authentication tag, 12

Security: bit 4 authenticated (there is a tag), bit 5 encrypted, bit 6 the set of keys, bit 7 compressed; its low digit
is the suite. The text is a data-notification or a whole P1 telegram. No error and no repr of this module shows a key.
"""

from dataclasses import dataclass, field
import re
from typing import Self

from .dlms import CIPHERED, read_length, read_notification
from .errors import (
    CipherError,
    CutShortError,
    DataError,
    DecodeError,
    MissingKeyError,
    TamperedError,
    WrongKeyError,
)
from .framing import without_llc

# In bytes.
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

_SEPARATORS = re.compile(r"0x|[\W_]", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Keys:
    """The keys of a meter, 16 bytes each, which its owner gets from the grid company. No repr shows them."""

    encryption: bytes = field(repr=False)
    authentication: bytes | None = field(default=None, repr=False)
    """With it each authentication tag is verified. Without it a message is accepted if it is whole."""

    def __post_init__(self) -> None:
        """Raise ValueError if a key has another size, so that deciphering need not check it."""
        if {len(key) for key in (self.encryption, self.authentication) if key is not None} != {_KEY_SIZE}:
            raise ValueError("a key has 16 bytes")

    @classmethod
    def parse(cls, encryption: str, authentication: str | None = None) -> Self:
        """Return keys from hex text as people paste it: in any case, with 0x, blanks, dashes, colons and line breaks.

        The authentication key may be None or empty. Raises ValueError, with a text that does not show the key.
        """
        given = authentication and authentication.strip()
        return cls(_key(encryption, "encryption"), _key(given, "authentication") if given else None)


def _key(text: str, name: str) -> bytes:
    digits = _SEPARATORS.sub("", text)
    if not re.fullmatch(r"[0-9A-Fa-f]*", digits):
        raise ValueError(f"the {name} key holds other signs than the hex digits 0 to 9 and A to F")
    if len(digits) != 2 * _KEY_SIZE:
        raise ValueError(f"the {name} key has {len(digits)} hex digits, and not {2 * _KEY_SIZE}")
    return bytes.fromhex(digits)


# --- the header ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Ciphering:
    """A general-glo-ciphering or general-ded-ciphering APDU, taken apart."""

    tag: int
    """0xDB (global key) or 0xDC (dedicated key). Both keys are used in the same way."""
    system_title: bytes
    """Identifies the meter: three letters of the maker and five bytes. Empty in Poland."""
    security: int
    invocation_counter: int
    content: bytes
    """The text, and its authentication tag if it has one."""
    size: int
    """Number of bytes of the whole APDU."""

    @classmethod
    def read(cls, apdu: bytes) -> Self:
        """Read a ciphered APDU. Raises DataError if it is anything else, or if bytes are left over after it."""
        message = cls.read_from(apdu)
        if message.size != len(apdu):
            raise DataError(f"{len(apdu) - message.size} bytes are left over after the encrypted content")
        return message

    @classmethod
    def read_from(cls, apdu: bytes) -> Self:
        """Read the ciphered APDU at the beginning of `apdu`.

        Raises DataError, or its child `CutShortError` if more bytes may complete it.
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
        """Raise DataError for other security than AES-128-GCM of plain text, and for content too short for its tag.

        This is checked as soon as the header is complete: a false start does not wait for the bytes that it announces.
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
        """Whether the text is encrypted, and not only authenticated."""
        return bool(self.security & _ENCRYPTED)

    @property
    def text(self) -> bytes:
        """The content without its authentication tag, encrypted or in clear."""
        return self.content[:-_TAG_SIZE] if self.is_authenticated else self.content

    @property
    def initial_vector(self) -> bytes:
        """The 12 bytes of the system title and the counter, which are never the same for two messages.

        What a meter without a title uses instead is not known. Zeros are tried: if they are wrong, the tag is too.
        """
        return self.system_title.rjust(_TITLE_SIZE, b"\0") + self.invocation_counter.to_bytes(_COUNTER_SIZE)


# --- deciphering ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Deciphered:
    """A deciphered message."""

    plaintext: bytes
    verified: bool
    """Whether there was an authentication tag, and it was right."""


def decipher(apdu: bytes, keys: Keys | None) -> Deciphered:
    """Return the text of a ciphered APDU. With an authentication key its tag, if it has one, must be right.

    A message without a tag is read with an authentication key too, since some meters never send one.
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
            raise DataError("the content is in clear, and is not a message of a meter")
        return Deciphered(message.text, verified=False)
    if not keys:
        raise MissingKeyError("the content is encrypted and there is no key")
    plaintext = _unverified(message, keys.encryption)
    if not _is_whole(plaintext):
        raise _reason(message, keys)
    return Deciphered(plaintext, verified=False)


def _verified(message: Ciphering, encryption: bytes, authentication: bytes) -> bytes | None:
    """Return the plaintext if the authentication tag is right, else None."""
    from . import aes  # noqa: PLC0415 - nobody without a key needs it

    initial_vector, text, tag = message.initial_vector, message.text, message.content[-_TAG_SIZE:]
    associated_data = bytes((message.security,)) + authentication
    if message.is_encrypted:
        plaintext = aes.verified(encryption, initial_vector, text, tag, associated_data)
        if plaintext is not None:
            return plaintext
        # P1 telegrams of Luxembourg come with associated data and without. Such a tag needs the encryption key too.
        plaintext = aes.verified(encryption, initial_vector, text, tag, b"")
        return plaintext if plaintext and plaintext.startswith(b"/") else None
    return text if aes.verified(encryption, initial_vector, b"", tag, associated_data + text) is not None else None


def _unverified(message: Ciphering, encryption: bytes) -> bytes:
    """Return what the key makes of the text, right or wrong."""
    from . import aes  # noqa: PLC0415 - see above

    return aes.unverified(encryption, message.initial_vector, message.text) if message.is_encrypted else message.text


_TELEGRAM_END = re.compile(rb"\n![0-9A-Fa-f]{0,4}[\r\n]*\Z")


def _is_whole(plaintext: bytes) -> bool:
    """Return whether a plaintext is a message of a meter from its first byte to its last.

    A wrong key yields random bytes. One in 256 of them begins like a message, and almost none ends like one too.
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
    """Return why a message was not accepted: its tag is wrong or, if none was verified, its plaintext is not whole."""
    if _fit_swapped(message, keys):
        return WrongKeyError("the keys seem to be swapped: they fit the other way round")
    if not _is_whole(_unverified(message, keys.encryption)):
        return WrongKeyError(
            "the encryption key does not fit: what it makes of the content is not a message of a meter"
            if message.system_title
            else "the keys do not fit, or this meter, which sends no system title, encrypts in an unknown way"
        )
    return TamperedError(
        "the encryption key fits and the authentication tag does not: a wrong authentication key, or changed bytes"
        if message.is_encrypted
        else "the content is in clear and its authentication tag does not fit: a wrong key, or changed bytes"
    )


def _fit_swapped(message: Ciphering, keys: Keys) -> bool:
    """Return whether the two keys fit if they are swapped."""
    if not keys.authentication:
        return False
    if message.is_authenticated:
        return _verified(message, keys.authentication, keys.encryption) is not None
    return _is_whole(_unverified(message, keys.authentication))


def _needs_tag(message: Ciphering) -> DecodeError:
    """Return why a message without a system title was not accepted: only its tag could show that it is right."""
    if message.is_authenticated:
        return MissingKeyError("a message without a system title is read with an authentication key only")
    return DataError("a message with neither a system title nor an authentication tag")
