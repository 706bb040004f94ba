"""One target of the fuzzer, with inputs that Atheris chooses: `scripts/fuzz --atheris`.

Atheris changes the integration's code as it is imported, so this is a process of its own. What libFuzzer keeps is in
.fuzz, where the next run goes on. Findings are printed as the fuzzer prints them; the rest libFuzzer says itself.
"""

import hashlib
from pathlib import Path
from random import Random
import sys

ROOT = Path(__file__).parents[1]
PATIENCE = 10
"""Seconds that an input may take."""


def main(name: str, seconds: str, seed: str) -> None:
    """Try a target for some seconds. It never returns: libFuzzer ends the process."""
    sys.path.insert(0, str(ROOT / ".peers" / "atheris"))
    import atheris  # noqa: PLC0415 - not there until it is asked for

    with atheris.instrument_imports(include=["custom_components.han_port"]):
        from tools import fuzz  # noqa: PLC0415 - imports what is to be watched

    target, seeds = fuzz.TARGETS[name]
    findings = fuzz.Findings(name)
    folder = ROOT / ".fuzz" / name
    folder.mkdir(parents=True, exist_ok=True)
    for each in seeds:
        (folder / hashlib.sha1(each, usedforsecurity=False).hexdigest()).write_bytes(each)

    def one(data: bytes) -> None:
        if told := findings.of(target, data):
            print(told, flush=True)

    def mutated(data: bytes, most: int, chosen: int) -> bytes:
        chance = Random(chosen)
        if data[:1] == b"{" and chance.random() < fuzz.AS_JSON:
            return fuzz.changed_json(chance, data)[:most]
        return bytes(atheris.Mutate(data, most))

    words = [f"-max_total_time={seconds}", f"-seed={seed}", f"-timeout={PATIENCE}", "-print_final_stats=1"]
    longest = max(fuzz.LONGEST, *map(len, seeds))
    atheris.Setup(
        ["", *words, f"-max_len={longest}", f"-artifact_prefix={folder.parent}/{name}-", str(folder)],
        one,
        custom_mutator=mutated,
    )
    atheris.Fuzz()


if __name__ == "__main__":
    main(*sys.argv[1:])
