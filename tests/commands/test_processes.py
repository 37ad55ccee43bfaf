"""Every command as a person runs it: ``python manage.py …`` in a process of its own."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
COMMANDS = sorted(path.stem for path in (ROOT / "playground/management/commands").glob("[a-z]*.py"))
pytestmark = pytest.mark.slow  # each starts a Python with Django in it


@pytest.fixture(scope="module")
def state() -> Iterator[Path]:
    """A state directory with an empty database."""
    with tempfile.TemporaryDirectory() as folder:
        assert manage(Path(folder), "migrate", "--verbosity", "0").returncode == 0
        yield Path(folder)


def manage(
    state: Path, *words: str, given: str = "", out: int = subprocess.PIPE, **more: str
) -> subprocess.CompletedProcess[str]:
    """What the command says, and its exit status. ``out``: where its output goes instead."""
    environment = {**os.environ, "CHAINWALK_STATE_DIR": str(state), **more}
    for name in ("DATABASE_URL", "DJANGO_SETTINGS_MODULE"):
        environment.pop(name, None)
    return subprocess.run(
        [sys.executable, "manage.py", *words],
        cwd=ROOT, env=environment, input=given, stdout=out, stderr=subprocess.PIPE, text=True,
        timeout=300,
    )  # fmt: skip


@pytest.mark.parametrize("command", COMMANDS)
def test_a_command_explains_itself(command: str, state: Path) -> None:
    """``--help`` names the command, on standard output, and exits 0."""
    ran = manage(state, command, "--help")
    assert (ran.returncode, ran.stderr) == (0, "")
    assert f"manage.py {command}" in ran.stdout


@pytest.mark.parametrize("command", [name for name in COMMANDS if name != "test"])
def test_an_option_that_is_not_there_is_refused(command: str, state: Path) -> None:
    """Exit 2 and one line that names it, no traceback."""
    ran = manage(state, command, "--nonsense")
    assert ran.returncode == 2
    assert "Traceback" not in ran.stderr
    assert "error:" in ran.stderr


@pytest.fixture
def scenario(tmp_path: Path) -> Path:
    """A router that drops what it would forward, and expects so."""
    file = tmp_path / "one.toml"
    file.write_text(
        'title = "one"\n'
        'rules = "iptables -A INPUT -p udp -j DROP"\n'
        'host = "interface eth0 10.0.0.1/24"\n'
        'packets = "in eth0 udp 10.0.0.2:1 -> 10.0.0.1:2"\n'
        'expect = "1: dropped"\n'
    )
    return file


def test_simulate_prints_the_steps(scenario: Path, state: Path) -> None:
    """Exit 0 where the expectations hold, 1 where not, 2 for what is no scenario."""
    ran = manage(state, "simulate", str(scenario))
    assert (ran.returncode, ran.stderr) == (0, "")
    assert "Dropped by " in ran.stdout
    scenario.write_text(scenario.read_text().replace("1: dropped", "1: delivered"))
    assert manage(state, "simulate", str(scenario)).returncode == 1
    ran = manage(state, "simulate", "-", given="rules = 7")
    assert ran.returncode == 2
    assert "Traceback" not in ran.stderr


def test_simulate_writes_a_line_of_json_for_each_step(scenario: Path, state: Path) -> None:
    """``--format ndjson`` is read by programs."""
    ran = manage(state, "simulate", "--format", "ndjson", str(scenario))
    steps = [json.loads(line) for line in ran.stdout.splitlines()]
    assert steps[0]["kind"] == "arrived"


def test_rules_prints_what_was_loaded(tmp_path: Path, state: Path) -> None:
    """As iptables-save does; a rule that is none is exit 2."""
    ran = manage(state, "rules", "-", given="iptables -A INPUT -p tcp --dport 22 -j ACCEPT\n")
    assert (ran.returncode, ran.stderr) == (0, "")
    assert "-A INPUT -p tcp -m tcp --dport 22 -j ACCEPT" in ran.stdout
    ran = manage(state, "rules", "-", given="iptables -A INPUT --nonsense -j ACCEPT\n")
    assert (ran.returncode, ran.stdout) == (2, "")
    assert "--nonsense" in ran.stderr


def test_advise_says_what_is_likely_wrong(scenario: Path, state: Path) -> None:
    """A list of findings; ``--strict`` makes them exit 1; a file that is not there is exit 2."""
    ran = manage(state, "advise", "--format", "json", str(scenario))
    assert (ran.returncode, ran.stderr) == (0, "")
    assert isinstance(json.loads(ran.stdout), list)
    scenario.write_text(scenario.read_text().replace("-p udp", "-i eth9 -p udp"))
    ran = manage(state, "advise", "--strict", str(scenario))
    assert ran.returncode == 1
    assert "eth9" in ran.stdout
    ran = manage(state, "advise", str(scenario.with_name("none.toml")))
    assert ran.returncode == 2
    assert "none.toml" in ran.stderr


def test_mask_prints_another_scenario(scenario: Path, state: Path) -> None:
    """The same walk with other addresses; proven, so exit 0."""
    ran = manage(state, "mask", "--key", "k", str(scenario))
    assert ran.returncode == 0, ran.stderr
    assert "10.0.0.2" not in ran.stdout
    assert ran.stdout == manage(state, "mask", "--key", "k", str(scenario)).stdout


def test_replay_and_collect_with_nothing_stored(state: Path) -> None:
    """An empty database: nothing changed, nothing dropped."""
    ran = manage(state, "replay", "--jobs", "1")
    assert ran.returncode == 0, ran.stderr
    assert "0 scenarios" in ran.stdout
    ran = manage(state, "collect")
    assert (ran.returncode, ran.stdout) == (0, "0 texts dropped\n")


def test_who_reads_no_further_ends_a_command_quietly(state: Path) -> None:
    """``| head -1``, buffered or not."""
    for unbuffered in ("", "1"):
        reader, writer = os.pipe()
        os.close(reader)
        ran = manage(state, "extensions", out=writer, PYTHONUNBUFFERED=unbuffered)
        os.close(writer)
        assert (ran.returncode, ran.stderr) == (141, "")


def test_a_full_disk_is_said_in_one_line(state: Path) -> None:
    """No traceback of ours."""
    with open("/dev/full", "w") as full:
        ran = manage(state, "extensions", out=full.fileno())
    assert (ran.returncode, ran.stderr) == (1, "standard output: No space left on device\n")


def test_a_broken_pipe_elsewhere_does_not_end_a_command(state: Path) -> None:
    """Workers that go before the last word to them: the signal for it is ignored."""
    ran = manage(state, "shell", "-v", "0", "-c", "print(open('/proc/self/status').read())")
    ignored = int(ran.stdout.split("SigIgn:")[1].split()[0], 16)
    assert ignored & 1 << signal.SIGPIPE - 1


def test_extensions_prints_the_table(state: Path) -> None:
    """The table of the manual, on standard output."""
    ran = manage(state, "extensions")
    assert ran.returncode == 0, ran.stderr
    assert "conntrack" in ran.stdout


def test_start_refuses_a_port_that_is_none(state: Path) -> None:
    """A message and exit 2, no traceback."""
    ran = manage(state, "start", "--port", "many")
    assert ran.returncode == 2
    assert "invalid int value" in ran.stderr


def test_a_collection_goes_out_and_comes_back(tmp_path: Path, state: Path) -> None:
    """``import``, ``list``, ``export``, ``check``: a folder is the same after the round."""
    (tmp_path / "in/pages").mkdir(parents=True)
    (tmp_path / "in/collection.toml").write_text('title = "Ours"\nvisibility = "public"\n')
    (tmp_path / "in/pages/first.md").write_text("---\ntitle: First\n---\n\nA page.\n")
    ran = manage(state, "collection", "import", str(tmp_path / "in"))
    assert ran.returncode == 0, ran.stderr
    pk = ran.stdout.split("/k/")[1].split("/")[0]
    ran = manage(state, "collection", "list")
    assert (ran.returncode, ran.stderr) == (0, "")
    assert pk in ran.stdout
    assert "Ours" in ran.stdout
    ran = manage(state, "collection", "export", pk, str(tmp_path / "out"))
    assert ran.returncode == 0, ran.stderr
    assert "A page." in (tmp_path / "out/pages/first.md").read_text()
    ran = manage(state, "collection", "check", pk)
    assert (ran.returncode, ran.stdout) == (0, "1 pages, all true\n")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("export", "nothing", "x"), "no such collection"),
        (("check", "nothing"), "no such collection"),
        (("import", "no-such-folder"), "no-such-folder: there is no such file or folder"),
        (("import", "templates"), "collection.toml"),
    ],
)
def test_a_collection_that_is_not_there_is_told(
    words: tuple[str, ...], said: str, state: Path
) -> None:
    """Exit 2 and a sentence."""
    ran = manage(state, "collection", *words)
    assert ran.returncode == 2
    assert "Traceback" not in ran.stderr
    assert said in ran.stderr
