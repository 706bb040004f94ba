"""How many instructions of the processor a frame takes, beside what others have, as Valgrind counts them.

A count is the same on a busy machine, and comparable from day to day. Each contender reads some frames of a workload in
one process and more of them in another, and the difference is shared out.
"""

import re
import subprocess
import sys

from benchmarks.speed import CONTENDERS, OTHERS, ROOT, columns, path_of, what_is_given

FEW, MANY = 16, 48
"""Frames."""
COUNTED = re.compile(r"==(\d+)== Collected : (\d+)")


def counts_of(name: str, folder: str, given: str) -> dict[str, float]:
    """Return workload -> instructions a frame, of those that it can read."""
    valgrind = ["valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null"]
    command = [*valgrind, sys.executable, str(ROOT / "benchmarks" / "contender.py"), name, str(FEW), str(MANY)]
    done = subprocess.run(
        command, input=given, capture_output=True, text=True, check=True, env={"PYTHONPATH": path_of(folder)}
    )
    collected = dict(COUNTED.findall(done.stderr))
    lines = [line.split("\t") for line in done.stdout.splitlines() if line.count("\t") == 2]  # noqa: PLR2004 - see contender.py
    counts = {(workload, int(number)): int(collected[process]) for process, workload, number in lines}
    return {
        workload: (counts[workload, MANY] - count) / (MANY - FEW)
        for (workload, number), count in counts.items()
        if number == FEW
    }


def main() -> None:
    """Count, and print."""
    frames, given = what_is_given()
    own, *others = (counts_of(name, folder, given) for name, folder in CONTENDERS.items())
    print(f"{'frame':18}{'ours, 1000':>12}{OTHERS}")
    for workload in frames:
        ratios = (other.get(workload, 0.0) / own[workload] for other in others)
        print(f"{workload:18}{own[workload] / 1000:12.0f}{columns(ratios)}")


if __name__ == "__main__":
    main()
