"""string, u32, bpf and quota: what looks at the packet's bytes."""

from __future__ import annotations

import pytest

from sim.base.errors import Refused
from sim.read.rules.ruleset import load_rules
from tests.matchers.ask import Rule, clause, holds, icmp, tcp, udp


def string(options: str, payload: bytes = b"GET /index") -> bool | None:
    return holds(f"-m string {options}", udp(payload=payload))


def test_string_searches_the_whole_packet_from_its_ip_header_on() -> None:
    """Addresses are searchable, and so is the payload."""
    assert string('--algo bm --hex-string "|0a010005|"')
    assert string("--algo kmp --string index")
    assert not string("--algo kmp --string INDEX")
    assert string("--algo kmp --string INDEX --icase")


def test_string_to_is_where_the_pattern_must_end() -> None:
    """The payload begins at 28: ``GET`` lies at 28 to 30, so --to 31 finds it and --to 30 not."""
    assert string("--algo bm --string GET --from 28 --to 31")
    assert not string("--algo bm --string GET --from 28 --to 30")
    assert not string("--algo bm --string GET --from 29")


def test_string_folds_latin_letters_beyond_ascii() -> None:
    """--icase uses the kernel's table, in which 0xE9 is the small letter of 0xC9."""
    assert string('--algo bm --hex-string "|c9|" --icase', b"\xe9")
    assert not string('--algo bm --hex-string "|d7|" --icase', b"\xf7")


def test_string_says_where_it_found_the_pattern() -> None:
    """The clause names the offset."""
    seen = clause("-m string --algo bm --string GET", udp(payload=b"GET /"))
    assert (seen.want, seen.seen) == ('"GET"', "it at offset 28")


def test_u32_reads_words_and_compares_ranges() -> None:
    """Byte 9 is the protocol; a list of ranges is a choice."""
    assert holds('-m u32 --u32 "6&0xFF=6,17"', udp())
    assert not holds('-m u32 --u32 "6&0xFF=0:5"', udp())
    assert holds('-m u32 --u32 "6&0xFF=17&&0>>24=0x45"', udp())


def test_u32_follows_a_header_length_with_at() -> None:
    """``0>>22&0x3C@`` jumps behind the IP header, whatever its length."""
    assert holds('-m u32 --u32 "0>>22&0x3C@0>>24=8"', icmp(8))
    assert holds('-m u32 --u32 "0>>22&0x3C@0&0xFFFF=53"', udp(53))


def test_u32_past_the_end_is_false_and_inverted_true() -> None:
    """A packet too short for a test fails all of them."""
    assert not holds('-m u32 --u32 "100=0:0xffffffff"', udp())
    assert holds('-m u32 ! --u32 "100=0:0xffffffff"', udp())


def test_bpf_runs_the_program_on_the_ip_packet() -> None:
    """``ip proto tcp`` as nfbpf_compile writes it."""
    line = '-m bpf --bytecode "4,48 0 0 9,21 0 1 6,6 0 0 1,6 0 0 0"'
    assert holds(line, tcp())
    assert not holds(line, udp())


def test_bpf_load_outside_the_packet_ends_the_program_with_no() -> None:
    """Reading a byte that is not there returns 0."""
    assert not holds('-m bpf --bytecode "2,48 0 0 2000,6 0 0 1"', udp())


def test_bpf_asks_for_the_mark() -> None:
    """Ancillary data at negative offsets: the mark is one that is known."""
    line = '-m bpf --bytecode "2,32 0 0 4294963220,22 0 0 0"'
    assert not holds(line, udp())
    assert holds(line, udp().with_mark(3))


def test_bpf_that_asks_for_the_unknowable_is_undetermined() -> None:
    """The CPU number cannot be known."""
    asked = clause('-m bpf --bytecode "2,32 0 0 4294963236,22 0 0 0"', udp())
    assert asked.held is None
    assert "CPU" in asked.need


@pytest.mark.parametrize(
    ("program", "reason"),
    [
        ("1,48 0 0 9", "not a return"),
        ("2,52 0 0 0,6 0 0 0", "divides by 0"),
        ("2,96 0 0 0,6 0 0 0", "before it is set"),
        ("2,5 0 0 9,6 0 0 0", "behind the end"),
        ("2,999 0 0 0,6 0 0 0", "unknown code"),
    ],
)
def test_bpf_programs_are_verified_at_load(program: str, reason: str) -> None:
    """What the kernel's checker refuses is refused with the instruction."""
    with pytest.raises(Refused, match=reason):
        load_rules(f'*filter\n-A INPUT -m bpf --bytecode "{program}"\nCOMMIT\n')


def test_quota_ends_for_good_when_a_packet_does_not_fit() -> None:
    """100 bytes: three packets of 28 fit, the fourth ends it, later smaller ones too."""
    rule = Rule("-m quota --quota 100")
    assert [rule.holds(udp()) for _ in range(4)] == [True, True, True, False]
    again = Rule("-m quota ! --quota 20")
    assert [again.holds(udp()), again.holds(udp())] == [True, True]
