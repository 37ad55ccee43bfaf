"""What people show in threads: commands in backquotes, hidden values, other tools' logs."""

from __future__ import annotations

import pytest

from sim.read.paste.reading import read_paste
from tests.paste.corpus import rules_of

RULE = "iptables -A FORWARD -i eth1 -j ACCEPT"


@pytest.mark.parametrize(
    "line",
    [f"`{RULE}`", f"1. `sudo {RULE}`", f"- {RULE}", f"* `# {RULE}`:", f"```# {RULE}```",
     f"[#] {RULE}", f"`root@gw:~# {RULE}`"],
)  # fmt: skip
def test_a_command_that_is_shown_is_one(line: str) -> None:
    """Between backquotes, as an item of a list, as wg-quick shows what it runs."""
    assert read_paste(f"Then I tried this:\n{line}\n").rules == f"{RULE}\n"


@pytest.mark.parametrize("line", ["- iptables is not my friend", "`eth0` is the wan", "1. reboot"])
def test_prose_with_marks_is_prose(line: str) -> None:
    """A list of words runs nothing."""
    assert read_paste(f"{line}\n").is_empty


HOOKS = "iptables -A FORWARD -i {} -j ACCEPT; iptables -t nat -A POSTROUTING -o eth0 -j MASQUERADE"


@pytest.mark.parametrize(
    "text",
    [
        f"PostUp = {HOOKS.format('%i')}\nPostDown = {HOOKS.format('%i').replace('-A', '-D')}\n",
        f"Postup:\n{HOOKS.format('%i')}\n\nPostdown:\n{HOOKS.format('%i').replace('-A', '-D')}\n",
        f'post_up="{HOOKS.format("%i")}"\n',
    ],
)
def test_hooks_of_wg_quick_run_without_their_section(text: str) -> None:
    """What is for the way down does not run."""
    reading = read_paste(f"I have these:\n{text}", {"%i": "wg7"})
    assert reading.rules.split("; ") == [HOOKS.format("wg7").replace("; ", "\n") + "\n"]


def test_the_tunnel_in_a_command_is_asked() -> None:
    """``%i`` is no interface of any host."""
    reading = read_paste("iptables -A FORWARD -i %i -j ACCEPT\n")
    assert reading.rules == "iptables -A FORWARD -i wg0 -j ACCEPT\n"
    assert [question.name for question in reading.questions] == ["%i"]


LOG = "kernel: [UFW BLOCK] IN=eth0 OUT= MAC=my_mac SRC={} DST={} LEN=40 TOS=0x00 PREC=0x00 {} "


@pytest.mark.parametrize("source", ["CLIENT", "source_ip", "<my ip>", "<client>"])
def test_an_address_hidden_by_a_word_has_a_stand_in(source: str) -> None:
    """A line of LOG has an address there and nothing else."""
    tcp = "TTL=54 ID=7 PROTO=TCP SPT=401 DPT=993 WINDOW=0 RES=0x00 SYN URGP=0"
    reading = read_paste(LOG.format(source, "SERVER", tcp), {"SERVER": "203.0.113.5"})
    assert reading.packets.startswith("in eth0 tcp 198.18.0.")
    assert "-> 203.0.113.5:993 syn" in reading.packets
    assert [question.name for question in reading.questions] == [source]


def test_a_hidden_address_of_ipv6_is_one_of_ipv6() -> None:
    """HOPLIMIT tells the family."""
    six = "TC=0 HOPLIMIT=64 FLOWLBL=0 PROTO=UDP SPT=1 DPT=2 LEN=9"
    assert "[2001:db8:ff::" in read_paste(LOG.format("HIM", "2001:db8::1", six)).packets


def test_hidden_ends_of_tcpdump() -> None:
    """The same mask is the same address."""
    reading = read_paste("18:35:48.795960 IP <him>.1434 > <me>.30329: UDP, length 148\n",
                         {"<him>": "192.0.2.1", "<me>": "192.0.2.2"})  # fmt: skip
    assert "IP 192.0.2.1.1434 > 192.0.2.2.30329" in reading.packets


def test_names_in_tcpdump_are_asked() -> None:
    """Without -n; an answer is remembered in the host text."""
    line = "17:32:13.6 IP 192.0.2.1.54692 > shop.example.net.http: Flags [S], seq 1, length 0\n"
    host = "interface eth0 203.0.113.1/24\n"
    assert [one.name for one in read_paste(host + line).questions] == ["shop.example.net"]
    reading = read_paste(host + line, {"shop.example.net": "203.0.113.1"})
    assert "name shop.example.net 203.0.113.1" in reading.host
    assert reading.packets


