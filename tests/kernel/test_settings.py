"""The settings that we know are those of this machine's kernel."""

from __future__ import annotations

import re
import subprocess

import pytest

from playground.lab.namespace import Namespace
from sim.model.scenario import Scenario
from sim.model.kernel_settings import NAMES
from sim.read.scenario import compile_scenario

SETUP = """
ip link add eth0 type veth peer name eth1; ip link add br0 type bridge
iptables-legacy -A INPUT -m conntrack --ctstate NEW
ip6tables-legacy -A INPUT -m conntrack --ctstate NEW
cd /proc/sys && find net -type f
"""


@pytest.mark.kernel
def test_every_setting_of_a_namespace_is_listed() -> None:
    """Generated from /proc/sys/net; a device's settings stand for those of all devices."""
    namespace = Namespace()
    try:
        with namespace.inside():
            done = subprocess.run(
                ["sh", "-c", SETUP], capture_output=True, text=True, timeout=60, check=True
            )
    finally:
        namespace.close()
    dotted = [path.replace("/", ".") for path in done.stdout.split()]
    device = r"(net\.ipv[46]\.(?:conf|neigh))\.[^.]+\.(.+)"
    found = {re.sub(device, r"\1.*.\2", name) for name in dotted}
    assert found == NAMES


@pytest.mark.parametrize("name", sorted(NAMES))
def test_a_setting_of_the_kernel_is_not_called_misspelt(name: str) -> None:
    """``nf_conntrack_icmp_timeout`` was taken for a misspelt ``nf_conntrack_udp_timeout``."""
    host = f"interface eth0 192.0.2.1/24\nsysctl {name.replace('*', 'eth0')} = 1\n"
    assert compile_scenario(Scenario(host=host)).host.notes == ()
