"""That code can still be changed in small places, to see whether a test notices: `scripts/mutate` does so."""

from collections import Counter
from pathlib import Path
from typing import Any

from tools.mutants import Module, Mutant, explained

SOURCE = '''
"""A module."""
from math import floor

TABLE = {"a": 1, "b": 2.5}


class Counter:
    """Counts."""

    @property
    def room(self, limit: int = 3) -> int:
        """Return what is left."""
        if self.count < limit and not self.full:
            raise ValueError("no room for more")
        return floor(self.count - 1)
'''


def mutants(folder: Path, source: str = SOURCE) -> list[Mutant]:
    """Return the mutants of a source."""
    path = folder / "module.py"
    path.write_text(source)
    return Module(path, "module.py").mutants()


def test_each_place_is_changed_and_words_are_left_alone(tmp_path: Path) -> None:
    """Docstrings, annotations, decorators and the texts of errors say nothing that a number hangs on."""
    assert [str(each).removeprefix("module.py:") for each in mutants(tmp_path)] == [
        "5: without {'a': 1}",
        "5: without {'b': 2.5}",
        "5: 'a' → 'XXa'",
        "5: 'b' → 'XXb'",
        "5: 1 → 2",
        "5: 2.5 → 2.75",
        "12: 3 → 4",
        "14: room: self.count < limit and (not self.full) → self.count < limit or not self.full",
        "14: room: self.count < limit and (not self.full) → not self.full",
        "14: room: self.count < limit and (not self.full) → self.count < limit",
        "14: room: self.count < limit → self.count <= limit",
        "14: room: self.count < limit → self.count >= limit",
        "14: room: not self.full → self.full",
        "15: room: raise ValueError('no room for more') → pass",
        "16: room: return floor(self.count - 1) → return None",
        "16: room: floor(self.count - 1) → ceil(self.count - 1)",
        "16: room: self.count - 1 → self.count + 1",
        "16: room: 1 → 2",
    ]


def test_a_mutant_is_one_change_and_leaves_nothing_behind(tmp_path: Path) -> None:
    """They are all made of one tree."""
    found = mutants(tmp_path, "def half(x):\n    return x // 2 if x > 0 else 0\n")
    told = {}
    for each in found:
        names: dict[str, Any] = {}
        exec(each.compile(), names)
        told[each.words] = names["half"](4), names["half"](0)
        assert each.code().co_name == "half"
    assert told == {
        "half: return x // 2 if x > 0 else 0 → return None": (None, None),
        "half: x > 0 → x >= 0": (2, 0),
        "half: x > 0 → x <= 0": (0, 0),
        "half: 0 → 1": (2, 1),
        "half: x // 2 → x / 2": (2.0, 0),
        "half: 2 → 3": (1, 0),
    }
    assert len({each.key for each in found}) == len(found)


def test_slices_keywords_and_nested_functions_are_changed_where_they_are(tmp_path: Path) -> None:
    """The outermost function is what is put in place of the old one."""
    found = mutants(tmp_path, "def f(x):\n    def g():\n        return sorted(x[1:], reverse=True)\n    return g()\n")
    assert {each.function_key for each in found} == {("f", 1)}
    assert [each.words for each in found if each.lines.start == 3] == [
        "f: return sorted(x[1:], reverse=True) → return None",
        "f: sorted(x[1:], reverse=True) → x[1:]",
        "f: 1: → without lower",
        "f: 1 → 2",
        "f: without reverse=True",
        "f: True → False",
    ]


def test_a_survivor_is_explained_by_its_file_and_words_wherever_it_stands(tmp_path: Path) -> None:
    """Neither what is above it nor the rest of its function changes that."""
    entries = Counter(["module.py f: x < 1 → x <= 1"])
    first, *_ = mutants(tmp_path, "def f(x):\n    if x < 1:\n        return 2\n")[:1]
    later, *_ = mutants(tmp_path, "y = 0\n\n\ndef f(x):\n    if x < 1:\n        return 3\n")[1:2]
    assert first.told == later.told == "module.py f: x < 1 → x <= 1"
    assert (first.key, first.lines.start) != (later.key, later.lines.start)
    assert explained(entries, [first]) == ({first.key}, Counter())
    assert explained(entries, [later]) == ({later.key}, Counter())


def test_mutants_that_are_told_alike_take_an_entry_each(tmp_path: Path) -> None:
    """Else one that matters could hide behind one that does not."""
    one, other = [each for each in mutants(tmp_path, "def f(x):\n    return x[1:] + x[1]\n") if "1 → 2" in each.words]
    assert one.told == other.told == "module.py f: 1 → 2"
    assert explained(Counter({one.told: 1}), [one, other]) == (set(), Counter())
    assert explained(Counter({one.told: 2}), [one, other]) == ({one.key, other.key}, Counter())


def test_an_explanation_that_fits_no_survivor_is_in_vain(tmp_path: Path) -> None:
    """What is killed now, or is not there any more, need not be explained."""
    one, *_ = mutants(tmp_path, "def f(x):\n    return x[1:]\n")
    entries = Counter({one.told: 2, "module.py g: 1 → 2": 1})
    assert explained(entries, [one]) == ({one.key}, Counter({one.told: 1, "module.py g: 1 → 2": 1}))
