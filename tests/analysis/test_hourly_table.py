"""Hourly energies in the tables of grid companies."""

from datetime import UTC, datetime
import json
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from custom_components.han_port.analysis.hourly_table import LeftOut, read_table

OSLO = ZoneInfo("Europe/Oslo")


@pytest.mark.parametrize(
    ("line", "start", "kwh"),
    [
        ("01.11.2026 17:00;01.11.2026 18:00;1,234;Målt", datetime(2026, 11, 1, 16, tzinfo=UTC), 1.234),
        ('"2026-11-01T17:00:00+01:00","2026-11-01T18:00:00+01:00",1.234', datetime(2026, 11, 1, 16, tzinfo=UTC), 1.234),
        ("2026-07-01 17:00\t2.5", datetime(2026, 7, 1, 15, tzinfo=UTC), 2.5),
        ("571313115400000000;01/07/2026 17:00;kWh;0,0", datetime(2026, 7, 1, 15, tzinfo=UTC), 0.0),
        ("2026-07-01T15:00:00Z,3", datetime(2026, 7, 1, 15, tzinfo=UTC), 3.0),
        ("20260701 17:00;7", datetime(2026, 7, 1, 15, tzinfo=UTC), 7.0),
        ("20260701 7:00;7", datetime(2026, 7, 1, 5, tzinfo=UTC), 7.0),
        ("01.07.2026 17:00:00;7", datetime(2026, 7, 1, 15, tzinfo=UTC), 7.0),
        ("2026/07/01 17:00;7", datetime(2026, 7, 1, 15, tzinfo=UTC), 7.0),
        ("2000-01-01 01:00;7", datetime(2000, 1, 1, tzinfo=UTC), 7.0),
        ("2099-12-31 23:00;7", datetime(2099, 12, 31, 22, tzinfo=UTC), 7.0),
        ("20260701T17;7", datetime(2026, 7, 1, 15, tzinfo=UTC), 7.0),
        ("2026-07-01 17;7", datetime(2026, 7, 1, 15, tzinfo=UTC), 7.0),
    ],
)
def test_the_first_time_is_the_hour_and_the_first_number_behind_it_its_energy(
    line: str, start: datetime, kwh: float
) -> None:
    """Companies differ in everything else."""
    assert read_table(line, OSLO).energies == {start: kwh}


@pytest.mark.parametrize(
    "line",
    [
        "Fra;Til;KWH 60 Forbruk;Kvalitet",
        "01.11.2026 17:00;01.11.2026 18:00;;Mangler",
        "01.11.2026 17:15;1,0",
        "01.11.2026 17:00:30;1,0",
        "2026-11-01T17:00:00.5;1,0",
        "2026-11-01;24,0",
        "20261101;24,0",
        "01.11.2026 17:00;-1,0",
        "Sum;123,4",
        "0001-01-01:00,2.5",
        "1999-12-31 23:00,2.5",
        "2100-01-01 00:00,2.5",
        "9999-12-31T23:00,2.5",
        "01.11.2026 17:00;" + 400 * "9",
    ],
)
def test_what_is_no_hour_is_left_out_and_counted(line: str) -> None:
    """A heading, a hole, a quarter, a day, an export, a sum, the ends of the calendar, a number without end."""
    assert read_table(line, OSLO).energies == {}


def test_the_hour_that_comes_twice_in_autumn_is_two_hours() -> None:
    text = "25.10.2026 01:00;1\n25.10.2026 02:00;2\n\n25.10.2026 02:00;3\n25.10.2026 03:00;4\n"
    assert read_table(text, OSLO).energies == {
        datetime(2026, 10, 24, 23 + n, tzinfo=UTC) if n < 1 else datetime(2026, 10, 25, n - 1, tzinfo=UTC): n + 1.0
        for n in range(4)
    }


