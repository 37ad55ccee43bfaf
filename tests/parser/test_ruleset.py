"""Rules text to model: places, families, order, names."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address

import pytest

from sim.base.errors import Refused, SourceError, Span
from sim.extensions.extension import Names
from sim.model.host import Host, IpSet
from sim.model.rules import (
    AddressMask,
    DeviceName,
    Jump,
    Protocol,
    Rule,
    Standard,
    Target,
    Verdict,
)
from sim.read.names import names_of
from sim.read.rules.ruleset import load_rules
from sim.tell.save import save


def filtered(text: str, *, family: int = 4, names: Names | None = None) -> list[str]:
    """The rules of the filter table as iptables-save prints them."""
    rules = load_rules(text, names, family=family).of(family)
    return [r.text for chain in rules.tables["filter"].chains.values() for r in chain.rules]


def refused(text: str, *, names: Names | None = None) -> tuple[SourceError, ...]:
    with pytest.raises(Refused) as caught:
        load_rules(text, names)
    return caught.value.errors


def first_rule(text: str) -> Rule:
    return load_rules(text).ipv4.tables["filter"].chains["INPUT"].rules[0]


def test_a_dump_becomes_tables_in_the_order_of_touch() -> None:
    """Tables come in the order of first touch, and are printed the newest first."""
    rules = load_rules("*nat\nCOMMIT\n*filter\nCOMMIT\n*nat\nCOMMIT\n").ipv4
    assert list(rules.tables) == ["nat", "filter"]
    assert [line for line in save(rules).splitlines() if line[0] == "*"] == ["*filter", "*nat"]


def test_chains_are_printed_built_in_first_then_by_name() -> None:
    """Built-in chains in hook order; user chains by the bytes of their names."""
    rules = load_rules("*filter\n:b -\n:_ -\n:A -\n:a -\nCOMMIT\n").ipv4
    names = list(rules.tables["filter"].chains)
    assert names == ["INPUT", "FORWARD", "OUTPUT", "A", "_", "a", "b"]


def test_listing_a_table_makes_it() -> None:
    """A table exists once a command touches it, even if only to list it."""
    assert list(load_rules("iptables -t mangle -nvL").ipv4.tables) == ["mangle"]
    assert not load_rules("").ipv4.tables


def test_every_clause_is_kept() -> None:
    """The built-in clauses of a rule, masked and with their negations."""
    rule = first_rule(
        "*filter\n-A INPUT ! -s 10.1.2.3/255.0.255.0 -d 10.0.0.9 -i eth+ ! -p tcp -f -j DROP\n"
        "COMMIT\n"
    )
    assert rule.ip.source == AddressMask(4, 0x0A000200, 0xFF00FF00, True)
    assert rule.ip.destination == AddressMask(4, 0x0A000009, 0xFFFFFFFF)
    assert rule.ip.in_iface == DeviceName("eth", prefix=True)
    assert rule.ip.protocol == Protocol(6, negated=True)
    assert rule.ip.fragment is True
    assert isinstance(rule.target, Standard)
    assert rule.target.verdict is Verdict.DROP
    assert not rule.is_unconditional


def test_places_of_rule_match_option_and_target() -> None:
    """Everything the user typed keeps its place: one-based, the end exclusive."""
    rule = first_rule("*filter\n-A INPUT -p tcp --dport 22 -j LOG --log-level 5\nCOMMIT\n")
    assert rule.span == Span(2, 1, 2, 48)
    assert rule.matches[0].span == Span(2, 17, 2, 24)  # loaded by the option that needed it
    arg = rule.matches[0].args.get("--dport")
    assert arg is not None
    assert arg.span == Span(2, 17, 2, 27)
    assert isinstance(rule.target, Target)
    assert rule.target.span == Span(2, 31, 2, 34)


def test_places_in_joined_lines() -> None:
    """A line that a backslash continues: each word stands where it was typed."""
    rule = first_rule("iptables -A INPUT \\\n   -p udp --dport 53 \\\n -j ACCEPT\n")
    assert rule.span == Span(1, 1, 3, 11)
    arg = rule.matches[0].args.get("--dport")
    assert arg is not None
    assert arg.span == Span(2, 11, 2, 21)


def test_equal_texts_on_different_lines_keep_their_own_places() -> None:
    """What is remembered from one line does not carry its place to the next."""
    rules = load_rules("*filter\n-A INPUT -m mark --mark 1\n  -A INPUT -m mark --mark 1\nCOMMIT\n")
    first, second = rules.ipv4.tables["filter"].chains["INPUT"].rules
    assert first.matches == first.matches
    assert first.matches[0].args.get("--mark").span == Span(2, 18, 2, 26)  # type: ignore[union-attr]
    assert second.matches[0].args.get("--mark").span == Span(3, 20, 3, 28)  # type: ignore[union-attr]


def test_address_lists_multiply_out() -> None:
    """Sources times destinations; inserted, the last comes first."""
    both = "-s 10.0.0.1,10.0.0.2 -d 10.0.0.3,10.0.0.4"
    appended = filtered(f"iptables -A INPUT {both}")
    assert len(appended) == 4
    assert filtered(f"iptables -I INPUT {both}") == appended[::-1]


def test_counters_are_read() -> None:
    """Counters of chains and rules are kept in the model and printed as zero."""
    text = "*filter\n:INPUT DROP [5:300]\n[7:420] -A INPUT -p tcp\nCOMMIT\n"
    rules = load_rules(text).ipv4
    chain = rules.tables["filter"].chains["INPUT"]
    assert (chain.packets, chain.bytes) == (5, 300)
    assert (chain.rules[0].packets, chain.rules[0].bytes) == (7, 420)
    assert ":INPUT DROP [0:0]\n" in save(rules)


@pytest.mark.parametrize(
    ("text", "four", "six"),
    [
        ("*filter\n-A INPUT\nCOMMIT\n", True, False),
        ("# Generated by ip6tables-save v1.8.9\n*filter\nCOMMIT\n", False, True),
        ("# Generated by iptables-nft-save v1.8.9\n*filter\nCOMMIT\n", True, False),
        ("*filter\n-A INPUT -s 2001:db8::/32\nCOMMIT\n", False, True),
        ("*filter\n-A INPUT -m hl --hl-eq 255\nCOMMIT\n", False, True),
        ("*filter\n-A INPUT -p ipv6-icmp -j ACCEPT\nCOMMIT\n", False, True),
        ("*filter\n-A INPUT -m mac --mac-source 02:00:00:00:00:01\nCOMMIT\n", True, False),
        ('*filter\n-A INPUT -m comment --comment "2001:db8::1"\nCOMMIT\n', True, False),
        ("ip6tables -P INPUT DROP", False, True),
        ("iptables -P INPUT DROP\nip6tables -P INPUT DROP", True, True),
        (
            "# Generated by iptables-save\n*filter\nCOMMIT\n# Completed\n"
            "# Generated by ip6tables-save\n*filter\nCOMMIT\n*raw\nCOMMIT\n",
            True,
            True,
        ),
    ],
)
def test_family_is_told(text: str, four: bool, six: bool) -> None:
    """By the header, by the command's name, or by what the rules of a dump are for."""
    rules = load_rules(text)
    assert (bool(rules.ipv4.tables), bool(rules.ipv6.tables)) == (four, six)


