"""Five real hosts, their rules unedited: a forwarded, a local-in and a local-out packet each."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.test import Client

from playground.walks import runs
from sim.kernel.traversal import run
from sim.model.scenario import Scenario
from sim.tell.expected import check
from sim.trace.steps import Fate

pytestmark = pytest.mark.corpus

# Host and packets are ours; the rules are read from the corpus when the test runs.
HOSTS: dict[str, tuple[str, str, str, str]] = {
    "docker host": (
        "docker-host-analyzer",
        """
interface eth0 203.0.113.10/24
interface docker0 172.17.0.1/16
route default via 203.0.113.254 dev eth0
sysctl net.ipv4.ip_forward = 1
listen tcp 0.0.0.0:22 uid 0
""",
        """
in eth0 tcp 198.51.100.7:51000 -> 203.0.113.10:8080 syn
reply
in docker0 udp 172.17.0.2:5000 -> 8.8.8.8:53
in eth0 tcp 198.51.100.7:51001 -> 203.0.113.10:22 syn
in eth0 tcp 198.51.100.7:51002 -> 203.0.113.10:80 syn
local uid 1000 tcp 203.0.113.10:40000 -> 198.51.100.7:443 syn
""",
        """
1: forwarded out docker0 dst 172.17.0.2 dport 80
2: forwarded out eth0 src 203.0.113.10 sport 8080
3: forwarded out eth0 src 203.0.113.10 sport 5000
4: delivered
5: dropped at filter:INPUT rule 4
6: sent out eth0
""",
    ),
    "ufw host": (
        "gen-ufw-tool",
        """
interface eth0 198.51.100.10/24
interface eth1 10.10.10.1/24
route default via 198.51.100.254 dev eth0
sysctl net.ipv4.ip_forward = 1
listen tcp 0.0.0.0:22 uid 0
""",
        """
in eth1 tcp 10.10.10.20:50000 -> 192.0.2.7:443 syn
in eth0 tcp 192.0.2.7:50000 -> 198.51.100.10:22 syn
in eth0 tcp 192.0.2.7:50001 -> 198.51.100.10:3306 syn
in eth0 tcp 192.0.2.7:50002 -> 10.10.10.20:22 syn
local uid 0 tcp 198.51.100.10:40000 -> 192.0.2.7:443 syn
local uid 0 tcp 198.51.100.10:40001 -> 192.0.2.7:25 syn
""",
        """
1: forwarded out eth0
2: delivered
3: dropped at filter:INPUT policy
4: dropped at filter:FORWARD policy
5: sent out eth0
6: rejected with tcp-reset at filter:ufw-user-output rule 1
""",
    ),
    "kube-proxy node": (
        "k8s-calico-kubeproxy-iptables-p4",
        """
interface eth0 10.0.17.6/24
interface calib8398c29e44 169.254.1.1/32
interface docker0 172.17.0.1/16
route default via 10.0.17.1 dev eth0
route 10.100.32.140 dev calib8398c29e44
sysctl net.ipv4.ip_forward = 1
listen tcp 0.0.0.0:10250 uid 0
ipset create cali40all-hosts-net hash:net
ipset add cali40all-hosts-net 10.0.17.0/24
ipset create cali40masq-ipam-pools hash:net
ipset add cali40masq-ipam-pools 10.100.0.0/16
ipset create cali40all-ipam-pools hash:net
ipset add cali40all-ipam-pools 10.100.0.0/16
""",
        """
in calib8398c29e44 tcp 10.100.32.140:40000 -> 10.96.0.1:443 syn
in eth0 tcp 10.0.17.9:40001 -> 10.0.17.6:10250 syn
local uid 0 tcp 10.0.17.6:40002 -> 10.96.0.1:443 syn
in calib8398c29e44 udp 10.100.32.140:40003 -> 8.8.8.8:53
""",
        """
1: forwarded out eth0 src 10.0.17.6 dst 10.0.17.5 dport 6443
2: delivered
3: sent out eth0 dst 10.0.17.5 dport 6443
4: forwarded out eth0 src 10.0.17.6
""",
    ),
    "CloudStack hypervisor": (
        "cloudstack-kvm-host-sg-excerpt",
        """
interface cloudbr0 192.168.20.1/24
interface cloud0 169.254.0.1/16
interface eth1 10.1.0.5/24
route default via 10.1.0.1 dev eth1
sysctl net.ipv4.ip_forward = 1
listen tcp 0.0.0.0:16509 uid 0
""",
        """
