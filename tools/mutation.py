"""One change to the code at a time, and whether a test notices: `scripts/mutate decoder/p1.py`.

Each mutant lives in a process that is forked off when everything is imported, and only the tests that reach its lines
are run, the quickest first. What runs when a module is imported, such as a table, is changed before it is imported.
What was tried is remembered in .mutation, so a run that was stopped goes on where it was.
"""

import argparse
import ast
from collections import Counter
from collections.abc import Callable, Collection, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cache
import gc
import importlib
import importlib.machinery
import json
import math
import os
from pathlib import Path
import pickle
import resource
import signal
import sys
import tempfile
import time
from types import CodeType, FunctionType
from typing import Any

from _pytest.runner import runtestprotocol
import hypothesis
import hypothesis.strategies
import pytest

from tools.mutants import Module, Mutant, explained
from tools.standalone import PACKAGE, leave_out_home_assistant

ROOT = PACKAGE.parents[1]
ROOMS = ("decoder", "analysis")
MEMORY = ROOT / ".mutation"
EXPLAINED = ROOT / "tools" / "survivors.txt"
"""Mutants that no test is to notice, as they are told, without the line; above them, behind a #, why."""
EXAMPLES = 15
"""How many Hypothesis gives each test: a mutant that needs luck to be noticed is told as a survivor."""
PATIENCE = 3.0
"""Seconds of computing that a test may take beside ten times its usual ones; then the mutant has hung it."""
BRISK = 0.25
"""Seconds that a test may usually take to be used at first; those that take longer are for `--survivors` alone."""
SPACE = 2 * 2**30
"""Bytes that a test may fill."""
WORDS = ["-c", os.devnull, "--rootdir", str(ROOT), "-o", f"pythonpath={ROOT}", "--noconftest", "--assert=plain"]
WORDS += ["-p", "no:terminal", "-p", "no:cacheprovider", "-p", "no:unraisableexception", "-s"]


@dataclass
class Reach:
    """Which tests reach which lines, and how long they take."""

    seconds: dict[str, float] = field(default_factory=dict)
    tests: dict[tuple[str, int], list[str]] = field(default_factory=dict)
    imported: set[tuple[str, int]] = field(default_factory=set)
    """Lines that are run when the modules are imported."""
    longest: float = math.inf
    """Seconds: tests that take longer are left out."""

    def of(self, mutant: Mutant) -> list[str]:
        """Return the tests that run a mutant, those of its own file first and then the quickest.

        Of what is at the top of a module, those that run a function which uses its name; all, if it is used there too.
        """
        places = [(mutant.module.path, mutant.lines)] if mutant.function else _uses(mutant)
        found = {test for path, lines in places for line in lines for test in self.tests.get((str(path), line), ())}
        return self.ordered(found or self.seconds, mutant.module)

    def is_live(self, mutant: Mutant) -> bool:
        """Tell whether a mutant is within a function that tests run, and that nothing has run before."""
        if mutant.function is None:
            return False
        path, body = str(mutant.module.path), mutant.function.body
        lines = range(body[0].lineno, (body[-1].end_lineno or 0) + 1)
        was_run = any((path, line) in self.imported for line in lines)
        return not was_run and any((path, line) in self.tests for line in mutant.lines)

    def ordered(self, tests: Collection[str], module: Module) -> list[str]:
        """Return tests in the order in which they are tried."""
        own = f"/test_{module.path.stem}.py"
        brisk = [test for test in tests if self.seconds[test] <= self.longest]
        return sorted(brisk, key=lambda test: (own not in test, self.seconds[test], test))


def _uses(mutant: Mutant) -> list[tuple[Path, range]]:
    """Return the functions that use the name which a mutant changes; none if others than functions use it."""
    match mutant.top:
        case ast.Assign(targets=[ast.Name(name)]) | ast.AnnAssign(target=ast.Name(name)):
            found = [place for room in ROOMS for path in (PACKAGE / room).glob("*.py") for place in _used(path, name)]
            return [] if None in found else [place for place in found if place]
    return []