def test_family_given_is_for_texts_that_do_not_say() -> None:
    """A given family wins over the content, a header or a command's name over both."""
    assert load_rules("*filter\nCOMMIT\n", family=6).ipv6.tables
    assert load_rules("iptables -L", family=6).ipv4.tables
    with pytest.raises(Refused):
        load_rules("*filter\n-A INPUT -s ::1\nCOMMIT\n", family=4)


def test_all_errors_of_a_paste_at_once() -> None:
    """Every wrong line gives its error, in the order of the text, parse and load alike."""
    text = (
        "*filter\n-A INPUT -j NOPE\n-A INPUT -m owner --uid-owner 0\n-A INPUT -s 1.2.3.4/99\n"
        "COMMIT\niptables -F FOO\nls\n"
    )
    assert [error.span.line for error in refused(text)] == [2, 3, 4, 6, 7]


def test_dumps_and_commands_follow_each_other() -> None:
    """Commands change what the dump before them loaded, and a later dump starts over."""
    dump = "*filter\n:INPUT DROP [0:0]\n-A INPUT -p tcp\nCOMMIT\n"
    assert filtered(f"{dump}iptables -A INPUT -p udp\n") == ["-A INPUT -p tcp", "-A INPUT -p udp"]
    again = load_rules(f"{dump}*filter\n-A INPUT -p icmp\nCOMMIT\n").ipv4.tables["filter"]
    assert again.chains["INPUT"].policy is Verdict.DROP
    assert [rule.text for rule in again.chains["INPUT"].rules] == ["-A INPUT -p icmp"]


