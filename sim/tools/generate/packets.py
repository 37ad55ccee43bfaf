"""Random packets, as lines of the packets text: conversations that go somewhere, and oddities."""

from __future__ import annotations

from sim.extensions.drawing import GIDS, PAYLOADS, PORTS, TOS, TTLS, UIDS
from sim.tools.generate import oddities as generate_oddities
from sim.tools.generate.world import Device, Facts, World

_ERRORS = {
    4: ("port-unreachable", "host-unreachable", "network-unreachable", "ttl-zero-during-transit"),
    6: ("port-unreachable", "no-route", "ttl-zero-during-transit", "packet-too-big"),
}


_ODDITIES = {
    "protocol": generate_oddities.protocol,
    "extended": generate_oddities.extended,
    "spoiled": generate_oddities.spoiled,
}


def make_packets(world: World) -> list[str]:
    """The lines of the packets text; ``world.facts`` is filled beside them."""
    lines: list[str] = []
    for _ in range(world.pick((1, 2, 2, 3))):
        family = world.pick(world.families)
        lines += world.pick((_tcp, _tcp, _udp, _udp, _ping, _to_host, _local, _local, _odd))(
            world, family
        )
    if world.chance(0.03):
        lines = _with_event(world, lines)
    return lines[:12]


def _with_event(world: World, lines: list[str]) -> list[str]:
    """Something happens to the host, and then the packets come again."""
    device = world.pick(world.devices)
    event = world.pick((
        [f"down {device.name}"],
        [f"down {device.name}", f"up {device.name}"],
        [f"address {device.name} 203.0.113.99/24"],
        [f"address {device.name} 2001:db8:1::99:1/64"],
        ["wait 1100ms"],
    ))  # fmt: skip
    return [*lines[:5], *event, *lines[:6]]


def _end(address: str, port: int) -> str:
    return f"[{address}]:{port}" if ":" in address else f"{address}:{port}"


def way(world: World, family: int) -> tuple[Device, str, str]:
    """A device, somebody behind it, and a destination (mostly) elsewhere."""
    device = world.pick(world.devices)
    source = world.pick(device.neighbours[family])
    if device is world.devices[0] and world.chance(0.5):
        source = world.pick(world.remote[family])
    others = [item for item in world.devices if item is not device]
    targets = list(world.remote[family]) if device is not world.devices[0] else []
    for other in others:
        targets += other.neighbours[family]
    if not targets or world.chance(0.08):
        targets = [world.somebody(family)]
    return device, source, world.pick(targets)


def _attributes(world: World, facts: Facts) -> str:
    words = []
    if world.chance(0.25):
        facts.ttl = world.pick(TTLS)
        words.append(f"ttl {facts.ttl}")
    if world.chance(0.25):
        facts.tos = world.pick(TOS)
        words.append(f"tos {facts.tos:#x}")
    if facts.family == 4 and world.chance(0.2):
        words.append("df")
    return "".join(f" {word}" for word in words)


def _payload(world: World, facts: Facts) -> str:
    facts.payload = world.pick(PAYLOADS)
    return f' payload "{facts.payload}"'


def _tcp(world: World, family: int) -> list[str]:
    device, source, target = way(world, family)
    facts = Facts(
        family, "tcp", source, target, device.name, "", world.pick(PORTS[4:]), world.pick(PORTS)
    )
    world.facts.append(facts)
    head = f"in {device.name} tcp {_end(source, facts.sport)} -> {_end(target, facts.dport)}"
    facts.flags = "SYN"
    mss = f" mss {world.pick((536, 1200, 1460))}" if world.chance(0.6) else ""
    extra = _attributes(world, facts)
    lines = [f"{head} syn{mss}{extra}", "reply", f"{head} ack{extra}"]
    lines += [f"{head} psh,ack{_payload(world, facts)}{extra}", "reply"]
    lines += world.pick((
        [f"{head} fin,ack{extra}", "reply", f"{head} ack{extra}"],
        [f"{head} rst{extra}"],
        [f"{head} rst,ack{extra}", f"{head} syn{extra}"],
        [f"{head} ack{extra}", "reply"],
        [f"{head} {world.pick(('fin', 'syn,fin', 'none', 'urg,ack', 'syn,ack'))}{extra}"],
    ))  # fmt: skip
    start = world.pick((0, 0, 0, 0, 2, 3))
    return _from_a_packet(lines[start : start + world.pick((1, 2, 3, 5, 8))])


