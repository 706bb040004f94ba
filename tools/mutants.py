"""Small changes to code, one at a time: what `tools.mutation` tries the tests with.

A mutant is a place in a tree and what is put there. Left alone are words for people, annotations, docstrings and
decorators: no test should depend on them.
"""

import ast
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from copy import copy
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from types import CodeType

LEFT_ALONE = {"annotation", "returns", "type_params", "decorator_list", "format_spec"}
COMPARISONS: dict[type[ast.cmpop], tuple[type[ast.cmpop], ...]] = {
    ast.Lt: (ast.LtE, ast.GtE),
    ast.LtE: (ast.Lt, ast.Gt),
    ast.Gt: (ast.GtE, ast.LtE),
    ast.GtE: (ast.Gt, ast.Lt),
    ast.Eq: (ast.NotEq,),
    ast.NotEq: (ast.Eq,),
    ast.In: (ast.NotIn,),
    ast.NotIn: (ast.In,),
    ast.Is: (ast.IsNot,),
    ast.IsNot: (ast.Is,),
}
ARITHMETIC: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.Div,
    ast.Div: ast.Mult,
    ast.FloorDiv: ast.Div,
    ast.Mod: ast.FloorDiv,
    ast.Pow: ast.Mult,
    ast.LShift: ast.RShift,
    ast.RShift: ast.LShift,
    ast.BitAnd: ast.BitOr,
    ast.BitOr: ast.BitAnd,
    ast.BitXor: ast.BitOr,
}
OTHER_NAMES = {
    "min": "max",
    "max": "min",
    "any": "all",
    "all": "any",
    "floor": "ceil",
    "ceil": "floor",
    "startswith": "endswith",
    "endswith": "startswith",
    "append": "appendleft",
    "popleft": "pop",
    "find": "rfind",
    "rfind": "find",
}
UNWRAPPED = {"abs", "int", "reversed", "round", "sorted"}
"""Functions that a mutant leaves out: what they were given is used as it is."""
CO_OPTIMIZED = 1
"""What the code of a function has, and that of a class has not."""


@dataclass(frozen=True)
class Mutant:
    """One change. `function` is the outermost around it: None for what runs when the module is imported."""

    module: Module
    holder: ast.AST
    field: str
    index: int | None
    new: ast.AST | None
    words: str
    lines: range
    function: ast.FunctionDef | None
    top: ast.stmt
    """The statement of the module that it is in."""
    key: str

    def compile(self) -> CodeType:
        """Compile the module with this change in it; what is no Python any more raises a SyntaxError."""
        held = getattr(self.holder, self.field)
        changed = self.new
        if self.index is not None:
            changed = [*held[: self.index], *([] if self.new is None else [self.new]), *held[self.index + 1 :]]
        setattr(self.holder, self.field, changed)
        try:
            return compile(ast.fix_missing_locations(self.module.tree), str(self.module.path), "exec")
        finally:
            setattr(self.holder, self.field, held)

    def code(self) -> CodeType:
        """Compile the function that this change is in."""
        return functions(self.compile())[self.function_key]

    @property
    def function_key(self) -> tuple[str, int]:
        """How the function is found: its name and its first line."""
        assert self.function
        first = min(part.lineno for part in (self.function, *self.function.decorator_list))
        return self.function.name, first

    @property
    def told(self) -> str:
        """The file, and what is changed: as long as the text is the same, whatever stands above it."""
        return f"{self.module.name} {self.words}"

    def __str__(self) -> str:
        return f"{self.module.name}:{self.lines.start}: {self.words}"


def explained(entries: Counter[str], survivors: Iterable[Mutant]) -> tuple[set[str], Counter[str]]:
    """Return the keys of the survivors that are explained, and the entries that explain nothing.

    Mutants that are told alike take an entry each. If more of them survive, it is not known which are meant: none.
    """
    alike: dict[str, list[str]] = defaultdict(list)
    for each in survivors:
        alike[each.told].append(each.key)
    keys = {key for told, same in alike.items() if len(same) <= entries[told] for key in same}
    return keys, entries - Counter({told: len(same) for told, same in alike.items()})