@pytest.mark.parametrize(
    "command",
    [
        "sudo iptables -A INPUT -j ACCEPT", "/sbin/iptables -A INPUT -j ACCEPT",
        "sudo -n -u root /usr/sbin/iptables-legacy -A INPUT -j ACCEPT",
        "iptables-nft -w 5 -A INPUT -j ACCEPT", "iptables --wait --append INPUT --jump ACCEPT",
        "iptables -A INPUT -j ACCEPT # let all in", "'iptables' \"-A\" INP\"UT\" -j ACC\\EPT",
        "iptables -j ACCEPT -t filter -A INPUT", "iptables -vA INPUT -j ACCEPT;",
    ],
)  # fmt: skip
def test_spellings_of_one_command(command: str) -> None:
    """sudo, paths, variants, quotes, remarks and any order of options: one and the same rule."""
    assert filtered(command) == ["-A INPUT -j ACCEPT"]


def test_jump_follows_a_renamed_chain() -> None:
    """-E renames the chain in the rules that go to it."""
    text = "iptables -N A\niptables -A INPUT -g A\niptables -E A B\n"
    rule = first_rule(text)
    assert rule.target == Jump("B", goto=True, span=rule.target.span)  # type: ignore[union-attr]
    assert rule.text == "-A INPUT -g B"


@pytest.mark.parametrize(
    ("line", "family", "unconditional"),
    [
        ("-A INPUT -j ACCEPT", 4, True), ("-A INPUT -p all -s 0/0 -j ACCEPT", 4, True),
        ("-A INPUT -i + -j ACCEPT", 4, False), ("-A INPUT -p all -j ACCEPT", 6, False),
        ("-A INPUT -m comment --comment x -j ACCEPT", 4, False),
    ],
)  # fmt: skip
def test_what_the_kernel_calls_unconditional(line: str, family: int, unconditional: bool) -> None:
    """`-i +`, and `-p all` of IPv6, test nothing but are no unconditional rules."""
    rules = load_rules(f"*filter\n{line}\nCOMMIT\n", family=family).of(family)
    assert rules.tables["filter"].chains["INPUT"].rules[0].is_unconditional is unconditional


def test_names_of_a_host() -> None:
    """Users, host names and sets come from the host; Debian's own ids are always there."""
    names = names_of(
        Host(
            users={"nginx": 998},
            hostnames={"web": (IPv4Address("10.0.0.80"), IPv6Address("2001:db8::80"))},
            sets={"bad": IpSet("bad", "hash:ip,port")},
        )
    )
    assert filtered("iptables -A OUTPUT -m owner --uid-owner nginx", names=names) == [
        "-A OUTPUT -m owner --uid-owner 998"
    ]
    assert filtered("iptables -A INPUT -s web", names=names) == ["-A INPUT -s 10.0.0.80/32"]
    assert filtered("iptables -A INPUT -m set --match-set bad src,dst", names=names)
    assert refused("iptables -A INPUT -m set --match-set good src", names=names)
    assert filtered("iptables -A OUTPUT -m owner --gid-owner www-data") == [
        "-A OUTPUT -m owner --gid-owner 33"
    ]


def test_without_a_host_sets_are_taken_at_their_word() -> None:
    """Nobody said which sets there are, so no set is missing."""
    assert filtered("iptables -A INPUT -m set --match-set any src")


def test_a_full_kernel_loads_what_the_reference_kernel_lacks() -> None:
    """`kernel 6.1` in the host text stands for a distribution's kernel with all its modules."""
    text = "iptables -A INPUT -m ipvs --ipvs"
    assert "reference" in refused(text)[0].message
    assert filtered(text, names=names_of(Host(kernel="6.1"))) == ["-A INPUT -m ipvs --ipvs"]


def test_an_estimator_must_be_made_before_it_is_asked() -> None:
    """The order of rules decides, over tables and dumps."""
    makes = "-A INPUT -j RATEEST --rateest-name e --rateest-interval 250ms --rateest-ewmalog 500ms"
    asks = "-A INPUT -m rateest --rateest e --rateest-gt --rateest-bps 8bit"
    assert len(filtered(f"*filter\n{makes}\n{asks}\nCOMMIT\n")) == 2
    assert refused(f"*filter\n{asks}\n{makes}\nCOMMIT\n")[0].span.line == 2
    assert load_rules(f"*filter\n{makes}\nCOMMIT\n*nat\n{asks}\nCOMMIT\n")
