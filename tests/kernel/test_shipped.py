"""Every scenario that we ship, and five real hosts, say what this machine's kernel does."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.corpus.test_hosts import HOSTS, scenario

ROOT = Path(__file__).resolve().parents[2]
FILES = sorted((ROOT / "tests" / "cases").rglob("*.toml")) + sorted(
    (ROOT / "playground" / "examples").glob("*.toml")
)

# Those whose last packet is undetermined, what another kernel answered (test_recordings), and what
# the kernel makes at random, and what needs devices that do neighbour discovery (test_ipv6_lab).
PARTLY = (
    "paths/ip_options.toml", "paths/ip_options_malformed.toml", "ipv6/options_limited.toml",
    "ipv6/options_malformed.toml",
    "tests/cases/ipsec/", "tests/cases/ebtables/",
    "tests/cases/fingerprints/", "ipv6/temporary_addresses.toml", "ipv6/solicitations.toml",
    "ipv6/anycast.toml", "routing/multipath.toml",
)  # fmt: skip

pytestmark = pytest.mark.kernel


def verify(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "manage.py", "verify", *words],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=1200,
    )


def test_every_shipped_scenario_is_equal_to_the_kernel() -> None:
    """Same TRACE lines, same packets on the wires, for all golden cases and examples."""
    done = verify(*(str(path) for path in FILES))
    assert done.returncode == 0, done.stdout + done.stderr
    partly = [line for line in done.stdout.splitlines() if "not comparable" in line]
    assert [line for line in partly if not any(name in line for name in PARTLY)] == []


@pytest.mark.corpus
@pytest.mark.parametrize("name", HOSTS)
def test_a_real_host_is_equal_to_the_kernel(name: str, corpus: Path, tmp_path: Path) -> None:
    """A docker host, a ufw host, a kube-proxy node, a hypervisor and a home router, unedited."""
    file = tmp_path / "host.toml"
    file.write_text(scenario(corpus, name).to_toml())
    done = verify(str(file))
    assert done.returncode == 0, done.stdout + done.stderr