def _from_a_packet(lines: list[str]) -> list[str]:
    """A conversation does not begin with an answer."""
    return lines[1:] if lines and lines[0] == "reply" else lines


def _udp(world: World, family: int) -> list[str]:
    device, source, target = way(world, family)
    facts = Facts(
        family, "udp", source, target, device.name, "", world.pick(PORTS), world.pick(PORTS)
    )
    world.facts.append(facts)
    head = f"in {device.name} udp {_end(source, facts.sport)} -> {_end(target, facts.dport)}"
    lines = [f"{head}{_payload(world, facts)}{_attributes(world, facts)}"]
    for _ in range(world.pick((0, 1, 2, 4))):
        lines.append(world.pick(("reply", lines[0])))
    if world.chance(0.3):
        rebel = world.pick((facts.sport, world.pick(PORTS)))
        other = world.pick(device.neighbours[family])
        lines.append(
            f"in {device.name} udp {_end(other, rebel)} -> {_end(target, facts.dport)}"
            f"{_payload(world, facts)}"
        )
    return lines


def _ping(world: World, family: int) -> list[str]:
    device, source, target = way(world, family)
    name = "icmp" if family == 4 else "icmpv6"
    facts = Facts(family, name, source, target, device.name, icmp_type=8 if family == 4 else 128)
    world.facts.append(facts)
    lines = [
        f"in {device.name} {name} {source} -> {target} echo-request id {world.pick((7, 8))} seq 1"
        f"{_attributes(world, facts)}"
    ]
    return [*lines, *world.pick(([], ["reply"], ["reply", lines[0]]))]


def _to_host(world: World, family: int) -> list[str]:
    device = world.pick(world.devices)
    source = world.pick([*device.neighbours[family], world.pick(world.remote[family])])
    target = world.pick(world.own(family))
    listening = [item for item in world.listeners if item[1] in (family, 6)]
    kind = world.pick(("tcp", "tcp", "udp", "udp", "icmp"))
    if kind == "icmp":
        name = "icmp" if family == 4 else "icmpv6"
        facts = Facts(
            family, name, source, target, device.name, icmp_type=8 if family == 4 else 128
        )
        world.facts.append(facts)
        return [
            f"in {device.name} {name} {source} -> {target} echo-request id 3 seq 1"
            f"{_attributes(world, facts)}"
        ]
    port = world.pick(PORTS)
    if listening and world.chance(0.6):
        kind, _, port = world.pick(listening)
    facts = Facts(family, kind, source, target, device.name, "", world.pick(PORTS[4:]), port)
    world.facts.append(facts)
    head = f"in {device.name} {kind} {_end(source, facts.sport)} -> {_end(target, port)}"
    extra = _attributes(world, facts)
    if kind == "udp":
        return [f"{head}{_payload(world, facts)}{extra}"] * world.pick((1, 2))
    facts.flags = "SYN"
    lines = [f"{head} syn{extra}", f"{head} ack{extra}", f"{head} psh,ack{_payload(world, facts)}"]
    return lines[: world.pick((1, 1, 2, 3))]


