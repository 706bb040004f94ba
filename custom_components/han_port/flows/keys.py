"""The keys of a meter: read as a letter or a web page has them, and tried on the messages that are at hand."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
import re
import string
from types import MappingProxyType
from typing import Any

from homeassistant.config_entries import ConfigFlow, ConfigFlowResult
import probatio

from ..const import CONF_AUTHENTICATION_KEY, CONF_ENCRYPTION_KEY
from ..decoder import CipherError, Decoder, FrameError, Keys, Reading
from ..sources.feed import Feed

_FIELDS = (CONF_ENCRYPTION_KEY, CONF_AUTHENTICATION_KEY)
_DIGITS = 32
"""Hex digits of a key."""
_MAX_OTHER_DIGITS = 20
"""Digits of another number beside a key: that of a metering point has 18. More are meant as a second key."""
_ONE = r"[ \t\u00a0\u2013\-:_.]"
_GLUE = rf"(?:{_ONE}|, ?)(?:0x)?"
_BETWEEN = rf"(?:{_GLUE}|\r?\n|0x)?"
"""What may be between two digits of a key that is among words."""
_KEY_AMONG_WORDS = re.compile(
    # Not a part of more digits, before or after it. A word may follow at once: a field of one line drops the line ends
    # of what is pasted.
    rf"(?<![^\W_])(?<![\W_x][0-9a-f]{{2}}{_ONE})(?<![0-9a-f]{{2}},)(?<![0-9a-f]{{2}}, )"
    rf"(?:0x)?((?:[0-9a-f]{{2}}{_BETWEEN}){{15}}[0-9a-f]{{2}})"
    rf"(?![0-9a-f]+(?:[\W_]|$))(?!{_GLUE}[0-9a-f]{{2}}(?:[\W_]|$))",
    re.IGNORECASE,
)
_RUN = re.compile(rf"(?<![^\W_])(?:0x)?(?:[0-9a-f]+(?![^\W_]){_BETWEEN})+", re.IGNORECASE)
"""Digits among words that may be meant as a key."""
_MISTYPED = re.compile(r"[^\W_]{28,}")
"""No word is as long: it is meant as a key, although not all of it are hex digits."""
_SEPARATORS = re.compile(r"0x|[\W_]", re.IGNORECASE)
_NUMBERED = re.compile(r"GPK\W*6([01])", re.IGNORECASE)
"""What the keys are called in Denmark. Its digits are not those of a key."""
_NAMES = MappingProxyType({"0": " encryption: ", "1": " authentication: "})
_FOR_AUTHENTICATION = re.compile(r"(aut|todenn)|krypt|crypt|salaus", re.IGNORECASE)
"""Parts of the words for the two keys, in the languages of the meters and in English."""


class KeyTextError(ValueError):
    """A field does not hold a key. No text shows what it holds."""

    def __init__(self, field: str, digits: int) -> None:
        """Keep the field, and the number of hex digits that were found in it."""
        super().__init__(f"{field}: {digits} hex digits")
        self.field, self.digits = field, digits


def _digits_in(text: str) -> int:
    """Return how many hex digits there are in what may be meant as a key."""
    text = _NUMBERED.sub(" ", text)
    meant = [*(_SEPARATORS.sub("", run[0]) for run in _RUN.finditer(text)), *_MISTYPED.findall(text)]
    return max((sum(each in string.hexdigits for each in digits) for digits in meant), default=0)


def _found(field: str, text: str) -> list[tuple[str | None, str]]:
    """Return the keys in a field's text: the field that the words before each name, None if none do; and its digits.

    Raises KeyTextError if there is something else than one or two keys.
    """
    digits = _SEPARATORS.sub("", text)
    if len(digits) in (0, _DIGITS, 2 * _DIGITS) and re.fullmatch("[0-9A-Fa-f]*", digits):
        return [(None, digits[at : at + _DIGITS]) for at in range(0, len(digits), _DIGITS)]
    end, found = 0, []
    text = _NUMBERED.sub(lambda number: _NAMES[number[1]], text)
    for key in _KEY_AMONG_WORDS.finditer(text):
        names = _FOR_AUTHENTICATION.findall(text, end, key.start())
        end = key.end()
        named = (CONF_AUTHENTICATION_KEY if names[-1] else CONF_ENCRYPTION_KEY) if names else None
        found.append((named, _SEPARATORS.sub("", key[1])))
    rest = _digits_in(_KEY_AMONG_WORDS.sub(" | ", text))
    if not found or len(found) > len(_FIELDS) or rest > _MAX_OTHER_DIGITS:
        raise KeyTextError(field, rest)
    return found


def read_keys(given: Mapping[str, Any], kept: Mapping[str, Any] = MappingProxyType({})) -> Keys:
    """Return the keys in the two fields: alone, in a line with words, or both in one field.

    `kept`: the keys in use, which stay where nothing is given. Raises KeyTextError.
    """
    found = [(named, field, key) for field in _FIELDS for named, key in _found(field, given.get(field) or "")]
    keys: dict[str, str] = {}
    # Those that are named first: they say where the others belong.
    for named, field, key in sorted(found, key=lambda each: each[0] is None):
        place = named or field
        keys.setdefault(_FIELDS[place == CONF_ENCRYPTION_KEY] if place in keys else place, key)
    keys = {**kept, **keys}
    if not keys:
        raise KeyTextError(CONF_ENCRYPTION_KEY, 0)
    if CONF_ENCRYPTION_KEY not in keys:
        keys = {CONF_ENCRYPTION_KEY: keys[CONF_AUTHENTICATION_KEY]}
    return Keys.parse(keys[CONF_ENCRYPTION_KEY], keys.get(CONF_AUTHENTICATION_KEY))


# --- whether they fit ----------------------------------------------------------------------------------------------


def messages_of(feed: Feed, *, are_open: bool) -> list[bytes]:
    """Return the last messages of a line that its keys open, or else those that they do not."""
    if are_open:
        return [*feed.frames]
    return [each.raw for each in feed.rejected if isinstance(each.error, CipherError)]


def _fit(keys: Keys, messages: Iterable[bytes]) -> str | None:
    """Return "" if keys open a message, else the key of the text that says why not; None if none is encrypted.

    One is enough: no wrong key makes a whole message, and a message may be damaged.
    """
    error = None
    for message in messages:
        decoder = Decoder(keys=keys)
        for event in (*decoder.receive(message), *decoder.end()):
            if isinstance(event, Reading):
                is_open = event.verified is not None
            elif isinstance(event.error, CipherError):
                is_open, error = False, event.error.key
            else:
                is_open = not isinstance(event.error, FrameError)
            if is_open:
                return ""
    return error


@dataclass(frozen=True, slots=True)
class Trial:
    """Keys as they are to be used, and what came of trying them."""

    keys: Keys
    error: str = ""
    """The key of the text that says why they do not fit."""
    swapped: bool = False
    """Whether they were given the other way round. The messages show that for certain."""
    tried: bool = True
    """Whether there was a message to try them on."""

    @classmethod
    def of(cls, keys: Keys, messages: Sequence[bytes]) -> Trial:
        """Try keys on the encrypted ones of some messages."""
        error = _fit(keys, messages)
        if error and keys.authentication:
            swapped = Keys(keys.authentication, keys.encryption)
            if _fit(swapped, messages) == "":
                return cls(swapped, swapped=True)
        return cls(keys, error or "", tried=error is not None)


class KeysFlow(ConfigFlow):
    """The part of the config flow that asks for keys. What was typed stays in the form until it fits."""

    def __init__(self) -> None:
        """Begin with nothing known."""
        self._errors: dict[str, str] = {}
        self._given: dict[str, Any] = {}
        self._digits = 0

    def _try_keys(
        self, given: dict[str, Any], messages: Sequence[bytes], kept: Mapping[str, Any] = MappingProxyType({})
    ) -> Trial | None:
        """Return the keys that were given, to be used; None, with the errors for the form, if they must not be."""
        self._given, self._digits = given, 0
        try:
            trial = Trial.of(read_keys(given, kept), messages)
        except KeyTextError as error:
            self._errors, self._digits = {error.field: "invalid_key"}, error.digits
            return None
        self._errors = {"base": trial.error} if trial.error else {}
        return None if trial.error else trial

    def _keys_form(self, step: str, schema: probatio.Schema) -> ConfigFlowResult:
        errors, self._errors = self._errors, {}
        return self.async_show_form(
            step_id=step,
            data_schema=self.add_suggested_values_to_schema(schema, self._given),
            errors=errors,
            description_placeholders={"count": str(self._digits)},
        )
