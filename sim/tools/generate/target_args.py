"""Arguments for every target that goes somewhere from a random rule."""

from __future__ import annotations

from sim.tools.generate.match_args import F, I, O, P, S
from sim.tools.generate.place import MakeArgs, RulePlace
from sim.tools.generate.world import MARKS, SETS, TOS, TTLS

_PORTED = ("tcp", "udp", "sctp")


def _mark(place: RulePlace) -> str:
    option = place.world.pick(("--set-mark", "--set-xmark", "--set-mark"))
    if place.chance(0.2):
        option = place.world.pick(("--and-mark", "--or-mark", "--xor-mark"))
        return f"{option} {place.world.pick(MARKS):#x}"
    return f"{option} {place.mark()}"


def _connmark(place: RulePlace) -> str:
    if place.chance(0.5):
        return _mark(place)
    masks = place.words("--nfmask 0xff --ctmask 0xff", "")
    return f"{place.world.pick(('--save-mark', '--restore-mark'))} {masks}"


def _log(place: RulePlace) -> str:
    return place.words(
        '--log-prefix "it is: "',
        f"--log-level {place.random.randrange(8)}",
        "--log-tcp-sequence",
        "--log-ip-options",
        "--log-uid",
    )


def _nflog(place: RulePlace) -> str:
    return place.words(f"--nflog-group {place.random.randrange(1, 9)}", "--nflog-prefix x")


def _reject(place: RulePlace) -> str | None:
    if place.protocol == "tcp" and place.chance(0.5):
        return "--reject-with tcp-reset"
    kinds4 = (
        "icmp-net-unreachable", "icmp-host-unreachable", "icmp-proto-unreachable",
        "icmp-port-unreachable", "icmp-net-prohibited", "icmp-host-prohibited",
        "icmp-admin-prohibited",
    )  # fmt: skip
    kinds6 = (
        "icmp6-no-route", "icmp6-adm-prohibited", "icmp6-addr-unreachable",
        "icmp6-port-unreachable", "icmp6-policy-fail", "icmp6-reject-route",
    )  # fmt: skip
    kind = place.world.pick(kinds4 if place.family == 4 else kinds6)
    return place.words(f"--reject-with {kind}")


def _address(place: RulePlace) -> str:
    if place.chance(0.6):
        return place.world.pick(place.world.own(place.family))
    return place.world.somebody(place.family)


def _range(place: RulePlace) -> str:
    """One address or a short range, with ports when the protocol has any."""
    address = _address(place)
    if place.chance(0.15) and not address.endswith("::"):
        head, separator, last = (
            address.rpartition(".") if place.family == 4 else address.rpartition(":")
        )
        value = int(last, 10 if place.family == 4 else 16)
        top = min(value + 3, 255 if place.family == 4 else 0xFFFF)
        high = f"{top}" if place.family == 4 else f"{top:x}"
        address = f"{address}-{head}{separator}{high}"
    if place.protocol not in _PORTED or place.chance(0.5):
        return address
    low = place.world.pick((80, 2000, 8080, 40000))
    ports = str(low) if place.chance(0.5) else f"{low}-{low + place.world.pick((0, 1, 50))}"
    return f"[{address}]:{ports}" if place.family == 6 else f"{address}:{ports}"


def _random(place: RulePlace) -> str:
    return place.world.pick(("", "", "", "", "--persistent", "--random", "--random-fully"))


def _snat(place: RulePlace) -> str | None:
    return f"--to-source {_range(place)} {_random(place)}" if place.within(S, I) else None


def _dnat(place: RulePlace) -> str | None:
    if not place.within(P, O):
        return None
    if place.protocol in _PORTED and place.chance(0.15):
        return f"--to-destination :{place.world.pick((80, 8080))}"
    extra = _random(place).replace("--random-fully", "--random")
    return f"--to-destination {_range(place)} {extra}"


def _masquerade(place: RulePlace) -> str | None:
    if not place.within(S):
        return None
    ports = f"--to-ports {place.world.pick(('2000', '3000-3050'))}"
    flags = place.world.pick(("", "", "--random", "--random-fully"))
    return f"{ports if place.protocol in _PORTED and place.chance(0.3) else ''} {flags}"


def _redirect(place: RulePlace) -> str | None:
    if not place.within(P, O):
        return None
    if place.protocol in _PORTED and place.chance(0.7):
        return f"--to-ports {place.world.pick(('22', '53', '80', '8080-8090'))}"
    return ""


def _netmap(place: RulePlace) -> str:
    if place.family == 4:
        return f"--to {place.world.pick(('10.77.0.0/16', '192.168.100.0/24', '203.0.113.0/28'))}"
    return f"--to {place.world.pick(('fd77::/64', '2001:db8:2::/64'))}"


def _ttl(place: RulePlace) -> str:
    kind = place.world.pick(("set", "inc", "dec"))
    value = place.world.pick((1, 2, 5) if kind != "set" else TTLS)
    return f"--ttl-{kind} {value}"


def _hl(place: RulePlace) -> str:
    return _ttl(place).replace("--ttl-", "--hl-")


def _tos(place: RulePlace) -> str:
    value = place.world.pick(TOS)
    return place.world.pick((
        f"--set-tos {value:#x}", f"--set-tos {value:#x}/0xfc", f"--and-tos {value:#x}",
        f"--or-tos {value:#x}", f"--xor-tos {value:#x}", "--set-tos Maximize-Throughput",
    ))  # fmt: skip