def test_quarters_of_an_hour_are_its_energy_together() -> None:
    """The first of them is not that of the hour."""
    text = "01.07.2026 17:00;0,5\n01.07.2026 17:15;1,5\n01.07.2026 17:30;1\n01.07.2026 17:45;1\n01.07.2026 18:00;3\n"
    energies, about = read_table(text, OSLO)
    assert (energies, about.left_out) == ({datetime(2026, 7, 1, 15, tzinfo=UTC): 4.0}, {LeftOut.INCOMPLETE: 1})


@pytest.mark.parametrize("line", ['"2026-07-01 17:00","1,234"', '"2026-07-01 17:00", "1,234"'])
def test_a_decimal_comma_in_quotes_separates_no_cells(line: str) -> None:
    assert read_table(line, OSLO).energies == {datetime(2026, 7, 1, 15, tzinfo=UTC): 1.234}


def test_a_time_that_begins_no_quarter_of_an_hour_begins_nothing() -> None:
    energies, about = read_table("01.07.2026 18:00;3\n01.07.2026 18:07;1\n", OSLO)
    assert (energies, about.left_out) == ({datetime(2026, 7, 1, 16, tzinfo=UTC): 3.0}, {LeftOut.NO_TIME: 1})


@pytest.mark.parametrize(
    "case", json.loads((Path(__file__).parent / "tables.json").read_text()), ids=lambda c: c["name"]
)
def test_a_reported_table_is_read_as_it_is_meant(case: dict[str, Any]) -> None:
    energies, _ = read_table(case["text"], ZoneInfo(case["zone"]))
    assert {f"{start:%Y-%m-%d %H}": kwh for start, kwh in energies.items()} == case["hours_utc_kwh"]


@pytest.mark.parametrize(
    "text",
    [
        "Fra;Til;Produksjon (kWh)\n01.11.2026 00:00;01.11.2026 01:00;1,2",
        "Fra;Til;Pris (kr/kWh)\n01.11.2026 00:00;01.11.2026 01:00;1,2",
        "Fra;Til;KWH 60 Forbruk\n01.11.2026 00:00,01.11.2026 01:00,1,234",
        "01.11.2026 00:00;0,45;1,234",
        "Alkuaika;Määrä;Laatu\n2026-11-01T00:00:00Z;0,000;MISSING",
        "2026-11-01 00:00;24,0\n2026-11-02 00:00;23,0",
        "Dato;Time;kWh\n01.11.2026;7;1,2",
    ],
)
def test_a_table_that_may_mean_something_else_is_not_read(text: str) -> None:
    assert read_table(text, OSLO).energies == {}


@pytest.mark.parametrize(
    "text",
    [
        "2026-11-01 00:00-01:00;1,234",
        'Fra,Til,KWH 60 Forbruk,Kvalitet\n01.11.2026 00:00,01.11.2026 01:00,"1,234",Målt',
        "Målepunkt id;Fra dato;Til dato;Mængde;Måleenhed\n571;2026-11-01 00.00;2026-11-01 01.00;1,234;KWH",
        "Resoluutio;Yksikkötyyppi;Alkuaika;Määrä;Laatu\nPT1H;kWh;2026-10-31T23:00:00Z;1,234;OK",
        "Aika;Kulutus (netotettu) kWh;Tuotanto (netotettu) kWh\n2026-11-01T00:00:00.000+01:00;1,234;0,5",
        "Datum;Tid;Temperatur;Förbrukning (kWh)\n2026-11-01;00:00-01:00;-4,5;1,234 kWh",
        "Datum;Time;Forbrug (MWh)\n01-11-2026;00:00;0,001234",
    ],
)
def test_an_export_is_read_by_its_heading(text: str) -> None:
    """Made up in the forms that grid companies and data hubs hand out."""
    assert read_table(text, OSLO).energies == {datetime(2026, 10, 31, 23, tzinfo=UTC): 1.234}


TWO_HOURS = {datetime(2026, 10, 31, 23, tzinfo=UTC): 1.5, datetime(2026, 11, 1, 0, tzinfo=UTC): 2.5}


