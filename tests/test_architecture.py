"""Who may know whom, and how long a function may be: read from the syntax trees, not from intentions."""

import ast
from collections.abc import Iterator
from pathlib import Path
import pkgutil
import re
import sys

import pytest

from custom_components import han_port
from custom_components.han_port.decoder.profiles import PROFILES
from custom_components.han_port.decoder.reading import Maker

ROOT = Path(han_port.__file__).parent
PROJECT = ROOT.parents[1]
PACKAGE = "custom_components.han_port"
TREES = {
    str(path.relative_to(ROOT)): ast.parse(path.read_text(encoding="utf-8")) for path in sorted(ROOT.rglob("*.py"))
}
DECODER = {name: tree for name, tree in TREES.items() if name.startswith("decoder/")}
ANALYSIS = {name: tree for name, tree in TREES.items() if name.startswith("analysis/")}
TABLES = {"sensor/measured.py", "decoder/profiles.py", "decoder/quantities.py"}

ORDER = (
    # Each knows only those above it.
    {"errors", "quantities"},
    {"attributes", "dated"},
    {"checksums", "framing", "dlms", "clock", "aes"},
    {"reading", "cipher", "p1"},
    {"hdlc", "mbus", "p1_frame", "bare", "collected"},
    {"hextext", "blocks", "framings", "profiles", "segments", "current_scale"},
    {"builder", "stream", "masking"},
    {"messages", "meters", "telegrams", "unchecked"},
    {"__init__"},
    {"anonymise"},
)
IMPURE = {
    "asyncio",
    "concurrent",
    "homeassistant",
    "io",
    "logging",
    "os",
    "pathlib",
    "random",
    "select",
    "socket",
    "subprocess",
    "sys",
    "threading",
    "time",
    "zoneinfo",
}

type Function = ast.FunctionDef | ast.AsyncFunctionDef


def modules(name: str, tree: ast.AST) -> Iterator[str]:
    """Yield the full names of all modules that a file imports, or imports from."""
    package = [*PACKAGE.split("."), *Path(name).parent.parts]
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else []
            module = ".".join([*base, *filter(None, [node.module])])
            # `from . import hdlc` imports a module, `from .errors import FrameError` a name of one.
            folder = PROJECT / module.replace(".", "/")
            if not folder.is_dir():
                yield module
                continue
            names = {alias.name for alias in node.names}
            inside = {name for name in names if (folder / name).is_dir() or (folder / f"{name}.py").is_file()}
            yield from (f"{module}.{name}" for name in inside)
            if names - inside:
                yield f"{module}.__init__"


def ours(name: str, tree: ast.AST) -> Iterator[str]:
    """Yield what a file imports of this integration, as a path from its root."""
    for module in modules(name, tree):
        if module.startswith(PACKAGE):
            path = module.removeprefix(PACKAGE).lstrip(".").replace(".", "/")
            yield f"{path}/__init__" if (ROOT / path).is_dir() else path


def foreign(name: str, tree: ast.AST) -> set[str]:
    """Return the top-level names of what a file imports from elsewhere."""
    return {module.partition(".")[0] for module in modules(name, tree) if not module.startswith(PACKAGE)}


def functions(tree: ast.AST) -> Iterator[Function]:
    """Yield all functions and methods, inner ones too."""
    return (node for node in ast.walk(tree) if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)))


# --- who knows whom ------------------------------------------------------------------------------------------------


def test_all_files_were_found() -> None:
    """A test over no files passes. These are all that Python finds, and the two pure packages have all of theirs."""
    known = {module.name for module in pkgutil.walk_packages(han_port.__path__, f"{PACKAGE}.")}
    named = {name: ".".join([PACKAGE, *Path(name).with_suffix("").parts]).removesuffix(".__init__") for name in TREES}
    assert set(named.values()) == {PACKAGE, *known}
    for package, files in (("decoder", DECODER), ("analysis", ANALYSIS)):
        assert {named[name] for name in files} == {name for name in known if name.split(".")[2] == package}
    assert {"__init__.py", "sources/link.py", "decoder/__init__.py", "analysis/hour.py"} <= set(TREES)