in eth1 tcp 10.1.0.77:50000 -> 192.168.20.9:80 syn
in eth1 tcp 10.1.0.77:50001 -> 169.254.0.9:3922 syn
in eth1 tcp 10.1.0.77:50002 -> 10.1.0.5:16509 syn
local uid 0 tcp 169.254.0.1:40000 -> 169.254.0.9:3922 syn
""",
        """
1: dropped at filter:FORWARD rule 3
2: forwarded out cloud0
3: delivered
4: sent out cloud0
""",
    ),
    "CloudStack hypervisor's bridge": (
        "cloudstack-kvm-host-sg-excerpt",
        """
bridge cloudbr0 ports eth0 vnet1 vnet2 vnet3 192.168.20.1/24
fdb 52:54:00:00:00:fe dev eth0
fdb 52:54:00:00:00:01 dev vnet1
fdb 52:54:00:00:00:03 dev vnet3
neighbour 192.168.20.254 dev cloudbr0 mac 52:54:00:00:00:fe
neighbour 192.168.20.11 dev cloudbr0 mac 52:54:00:00:00:01
neighbour 192.168.20.13 dev cloudbr0 mac 52:54:00:00:00:03
route default via 192.168.20.254 dev cloudbr0
sysctl net.ipv4.ip_forward = 1
listen tcp 0.0.0.0:22 uid 0
""",
        """
in vnet1 tcp 192.168.20.11:50000 -> 192.168.20.13:80 syn
in vnet1 tcp 192.168.20.11:50001 -> 198.51.100.7:443 syn dst-mac 52:54:00:00:00:fe
in vnet3 udp 192.168.20.66:50002 -> 192.168.20.11:53
in eth0 tcp 198.51.100.7:50003 -> 192.168.20.1:22 syn
local uid 0 tcp 192.168.20.1:40000 -> 192.168.20.13:22 syn
reply
""",
        """
1: dropped at filter:FORWARD rule 3
2: dropped at filter:FORWARD rule 3
3: dropped at filter:FORWARD rule 3
4: delivered
5: sent out vnet3
6: delivered
""",
    ),
    "home router": (
        "openwrt-lede-home-router",
        """
interface br-lan 192.168.1.1/24
interface pppoe-wan 203.0.113.1/24
route default via 203.0.113.254 dev pppoe-wan
sysctl net.ipv4.ip_forward = 1
listen tcp 0.0.0.0:80 uid 0
""",
        """
in br-lan tcp 192.168.1.50:40000 -> 198.51.100.7:443 syn
reply
in pppoe-wan tcp 198.51.100.7:50000 -> 203.0.113.1:80 syn
in br-lan tcp 192.168.1.50:40001 -> 192.168.1.1:80 syn
in pppoe-wan tcp 198.51.100.66:50001 -> 203.0.113.1:23 syn
local uid 0 udp 203.0.113.1:5000 -> 198.51.100.53:53
""",
        """
1: forwarded out pppoe-wan src 203.0.113.1
2: forwarded out br-lan dst 192.168.1.50
3: forwarded out br-lan dst 192.168.1.130
4: delivered
5: rejected with tcp-reset at filter:reject rule 1
6: sent out pppoe-wan
""",
    ),
}


def scenario(corpus: Path, name: str) -> Scenario:
    rules, host, packets, expect = HOSTS[name]
    text = (corpus / f"{rules}.rules").read_text()
    return Scenario(
        title=name,
        rules=text,
        host=host.lstrip(),
        packets=packets.lstrip(),
        expect=expect.lstrip(),
    )


@pytest.mark.parametrize("name", HOSTS)
def test_a_real_host_gives_each_packet_its_fate(corpus: Path, name: str) -> None:
    """The expectations, which the kernel confirmed, hold."""
    prepared = runs.prepare(scenario(corpus, name))
    fates = [step for step in run(prepared.compiled) if isinstance(step, Fate)]
    assert [o for o in check(prepared.expectations, fates) if o.failures] == []


@pytest.mark.parametrize("name", HOSTS)
@pytest.mark.django_db
def test_a_real_host_walks_in_the_page(corpus: Path, name: str, client: Client) -> None:
    """The posted form comes back with every fate as expected."""
    values = {key: str(value) for key, value in scenario(corpus, name).as_json().items()}
    page = client.post("/", values).content.decode()
    assert page.count("As expected") == len(HOSTS[name][3].strip().splitlines())
    assert "Not as expected" not in page
