"""The words by which tables of hours are understood: headings, units, lengths and qualities, in five languages."""

from datetime import timedelta
from enum import StrEnum
import re
from types import MappingProxyType

from .periods import HOUR, QUARTER


class Role(StrEnum):
    """What the heading of a column says that it holds."""

    START = "start"
    END = "end"
    TIME = "time"
    """A date, an hour or both; whether they begin or end the period is not said."""
    ENERGY = "energy"
    """Energy that was taken from the grid."""
    QUANTITY = "quantity"
    """A quantity, perhaps of energy: it counts if no other column is named more clearly."""
    UNIT = "unit"
    LENGTH = "length"
    OTHER = "other"
    UNKNOWN = "unknown"


_EXPORT = (
    "produ[kc]|tuotan|tuotto|eksport|export|innmat|inmat|levere|levert|solgt|såld|solcel|overskud|överskott|ylijäämä"
    "|surplus|feed|sold|verkkoon|injection"
)
_HEADINGS = (
    # The first that is found in a heading counts.
    (
        Role.OTHER,
        (
            r"pris|price|hinta|maksu|kost|cost|kustan|avgift|afgift|vero|\balv|moms|\bmva|vat\b|beløp|belopp|beløb|sek\b"
            r"|nok\b|dkk\b|eur\b|\bkr\b|øre|öre|[€$°%]|/ ?[km]?wh|wh ?/|per [km]?wh|pr\.? [km]?wh|co2|kvar|m3|m³|gwh"
        ),
    ),
    (Role.UNIT, "enhet|enhed|yksik|unit"),
    (Role.LENGTH, "resol|oppløs|upplös|opløs"),
    (
        Role.OTHER,
        (
            f"{_EXPORT}|temp|lämpö|reakt|loiste|effekt|power|teho|\\bkw\\b|ampere|spenning|spänning|volt|prognos|budget"
            r"|forecast|ennust|akkumul|ackumul|kumul|cumul|forrige|föreg|previous|edelli|\bår|årsf|annual|vuosi|sum\b"
            r"|målepunkt|måler|mätar|mittaus?pist|mittari|\bmeter(?!ed)|stand\b|ställning|lukema|reading|anlegg|anlägg"
            r"|aftage|paik|kunde|kund\b|customer|asiakas|adress|address|osoite|gsrn|\bean\b|\bid\b|nummer|number|numero"
            r"|\bnr\b|\bno\b|position|navn|namn|name|nimi|typ|tyyppi|kvalitet|laatu|quality|status|tila\b|opprettet"
            r"|oprettet|skapad|created|oppdat|uppdat|updated|registr|avles|avläs|aflæs|luettu"
            r"|vann|vatten|vand|vesi|fjern|fjärr|kauko|\bgas|kaasu|varme|värme|sol\b|vind"
        ),
    ),
    (Role.ENERGY, "forbruk|förbruk|forbrug|consum|kulutus|uttag|uttak|udtag|import|köpt|kjøpt|købt|ostet|usage|otto"),
    (Role.QUANTITY, r"wh\b|volum|meng|mängd|mængde|määrä|energi|energy|value|verdi|värde|værdi|arvo|quantity|amount"),
    (Role.END, r"\b(?:til|till|to|end\w*|slut\w*|stop\w*|loppu\w*|pääty\w*)\b"),
    (Role.START, r"\b(?:fra|från|from|start\w*|begin\w*|alk\w*)\b"),
    (
        Role.TIME,
        (
            r"\b(?:dato|datum|date|dag|day|tid|time|tim|timme|timma|hour|klokke\w*|klock\w*|kl|klo|kello\w*|tunti|pvm"
            r"|päiv\w*|aika\w*|ajan\w*|tidspunkt|tidpunkt|timestamp|period\w*|datetime|kvart\w*|vartti|interval\w*)\b"
        ),
    ),
)
_ROLES = tuple((role, re.compile(words)) for role, words in _HEADINGS)
_IS_EXPORT = re.compile(rf"{_EXPORT}|^(?:e18|d06)$")
"""Danish codes of metering points for production among them."""
_IS_MISSING = re.compile(r"missing|mangl|saknas|saknad|puuttu|no value|^n/?a$|^nan$")
_IS_ESTIMATED = re.compile(r"estim|beregn|beräkn|uppskatt|arvio|stipul|skønn|calculated|uncertain")
UNITS = MappingProxyType({"wh": 0.001, "kwh": 1.0, "mwh": 1000.0})
"""Unit in lower case -> kWh."""
_UNIT = re.compile(r"(?<![a-z/])([km]?wh)\b")
_QUARTER_NAMED = re.compile(r"pt15m|\b15\b|kvart|quarter|vartti")
_HOUR_NAMED = re.compile(r"pt1h|pt60m|\b60\b|\b1 ?h\b|hour|\btime|\btimm|tunti")
_UTC = re.compile(r"\b(?:utc|gmt)\b")


def plain(text: str) -> str:
    """Return a text as words are looked for in it: in lower case, with blanks for underscores."""
    return " ".join(text.casefold().replace("_", " ").split())


def role_of(heading: str) -> Role:
    """Return what the heading of a column says that it holds."""
    return next((role for role, words in _ROLES if words.search(plain(heading))), Role.UNKNOWN)


def unit_in(text: str) -> str | None:
    """Return the unit of energy that a heading or a cell names, one of `UNITS`; None: none."""
    found = _UNIT.search(plain(text))
    return found[1] if found else None


def length_in(text: str) -> timedelta | None:
    """Return the length of the periods that a heading or a cell names; None: none that is known."""
    if _QUARTER_NAMED.search(plain(text)):
        return QUARTER
    return HOUR if _HOUR_NAMED.search(plain(text)) else None


def length_of_registers(heading: str) -> timedelta | None:
    """Return the length of the periods that the heading of a column of energy names, such as `KWH 60`."""
    found = re.search(r"wh (15|60)\b", plain(heading))
    return {"15": QUARTER, "60": HOUR}[found[1]] if found else None


def is_utc(heading: str) -> bool:
    """Return whether the heading of a column of times says that they are UTC."""
    return bool(_UTC.search(plain(heading)))


def is_export(cell: str) -> bool:
    """Return whether a cell says that its line is of energy that was fed into the grid."""
    return bool(_IS_EXPORT.search(plain(cell)))


def is_missing(cell: str) -> bool:
    """Return whether a cell says that the value of its line is missing."""
    return bool(_IS_MISSING.search(plain(cell)))


def is_estimated(cell: str) -> bool:
    """Return whether a cell says that the value of its line is estimated."""
    return bool(_IS_ESTIMATED.search(plain(cell)))
