"""-m owner."""

from __future__ import annotations

from dataclasses import replace

import pytest

from sim.base.errors import Refused
from sim.model.rules import Hook
from sim.packet.packet import Owner, Packet
from sim.read.host.text import parse_host
from tests.matchers.ask import Rule, clause, holds, tcp

OUT = {"hook": Hook.OUTPUT}
OLD = parse_host("interface eth0 10.0.0.1/24\nkernel 2.4\n")


def sent(owner: Owner | None) -> Packet:
    return replace(tcp(), owner=owner)


NGINX = sent(Owner(33, 33, (4, 27)))
KERNEL = sent(Owner(0, 0, has_file=False))
FORWARDED = sent(None)


def test_user_and_group_may_be_ranges() -> None:
    """Both ends are included; a name is looked up on the host."""
    assert holds("-m owner --uid-owner 30-33", NGINX, **OUT) is True
    assert holds("-m owner --uid-owner www-data", NGINX, **OUT) is True
    assert holds("-m owner ! --uid-owner 0", NGINX, **OUT) is True
    assert holds("-m owner --gid-owner 34", NGINX, **OUT) is False


def test_other_groups_count_when_asked_for() -> None:
    """--suppl-groups widens --gid-owner to every group of the user."""
    assert holds("-m owner --gid-owner 27", NGINX, **OUT) is False
    assert holds("-m owner --gid-owner 27 --suppl-groups", NGINX, **OUT) is True
    assert holds("-m owner ! --gid-owner 27 --suppl-groups", NGINX, **OUT) is False


def test_what_the_kernel_sends_has_a_socket_without_an_owner() -> None:
    """--socket-exists and inverted ids hold of it, a plain uid 0 does not."""
    assert holds("-m owner --socket-exists", KERNEL, **OUT) is True
    assert holds("-m owner ! --uid-owner 0", KERNEL, **OUT) is True
    assert holds("-m owner --uid-owner 0", KERNEL, **OUT) is False


def test_a_packet_without_a_socket_holds_inverted_options_only() -> None:
    """Forwarded packets and TCP resets of REJECT have none."""
    assert holds("-m owner ! --socket-exists", FORWARDED, **OUT) is True
    assert holds("-m owner ! --uid-owner 0 ! --gid-owner 0", FORWARDED, **OUT) is True
    assert holds("-m owner --socket-exists", FORWARDED, **OUT) is False
    assert holds("-m owner ! --gid-owner 0 --suppl-groups", FORWARDED, **OUT) is False


def test_process_options_are_gone_and_say_so() -> None:
    """The error says since when, what to use, and how to get them back."""
    for option in ("--pid-owner 5", "--sid-owner 5", "--cmd-owner sshd"):
        with pytest.raises(Refused, match=r"2\.6\.14.*cgroup.*kernel 2\.4"):
            Rule(f"-m owner {option}", **OUT)


def test_an_old_kernel_matches_process_session_and_command() -> None:
    """They are compared with what the packet's line names."""
    packet = sent(Owner(0, 0, pid=77, sid=70, command="sshd"))
    for option, expected in (
        ("--pid-owner 77", True),
        ("! --sid-owner 70", False),
        ("--cmd-owner sshd", True),
        ("--cmd-owner ssh", False),
    ):
        assert holds(f"-m owner {option}", packet, host=OLD, **OUT) is expected


def test_what_the_packet_does_not_say_is_not_guessed() -> None:
    """Without a pid in the packets text the match is undetermined and names what is missing."""
    seen = clause("-m owner --pid-owner 77", NGINX, host=OLD, **OUT)
    assert seen.held is None
    assert seen.need == "the pid of the process that sends the packet"


def test_an_old_kernel_wants_a_socket_with_a_file_for_everything() -> None:
    """There even inverted options fail without one."""
    assert holds("-m owner ! --uid-owner 0", KERNEL, host=OLD, **OUT) is False


def test_it_loads_where_packets_can_have_an_owner() -> None:
    """OUTPUT and POSTROUTING only, and no backward range."""
    with pytest.raises(Refused):
        Rule("-m owner --uid-owner 0", hook=Hook.INPUT)
    with pytest.raises(Refused, match="backwards"):
        Rule("-m owner --uid-owner 5-3", **OUT)