def _dscp(place: RulePlace) -> str:
    return place.world.pick(
        (f"--set-dscp {place.world.pick(TOS) >> 2:#x}", "--set-dscp-class AF41")
    )


def _ecn(place: RulePlace) -> str | None:
    return "--ecn-tcp-remove" if place.protocol == "tcp" else None


def _tcpmss(place: RulePlace) -> str | None:
    if place.protocol != "tcp":
        return None
    return "--clamp-mss-to-pmtu" if place.within(F, O, S) and place.chance(0.4) else "--set-mss 900"


def _tcpoptstrip(place: RulePlace) -> str | None:
    return "--strip-options mss,sack-permitted" if place.protocol == "tcp" else None


def _ct(place: RulePlace) -> str:
    kind = place.random.random()
    if kind < 0.4:
        return "--notrack"
    if kind < 0.7:
        option = place.world.pick(("--zone", "--zone-orig", "--zone-reply"))
        return f"{option} {place.world.pick((1, 2))}"
    if kind < 0.85 and place.protocol == "tcp":
        return "--helper ftp"
    return "--ctevents new,destroy"


def _classify(place: RulePlace) -> str | None:
    return "--set-class 1:10" if place.within(F, O, S) else None


def _tee(place: RulePlace) -> str:
    """Copies that come back are copied again for ever, so the hop count must be fresh there."""
    device = place.world.pick(place.world.devices)
    fresh = "-m ttl --ttl-gt 60" if place.family == 4 else "-m hl --hl-gt 60"
    if place.within(F, O, S):
        fresh = ""
    return f"--gateway {place.world.pick(device.neighbours[place.family])} {fresh}"


def _nfqueue(place: RulePlace) -> str:
    return f"--queue-num {place.random.randrange(1, 5)} " + place.words("--queue-bypass")


def _set(place: RulePlace) -> str | None:
    names = place.world.sets.get(place.family, ())
    if not names:
        return None
    name = place.world.pick([item for item in names if item not in ("macs", "wires", "all")])
    side = ",".join(place.world.pick(("src", "dst")) for _ in range(SETS[name]))
    return f"{place.world.pick(('--add-set', '--add-set', '--del-set'))} {name} {side}"


def _hmark(place: RulePlace) -> str:
    return place.world.pick((
        "--hmark-tuple src,dst --hmark-mod 10 --hmark-offset 100 --hmark-rnd 0xfeedcafe",
        "--hmark-tuple src,dst,sport,dport,proto --hmark-mod 7 --hmark-rnd 0x12345678",
        "--hmark-tuple ct --hmark-mod 5 --hmark-offset 1 --hmark-rnd 0x1",
    ))  # fmt: skip


def _tproxy(place: RulePlace) -> str | None:
    if place.protocol not in ("tcp", "udp") or not place.within(P):
        return None
    port = place.world.pick((22, 53, 80, 8080))
    address = place.world.pick(place.world.own(place.family))
    return f"--on-port {port} --on-ip {address} --tproxy-mark 0x1/0x1"


def _synproxy(place: RulePlace) -> str | None:
    if place.protocol != "tcp" or not place.within(I, F):
        return None
    if any(line.endswith("failed") for line in place.world.lines):
        return None  # its answers would hold entries back that are gone for the simulation
    return "--sack-perm --timestamp --wscale 7 --mss 1460"


def _prefix(place: RulePlace) -> str:
    """Only what has that prefix stays neutral to checksums: generate_rules adds a condition."""
    return "--src-pfx 2001:db8:2::/64 --dst-pfx fd00:77::/64"


def _none(place: RulePlace) -> str:
    return ""


def _idletimer(place: RulePlace) -> str:
    return f"--timeout 600 --label cw{place.random.randrange(3)}"


def _rateest(place: RulePlace) -> str:
    return (
        f"--rateest-name e{place.random.randrange(3)} --rateest-interval 250ms --rateest-ewmalog 1s"
    )


def _connsecmark(place: RulePlace) -> str:
    return place.world.pick(("--save", "--restore"))


def _audit(place: RulePlace) -> str:
    return f"--type {place.world.pick(('accept', 'drop', 'reject'))}"


TARGET_ARGS: dict[str, MakeArgs] = {
    "AUDIT": _audit, "CHECKSUM": lambda place: "--checksum-fill", "CLASSIFY": _classify,
    "CONNMARK": _connmark, "CONNSECMARK": _connsecmark, "CT": _ct, "DNAT": _dnat,
    "DNPT": _prefix, "DSCP": _dscp,
    "ECN": _ecn, "HL": _hl, "HMARK": _hmark, "IDLETIMER": _idletimer, "LOG": _log,
    "MARK": _mark, "MASQUERADE": _masquerade, "NETMAP": _netmap, "NFLOG": _nflog,
    "NFQUEUE": _nfqueue, "NOTRACK": _none, "RATEEST": _rateest,
    "REDIRECT": _redirect, "REJECT": _reject,
    "SET": _set, "SNAT": _snat, "SNPT": _prefix, "SYNPROXY": _synproxy, "TCPMSS": _tcpmss,
    "TCPOPTSTRIP": _tcpoptstrip, "TEE": _tee, "TOS": _tos, "TPROXY": _tproxy, "TRACE": _none,
    "TTL": _ttl,
}  # fmt: skip