def test_the_decoder_knows_the_standard_library_and_itself() -> None:
    """It can be used and tested without Home Assistant. The cipher alone may have help: we make none of our own."""
    for name, tree in DECODER.items():
        allowed = set(sys.stdlib_module_names) | ({"cryptography"} if name == "decoder/aes.py" else set())
        assert foreign(name, tree) <= allowed, name
        assert all(module.startswith("decoder/") for module in ours(name, tree)), name


def test_in_the_decoder_each_knows_only_those_above_it() -> None:
    """A byte walks one way from the wire to a reading."""
    rank = {name: level for level, names in enumerate(ORDER) for name in names}
    wrong = []
    for name, tree in DECODER.items():
        own = Path(name).stem
        assert own in rank, f"{name} has no place in the order"
        known = {module.removeprefix("decoder/").partition("/")[0] for module in ours(name, tree)}
        wrong += [f"{own} knows {other}" for other in known if rank[other] >= rank[own]]
    assert not wrong


def test_the_analysis_knows_quantities_and_readings() -> None:
    """And the standard library. What a reading is does not change with where it came from."""
    for name, tree in ANALYSIS.items():
        assert foreign(name, tree) <= set(sys.stdlib_module_names), name
        allowed = {"decoder/quantities", "decoder/reading"}
        assert {m for m in ours(name, tree) if not m.startswith("analysis/")} <= allowed, name


PURE = {"decoder", "analysis"}
SHOWING = {"sensor", "const", *PURE, "meter", "coordinator", "entity"}
ASKING = {"const", *PURE, "meter", "coordinator"}
KNOWS = {
    "const": set(),
    "decoder": {"decoder"},
    "analysis": {"analysis", "decoder"},  # and of the decoder only quantities and readings, see above
    "sources": {"sources", "const", "decoder", "analysis"},  # and of the analysis only the health, see below
    "meter": {"meter", "const", *PURE},
    "coordinator": {"const", *PURE, "sources", "meter"},
    "flows": {"flows", "const", *PURE, "sources", "meter"},
    "config_flow": {"const", "sources", "meter", "flows", "coordinator"},
    "entity": {"const", "coordinator"},
    "binary_sensor": SHOWING,
    "event": SHOWING,
    "number": SHOWING,
    "select": SHOWING,
    "sensor": SHOWING,
    "services": ASKING,
    "diagnostics": ASKING,
    "repairs": ASKING,
}
"""Package, or module of the root -> whom of ours it may import. `__init__` may import all."""
WITH_HOME_ASSISTANT = {"sources/usb.py", "sources/address.py"}
"""Files of the sources that need Home Assistant; the others only move bytes."""
PLATFORMS = {"binary_sensor", "event", "number", "select"}  # `sensor` is a package
OF_HOME_ASSISTANT = {"__init__", "config_flow", "diagnostics", "repairs", "services", *PLATFORMS}
"""Modules that Home Assistant looks for by name."""


def test_each_package_knows_only_those_it_may() -> None:
    """A reading walks one way: sources, decoder, meter, sensor. A dialog knows no entity, and a meter no source."""
    wrong = []
    for name, tree in TREES.items():
        package = Path(name).parts[0].removesuffix(".py")
        known = {module.partition("/")[0] for module in ours(name, tree)}
        if package != "__init__":
            wrong += [f"{name} knows {other}" for other in known - KNOWS[package]]
    assert not wrong


def test_of_the_analysis_the_sources_know_the_health_of_a_line() -> None:
    """What readings come to is none of their business."""
    for name, tree in TREES.items():
        if name.startswith("sources/"):
            assert {module for module in ours(name, tree) if module.startswith("analysis/")} <= {"analysis/health"}, (
                name
            )
            assert "homeassistant" not in foreign(name, tree) or name in WITH_HOME_ASSISTANT, name


CLOCKS = re.compile(r"(utcnow|dt_util\.now|datetime\.now|loop\.time|loop\(\)\.time|time\.monotonic|\.today)$")
WITH_CLOCK = {"coordinator.py", "services.py", "flows/listening.py"}
"""Where the moment that is now comes from, beside the sources. An action and a dialog happen now."""


