"""-m recent as sentences."""

from __future__ import annotations

from sim.read.rules.ruleset import load_rules
from tests.matchers.ask import SECOND, Rule, clause, runtime, udp


def test_set_always_matches_and_puts_the_source_on_the_list() -> None:
    """--set is true of a packet from a stranger, and --rcheck is true of the next one."""
    run = runtime()
    sets, checks = Rule("-m recent --set", on=run), Rule("-m recent --rcheck", on=run)
    assert not checks.holds(udp())
    assert sets.holds(udp())
    assert checks.holds(udp())
    assert not checks.holds(udp(src="10.0.0.3"))


def test_hitcount_counts_stamps_younger_than_seconds() -> None:
    """--hitcount 3 --seconds 2 needs three stamps that are at most two seconds old."""
    run = runtime()
    sets = Rule("-m recent --name x --set", on=run)
    checks = Rule("-m recent --name x --rcheck --seconds 2 --hitcount 3", on=run)
    for _ in range(2):
        sets.holds(udp())
    assert not checks.holds(udp())
    sets.holds(udp())
    assert checks.holds(udp())
    run.now += 2 * SECOND
    assert checks.holds(udp())
    run.now += SECOND
    assert not checks.holds(udp())


def test_update_stamps_only_when_it_matches() -> None:
    """A packet that --update did not match leaves no stamp, so that the address grows stale."""
    run = runtime()
    Rule("-m recent --set", on=run).holds(udp())
    updates = Rule("-m recent --update --seconds 10 --hitcount 2", on=run)
    assert not updates.holds(udp())
    assert not updates.holds(udp())
    Rule("-m recent --update", on=run).holds(udp())
    assert updates.holds(udp())


def test_remove_is_true_once() -> None:
    """--remove takes the address off the list, and the second time there is none."""
    run = runtime()
    Rule("-m recent --set --rdest", on=run).holds(udp())
    removes = Rule("-m recent --remove --rdest", on=run)
    assert [removes.holds(udp()), removes.holds(udp())] == [True, False]


def test_rttl_wants_the_ttl_of_the_stamp() -> None:
    """With --rttl a packet of another TTL is a stranger."""
    run = runtime()
    Rule("-m recent --set", on=run).holds(udp(ttl=60))
    checks = Rule("-m recent --rcheck --rttl", on=run)
    assert checks.holds(udp(ttl=60))
    assert not checks.holds(udp(ttl=61))


def test_the_ttl_compared_is_the_one_before_forwarding() -> None:
    """A packet that has an output device and no socket had one more hop to live."""
    run = runtime()
    Rule("-m recent --set", on=run).holds(udp(ttl=60), out_iface="")
    checks = Rule("-m recent --rcheck --rttl", on=run)
    assert checks.holds(udp(ttl=59), out_iface="eth1")


def test_the_hundred_and_first_address_pushes_out_the_least_recently_stamped() -> None:
    """A list holds 100 addresses; one stamped again does not count as the oldest."""
    run = runtime()
    sets, checks = Rule("-m recent --set", on=run), Rule("-m recent --rcheck", on=run)
    for last in range(1, 101):
        sets.holds(udp(src=f"10.9.0.{last}"))
    sets.holds(udp(src="10.9.0.1"))
    sets.holds(udp(src="10.9.1.1"))
    assert checks.holds(udp(src="10.9.0.1"))
    assert not checks.holds(udp(src="10.9.0.2"))


def test_the_mask_of_the_first_rule_counts_for_all() -> None:
    """A list is made by the first rule that names it, with that rule's mask."""
    run = runtime()
    text = (
        "*mangle\n-A PREROUTING -m recent --name n --set --mask 255.255.255.0\n"
        "-A FORWARD -m recent --name n --rcheck\nCOMMIT\n"
    )
    run.rules = load_rules(text)
    Rule("-m recent --name n --rcheck", on=run).holds(udp())
    Rule("-m recent --name n --set", on=run).holds(udp(src="10.0.0.7"))
    assert Rule("-m recent --name n --rcheck", on=run).holds(udp(src="10.0.0.200"))


def test_only_as_many_stamps_are_kept_as_the_largest_hitcount_needs() -> None:
    """At least 32 stamps; the ring overwrites the oldest ones."""
    run = runtime()
    sets = Rule("-m recent --name r --set", on=run)
    for _ in range(40):
        sets.holds(udp())
    seen = clause("-m recent --name r --rcheck --hitcount 2", udp(), on=run)
    assert seen.seen == "10.0.0.2, listed 32 times"


def test_reap_removes_the_stalest_address() -> None:
    """--reap looks at the least recently stamped address only."""
    run = runtime()
    sets = Rule("-m recent --set", on=run)
    for last in (1, 2):
        sets.holds(udp(src=f"10.9.0.{last}"))
    run.now += 10 * SECOND
    reaps = Rule("-m recent --rcheck --seconds 5 --reap", on=run)
    sets.holds(udp(src="10.9.0.3"))
    assert reaps.holds(udp(src="10.9.0.3"))
    checks = Rule("-m recent --rcheck", on=run)
    held = [checks.holds(udp(src=f"10.9.0.{n}")) for n in (1, 2, 3)]
    assert held == [False, True, True]
