"""What a script asks other programs for is told by what the paste shows of them."""

from __future__ import annotations

import pytest

from sim.read.paste.reading import read_paste
from sim.read.paste.shell.filters import FILTERS

SHOWN = """\
root@gw:~# ip route
default via 203.0.113.1 dev eth0 proto dhcp src 203.0.113.10 metric 100
192.168.1.0/24 dev eth1 proto kernel scope link src 192.168.1.1
root@gw:~# ip addr
1: lo: <LOOPBACK,UP,LOWER_UP> mtu 65536 qdisc noqueue state UNKNOWN group default qlen 1000
    inet 127.0.0.1/8 scope host lo
2: eth0: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1500 qdisc fq_codel state UP group default qlen 1000
    link/ether 52:54:00:12:34:56 brd ff:ff:ff:ff:ff:ff
    inet 203.0.113.10/24 brd 203.0.113.255 scope global dynamic eth0
       valid_lft 80000sec preferred_lft 80000sec
    inet6 fe80::5054:ff:fe12:3456/64 scope link
3: eth1: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1500 qdisc fq_codel state UP group default qlen 1000
    inet 192.168.1.1/24 brd 192.168.1.255 scope global eth1
root@gw:~# cat fw.sh
#!/bin/sh
"""


@pytest.mark.parametrize(
    ("command", "value"),
    [
        ("ip route | awk '/default/ {print $5}'", "eth0"),
        ("ip r show default | awk '{print $5}'", "eth0"),
        ("ip -4 route list 0/0 | cut -d' ' -f5", "eth0"),
        ("ip -o -4 route show to default | awk '{print $5}' | head -1", "eth0"),
        ("ip route | grep ^default | sed -e 's/.*dev \\([^ ]*\\).*/\\1/'", "eth0"),
        ("ip route get 8.8.8.8 | awk '{print $5; exit}'", "eth0"),
        ("ip route get 192.168.1.7 | sed -n 's/.*src \\([0-9.]*\\).*/\\1/p'", "192.168.1.1"),
        ("ip addr show eth0 | grep 'inet ' | awk '{print $2}' | cut -d/ -f1", "203.0.113.10"),
        ("ip -4 addr show dev eth0 | grep -oP '(?<=inet\\s)\\d+(\\.\\d+){3}'", "203.0.113.10"),
        ("ip -4 a s eth1 | grep -oP 'inet \\K[\\d.]+'", "192.168.1.1"),
        ("ip a | grep -A2 eth1: | grep inet | awk '{print $2}'", "192.168.1.1/24"),
        ("ip -o -4 addr show eth1 | awk '{print $4}'", "192.168.1.1/24"),
        ("ip -br addr show eth0 | awk '{print $3}'", "203.0.113.10/24"),
        ("ip -o link show | awk -F': ' '{print $2}' | grep -v lo | head -1", "eth0"),
        ("hostname -I | awk '{print $2}'", "192.168.1.1"),
        ("ls /sys/class/net | grep -v lo | tail -n1", "eth1"),
    ],
)
def test_another_listing_answers(command: str, value: str) -> None:
    """The command is not the one that was pasted, but asks for a part of what it printed."""
    reading = read_paste(SHOWN + f'V=$({command})\niptables -A INPUT -m comment --comment "$V"\n')
    assert reading.questions == ()
    assert reading.rules == f"iptables -A INPUT -m comment --comment {value}\n"


@pytest.mark.parametrize(
    "command",
    ["ip -6 route | awk '{print $1}'", "ip route show table 100 | awk '{print $5}'",
     "ip rule | head -1", "wg show wg0 peers", "ifconfig eth0 | grep inet", "ls /etc/firewall.d"],
)  # fmt: skip
def test_what_no_listing_holds_is_asked(command: str) -> None:
    """Another table, another family, another program."""
    reading = read_paste(SHOWN + f'V=$({command})\niptables -A INPUT -s "$V" -j DROP\n')
    assert [one.name for one in reading.questions] == ["V"]


def test_without_a_listing_the_host_is_not_known() -> None:
    """A script that adds an address does not tell all that the machine has."""
    text = "#!/bin/sh\nip addr add 192.0.2.1/24 dev eth0\nV=$(hostname -I)\n"
    text += "iptables -A INPUT -s $V\n"
    assert [one.name for one in read_paste(text).questions] == ["V"]


def test_lines_around_a_hit_are_shown_as_grep_shows_them() -> None:
    """``--`` stands between what is apart, and nothing is shown twice."""
    text = "a\nb\nx1\nc\nd\ne\nx2\nx3\nf\n"
    assert FILTERS["grep"](["-B1", "-A1", "x"], text) == ("b\nx1\nc\n--\ne\nx2\nx3\nf\n", 0)


@pytest.mark.parametrize(
    "rule",
    [
        "-t mangle -A PREROUTING -p tcp -j TPROXY --on-port 80 --on-ip mailbox",
        "-t mangle -A PREROUTING -j TEE --gateway mailbox",
        "-A INPUT -s mailbox -j ACCEPT",
        "-A INPUT ! -d mailbox -j DROP",
    ],
)
def test_a_name_without_an_address_is_asked_wherever_it_stands(rule: str) -> None:
    script = f"#!/bin/sh\niptables {rule}\n"
    (question,) = read_paste(script).questions
    assert question.name == "mailbox"
    answered = read_paste(script, {"mailbox": "192.0.2.7"})
    assert answered.questions == ()
    assert answered.rules == f"iptables {rule}\n"
    assert answered.host == "name mailbox 192.0.2.7\n"
