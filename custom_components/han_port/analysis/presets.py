"""THE TABLE of capacity tariffs that are known well enough to be offered by name.

A row says how peaks are counted and where that is known from. Prices are not here: they change every year, and the
user has them on a bill. Tariffs that are not known well enough are left out, for the user to build: how many peaks
Falu El, Telge and Bjärke average, and which hours Jämtkraft counts, is not known. Norwegian tariffs by the size of the
main fuse have no peaks, and the one by weeks of a whole year is not a tariff by the month.
"""

from collections.abc import Mapping
from datetime import time
from types import MappingProxyType
from typing import Final

from .rules import MONTHS, PERIODS, Holidays, Rule, Series, Step, Window

_WINTER = (11, 12, 1, 2, 3)


def _workdays(
    begins: int, ends: int, months: tuple[int, ...] = MONTHS, holidays: Holidays = Holidays.NEVER
) -> tuple[Window, ...]:
    return (Window(months, (1, 2, 3, 4, 5), holidays, time(begins), time(ends)),)


USUAL_STEPS = tuple(Step(kw) for kw in (0, 2, 5, 10, 15, 20, 25, 50, 75, 100))
"""kW: the most common thresholds of Norway, in 27 of 74 tariffs; others lack the 2 or go on to 150 and 200
(github.com/kraftsystemet/fri-nettleie, CC-BY-4.0, August 2026)."""

PRESETS: Final[Mapping[str, Rule]] = MappingProxyType(
    {
        # ---- Norway
        # 69 of 74 tariffs in fri-nettleie: the highest hours of the three highest days (elvia.no, telemark-nett.no).
        "no_three_days": Rule((Series(steps=USUAL_STEPS),)),
        # Sør-Aurdal, in the same collection.
        "no_single_hour": Rule((Series(peaks=1, steps=USUAL_STEPS),)),
        # ---- Sweden, where no two need be the same
        # Since February 2022, all hours of the whole year (goteborgenergi.se; energinyheter.se, November 2021).
        "se_goteborg": Rule((Series(),)),
        # From 22 to 6 half of it counts (users of power_max_tracker and ev_smart_charging, 2025).
        "se_ellevio": Rule((Series(windows=(Window(begins=time(22), ends=time(6), weight=0.5), Window())),)),
        # Different days are not required; a kW costs twice as much from November to March (seom.se).
        "se_seom": Rule((Series(one_per_day=False, windows=_workdays(7, 19)),)),
        # It has a list of holidays of its own (falkenberg-energi.se).
        "se_falkenberg": Rule((Series(windows=_workdays(6, 20, _WINTER)),)),
        # Since October 2025, by a user of amsreader.
        "se_malarenergi": Rule((Series(peaks=1, windows=_workdays(7, 19)),)),
        # A single hour of winter's working days. Holidays are unknown (peaqev-core).
        "se_skovde": Rule((Series(peaks=1, windows=_workdays(6, 22, _WINTER, Holidays.ANY)),)),
        # Two peaks side by side, of any hour and of winter's working days (peaqev-core, a user of amsreader).
        "se_karlstad": Rule((Series(peaks=1), Series(peaks=1, windows=_workdays(6, 18, _WINTER, Holidays.ANY)))),
        "se_linde": Rule((Series(peaks=1), Series(peaks=1, windows=_workdays(7, 19, _WINTER, Holidays.ANY)))),
        # Malung-Sälen and Tekniska verken; a kW costs more in winter, and for some the night is half (peaqev-core).
        "se_five_days": Rule((Series(peaks=5),)),
        # ---- Finland
        # Energiavirasto's order of 2 February 2026, for households, by 2029 (verkkouutiset.fi, demokraatti.fi).
        "fi_60min_8kw": Rule((Series(peaks=1, allowance_kw=8.0),)),
        # ---- Belgium
        # The highest quarter of the month, which Belgian meters also send themselves (Home Assistant's homewizard).
        "be_15min": Rule((Series(peaks=1, period=PERIODS[15]),)),
    }
)
"""By name. A name is stored with an entry, so it stays what it is."""