def test_time_is_an_argument_below_the_coordinator() -> None:
    """So ten readings of ten moments that come at once are ten moments, and a test needs no clock."""
    wrong = [
        f"{name}:{node.lineno} {ast.unparse(node.func)}"
        for name, tree in TREES.items()
        if name not in WITH_CLOCK and not name.startswith("sources/")
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and CLOCKS.search(ast.unparse(node.func))
    ]
    assert not wrong


SEEN_OF_SOURCES = {f"sources/{name}" for name in ("__init__", "address", "errors", "feed", "settings")}


def test_a_new_source_is_seen_by_nobody() -> None:
    """Whoever is outside deals with the contract, a feed, an address, settings and errors."""
    wrong = [
        f"{name} knows {module}"
        for name, tree in TREES.items()
        if not name.startswith("sources/")
        for module in ours(name, tree)
        if module.startswith("sources/") and module not in SEEN_OF_SOURCES
    ]
    assert not wrong


def test_one_file_keeps_something_in_the_dictionary_of_home_assistant() -> None:
    """What two files hand over through it is a global variable."""
    holders = {
        name
        for name, tree in TREES.items()
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and ast.unparse(node).endswith("hass.data")
    }
    assert holders == {"meter/heard.py"}


def test_the_root_holds_what_home_assistant_names_and_little_more() -> None:
    """What else there is has a package, whose sentence says what may be in it."""
    root = {name.removesuffix(".py") for name in TREES if "/" not in name}
    assert root <= OF_HOME_ASSISTANT | {"const", "coordinator", "entity"}
    assert {Path(name).parts[0] for name in TREES if "/" in name} == {*PURE, "sources", "meter", "flows", "sensor"}


def test_nobody_imports_a_private_name() -> None:
    """What begins with an underscore may change without a look at other files."""
    private = [
        f"{name} imports {alias.name}"
        for name, tree in TREES.items()
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
        if alias.name.startswith("_")
    ]
    assert not private


@pytest.mark.parametrize("name", [*DECODER, *ANALYSIS])
def test_decoder_and_analysis_are_pure(name: str) -> None:
    """No I/O, no clock, no loop, no log, no chance: the same bytes always give the same answer."""
    assert not foreign(name, TREES[name]) & IMPURE
    for node in ast.walk(TREES[name]):
        if isinstance(node, ast.Attribute):
            assert node.attr not in {"now", "utcnow", "today"}, f"{name}:{node.lineno}"
        elif isinstance(node, ast.Name):
            assert node.id not in {"open", "print", "input", "eval", "exec"}, f"{name}:{node.lineno}"
        assert not isinstance(node, (ast.AsyncFunctionDef, ast.Await, ast.Global)), name


# --- tests --------------------------------------------------------------------------------------------------------


def from_tests(tree: ast.AST) -> Iterator[int]:
    """Yield the lines in which a file imports a test module or a conftest, or from one."""
    for node in ast.walk(tree):
        if isinstance(node, (ast.Import, ast.ImportFrom)):
            module = (getattr(node, "module", None) or "").split(".")
            words = {*module, *(word for alias in node.names for word in alias.name.split("."))}
            if any(word == "conftest" or word.startswith("test_") for word in words):
                yield node.lineno


def test_nothing_is_imported_from_a_test_or_a_conftest() -> None:
    """What several tests use is in tests/support, or beside them in a file without tests. A fixture is asked for."""
    found = [
        f"{path.relative_to(PROJECT)}:{line}"
        for folder in ("tests", "benchmarks")
        for path in sorted((PROJECT / folder).rglob("*.py"))
        for line in from_tests(ast.parse(path.read_text(encoding="utf-8")))
    ]
    assert not found


def test_the_test_for_imports_from_tests_would_find_one() -> None:
    """Absolute and relative ones, of a module and of its names."""
    wrong = ("import tests.test_x", "from tests.test_x import y", "from .test_x import y", "from . import conftest")
    right = ("from tests.support.homes import state", "from x import async_test_home_assistant", "import pytest")
    assert [list(from_tests(ast.parse(line))) for line in (*wrong, *right)] == [[1]] * 4 + [[]] * 3


# --- how long and how deep -----------------------------------------------------------------------------------------


