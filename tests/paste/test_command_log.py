"""Logs that tell the commands which a program ran: openvpn's in three dresses, dockerd's."""

from __future__ import annotations

import pytest

from sim.read.host.text import parse_host
from sim.read.paste.reading import read_paste

HOME = "interface eth0 192.168.1.7/24\n"
OLD = """\
Mon Jan  6 12:00:01 2020 TUN/TAP device tun0 opened
Mon Jan  6 12:00:01 2020 /sbin/ip link set dev tun0 up mtu 1500
Mon Jan  6 12:00:01 2020 /sbin/ip addr add dev tun0 local 10.8.0.6 peer 10.8.0.5
Mon Jan  6 12:00:03 2020 /sbin/ip route add 0.0.0.0/1 via 10.8.0.5
Mon Jan  6 12:00:03 2020 Initialization Sequence Completed
"""
SYSLOG = OLD.replace("Mon Jan  6", "Jan  6").replace("2020 ", "gw ovpn-client[712]: ")
NEW = """\
2021-03-06 12:00:01 net_iface_up: set tun0 up
2021-03-06 12:00:01 net_addr_ptp_v4_add: 10.8.0.6 peer 10.8.0.5 dev tun0
2021-03-06 12:00:01 net_route_v4_add: 0.0.0.0/1 via 10.8.0.5 dev [NULL] table 0 metric -1
"""


@pytest.mark.parametrize("log", [OLD, SYSLOG, NEW])
def test_what_openvpn_did_to_the_host(log: str) -> None:
    """Its address, its peer and the routes through it, behind any prose."""
    reading = read_paste(f"{HOME}\nI connect and see:\n\n{log}")
    host = parse_host(reading.host)
    assert str(host.interfaces["tun0"].addresses[0].address.ip) == "10.8.0.6"
    assert [str(route.prefix) for route in host.routes] == ["0.0.0.0/1"]
    assert reading.receipt[-1].form == "log of commands"


@pytest.mark.parametrize(
    "line",
    [
        "DEBU[2020-07-26T18:19:38.84+03:00] /usr/sbin/iptables, [{}]",
        'Apr 13 01:17:54 app docker[6]: time="2016" level=debug msg="/usr/sbin/iptables, [{}]"',
    ],
)
def test_what_dockerd_ran(line: str) -> None:
    """The log may begin after the chain was made; what it only asks or takes away adds nothing."""
    ran = [
        "--wait -t nat -n -L DOCKER",
        "--wait -t filter -X DOCKER-ISOLATION",
        "--wait -t nat -C POSTROUTING -s 172.17.0.0/16 ! -o docker0 -j MASQUERADE",
        "--wait -t nat -A DOCKER -p tcp -d 0/0 --dport 80 -j DNAT --to-destination 172.19.0.2:80",
    ]
    reading = read_paste("".join(f"{line.format(one)}\n" for one in ran))
    assert reading.rules == (
        "iptables -t nat -N DOCKER\niptables --wait -t nat -A DOCKER -p tcp -d 0/0 --dport 80 "
        "-j DNAT --to-destination 172.19.0.2:80\n"
    )
    assert "refuses" not in reading.receipt[0].note


def test_lines_with_a_time_and_no_command_are_no_log_of_commands() -> None:
    """Nor are the kernel's own."""
    text = "Jan  6 12:00:01 gw sshd[7]: Accepted password for root\n" * 3
    assert {entry.form for entry in read_paste(text).receipt} == {"text"}