def test_what_trace_writes_of_one_packet_is_one_packet() -> None:
    """A line for each rule that it passes."""
    text = "".join(
        f"kernel: TRACE: {where} IN=eth0 OUT= MAC= SRC=192.0.2.1 DST=192.0.2.2 LEN=84 TTL=64 "
        f"ID={number} PROTO=ICMP TYPE=8 CODE=0 ID=20 SEQ={number} \n"
        for number in (1, 2)
        for where in ("raw:PREROUTING:policy:2", "filter:INPUT:rule:1", "filter:INPUT:policy:9")
    )
    assert read_paste(text).packets.count("icmp") == 2


def test_fail2bans_log_is_no_script() -> None:
    """The commands in it are those that failed."""
    text = (
        "2016-07-26 20:55:24,273 fail2ban.actions.action[532]: ERROR   iptables -N f2b\n"
        "iptables -A f2b -j RETURN\niptables -I INPUT -p tcp -j f2b returned 100\n"
        "2016-07-26 20:57:11,278 fail2ban.actions[532]: WARNING [ssh] Ban 192.0.2.1\n"
    )
    reading = read_paste(text)
    assert reading.is_empty
    assert "have failed" in reading.receipt[0].note


def test_the_table_follows_from_the_chains_that_programs_make() -> None:
    """Nobody is asked where ufw's chains are."""
    text = "Chain ufw-user-input (1 references)\ntarget prot opt source destination\n"
    row = "ACCEPT tcp -- 0.0.0.0/0 0.0.0.0/0 tcp dpt:22\n"
    reading = read_paste(text + row, {"interfaces": "none"})
    assert not reading.is_open
    assert rules_of(reading.rules, 4)["filter"][-1].startswith("-A ufw-user-input ")


SETS = (
    "*filter\n:INPUT ACCEPT [0:0]\n:FORWARD ACCEPT [0:0]\n:OUTPUT ACCEPT [0:0]\n"
    "-A INPUT -m set --match-set bad src -j DROP\nCOMMIT\n"
)
TERSE = (
    "Name: bad\nType: hash:net\nRevision: 7\nHeader: family inet hashsize 4096 maxelem 65536\n"
    "Size in memory: 328848\nReferences: 1\nNumber of entries: 7\n"
)


@pytest.mark.parametrize("shown", ["", TERSE])
def test_a_set_that_is_not_shown_is_not_empty(shown: str) -> None:
    """Neither listed, nor listed with its members: the rule that asks it is not told."""
    reading = read_paste(f"{SETS}{shown}")
    assert "# Not told by the listing: what is in the set bad\n" in reading.rules
    assert "ipset create bad hash:net" in reading.host
    assert rules_of(reading.rules, 4, reading.host)


def test_a_set_with_its_members_is_told() -> None:
    """Then nothing is said of it."""
    reading = read_paste(f"{SETS}{TERSE}Members:\n192.0.2.0/24\n")
    assert "Not told" not in reading.rules
    assert "192.0.2.0/24" in reading.host


LIMITED = 'limit: avg 3/min burst 10 LOG level warning prefix "[UFW BLOCK] "'


def test_a_burst_in_a_listing_belongs_to_its_limit() -> None:
    """Names in the row or numbers: no second limit without its rate is read from it."""
    head = "Chain INPUT (policy DROP)\ntarget prot opt source destination\n"
    reading = read_paste(f"iptables -L\n{head}LOG  all  --  anywhere  anywhere  {LIMITED}\n")
    assert "-m limit --limit 3/min --limit-burst 10 -j LOG" in reading.rules
    assert {one.name for one in reading.questions} <= {"interfaces"}


ROWS = """\
Chain PREROUTING (policy ACCEPT)
target     prot opt source               destination
Chain POSTROUTING (policy ACCEPT)
target     prot opt source               destination
"""


@pytest.mark.parametrize(
    ("above", "tool", "table"),
    [
        ("iptables -t mangle -L -n\n\n", "iptables", "*mangle"),
        ("sudo ip6tables -t mangle -L\n", "ip6tables", "*mangle"),
        ("The output of `iptables -L --table mangle` is:\n```\n", "iptables", "*mangle"),
        ("ip6tables -nL -t nat gives me this:\n", "ip6tables", "*nat"),
    ],
)
def test_the_command_above_a_listing_tells_what_it_lists(above: str, tool: str, table: str) -> None:
    """Also without a prompt, and in a sentence; the receipt names it."""
    reading = read_paste(f"{above}{ROWS}")
    assert reading.rules.startswith(f"# Generated by {tool}-save\n{table}\n")
    assert reading.questions == ()
    assert any("printed, which line 1 names" in one.note for one in reading.receipt)


def test_of_two_commands_in_a_sentence_neither_is_taken() -> None:
    """What nobody says is read from the listing, as before."""
    reading = read_paste(f"I ran iptables -t mangle -L and ip6tables -t raw -L:\n{ROWS}")
    assert "*nat" in reading.rules
    assert not any("names" in one.note for one in reading.receipt)
