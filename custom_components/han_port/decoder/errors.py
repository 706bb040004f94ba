"""What can be wrong with the bytes of a meter, by what is to be done about it.

`Decoder` turns each of these into a `Rejected` value; nothing else leaves it.
"""


class DecodeError(Exception):
    """Bytes that yield no reading. Its text says why, for a person who reads a diagnostics file."""


class FrameError(DecodeError):
    """A frame began and is broken: wrong checksum, wrong end, or cut short. To be counted."""


class CipherError(DecodeError):
    """The content is encrypted and there is no key for it, or the wrong one. The user can mend it."""

    key = ""
    """The name of what is wrong, for people to be told in their language."""


class MissingKeyError(CipherError):
    """The content is encrypted and there is no key."""

    key = "missing_key"


class WrongKeyError(CipherError):
    """The key does not fit: what it makes of the content is no message of a meter."""

    key = "wrong_key"


class TamperedError(CipherError):
    """The encryption key fits, and the authentication tag does not: a wrong authentication key, or changed bytes."""

    key = "wrong_authentication_key"


class DataError(DecodeError):
    """The checksum is right and the content is impossible. A bug report."""


class UnknownListError(DecodeError):
    """Sound data in which no value has a known name and scale. A bug report, and a new row in a table."""
