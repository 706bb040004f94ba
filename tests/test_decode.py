"""What scripts/decode tells a person, and the captures that it writes."""

from collections.abc import Iterator
import json
from pathlib import Path
import re
import shutil
import subprocess
import sys

import pytest

from custom_components.han_port.decoder import Decoder, Keys, Reading
from custom_components.han_port.decoder.anonymise import Names, anonymised
from tests.captures import HERE, NAMES, load
from tools.decode.explain import explained, from_text
from tools.simulator.sealing import crc_16_arc

KEYS = Keys.parse("000102030405060708090A0B0C0D0E0F", "D0D1D2D3D4D5D6D7D8D9DADBDCDDDEDF")
ENCRYPTED = bytes.fromhex(
    "7EA0714103139537E6E700DB084B414D45010203045A300001869FBD3B76E77F9C7CE3E9CDC2D4B80ACAF71AA6C6BDECF180DEDD6C997A"
    "3A20AC7819B4AECD465FEA6F4C5F112F29253E51485E09F9D7C773D277EB869588E667F5455C892C8E5F4A63125CF6FDF677D6313279F9"
    "468A108D7E"
)


def told(data: bytes, keys: Keys | None = None) -> str:
    """Return all that is said of some bytes, in one text."""
    return "\n".join(explained(data, keys))


def read(data: bytes, keys: Keys | None = None) -> list[Reading]:
    """Return the readings of some bytes."""
    decoder = Decoder(keys=keys)
    return [one for one in [*decoder.receive(data), *decoder.end()] if isinstance(one, Reading)]


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("aidon_no_l2_4w", ["HDLC frame of 288 bytes, its checksum is right", "it calls itself AIDON_V0001"]),
        ("aidon_no_l1", ["it does not name itself, but its values have OBIS codes; row: none", "2148 W"]),
        ("kaifa_no_l2_3p", ["its elements have the types ooollllllllll, and element 0 is like KFM_001$; row: Kaifa"]),
        ("lg_ch_gbt", ["block 3 of a general block transfer, the last", "begins with the description of its push obj"]),
        ("hdlc_segmented", ["segment 1 of a longer content", "row: Iskraemeco"]),
        (
            "kaifa_at_mbus_enc",
            ["M-Bus frame of 256 bytes", "segment 2 of a longer content, the last", "MissingKeyError"],
        ),
        ("p1_se_kam5", ["P1 telegram of 700 bytes", "1-0:1.7.0(0001.870*kW)", "12345678 Wh"]),
    ],
)
def test_every_stage_of_a_frame_is_told(name: str, said: list[str]) -> None:
    """Framing, content, whose list it is and by what that is seen."""
    text = told(load(name))
    for each in said:
        assert each in text


def test_an_encrypted_message_is_told_with_its_header_and_without_its_keys() -> None:
    """With the keys its content is told as well."""
    header = ["ciphering DB: encrypted and authenticated (security 30)", "45 01 02 03 04 (KAM)", "counter 99999"]
    for text in (told(ENCRYPTED), told(ENCRYPTED, KEYS)):
        assert all(each in text for each in header)
        assert KEYS.encryption.hex(" ") not in text
    assert "REJECTED: MissingKeyError" in told(ENCRYPTED)
    assert "deciphered; its authentication tag was right" in told(ENCRYPTED, KEYS)
    assert "1234 W" in told(ENCRYPTED, KEYS)


def test_what_is_rejected_is_told_with_its_reason_and_its_bytes() -> None:
    """Damage, and parts whose rest never came."""
    damaged = bytearray(load("aidon_no_l1"))
    damaged[20] ^= 1
    text = told(b"\x00\x01" + bytes(damaged))
    assert "REJECTED 44 bytes: HDLC frame checksum (FCS) is wrong" in text
    assert bytes(damaged).hex(" ") in text
    assert text.endswith("46 bytes, of which 2 were noise")
    assert "the rest never came" in told(load("lg_ch_gbt")[:140])


def numbers(data: bytes) -> Iterator[str]:
    """Yield all that may be a meter's number."""
    texts = data.partition(b"\n")[0] if data.startswith(b"/") else data  # a telegram's values are in digits too
    yield from (found.decode() for found in re.findall(rb"[0-9]{7,}", texts))