@pytest.mark.parametrize(
    ("text", "left_out"),
    [
        ("Tid;Forbruk (Wh)\n01.11.2026 00:00;1\u00a0500\n01.11.2026 01:00;2\u202f500", {}),
        ("Start,Consumption (kWh)\n2026-11-01T00:00+01:00,1.5\n2026-11-01T01:00+01:00,2.5", {}),
        ("Tidpunkt;Förbrukning (kWh)\n2026-11-01 00;1,5\n2026-11-01 01;2,5", {}),
        ("Ajankohta;Kulutus kWh\n1.11.2026 0:00;1,5\n1.11.2026 1:00;2,5", {}),
        ("Tid;Forbruk (kWh)\n01.11.2026 00:00;1,5\n01.11.2026 01:00;2,5\nSum;4,0", {LeftOut.NO_TIME: 1}),
        ("Tid;Produksjon (kWh);Forbruk (kWh)\n01.11.2026 00:00;9;1,5\n01.11.2026 01:00;8;2,5", {}),
        ("Fra\tTil\tForbruk kWh\n01.11.2026 00:00\t01.11.2026 01:00\t1,5\n01.11.2026 01:00\t01.11.2026 02:00\t2,5", {}),
        ("Tid;Forbruk (MWh)\n01.11.2026 00:00;0,0015\n01.11.2026 01:00;0,0025", {}),
        ("Tid;Kostnad;Forbruk\n01.11.2026 00:00;3,5;1,5\n01.11.2026 01:00;4,5;2,5", {}),
        ("Time (UTC);Consumption (kWh)\n2026-10-31 23:00;1.5\n2026-11-01 00:00;2.5", {}),
        ("Periode;kWh\n2026-11-01 00:00-01:00;1,5\n2026-11-01 01:00-02:00;2,5", {}),
        ("Tid;Reaktiv (kVArh);Aktiv (kWh)\n01.11.2026 00:00;3;1,5\n01.11.2026 01:00;4;2,5", {}),
        ("Tid;Temperatur;Forbruk kWh\n01.11.2026 00:00;3;1,5\n01.11.2026 01:00;4;2,5", {}),
        (
            "Tid;Forbruk (kWh)\n01.11.2026 00:00;1,5\n01.11.2026 01:00;2,5\n01.11.2026 02:00;-1\n01.11.2026 03:00;",
            {LeftOut.EXPORT: 1, LeftOut.NO_ENERGY: 1},
        ),
        (
            "Tid;kWh\n01.11.2026 00:00;1,5\n01.11.2026 01:00;2,5\n01.11.2026 02:00;3\n01.11.2026 02:00;4",
            {LeftOut.CONFLICT: 2},
        ),
    ],
)
def test_two_hours_are_the_same_in_whatever_form(text: str, left_out: dict[LeftOut, int]) -> None:
    table = read_table(text, OSLO)
    assert table.energies == pytest.approx(TWO_HOURS)
    assert table.about.left_out == left_out


@pytest.mark.parametrize("first", [0, 1])
def test_hours_that_are_numbered_from_nought_or_one_are_those_of_the_day(first: int) -> None:
    lines = [f"01.11.2026;{number};{number - first},5" for number in range(first, first + 24)]
    energies = read_table("\n".join(["Dato;Time;kWh", *lines]), OSLO).energies
    assert list(energies.values()) == [hour + 0.5 for hour in range(24)]
    assert min(energies) == datetime(2026, 10, 31, 23, tzinfo=UTC)


@pytest.mark.parametrize("heading", ["Effekt (kW)", "Målerstand (kWh)", "Pris (NOK/kWh)"])
def test_what_is_no_energy_of_an_hour_is_not_taken_for_it(heading: str) -> None:
    table = read_table(f"Tid;{heading}\n01.11.2026 00:00;1,5\n01.11.2026 01:00;2,5", OSLO)
    assert table.energies == {}
    assert table.about.problem == "energy_column_unclear"


def test_lines_that_are_longer_than_the_heading_are_no_error() -> None:
    """Found by the fuzzer: the time of day was in a column behind it."""
    text = "Fra;kWh\n01.11.2026;1,5;00:00\n01.11.2026;2,5;01:00"
    assert read_table(text, OSLO).energies == {}