def test_no_function_is_longer_than_forty_lines() -> None:
    """It would be doing more than one thing."""
    long = {
        f"{name}:{function.lineno} {function.name}": lines
        for name, tree in TREES.items()
        for function in functions(tree)
        if (lines := (function.end_lineno or 0) - function.lineno + 1) > 40
    }
    assert not long


def depth(node: ast.AST) -> int:
    """Return how many blocks stand inside each other; an `elif` stands beside its `if`, an inner function alone."""
    deepest = 0
    for child in ast.iter_child_nodes(node):
        if isinstance(child, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda)):
            continue
        block = isinstance(
            child, (ast.If, ast.For, ast.AsyncFor, ast.While, ast.With, ast.AsyncWith, ast.Try, ast.Match)
        )
        is_elif = isinstance(node, ast.If) and isinstance(child, ast.If) and node.orelse == [child]
        deepest = max(deepest, depth(child) + (block and not is_elif))
    return deepest


def test_no_function_is_nested_deeper_than_three() -> None:
    """Nobody can hold more conditions in mind."""
    deep = {
        f"{name}:{function.lineno} {function.name}": levels
        for name, tree in TREES.items()
        for function in functions(tree)
        if (levels := depth(function)) > 3
    }
    assert not deep


def test_no_module_is_longer_than_three_hundred_lines() -> None:
    """The tables are: they are read line by line, and not as a whole."""
    long = {
        name: lines
        for name in TREES
        if name not in TABLES and (lines := len((ROOT / name).read_text(encoding="utf-8").splitlines())) > 300
    }
    assert not long


# --- makers are rows -----------------------------------------------------------------------------------------------


def words_of_makers() -> set[str]:
    """Return the names by which the makers of the table and of the field are known, in lower case."""
    names = " ".join([maker.value for maker in Maker] + [profile.list_id for profile in PROFILES])
    words = {word for word in re.split(r"[^a-z]+", names.lower()) if len(word) > 3 or word == "kfm"}
    return words | {"iskra", "sagemcom"}