@pytest.mark.parametrize("name", [name for name in NAMES if "enc" not in name])
def test_an_anonymised_capture_reads_the_same_without_its_numbers(name: str) -> None:
    """The checksums are right again, and everything but the numbers is what it was."""
    data = load(name)
    text = "\n".join(anonymised(data))
    written = from_text(text.encode())
    assert len(written) == len(data)
    (before,), (after,) = read(data), read(written)
    assert (after.values, after.maker, after.list_id, after.sent_at) == (
        before.values,
        before.maker,
        before.list_id,
        before.sent_at,
    )
    if before.serial and not name.startswith("kamstrup_dk"):
        assert after.serial == re.sub("[0-9]+", lambda digits: "1".rjust(len(digits[0]), "0"), before.serial)
    assert before.serial is None or after.serial != before.serial
    kept = f"{before.model} {before.list_id}"
    assert all(number.lstrip("0") in {"", "1", "2", "3"} or number in kept for number in numbers(written))


def test_an_encrypted_message_is_written_deciphered_or_not_at_all() -> None:
    """Its header names the meter, and the keys belong to nobody else."""
    (left_out,) = anonymised(ENCRYPTED)
    assert left_out == f"# left out: a message of {len(ENCRYPTED)} bytes: the content is encrypted and there is no key"
    (reading,) = read(from_text("\n".join(anonymised(ENCRYPTED, KEYS)).encode()))
    assert reading.values == read(ENCRYPTED, KEYS)[0].values


def test_damage_is_left_out_and_the_rest_is_written() -> None:
    """Nobody knows which of its bytes are a number."""
    whole = load("aidon_no_l2_4w")
    lines = [*anonymised(whole[:100] + whole)]
    assert lines[0].startswith("# left out: 100 bytes: ")
    assert read(from_text("\n".join(lines).encode()))[0].values == read(whole)[0].values


def test_numbers_in_a_telegram_are_replaced_and_values_are_not() -> None:
    """Text as hex digits is a number too. Equal ones stay equal, so that one sees what belongs together."""
    numbers = "0-0:96.1.1(4B38313233)\r\n0-1:96.1.0(4B38313233)\r\n"
    lines = f"/ISK5\\2M550E-123456789\r\n\r\n{numbers}1-0:1.8.1(123456.789*kWh)\r\n!"
    data = lines.encode() + f"{crc_16_arc(lines.encode()):04X}\r\n".encode()
    written = from_text("\n".join(anonymised(data)).encode()).decode()
    assert "E-000000001\r\n" in written
    assert written.count("(0000000002)") == 2  # the first line's number is the first
    assert "(123456.789*kWh)" in written
    assert read(written.encode())[0].values == read(data)[0].values
    without = lines.encode() + b"\r\n"
    assert from_text("\n".join(anonymised(without)).encode()).endswith(b"!\r\n")


def test_a_number_is_always_replaced_by_the_same() -> None:
    """In whatever message it stands."""
    names = Names()
    assert [names.replacement_of(b"123456"), names.replacement_of(b"7654321"), names.replacement_of(b"123456")] == [
        b"000001",
        b"0000002",
        b"000001",
    ]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--key", "00"], "the encryption key has 2 hex digits, and not 32"),
        (["--anonymise", str(HERE / "aidon" / "aidon_no_l1.hex")], load("aidon_no_l1").hex().upper()),
        ([load("aidon_no_l1").hex()], "2148 W"),
    ],
)
def test_the_command_does_what_it_is_asked(arguments: list[str], said: str) -> None:
    """From a file or from its arguments."""
    done = subprocess.run(["scripts/decode", *arguments], capture_output=True, text=True, check=False, timeout=30)
    assert said in done.stdout + done.stderr


# --- where it runs -------------------------------------------------------------------------------------------------

ROOT = Path(__file__).resolve().parents[1]
FRAME = load("aidon_no_l1").hex()
KEY = KEYS.encryption.hex()
PROGRAM = """
import runpy, sys
sys.path.insert(0, sys.argv.pop(1))
try:
    runpy.run_module("tools.decode", run_name="__main__")
finally:
    print("with", *sorted({"cryptography", "homeassistant"} & sys.modules.keys()), "on board")
"""