def functions(code: CodeType) -> dict[tuple[str, int], CodeType]:
    """Return the functions of a module and of its classes, by name and first line."""
    found = {}
    for part in code.co_consts:
        if isinstance(part, CodeType):
            inner = {(part.co_name, part.co_firstlineno): part} if part.co_flags & CO_OPTIMIZED else functions(part)
            found |= inner
    return found


@dataclass
class Module:
    """A module and all its mutants."""

    path: Path
    name: str
    tree: ast.Module = field(init=False)

    def __post_init__(self) -> None:
        self.source = self.path.read_text(encoding="utf-8")
        self.tree = ast.parse(self.source)
        self._seen: dict[str, int] = {}

    def mutants(self) -> list[Mutant]:
        """Return them in the order of the text."""
        return list(self._walk(self.tree, None, range(0)))

    def _walk(self, node: ast.AST, function: ast.FunctionDef | None, lines: range) -> Iterator[Mutant]:
        if _says_nothing(node):
            return
        if isinstance(node, ast.stmt | ast.match_case):
            lines = _header(node)
        for name, value in ast.iter_fields(node):
            if name in LEFT_ALONE or (isinstance(node, ast.Raise) and name == "exc"):
                continue
            is_function = isinstance(node, ast.FunctionDef) and name == "body" and function is None
            inside = node if is_function else function
            for index, child in enumerate(value) if isinstance(value, list) else [(None, value)]:
                if isinstance(child, ast.AST):
                    own = _header(child) if isinstance(child, ast.stmt) else lines
                    for new, words in _changes(node, name, child, top=inside is None):
                        yield self._mutant(node, name, index, new, words, own, inside)
                    yield from self._walk(child, inside, lines)

    def _mutant(
        self,
        holder: ast.AST,
        name: str,
        index: int | None,
        new: ast.AST | None,
        words: str,
        lines: range,
        function: ast.FunctionDef | None,
    ) -> Mutant:
        top = next(each for each in self.tree.body if each.end_lineno and lines.start <= each.end_lineno)
        source = ast.get_source_segment(self.source, function or top) or ""
        told = f"{function.name}: {words}" if function else words
        place = f"{self.name} {told} {sha256(source.encode()).hexdigest()[:12]}"
        self._seen[place] = self._seen.get(place, 0) + 1
        return Mutant(self, holder, name, index, new, told, lines, function, top, f"{place} {self._seen[place]}")


def _says_nothing(node: ast.AST) -> bool:
    """Return whether a node is a docstring, or is there for the type checker, or asserts what is so."""
    match node:
        case ast.Expr(value=ast.Constant()) | ast.Import() | ast.ImportFrom() | ast.TypeAlias():
            return True
        case ast.Assign(targets=[ast.Name("__all__")]):
            return True
        case ast.Call(func=ast.Name(id="assert_never" | "TypeVar" | "cast")) | ast.keyword(arg="strict"):
            return True
    return False


def _header(node: ast.stmt | ast.match_case) -> range:
    """Return the lines of a statement, without those of its body."""
    first = node.pattern.lineno if isinstance(node, ast.match_case) else node.lineno
    body = getattr(node, "body", None) or getattr(node, "cases", None)
    if not body:
        return range(first, (getattr(node, "end_lineno", None) or first) + 1)
    inner = body[0].pattern.lineno if isinstance(body[0], ast.match_case) else body[0].lineno
    return range(first, max(first + 1, inner))


type Changes = Iterator[tuple[ast.AST | None, str]]


def _changes(holder: ast.AST, name: str, node: ast.AST, *, top: bool) -> Changes:
    """Yield what may stand in the place of a node, each with words; None is nothing at all."""
    if _says_nothing(node):
        return
    old = ast.unparse(node) if isinstance(node, ast.stmt | ast.expr | ast.keyword) else ""
    if name in {"test", "guard", "ifs"} and not isinstance(node, ast.Compare | ast.BoolOp | ast.UnaryOp):
        yield ast.UnaryOp(ast.Not(), node), f"{old:.70} → not"
    if isinstance(holder, ast.Slice):
        yield None, f"{ast.unparse(holder)} → without {name}"
    if isinstance(node, ast.keyword) and node.arg:
        yield None, f"without {old:.70}"
    if top and name == "elts" and len(holder.elts) > 1:
        yield None, f"without {old:.70}"
    if isinstance(holder, ast.JoinedStr):
        return
    changes = _statements(node) if isinstance(node, ast.stmt) else _expressions(node)
    for new in changes:
        if new is not node and isinstance(new, ast.AST):
            ast.copy_location(new, node)
            yield new, _told(node, new)