def words_in_code(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Yield all names and strings of a file with their lines, without its docstrings."""
    documents = {
        id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    }
    for node in ast.walk(tree):
        line = getattr(node, "lineno", 0)
        match node:
            case ast.Constant(value=str() | bytes() as text) if id(node) not in documents:
                yield line, str(text)
            case ast.Name(id=name) | ast.Attribute(attr=name) | ast.arg(arg=name) | ast.keyword(arg=str(name)):
                yield line, name
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
                yield line, name
            case ast.alias(name=name, asname=other):
                yield line, f"{name} {other}"


def test_no_maker_is_named_outside_of_the_table() -> None:
    """A maker is a row, not a module and not an `if`. Comments may say whose habit it is."""
    makers = words_of_makers()
    assert {"aidon", "kaifa", "kamstrup", "landis", "embriq", "kfm"} <= makers
    named = [
        f"{name}:{line} {word}"
        for name, tree in TREES.items()
        if name not in {"decoder/profiles.py", "decoder/reading.py"}
        for line, word in words_in_code(tree)
        if any(maker in word.lower() for maker in makers)
    ]
    assert not named


def test_the_test_for_makers_would_find_one() -> None:
    """In a name, a string, a keyword and an import, but not in a docstring or a comment."""
    code = '''"""Kaifa."""
from x import aidon
def f(kamstrup=1):
    """Kaifa."""
    return g(embriq="KFM_001")  # Kaifa
'''
    found = {word.lower() for _, word in words_in_code(ast.parse(code))}
    assert {"aidon none", "kamstrup", "embriq", "kfm_001"} <= found
    assert not any("kaifa" in word for word in found)


# --- words ---------------------------------------------------------------------------------------------------------

REFUSED_WORDS = frozenset(
    {
        *("stand", "told", "doubt", "doubts", "doubted", "happening", "happenings"),
        *("room", "rooms", "reckon", "reckoned", "greatest"),
    }
)
"""Say snapshot, reported, issue, event, headroom or module, calculate, and maximum."""


def names_given(tree: ast.AST) -> Iterator[str]:
    """Yield the names that a file gives: to functions, classes, arguments, attributes, variables and imports."""
    for node in ast.walk(tree):
        match node:
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
                yield name
            case ast.arg(arg=name) | ast.alias(asname=str(name)) | ast.ExceptHandler(name=str(name)):
                yield name
            case ast.Name(id=name, ctx=ast.Store()) | ast.Attribute(attr=name, ctx=ast.Store()):
                yield name
            case ast.MatchAs(name=str(name)) | ast.MatchStar(name=str(name)) | ast.MatchMapping(rest=str(name)):
                yield name
            case ast.TypeVar(name=name) | ast.TypeVarTuple(name=name) | ast.ParamSpec(name=name):
                yield name


def words_of_name(name: str) -> set[str]:
    """Return the words of a name in lower case: they end at an underscore, a digit and a change of case."""
    return {word.lower() for word in re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+", name)}


def test_names_use_the_words_of_the_glossary() -> None:
    """One word for one thing, and the usual one: a search for it finds all of its places."""
    refused = {
        f"{file} {name}"
        for file, tree in TREES.items()
        for name in (*names_given(tree), *Path(file).with_suffix("").parts)
        if words_of_name(name) & REFUSED_WORDS
    }
    assert not refused


def test_the_test_for_words_would_find_one() -> None:
    """In each kind of name and each style, but not inside of another word, in a use, a string or a comment."""
    code = """
import x as room_a
class StandB[ToldC]:
    doubt_d: int
    async def is_doubted_e(self, *happenings_f, ROOMS_G=1, **reckonH): self._greatest_i = 1
def told_j(): return [stand_k for stand_k in x if (told_l := stand_k)]
type RoomM = int
try:
    with x as (room_n, *room_o): LONGEST_DOUBT_P += 1
except X as happening_q:
    match x:
        case {"a": [told_r, *told_s], **told_t} as told_u: pass
standard, broom, understand, roommate = x.told, told(room=1), "room", x  # room
"""
    found = [name for name in names_given(ast.parse(code)) if words_of_name(name) & REFUSED_WORDS]
    assert sorted(name[-1].lower() for name in set(found)) == [*"abcdefghijklmnopqrstu"]


# --- names and values of modules ------------------------------------------------------------------------------------


def assignments(tree: ast.Module) -> Iterator[tuple[str, ast.expr]]:
    """Yield the names that a module gives values to, with those."""
    for node in tree.body:
        match node:
            case (
                ast.Assign(targets=[ast.Name(id=name)], value=value)
                | ast.AnnAssign(target=ast.Name(id=name), value=ast.expr() as value)
            ):
                yield name, value
            case ast.Assign(targets=[ast.Tuple(elts=names)], value=ast.Tuple(elts=values)):
                yield from ((name.id, value) for name, value in zip(names, values, strict=True))


REQUIRED_IN_EACH = {"PARALLEL_UPDATES", "__all__"}
"""Names that Python and Home Assistant look for in a module."""


def test_a_name_has_one_value_in_a_package() -> None:
    """Who searches for a limit finds that limit, and no other module's."""
    values: dict[tuple[str, str], set[str]] = {}
    for name, tree in TREES.items():
        for assigned, value in assignments(tree):
            values.setdefault((str(Path(name).parent), assigned), set()).add(ast.unparse(value))
    assert not {key: found for key, found in values.items() if len(found) > 1 and key[1] not in REQUIRED_IN_EACH}


def is_mutable(value: ast.expr) -> bool:
    """Return whether an expression makes a list, a set or a dictionary."""
    made = {"list", "dict", "set", "defaultdict", "Counter", "deque", "bytearray"}
    literal = isinstance(value, (ast.List, ast.Dict, ast.Set, ast.ListComp, ast.DictComp, ast.SetComp))
    return literal or (isinstance(value, ast.Call) and isinstance(value.func, ast.Name) and value.func.id in made)


def test_no_module_holds_what_can_be_changed() -> None:
    """Two meters in one home share nothing, and no test leaves anything behind for the next."""
    found = [
        f"{name}: {assigned}"
        for name, tree in TREES.items()
        for assigned, value in assignments(tree)
        if is_mutable(value) and assigned != "__all__"
    ]
    assert not found