class Elsewhere:
    """A copy of the repository without an environment, on a machine of which only its Pythons are known."""

    def __init__(self, folder: Path) -> None:
        self.root = folder / "copy"
        self.bin = folder / "bin"
        self.home = folder / "home"
        for each in (self.root / "scripts", self.bin, self.home):
            each.mkdir(parents=True)
        shutil.copy(ROOT / "scripts" / "decode", self.root / "scripts")
        for each in ("tools", "custom_components"):
            (self.root / each).symlink_to(ROOT / each)
        for program in ("bash", "dirname"):
            (self.bin / program).symlink_to(str(shutil.which(program)))

    def python(self, place: str, command: str = f'exec "{sys.executable}" -S "$@"') -> None:
        """Put a Python there: this one without any package, or what else is called so."""
        program = self.root.parent / place
        program.parent.mkdir(parents=True, exist_ok=True)
        program.write_text(f"#!/usr/bin/env bash\n{command}\n")
        program.chmod(0o755)

    def decode(self, *words: str, text: str = "") -> subprocess.CompletedProcess[str]:
        """Run the command from a folder that has nothing to do with it, but has a `tools` of its own."""
        (self.home / "tools").mkdir(exist_ok=True)
        (self.home / "tools" / "__init__.py").touch()
        return subprocess.run(
            [self.root / "scripts" / "decode", *words],
            cwd=self.home,
            env={"PATH": str(self.bin), "HOME": str(self.home)},
            input=text,
            capture_output=True,
            text=True,
            check=False,
            timeout=30,
        )


@pytest.fixture
def elsewhere(tmp_path: Path) -> Elsewhere:
    return Elsewhere(tmp_path)


@pytest.mark.parametrize(
    ("flags", "words", "used"),
    [
        (["-I"], [FRAME], ""),
        (["-I", "-S"], [FRAME], ""),
        (["-I"], ["--key", KEY, ENCRYPTED.hex()], "cryptography "),
    ],
    ids=["with Home Assistant at hand", "without any package", "with a key"],
)
def test_home_assistant_is_never_imported(flags: list[str], words: list[str], used: str) -> None:
    """And `cryptography` only for a key. -S leaves a Python nothing but its standard library."""
    command = [sys.executable, *flags, "-c", PROGRAM, str(ROOT), *words]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=30)
    assert done.stdout.endswith(f"\nwith {used}on board\n"), done.stderr
    assert "READING" in done.stdout
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize(
    "place",
    ["copy/.venv/bin/python", "bin/python3.14", "bin/python3", "home/.cache/han-port/python3.14/bin/python3.14"],
)
def test_any_new_python_will_do_and_nothing_is_installed(elsewhere: Elsewhere, place: str) -> None:
    """Those that are too old, or that do not start, are passed over."""
    for older in ("copy/.venv/bin/python", "bin/python3.14", "bin/python3"):
        elsewhere.python(older, "exit 1")
    elsewhere.python(place)
    before = sorted(elsewhere.root.rglob("*"))
    done = elsewhere.decode(text=FRAME)
    assert "2148 W" in done.stdout, done.stderr
    assert (done.returncode, done.stderr) == (0, "")
    assert sorted(elsewhere.root.rglob("*")) == before


def test_that_there_is_no_python_is_said_with_what_to_do(elsewhere: Elsewhere) -> None:
    elsewhere.python("bin/python3", "exit 1")
    done = elsewhere.decode(FRAME)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == (
        "scripts/decode: there is no Python 3.14 or newer on the PATH;"
        " install one, or run scripts/setup, which fetches one.\n"
    )


@pytest.mark.parametrize("way", ["arguments", "json"])
def test_that_a_key_cannot_be_used_is_said_with_what_to_do(elsewhere: Elsewhere, way: str) -> None:
    """One sentence. Without the key the same Python says what it can."""
    elsewhere.python("bin/python3.14")
    request = {"id": 1, "bytes_hex": ENCRYPTED.hex(), "key": KEY}
    done = (
        elsewhere.decode("--key", KEY, ENCRYPTED.hex())
        if way == "arguments"
        else elsewhere.decode("--jsonl", text=json.dumps(request))
    )
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == (
        f"scripts/decode: a key needs the Python package cryptography, which {sys.executable} cannot import;"
        " install it, or run scripts/setup.\n"
    )
    without = elsewhere.decode(ENCRYPTED.hex())
    assert "REJECTED: MissingKeyError" in without.stdout
    assert (without.returncode, without.stderr) == (0, "")