def _told(old: ast.AST, new: ast.AST) -> str:
    """Say what a change is; of a mapping, which of its entries is left out."""
    if isinstance(old, ast.Dict) and isinstance(new, ast.Dict):
        key, value = next(pair for pair in zip(old.keys, old.values, strict=True) if pair[1] not in new.values)
        return f"without {_short(ast.unparse(ast.Dict([key], [value])))}"
    return f"{_short(ast.unparse(old))} → {_short(ast.unparse(new))}"


def _short(words: str) -> str:
    return " ".join(words.split())[:90]


def _statements(node: ast.stmt) -> Iterator[ast.stmt]:
    match node:
        case ast.Expr() | ast.AugAssign() | ast.Raise() | ast.Delete() | ast.Continue():
            yield ast.Pass()
        case ast.Assign(targets=[ast.Attribute() | ast.Subscript()]) | ast.AnnAssign(target=ast.Attribute(), value=_):
            yield ast.Pass()
        case ast.Return(value=ast.expr() as value) if not (isinstance(value, ast.Constant) and value.value is None):
            yield ast.Return(ast.Constant(None))
        case ast.Break():
            yield ast.Continue()
    if isinstance(node, ast.AugAssign) and type(node.op) in ARITHMETIC:
        yield ast.AugAssign(node.target, ARITHMETIC[type(node.op)](), node.value)


def _expressions(node: ast.AST) -> Iterator[ast.AST]:
    match node:
        case ast.Compare(left, ops, others):
            for place, op in enumerate(ops):
                for other in COMPARISONS[type(op)]:
                    yield ast.Compare(left, [*ops[:place], other(), *ops[place + 1 :]], others)
        case ast.BoolOp(op, values):
            yield ast.BoolOp(ast.And() if isinstance(op, ast.Or) else ast.Or(), values)
            for rest in _each_left_out(values):
                yield ast.BoolOp(op, rest) if len(rest) > 1 else copy(rest[0])
        case ast.UnaryOp(ast.Not() | ast.USub(), operand):
            yield copy(operand)
        case ast.BinOp(left, op, right) if type(op) in ARITHMETIC:
            yield ast.BinOp(left, ARITHMETIC[type(op)](), right)
        case _:
            yield from _plain_expressions(node)


def _plain_expressions(node: ast.AST) -> Iterator[ast.AST]:
    match node:
        case ast.Constant(value) if not (isinstance(value, str) and " " in value):  # words for people
            yield from map(ast.Constant, _constants(value))
        case ast.Dict(keys, values) if len(keys) > 1:
            yield from map(ast.Dict, _each_left_out(keys), _each_left_out(values), strict=True)
        case ast.Call():
            yield from _calls(node)


def _each_left_out[T](nodes: list[T]) -> Iterator[list[T]]:
    for place in range(len(nodes)):
        yield [*nodes[:place], *nodes[place + 1 :]]


def _calls(node: ast.Call) -> Iterator[ast.AST]:
    match node.func:
        case ast.Name(name) if name in OTHER_NAMES:
            yield ast.Call(ast.Name(OTHER_NAMES[name], ast.Load()), node.args, node.keywords)
        case ast.Name(name) if name in UNWRAPPED and len(node.args) == 1:
            yield copy(node.args[0])
        case ast.Attribute(value, name) if name in OTHER_NAMES:
            yield ast.Call(ast.Attribute(value, OTHER_NAMES[name], ast.Load()), node.args, node.keywords)


def _constants(value: object) -> Iterator[object]:
    """Yield another value of the same kind."""
    match value:
        case bool():
            yield not value
        case int():
            yield value + 1
        case float():
            yield value * 1.1 or 1.0
        case str():
            yield f"XX{value}"
        case bytes():
            yield b"X" + value
