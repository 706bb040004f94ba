"""What can be wrong with the bytes of a meter, one class for each thing that is to be done about it.

`Decoder` turns each of these errors into a `Rejected` value. It raises nothing.
"""


class DecodeError(Exception):
    """Bytes that yield no reading. The text says why, for the reader of a diagnostics file."""


class FrameError(DecodeError):
    """A frame began and is broken: wrong checksum, wrong end, or cut short. Count it."""


class UncheckedError(DecodeError):
    """A whole message that nothing shows to be right: it has no checksum. Wait for more that agree with it."""


class CipherError(DecodeError):
    """The content is encrypted and its key is missing or wrong. The user can fix it."""

    key = ""
    """The translation key of the message to the user."""


class MissingKeyError(CipherError):
    """The content is encrypted and there is no key."""

    key = "missing_key"


class WrongKeyError(CipherError):
    """The key does not fit: what it makes of the content is not a message of a meter."""

    key = "wrong_key"


class TamperedError(CipherError):
    """The encryption key fits and the authentication tag does not: a wrong authentication key, or changed bytes."""

    key = "wrong_authentication_key"


class DataError(DecodeError):
    """The checksum is right and the content is impossible. Ask for a bug report."""


class CutShortError(DataError):
    """The bytes end inside a value: more of them may complete it."""

    def __init__(self) -> None:
        """Set the text."""
        super().__init__("the data end inside a value")


class UnknownListError(DecodeError):
    """Sound data in which no value has a known name and scale. Ask for a bug report: a table lacks a row."""