@cache
def _used(path: Path, name: str) -> list[tuple[Path, range] | None]:
    """Return the outermost functions of a module that use a name; None for what is not in a function."""
    found: list[tuple[Path, range] | None] = []

    def walk(node: ast.AST, function: ast.FunctionDef | None) -> None:
        if isinstance(node, ast.FunctionDef) and function is None:
            function = node
        match node:
            case ast.Name(id, ast.Load()) | ast.Attribute(attr=id) if id == name:
                found.append((path, range(function.lineno, (function.end_lineno or 0) + 1)) if function else None)
        for child in ast.iter_child_nodes(node):
            walk(child, function)

    walk(ast.parse(path.read_text(encoding="utf-8")), None)
    return found


class Room:
    """A pytest plugin that does something with the tests of a room once they are collected."""

    def __init__(self, work: Callable[[dict[str, pytest.Item]], None]) -> None:
        """Remember what to do."""
        self._work = work
        self.done = False

    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        """Do it, in the place of running all tests."""
        if session.testsfailed:
            raise session.Failed
        self._work({item.nodeid: item for item in session.items})
        self.done = True
        return True


def collect(room: str, work: Callable[[dict[str, pytest.Item]], None], files: Collection[str] = ()) -> bool:
    """Collect the tests of a room and do something with them; return whether that was possible."""
    plugin = Room(work)
    pytest.main([*WORDS, *(files or [f"tests/{room}"])], plugins=[plugin])
    return plugin.done


def passes(item: pytest.Item) -> bool:
    """Run a test."""
    return not any(report.failed for report in runtestprotocol(item, log=False, nextitem=None))


def _is_ours(function: FunctionType) -> bool:
    return function.__code__.co_filename.startswith(str(PACKAGE))


def _caches() -> list[Any]:
    """Return the functions that remember what they have answered."""
    return [each for each in gc.get_objects() if isinstance(each, type(_used)) and _is_ours(each.__wrapped__)]


def import_all() -> None:
    """Import each module of both rooms, also those that wait until they are needed."""
    for path in (path for name in ROOMS for path in (PACKAGE / name).glob("*.py")):
        importlib.import_module(f"custom_components.han_port.{path.parent.name}.{path.stem}".removesuffix(".__init__"))


def watch(room: str, reach: Reach) -> None:
    """Import everything, and run all tests of a room once, and see what they reach."""
    lines = set[tuple[str, int]]()
    monitoring = sys.monitoring

    def tell(code: CodeType, line: int) -> object:
        if code.co_filename.startswith(str(PACKAGE)):
            lines.add((code.co_filename, line))
        return monitoring.DISABLE

    monitoring.use_tool_id(monitoring.COVERAGE_ID, "mutation")
    monitoring.register_callback(monitoring.COVERAGE_ID, monitoring.events.LINE, tell)
    monitoring.set_events(monitoring.COVERAGE_ID, monitoring.events.LINE)
    import_all()
    reach.imported |= lines
    collect(room, lambda items: _run_each(items, reach, lines))


def _run_each(items: dict[str, pytest.Item], reach: Reach, lines: set[tuple[str, int]]) -> None:
    """Run tests one by one; `lines` is filled with those that each reaches."""
    caches = _caches()
    for name, item in items.items():
        for each in caches:
            each.cache_clear()  # so that it is seen what each test reaches, and not only the first
        lines.clear()
        sys.monitoring.restart_events()
        begin = time.process_time()
        if not passes(item):
            raise SystemExit(f"without any change, {name} fails")
        reach.seconds[name] = time.process_time() - begin
        for line in lines:
            reach.tests.setdefault(line, []).append(name)


# --- a process for each ----------------------------------------------------------------------------------------------


def forked(work: Callable[[], bool]) -> str:
    """Do something in a process of its own and return what became of it."""
    child = os.fork()
    if not child:
        code = 1
        with suppress(BaseException):
            null = os.open(os.devnull, os.O_RDWR)
            for stream in (0, 1, 2):
                os.dup2(null, stream)
            resource.setrlimit(resource.RLIMIT_AS, (SPACE, SPACE))
            code = 0 if work() else 1
        os._exit(code)
    _, status = os.waitpid(child, 0)
    if os.WIFSIGNALED(status):
        return "timeout" if os.WTERMSIG(status) == signal.SIGVTALRM else "killed"
    return "killed" if os.WEXITSTATUS(status) else "survived"


def all_pass(items: dict[str, pytest.Item], names: Collection[str], reach: Reach) -> bool:
    """Run tests until one fails; one that does not end takes the process with it."""
    for name in names:
        signal.setitimer(signal.ITIMER_VIRTUAL, PATIENCE + 10 * reach.seconds[name])
        if not passes(items[name]):
            return False
    return True