def _local(world: World, family: int) -> list[str]:
    source = world.pick(world.own(family))
    target = world.pick(world.remote[family])
    chance = world.random.random()
    if chance < 0.2:
        source = target = "127.0.0.1" if family == 4 else "::1"
    elif chance < 0.3:
        target = world.pick(world.own(family))
    elif chance < 0.5:
        target = world.pick(world.pick(world.devices).neighbours[family])
    uid, gid = world.pick(UIDS), world.pick(GIDS)
    protocol = world.pick(("tcp", "udp", "udp", "icmp"))
    head = f"local uid {uid} gid {gid}"
    facts = Facts(family, protocol, source, target, uid=uid, gid=gid)
    world.facts.append(facts)
    if protocol == "icmp":
        facts.protocol = "icmp" if family == 4 else "icmpv6"
        facts.icmp_type = 8 if family == 4 else 128
        lines = [
            f"{head} {facts.protocol} {source} -> {target} echo-request id 11 seq 1"
            f"{_attributes(world, facts)}"
        ]
        return [*lines, *world.pick(([], ["reply"]))]
    facts.sport, facts.dport = world.pick(PORTS[4:]), world.pick(PORTS)
    head += f" {protocol} {_end(source, facts.sport)} -> {_end(target, facts.dport)}"
    if protocol == "udp":
        line = f"{head}{_payload(world, facts)}{_attributes(world, facts)}"
        return [line, *world.pick(([], ["reply"], ["reply", line], [line]))]
    facts.flags = "SYN"
    extra = _attributes(world, facts)
    lines = [
        f"{head} syn mss 1460{extra}", "reply", f"{head} ack{extra}",
        f"{head} psh,ack{_payload(world, facts)}{extra}", "reply", f"{head} fin,ack{extra}",
    ]  # fmt: skip
    return lines[: world.pick((1, 2, 3, 5, 6))]


def _odd(world: World, family: int) -> list[str]:
    """Things at the edge: other protocols, errors, special destinations, forged sources."""
    device, source, target = way(world, family)
    kind = world.pick((
        "protocol", "error", "broadcast", "multicast", "forged", "late", "fragments", "stray",
        "protocol", "extended", "spoiled",
    ))  # fmt: skip
    facts = Facts(family, "udp", source, target, device.name, "", 1000, 53)
    world.facts.append(facts)
    udp = f"in {device.name} udp {{}} -> {{}}{_payload(world, facts)}"
    if kind in _ODDITIES:
        return _ODDITIES[kind](world, facts, device)
    if kind == "error":
        line = udp.format(_end(source, 1000), _end(target, 53))
        name = "icmp" if family == 4 else "icmpv6"
        error = world.pick(_ERRORS[family])
        other = world.devices[-1] if device is world.devices[0] else world.devices[0]
        router = world.pick([target, *other.neighbours[family]])
        # To whom the error goes depends on NAT, so it quotes the last packet that left.
        return [
            line,
            f"in {other.name} {name} {router} -> {world.pick([source, *world.own(family)])} "
            f"{error} quoting last",
        ]
    if kind == "broadcast" and family == 4:
        target = world.pick(("255.255.255.255", "203.0.113.255", "192.168.100.255"))
        return [udp.format(_end(source, 1000), _end(target, world.pick(PORTS)))]
    if kind == "multicast":
        target = world.pick(("224.0.0.1", "239.1.2.3")) if family == 4 else "ff02::1"
        return [udp.format(_end(source, 1000), _end(target, world.pick(PORTS)))]
    if kind == "forged":
        source = world.pick([*world.own(family), *world.remote[family]])
        if family == 4 and world.chance(0.3):
            source = world.pick(("127.0.0.1", "0.0.0.0", "224.0.0.5", "255.255.255.255"))
        return [udp.format(_end(source, 1000), _end(target, 53))]
    if kind == "late":
        return [udp.format(_end(source, 1000), _end(target, 53)) + f" ttl {world.pick((1, 2))}"]
    if kind == "stray":
        flags = world.pick(("ack", "syn,ack", "rst", "fin,ack", "none"))
        facts.protocol, facts.flags = "tcp", flags.upper()
        return [f"in {device.name} tcp {_end(source, 1000)} -> {_end(target, 80)} {flags}"]
    head = f"in {device.name} udp {_end(source, 1000)} -> {_end(target, 53)}"
    long = 'payload "' + "0123456789abcdef" * 4 + '"'
    later = f"in {device.name} udp {source} -> {target} {long} id 77 offset 72"
    return [f"{head} {long} id 77 mf", later]
