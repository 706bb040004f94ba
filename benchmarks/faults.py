"""What becomes of Home Assistant when lines break: every fault of tests/whole/faults, tried anew.

Those of the lines are tried all at once on one real Home Assistant, as a user sees them: what is shown, and that good
values come again. One is survived if besides no wrong number was ever shown, and nothing was left behind. Those that
are tried from inside are tests, and each counts by its name. Here a line may be silent for some seconds only, and
floods are short; tests/whole/faults/test_process.py takes the whole 60 seconds.
"""

import argparse
import asyncio
from pathlib import Path
import re
import subprocess
import sys
from tempfile import TemporaryDirectory
from xml.etree import ElementTree as ET

from tests.whole.faults.process import MAY_GROW, Report, run

INSIDE = "tests/whole/faults/test_inside.py"
LEAST = 10
"""Tests that there must be at least: fewer have not all run."""


def faulty(report: Report) -> list[str]:
    """Return what is wrong with all of it together, and so with each."""
    found = [*report.wrong, *report.errors, *(f"left: {key} {was}" for key, was in report.left.items())]
    if report.growth >= MAY_GROW:
        found.append(f"{report.growth} MB more memory")
    if report.exit_status != 0:
        found.append(f"exit status {report.exit_status}")
    return found


async def inside(folder: Path) -> list[tuple[str, bool]]:
    """Run the tests from inside; return the name of each and whether it has passed."""
    told = folder / "inside.xml"
    words = [sys.executable, "-m", "pytest", "-q", INSIDE, "-p", "no:cacheprovider", f"--junitxml={told}"]
    process = await asyncio.create_subprocess_exec(*words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    await process.wait()
    cases = list(ET.parse(told).iter("testcase"))
    return [(re.sub(r"^test_|_(?=\w)", " ", case.attrib["name"]).strip(), not len(case)) for case in cases]


async def measure(silence: float, seconds: float, rest: float) -> int:
    """Try all, print the table and return how many faults were not survived."""
    with TemporaryDirectory() as folder:
        tried = asyncio.create_task(inside(Path(folder)))
        report = await run(Path(folder), silence=silence, seconds=seconds, rest=rest)
        from_inside = await tried
    wrong = faulty(report)
    rows = [
        (each.fault.replace("_", " "), "; ".join(each.seen), each.failure or "; ".join(wrong))
        for each in report.outcomes
    ]
    rows += [(name, "", "" if passed else "failed") for name, passed in from_inside]
    if len(from_inside) < LEAST:
        rows.append((INSIDE, "", f"only {len(from_inside)} tests have run"))
    width = max(len(name) for name, *_ in rows)
    print(f"{'fault':{width}}  tried survived  what is seen")
    for name, seen, failure in rows:
        print(f"{name:{width}}{1:7}{int(not failure):9}  {failure or seen}")
    objects = sum(report.after["objects"].values())
    print(
        f"\n{report.states} states were shown, {len(report.wrong)} of them wrong; {report.pongs} pings were answered, "
        f"the slowest within {report.slowest:.1f} s; memory grew by {report.growth} MB"
    )
    print(
        f"left behind: {report.after['sockets'] - report.before['sockets']} sockets, "
        f"{report.after['ptys'] - report.before['ptys']} ports, {objects} of our objects, "
        f"{sum(report.after['tasks'].values()) - sum(report.before['tasks'].values())} tasks; "
        f"exit status {report.exit_status}, {len(report.errors)} errors of ours in the log"
    )
    survived = sum(not failure for *_, failure in rows)
    print(f"faults tried: {len(rows)}, survived: {survived}")
    return len(rows) - survived


def main() -> int:
    """Measure, and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--silence", type=float, default=10, help="seconds that a line may be silent (really 60)")
    parser.add_argument("--seconds", type=float, default=2, help="how long floods last")
    parser.add_argument("--rest", type=float, default=0.1, help="seconds between two bytes of a slow line")
    asked = parser.parse_args()
    return min(1, asyncio.run(measure(asked.silence, asked.seconds, asked.rest)))


if __name__ == "__main__":
    sys.exit(main())
