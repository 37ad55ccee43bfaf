"""What is said about the kernel's settings is true: their names, defaults, readers and effects."""

from __future__ import annotations

import ast
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from playground.lab.namespace import Namespace
from sim.kernel.traversal import run
from sim.model.kernel_settings import NAMES, SETTINGS, Idle, Met, any_device
from sim.model.scenario import Scenario
from sim.read.scenario import compile_scenario
from sim.tell.jsonl import as_json
from sim.tell.render import line
from tests.kernel import settings

SETUP = """
ip link add eth0 type veth peer name eth1; ip link add br0 type bridge
iptables-legacy -A INPUT -m conntrack --ctstate NEW
ip6tables-legacy -A INPUT -m conntrack --ctstate NEW
cd /proc/sys && for f in $(find net -type f); do echo $f $(cat $f 2>/dev/null); done
"""
# Sizes that the kernel chooses by the machine's memory, and what an administrator may preset.
BY_MACHINE = re.compile(r"net\.core\.[rw]mem_.*|net\.ipv4\.tcp_[rw]?mem|.*nf_conntrack_max")
SIM = Path(__file__).resolve().parents[2] / "sim"
ENGINE = [path for room in ("kernel", "extensions") for path in sorted((SIM / room).rglob("*.py"))]


@pytest.mark.kernel
def test_every_setting_of_a_namespace_is_listed_with_its_default() -> None:
    """Generated from /proc/sys/net; a device's settings stand for those of all devices."""
    namespace = Namespace()
    try:
        with namespace.inside():
            done = subprocess.run(
                ["sh", "-c", SETUP], capture_output=True, text=True, timeout=60, check=True
            )
    finally:
        namespace.close()
    found: dict[str, str] = {}
    for row in done.stdout.splitlines():
        path, *words = row.split()
        found[path.replace("/", ".")] = " ".join(words)
    assert {any_device(name) for name in found} == NAMES
    differ = {
        name: (found[name.replace("*", "eth0")], setting.default)
        for name, setting in SETTINGS.items()
        if setting.idle is None and not BY_MACHINE.fullmatch(name)
        if found[name.replace("*", "eth0")] != setting.default
    }
    assert differ == {}


@pytest.mark.parametrize("name", sorted(NAMES))
def test_one_thing_is_said_about_each_setting(name: str) -> None:
    """A file acts on it, or it is met where it is not modelled, or it has no effect."""
    setting = SETTINGS[name]
    assert [bool(setting.reader), setting.met is not None, setting.idle is not None].count(
        True
    ) == 1


