"""What HAN Port adds to the start of a home: a real `hass` process that reads one meter, started again some times.

Home Assistant itself says how long each integration took to set up (as its page *Integration startup times* shows), and
the interpreter how long each module took to import. Of ours, and of serialx, which opens the line.
"""

import argparse
import asyncio
from collections import Counter
from datetime import UTC, datetime
import os
from pathlib import Path
import re
from statistics import median
import tempfile

from tools.home import ROOT, Home
from tools.simulator.household import House
from tools.simulator.lists import find_model
from tools.simulator.meter import Meter
from tools.simulator.serve import serve_tcp

HASS = ROOT / ".venv-home" / "bin" / "hass"
IMPORT = re.compile(r"import time: +(\d+) \| +\d+ \| +(?:custom_components\.)?(han_port|serialx)\b")


async def measure(times: int) -> None:
    """Measure, and print medians."""
    os.environ["PYTHONPROFILEIMPORTTIME"] = "1"
    set_up, imported = list[float](), Counter[str]()
    meter = Meter(find_model("Aidon"), House(datetime.now(UTC), seed=3))
    with tempfile.TemporaryDirectory() as folder:
        async with serve_tcp(meter, speed=10) as line, Home(HASS, Path(folder) / "home", 8198) as home:
            await home.onboard()
            await home.add_meter("127.0.0.1", line.port)
            await home.stop()
            log = home.folder / "home.log"
            for _ in range(times):
                log.unlink()
                await home.start()
                told = {each["domain"]: each["seconds"] for each in await home.call("integration/setup_info")}
                set_up.append(told["han_port"])
                await home.stop()
            for microseconds, name in IMPORT.findall(log.read_text()):
                imported[name] += int(microseconds)
    print(f"imported: ours in {imported['han_port'] / 1000:.0f} ms, serialx in {imported['serialx'] / 1000:.0f} ms")
    print(f"set up in {1000 * median(set_up):.0f} ms, the opening of the line included (median of {times} starts)")


def main() -> None:
    """Measure as often as is asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--times", type=int, default=3)
    asyncio.run(measure(parser.parse_args().times))


if __name__ == "__main__":
    main()
