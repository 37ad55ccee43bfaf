"""Random packets of the rarer kinds: other protocols, extension headers, options, bad sums."""

from __future__ import annotations

from sim.extensions.drawing import PORTS
from sim.tools.generate.world import Device, Facts, World

_FIRST = {
    "sctp": ("init", "init", "data", "heartbeat", "abort"),
    "dccp": ("request", "request", "data", "reset"),
}
_THEN = {
    "sctp": ("cookie-echo", "data", "shutdown", "abort", "cookie-ack"),
    "dccp": ("ack", "dataack", "close", "reset"),
}
_HOME = "20010db8000200000000000000000005"
# The bytes behind the first two: padding, router alert, an unknown option that may be skipped,
# one that may not.
_OPTIONS = {
    "hop": ("010400000000", "050200000100", "1e0400000000", "9e0400000000", "c20400000000"),
    "dst": ("010400000000", "1e0400000000", "0502000001000000000000000000"),
    "rt": (
        "000000000000",
        f"0000{'0' * 40}",
        f"020100000000{_HOME}",
        f"040000000000{_HOME}",
        "030000000000",
    ),
}
# Router alert, no-ops, record route, timestamp, loose source route, one that is too long.
_IP_OPTIONS = (
    "94040000", "01010101", "0707040000000000", "440c05000000000000000000", "8307040a00020500",
    "07ff0400",
)  # fmt: skip


def protocol(world: World, facts: Facts, device: Device) -> list[str]:
    """A conversation of a protocol other than TCP, UDP and ICMP."""
    names: tuple[str, ...] = ("sctp", "sctp", "dccp", "esp", "ah", "udplite", "gre", "89", "ipcomp")
    if facts.family == 6:
        names += ("mobility-header",)
    facts.protocol = world.pick(names)
    head = f"in {device.name} proto {facts.protocol}"
    ends = f"{facts.src} -> {facts.dst}"
    if facts.protocol in ("sctp", "dccp", "udplite"):
        facts.sport, facts.dport = world.pick(PORTS), world.pick(PORTS)
        ends = f"{_end(facts.src, facts.sport)} -> {_end(facts.dst, facts.dport)}"
    if facts.protocol in _FIRST:
        first = f"{head} {ends} {world.pick(_FIRST[facts.protocol])}"
        then = f"{head} {ends} {world.pick(_THEN[facts.protocol])}"
        return [first, "reply", then, "reply", then][: world.pick((1, 2, 3, 4, 5))]
    extra = {
        "esp": f" spi {world.pick((50, 100, 250))}",
        "ah": f" spi {world.pick((50, 100, 250))}",
        "ipcomp": f" payload-hex 0400{world.pick((50, 100, 250)):04x}00112233",
        "mobility-header": f" payload-hex 3b00{world.pick((0, 5)):02x}0000000000",
    }.get(facts.protocol, "")
    return [f"{head} {ends}{extra}"] * world.pick((1, 2))


def extended(world: World, facts: Facts, device: Device) -> list[str]:
    """UDP or TCP behind IPv6 extension headers, or with IPv4 options."""
    facts.protocol = world.pick(("udp", "tcp"))
    facts.sport, facts.dport = world.pick(PORTS), world.pick(PORTS)
    words = [f"in {device.name} {facts.protocol} {_end(facts.src, facts.sport)}"]
    words.append(f"-> {_end(facts.dst, facts.dport)}")
    if facts.protocol == "tcp":
        facts.flags = "SYN"
        words.append("syn")
    if facts.family == 4:
        words.append(f"ip-options-hex {world.pick(_IP_OPTIONS)}")
        return [" ".join(words)]
    kinds = [name for name in ("hop", "rt", "dst") if world.chance(0.5)] or ["hop"]
    words += [f"ext {name}={world.pick(_OPTIONS[name])}" for name in kinds]
    return [" ".join(words)] * world.pick((1, 1, 2))


def spoiled(world: World, facts: Facts, device: Device) -> list[str]:
    """Wrong checksums, TCP options, ECN, an EUI-64 source, an ICMP query that is no ping."""
    kind = world.pick(("checksum", "ip checksum", "tcp options", "eui64", "query", "short"))
    head = f"in {device.name}"
    udp = f"{head} udp {_end(facts.src, 1000)} -> {_end(facts.dst, 53)}"
    if kind == "checksum":
        return [f'{udp} payload "hello" checksum bad']
    if kind == "ip checksum" and facts.family == 4:
        return [f"{udp} ip-checksum bad"]
    if kind == "short":
        return [f"{udp} udp-length {world.pick((4, 8, 40))}"]
    if kind == "query" and facts.family == 4:
        return [f"{head} icmp {facts.src} -> {facts.dst} type {world.pick((13, 15, 17, 9, 40))}"]
    if kind == "eui64" and facts.family == 6:
        network = facts.src.rsplit("::", 1)[0]
        facts.src = f"{network}::ff:fe01:2"
        return [f"{head} udp {_end(facts.src, 1000)} -> {_end(facts.dst, 53)}"]
    facts.protocol, facts.flags = "tcp", "SYN"
    tcp = f"{head} tcp {_end(facts.src, 1000)} -> {_end(facts.dst, 80)}"
    options = world.pick(("sackok", "wscale 7 mss 1460", "mss 1300 sackok wscale 2", "mss 400"))
    return [f"{tcp} syn,ece,cwr {options}", "reply"]


def _end(address: str, port: int) -> str:
    return f"[{address}]:{port}" if ":" in address else f"{address}:{port}"