def _strings(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value


def _is_named(name: str, words: set[str]) -> bool:
    """Does a string of the code name the setting, whole or by its last part?"""
    last = name.rpartition(".")[2]
    short = last.removeprefix("nf_conntrack_")
    return bool({name, last, short} & words) or any(
        word.endswith(f".{last}") for word in words if word.startswith((".", "net."))
    )


@pytest.mark.parametrize("name", sorted(n for n, s in SETTINGS.items() if s.reader))
def test_the_file_that_acts_on_a_setting_names_it(name: str) -> None:
    """``sim/`` has the file, and a string in it is the setting's name or its end."""
    words = set(_strings(SIM / SETTINGS[name].reader))
    by_tool = "net.bridge.bridge-nf-call-" in words and name.startswith("net.bridge.")
    assert _is_named(name, words) or by_tool


def test_nothing_acts_on_a_setting_without_effect() -> None:
    """No string of the engine is the name, or the end of one, of a setting that is idle."""
    words = {word for path in ENGINE for word in _strings(path) if "." in word or "_" in word}
    assert [n for n, s in SETTINGS.items() if s.idle is not None and _is_named(n, words)] == []


def test_the_defaults_in_the_code_are_the_kernels() -> None:
    """``host.sysctl(NAME, DEFAULT)``: both stand in the table, the same."""
    asked = 0
    for path in ENGINE:
        for node in ast.walk(ast.parse(path.read_text())):
            if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
                continue
            texts = [a.value for a in node.args if isinstance(a, ast.Constant)]
            if node.func.attr == "sysctl" and len(texts) == 2 and texts[0] in SETTINGS:
                asked += 1
                if not BY_MACHINE.fullmatch(texts[0]):
                    assert texts[1] == SETTINGS[texts[0]].default, f"{path}: {texts[0]}"
    assert asked > 10


@pytest.mark.parametrize("name", sorted(NAMES))
def test_a_setting_of_the_kernel_is_not_called_misspelt(name: str) -> None:
    """``nf_conntrack_icmp_timeout`` was taken for a misspelt ``nf_conntrack_udp_timeout``."""
    host = f"interface eth0 192.0.2.1/24\nsysctl {name.replace('*', 'eth0')} = 1\n"
    assert "did you mean" not in str(compile_scenario(Scenario(host=host)).host.notes)


def _away(name: str) -> str:
    """A value that a setting does not have by itself."""
    values = (SETTINGS[name].default, *SETTINGS[name].same)
    return next(value for value in ("1", "0", "2", "7") if value not in values)


def _steps(scenario: Scenario) -> list[object]:
    return [as_json(step) for step in run(compile_scenario(scenario), flows=True)]


@pytest.mark.parametrize("name", sorted(n for n, s in SETTINGS.items() if s.met is not None))
def test_a_walk_that_meets_a_setting_that_is_not_modelled_is_undetermined(name: str) -> None:
    """By its name, and only where it is away from its default."""
    setting = SETTINGS[name]
    assert setting.met is not None
    scenario = settings.meeting(setting.met, name)
    quiet = f"sysctl {name.replace('*', 'eth1')} = {setting.default or 0}\n"
    told = f"{name.replace('*', 'eth1')} = {_away(name)} is not modelled"
    for extra, is_told in (
        ("", False),
        (quiet, False),
        (quiet.rpartition("=")[0] + f"= {_away(name)}\n", True),
    ):
        steps = run(compile_scenario(settings.with_host(scenario, extra)))
        text = "\n".join(line(step) for step in steps)
        assert (told in text) is is_told, text


def test_every_place_where_settings_are_met_has_one() -> None:
    """No place is asked about in vain."""
    assert {setting.met for setting in SETTINGS.values()} - {None} == set(Met)


@pytest.mark.parametrize("met", list(Met))
def test_settings_without_effect_leave_a_walk_as_it_is(met: Met) -> None:
    """All of them at once, in the scenarios of every place."""
    scenario = settings.meeting(met)
    lines = "".join(
        f"sysctl {name.replace('*', 'eth1')} = 7\n"
        for name, setting in SETTINGS.items()
        if setting.idle is not None
    )
    assert _steps(settings.with_host(scenario, lines)) == _steps(scenario)


def test_a_typed_setting_without_effect_is_noted_so() -> None:
    """With why; at its default it needs no word."""
    host = "sysctl net.core.somaxconn = 9\nsysctl net.ipv4.tcp_frto = 2\n"
    notes = compile_scenario(Scenario(host=host)).host.notes
    assert notes == (f"no effect on a walk: net.core.somaxconn ({Idle.SOCKETS})",)


def test_a_typed_setting_that_is_not_modelled_is_noted_so() -> None:
    """The note says what becomes undetermined."""
    host = "sysctl net.ipv4.tcp_timestamps = 0\n"
    notes = compile_scenario(Scenario(host=host)).host.notes
    assert notes == (f"net.ipv4.tcp_timestamps is not modelled: undetermined is {Met.SYN}",)


@pytest.mark.parametrize("name", ["net.ipv4.tcp_rmem", "net.ipv6.max_hbh_length"])
def test_what_is_no_number_is_refused(name: str) -> None:
    """As the kernel refuses it, instead of a crash on the way."""
    with pytest.raises(Exception, match="x"):
        compile_scenario(Scenario(host=f"sysctl {name} = x\n"))
