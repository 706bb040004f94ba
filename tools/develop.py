"""A home to look at: a simulated meter and a real Home Assistant that reads it. `scripts/develop` runs this."""

import argparse
import asyncio
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
import signal
import sys
from typing import Any

from tools.home import PASSWORD, ROOT, USER, Home, HomeError
from tools.simulator.household import House
from tools.simulator.lists import ListKind, Model, encode, find_model
from tools.simulator.meter import Meter
from tools.simulator.serve import TcpLine, serve_tcp

PAST = timedelta(days=2)
HOUR = timedelta(hours=1)


def say(text: str) -> None:
    """Tell the person who waits."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def past_hours(house: House, now: datetime) -> dict[str, list[dict[str, Any]]]:
    """Return the hours of the last days as Home Assistant's statistics, for import and export (kWh).

    The sums end at zero, where the recorder begins to count when it first sees the registers.
    """
    full = now.replace(minute=0, second=0, microsecond=0)
    hours = [full - number * HOUR for number in range(int(PAST / HOUR), 0, -1)]
    stands = {hour: house.at(hour) for hour in (*hours, full)}
    rows: dict[str, list[dict[str, Any]]] = {}
    for key in ("energy_import", "energy_export"):
        last = getattr(stands[full], key)
        rows[key] = [
            {
                "start": hour.isoformat(),
                "state": getattr(stands[hour + HOUR], key) / 1000,
                "sum": (getattr(stands[hour + HOUR], key) - last) / 1000,
            }
            for hour in hours
        ]
    return rows


async def furnish(home: Home, line: TcpLine, model: Model, past: House) -> None:
    """Set the meter up through the config flow, and put it on the energy dashboard with a past."""
    say("Setting HAN Port up through its config flow …")
    await give_past(home, await home.add_meter("127.0.0.1", line.port), line, model, past)


async def give_past(home: Home, entry: dict[str, Any], line: TcpLine, model: Model, past: House) -> dict[str, str]:
    """Put an entry's meter on the energy dashboard, with the days before; return its entities."""
    now = datetime.now(UTC)
    full = now.replace(minute=0, second=0, microsecond=0)
    # A real meter says its registers at the next full hour. Nobody wants to wait for that here.
    line.send(encode(model, past.at(full), full, ListKind.HOURLY))
    entities = await home.entities(entry)
    while await home.state(entities["energy_import"]) in ("unknown", "unavailable"):
        await asyncio.sleep(0.1)
    await home.show_on_energy_dashboard(entities)
    for key, stats in past_hours(past, now).items():
        metadata = {"source": "recorder", "statistic_id": entities[key], "name": None, "mean_type": 0}
        metadata |= {"unit_of_measurement": "kWh", "unit_class": "energy", "has_sum": True}
        await home.call("recorder/import_statistics", metadata=metadata, stats=stats)
    return entities


async def develop(asked: argparse.Namespace) -> None:
    """Start all, tell where it is, and go on until Ctrl-C, or until Home Assistant ends by itself."""
    folder = ROOT / ".home" / str(asked.port)
    model = find_model(asked.maker)
    now = datetime.now(UTC)
    begin = now.replace(minute=0, second=0, microsecond=0) - PAST
    house, past = (House(begin, net=model.net, solar=True) for _ in range(2))  # the same house, lived in twice
    async with serve_tcp(Meter(model, house, now)) as line:
        say(f"A simulated {model.title} speaks on {line.url}.")
        say("Starting Home Assistant …")
        async with Home(Path(asked.hass), folder, asked.port, language=asked.language) as home:
            await home.onboard()
            await furnish(home, line, model, past)
            say(f"\n  {home.url}\n  user {USER}, password {PASSWORD}\n\nEnergy dashboard: {home.url}/energy")
            say(f"Log: {folder / 'home.log'}. Ctrl-C ends it all.")
            await home.ended()


async def until_stopped(asked: argparse.Namespace) -> None:
    """Let Ctrl-C, at any moment, end all in good order."""
    developing = asyncio.create_task(develop(asked))
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, developing.cancel)
    with suppress(asyncio.CancelledError):
        await developing
    say("Stopped.")


def main() -> int:
    """Read the arguments."""
    parser = argparse.ArgumentParser(prog="scripts/develop", description=__doc__)
    parser.add_argument("--port", type=int, default=8123, help="of Home Assistant's web page")
    parser.add_argument("--maker", default="aidon", help="of the simulated meter: aidon, kaifa, kamstrup or embriq")
    parser.add_argument("--language", default="en", help="en, nb, nn, sv, da or fi")
    parser.add_argument("--hass", default=ROOT / ".venv-home/bin/hass", help="the program to start")
    try:
        asyncio.run(until_stopped(parser.parse_args()))
    except (HomeError, LookupError, OSError) as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
