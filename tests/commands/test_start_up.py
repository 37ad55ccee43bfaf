"""What a command pays before its work begins."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from tests.floorplan import ROOT

SCENARIO = """
rules = '''
*filter
:INPUT DROP [0:0]
-A INPUT -p tcp -m tcp --dport 22 -j ACCEPT
COMMIT
'''
host = "interface eth0 203.0.113.9/24"
packets = "in eth0 tcp 198.51.100.20:40000 -> 203.0.113.9:22 syn"
"""


def _loaded_by(file: Path) -> str:
    """The modules that ``simulate FILE`` imports, as Python itself reports them."""
    command = [sys.executable, "-X", "importtime", "manage.py", "simulate", str(file)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    return done.stderr


def test_a_scenario_file_does_not_load_the_reader_of_pastes(tmp_path: Path) -> None:
    """It is as large as all the rest that ``simulate`` imports; a paste still loads it."""
    plain = tmp_path / "plain.toml"
    plain.write_text(SCENARIO)
    assert "sim.read.paste.reading" not in _loaded_by(plain)
    prompts = tmp_path / "prompts.toml"
    prompts.write_text(SCENARIO.replace("rules = '''", "rules = '''\n# iptables -P INPUT DROP"))
    assert "sim.read.paste.cut" in _loaded_by(prompts)


def test_the_collector_is_held_back_in_the_server() -> None:
    """What is loaded before the first request is never looked at again, and there is a bound."""
    code = (
        "import gc, playground.asgi\n"
        "from playground.site.collector import THRESHOLDS\n"
        "assert gc.isenabled() and gc.get_threshold() == THRESHOLDS\n"
        "assert gc.get_freeze_count() > 50_000, gc.get_freeze_count()\n"
    )
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True)
