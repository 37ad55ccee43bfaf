"""The masked scenario takes the same walk, on everything that we ship and on real rulesets."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from sim.base.errors import Refused
from sim.model.scenario import Scenario
from sim.tools.masking.proof import Masking, mask
from tests.environment import some
from tests.masking.packets import scenario_on

ROOT = Path(__file__).parents[2]
SHIPPED = sorted(
    path
    for folder in ("tests/cases", "playground/lessons", "playground/examples")
    for path in (ROOT / folder).rglob("*.toml")
)
# What is written as bytes cannot be given another address, and a choice by a hash of addresses
# is another one for other addresses: the proof says so.
AS_BYTES = {
    "string_must_end_before_to", "ftp_and_tftp", "ftp_and_tftp_behind_dnat",
    "ftp_and_tftp_behind_snat", "icmp_errors_of_every_protocol",
    "icmpv6_errors_of_every_protocol", "sctp_associations", "udp_like_protocols",
    "sack_behind_snat", "ftp_last_ports", "bpf_every_instruction",
}  # fmt: skip
BY_HASH = {
    "dnat_range_ipv6", "dnat_takes_the_lowest_port", "cluster_ipv6", "ranges_and_clashes",
    "matches_of_headers", "targets_that_go_on", "matches_at_their_words",
    "targets_at_their_bounds",
}  # fmt: skip
# An address's own bits count: a prefix translated with its checksum kept, the longest common
# prefix that chooses a source.
BY_BITS = {
    "prefixes_translated", "mss_of_the_new_route", "stale_checksum", "source_of_errors",
    "temporary_addresses", "sources_by_scope_and_label", "sources_alike",
}  # fmt: skip
WITH_HOLES = {"built_in_tests"}  # -d 10.0.0.2/255.0.255.0
ELSEWHERE = AS_BYTES | BY_HASH | BY_BITS | WITH_HOLES
_WHOLE_AS_BYTES = re.compile(r'^[^#\n]*\bhex ("|[46][0-9a-f]{9})', re.M)  # a whole packet
_V4 = re.compile(r"(?<![\w.])\d+(?:\.\d+){3}(?![\w.])")


@pytest.mark.parametrize("path", some(SHIPPED), ids=lambda path: path.stem)
def test_the_walk_stays(path: Path) -> None:
    """Rules, verdicts, what each clause found, rewrites: all the same, addresses mapped."""
    scenario = Scenario.from_toml(path.read_text())
    if path.stem in ELSEWHERE or _WHOLE_AS_BYTES.search(scenario.packets):
        assert any(mask(scenario, b"%d" % key).difference for key in range(8))
        return
    made = mask(scenario, b"a key")
    assert made.difference is None, made.difference
    assert made.is_whole
    assert made.steps > 0


@pytest.mark.corpus
@pytest.mark.parametrize("half", [0, 1])
def test_real_rulesets(corpus: Path, half: int) -> None:
    """Every real ruleset that loads keeps its walk, and nothing public of it stays."""
    differing: list[str] = []
    known: list[str] = []
    loaded = steps = 0
    for path in sorted(corpus.glob("*.rules"))[half::2]:
        text = path.read_bytes().decode(errors="replace")
        try:
            scenario = _of_sets(text) if text.startswith(("create ", "-N ")) else scenario_on(text)
        except Refused:  # what the real tools refuse has no walk
            continue
        made = mask(scenario, path.name.encode())
        loaded += 1
        steps += made.steps
        if made.difference is not None:
            differing.append(f"{path.name}: {made.difference}")
        known += [f"{path.name}: {one}" for one in _left(made)]
    assert differing == []
    assert known == []
    assert loaded > 60
    assert steps > 40_000


def _of_sets(text: str) -> Scenario:
    """A dump of sets is the host's; rules that ask for each."""
    names = re.findall(r"^(?:create|-N) (\S+) (hash:\S+|bitmap:\S+)", text, re.M)
    rules = "".join(
        f"-A FORWARD -m set --match-set {name} {','.join(['src'] * (kind.count(',') + 1))}\n"
        for name, kind in names
        if "inet6" not in text
    )
    members = re.findall(r"^add \S+ (\d+\.\d+\.\d+\.\d+)", text, re.M)[:20] or ["192.0.2.1"]
    return Scenario(
        rules=f"*filter\n{rules}COMMIT\n",
        host="interface eth0 203.0.113.1/24\ninterface eth1 10.9.8.1/24\n"
        f"route default via 203.0.113.254 dev eth0\nsysctl net.ipv4.ip_forward = 1\n{text}",
        packets="".join(f"in eth0 udp {one}:53 -> 10.9.8.7:53\n" for one in members),
    )


def _left(made: Masking) -> list[str]:
    """Addresses that became others and yet stand in a masked text, not as another's mask."""
    changed = {one.before for one in made.replaced if one.kind == "address"}
    masks = {one.after for one in made.replaced}
    texts = f"{made.scenario.rules}\n{made.scenario.host}\n{made.scenario.packets}"
    return sorted((set(_V4.findall(texts)) & changed) - masks)