def in_functions(room: str, mutants: list[Mutant], reach: Reach, tell: Callable[[Mutant, str], None]) -> None:
    """Try mutants within functions: their code is put into the place of the old one."""
    caches: list[Any] = []

    def work(items: dict[str, pytest.Item]) -> None:
        import_all()
        live: dict[tuple[str, str, int], list[FunctionType]] = {}
        for each in gc.get_objects():
            if isinstance(each, FunctionType) and _is_ours(each):
                code = each.__code__
                live.setdefault((code.co_filename, code.co_name, code.co_firstlineno), []).append(each)
        caches.extend(_caches())
        gc.freeze()
        for mutant in mutants:
            found = live[(str(mutant.module.path), *mutant.function_key)]
            tell(mutant, forked(lambda mutant=mutant, found=found: live_with(mutant, found, items)))

    def live_with(mutant: Mutant, found: list[FunctionType], items: dict[str, pytest.Item]) -> bool:
        code = mutant.code()
        for function in found:
            function.__code__ = code
        for each in caches:
            each.cache_clear()  # the collecting of the tests may have asked them already
        return all_pass(items, reach.of(mutant), reach)

    collect(room, work)


def at_import(room: str, mutants: list[Mutant], reach: Reach, tell: Callable[[Mutant, str], None]) -> None:
    """Try mutants that are there from the beginning: first with the tests of the module, then with all that matter."""
    for mutant in mutants:
        names = reach.of(mutant)
        files = list(dict.fromkeys(name.partition("::")[0] for name in names))
        own = [file for file in files if _is_about(ROOT / file, mutant.module.path)]
        for stage in (own, files):
            verdict = forked(
                lambda mutant=mutant, names=names, stage=stage: _imported(room, mutant, reach, names, stage)
            )
            if verdict != "survived":
                break
        tell(mutant, verdict)


@cache
def _is_about(file: Path, module_path: Path) -> bool:
    """Tell whether a file of tests is about a module: by its name, or by what it imports."""
    stem = module_path.stem
    return file.stem == f"test_{stem}" or f"{module_path.parent.name}.{stem} import" in file.read_text(encoding="utf-8")


def _imported(room: str, mutant: Mutant, reach: Reach, names: list[str], files: list[str]) -> bool:
    """Import everything with a mutant in it and return whether those of the named tests that are in the files pass."""
    if not files:
        return True
    signal.setitimer(signal.ITIMER_VIRTUAL, 4 * PATIENCE)
    code, original = mutant.compile(), importlib.machinery.SourceFileLoader.get_code

    def get_code(loader: importlib.machinery.SourceFileLoader, name: str) -> CodeType | None:
        return code if loader.path == str(mutant.module.path) else original(loader, name)

    importlib.machinery.SourceFileLoader.get_code = get_code  # type: ignore[assignment, method-assign]  # it is to be another one
    passed = False

    def work(items: dict[str, pytest.Item]) -> None:
        nonlocal passed
        # A test that is not there any more is one whose parameters have changed.
        here = [name for name in names if name.partition("::")[0] in files]
        passed = items.keys() >= set(here) and all_pass(items, here, reach)

    return collect(room, work, files) and passed


def reach_of(room: str) -> Reach:
    """Return what the tests of a room reach, found out in a process of its own: here nothing is imported yet."""
    with tempfile.NamedTemporaryFile() as file:
        child = os.fork()
        if not child:
            with suppress(Exception):
                reach = Reach()
                watch(room, reach)
                Path(file.name).write_bytes(pickle.dumps(reach))
            os._exit(0)
        os.waitpid(child, 0)
        return pickle.loads(Path(file.name).read_bytes())


# --- what is tried ---------------------------------------------------------------------------------------------------


class Verdicts:
    """What became of each mutant, on disk as soon as it is known."""

    def __init__(self, *, anew: bool) -> None:
        """Read those of earlier runs, and what is explained."""
        lines = EXPLAINED.read_text(encoding="utf-8").splitlines()
        self.explained = Counter(line for line in lines if line and not line.startswith("#"))
        MEMORY.mkdir(exist_ok=True)
        self._path = MEMORY / "verdicts.jsonl"
        if anew:
            self._path.unlink(missing_ok=True)
        lines = self._path.read_text(encoding="utf-8").splitlines() if self._path.exists() else []
        self.known: dict[str, str] = dict(map(json.loads, lines))

    def tell(self, mutant: Mutant, verdict: str) -> None:
        """Write one down."""
        self.known[mutant.key] = verdict
        with self._path.open("a", encoding="utf-8") as file:
            file.write(json.dumps((mutant.key, verdict)) + "\n")
        if verdict == "survived" and mutant.told not in self.explained:
            print(mutant, flush=True)


def modules(paths: list[str]) -> Iterator[Module]:
    """Yield the modules that are asked for: files or folders, seen from the integration's own."""
    for path in paths:
        whole = PACKAGE / path if not Path(path).exists() else Path(path).resolve()
        for each in [whole] if whole.suffix else sorted(whole.glob("*.py")):
            yield Module(each, each.relative_to(PACKAGE).as_posix())


def compilable(mutant: Mutant) -> bool:
    """Return whether a mutant is Python."""
    try:
        mutant.compile()
    except SyntaxError, ValueError:
        return False
    return True


def prepare() -> None:
    """Set the tests of decoder/ and analysis/ up to run fast, and without Home Assistant, which they do not need."""
    os.environ |= {"HAN_PORT_CORPUS": os.devnull, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    os.environ["HYPOTHESIS_PROFILE"] = "mutation"
    hypothesis.settings.register_profile(
        "mutation",
        max_examples=EXAMPLES,
        derandomize=True,
        database=None,
        deadline=None,
        phases=(hypothesis.Phase.explicit, hypothesis.Phase.generate),
        suppress_health_check=list(hypothesis.HealthCheck),
    )
    leave_out_home_assistant()
    os.chdir(ROOT)


def main() -> None:
    """Try the mutants that have not been tried, and say what became of all."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--anew", action="store_true", help="forget what earlier runs have found")
    parser.add_argument(
        "--survivors", action="store_true", help="try those again that were not noticed, with slow tests too"
    )
    parser.add_argument("paths", nargs="*", default=list(ROOMS), help="such as decoder, or analysis/hour.py")
    asked = parser.parse_args()
    prepare()
    verdicts = Verdicts(anew=asked.anew)
    chosen = {module.name: [each for each in module.mutants() if compilable(each)] for module in modules(asked.paths)}
    done = {"killed", "timeout"} if asked.survivors else {"killed", "timeout", "survived"}
    for room in ROOMS:
        mine = [each for name, mutants in chosen.items() if name.startswith(room) for each in mutants]
        left = [each for each in mine if verdicts.known.get(each.key) not in done]
        if left:
            try_all(room, left, verdicts, math.inf if asked.survivors else BRISK)
    report(chosen, verdicts)


def report(chosen: dict[str, list[Mutant]], verdicts: Verdicts) -> None:
    """Say what became of all, and which explanations fit no survivor of the modules that were asked for."""
    survivors = [each for mutants in chosen.values() for each in mutants if verdicts.known[each.key] == "survived"]
    keys, in_vain = explained(verdicts.explained, survivors)
    for each in survivors:
        if each.key not in keys and each.told in verdicts.explained:
            print(each, "(more like it survive than are explained)")
    print()
    for name, mutants in chosen.items():
        told = Counter("explained" if each.key in keys else verdicts.known[each.key] for each in mutants)
        print(f"{name:26}{len(mutants):6} mutants", *(f"{count:6} {word}" for word, count in sorted(told.items())))
    for told in in_vain:
        name = told.partition(" ")[0]
        if name in chosen or not (PACKAGE / name).exists():
            print(f"explained in vain: {told}")


def try_all(room: str, mutants: list[Mutant], verdicts: Verdicts, longest: float) -> None:
    """Try mutants of a room: first those in functions, which is quick."""
    reach = reach_of(room)
    reach.longest = longest
    live = [each for each in mutants if reach.is_live(each)]
    others = [each for each in mutants if not reach.is_live(each)]
    print(f"{room}: {len(live)} mutants in functions and {len(others)} others", flush=True)
    child = os.fork()  # which imports everything, so that here nothing is
    if not child:
        with suppress(Exception):
            in_functions(room, live, reach, verdicts.tell)
        os._exit(0)
    os.waitpid(child, 0)
    at_import(room, others, reach, verdicts.tell)
    verdicts.known = Verdicts(anew=False).known


if __name__ == "__main__":
    main()
