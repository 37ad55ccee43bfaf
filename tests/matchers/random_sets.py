"""Random IP sets of every type this kernel has: ``create`` and ``add`` lines, good and bad."""

from __future__ import annotations

import random

from sim.extensions.ipset import ADD_WORDS, CREATE_WORDS
from sim.model.host import IpSet, SetEntry

KINDS = (
    "hash:ip", "hash:net", "hash:ip,port", "hash:net,port", "hash:net,iface", "hash:ip,port,ip",
    "hash:ip,port,net", "bitmap:ip", "bitmap:ip,mac", "bitmap:port",
)  # fmt: skip


class Sets:
    """``lines`` of one random set; ``clean``: nothing that is refused on purpose."""

    def __init__(self, rng: random.Random, *, clean: bool) -> None:
        self.rng, self.clean = rng, clean

    def made(self, name: str) -> tuple[str, list[str]]:
        """The ``create`` line and the ``add`` lines."""
        rng = self.rng
        kind = rng.choice(KINDS)
        family = 4 if kind.startswith("bitmap") or rng.random() < 0.7 else 6
        words = []
        if family == 6:
            words.append("family inet6")
        if kind in ("bitmap:ip", "bitmap:ip,mac"):
            words.append(rng.choice(("range 10.0.0.0/24", "range 10.0.0.0-10.0.3.255")))
        if kind == "bitmap:port":
            words.append(rng.choice(("range 0-65535", "range 20-1024")))
        if kind in ("hash:ip", "bitmap:ip") and rng.random() < 0.3:
            words.append("netmask 30" if family == 4 else "netmask 64")
        elif kind in ("hash:ip", "hash:ip,port") and family == 4 and rng.random() < 0.2:
            words.append("bitmask 255.255.0.255")
        extensions = ["timeout 300", "counters", "comment", "skbinfo", "timeout 0"]
        words += rng.sample(extensions[:4], rng.randint(0, 3))
        if kind.startswith("hash") and rng.random() < 0.1:
            words.append("maxelem 5")
        parts = kind.partition(":")[2].split(",")
        adds = []
        for _ in range(rng.randint(1, 8)):
            element = ",".join(self.part(part, family, at) for at, part in enumerate(parts))
            if kind == "bitmap:ip,mac" and rng.random() < 0.5:
                element = element.partition(",")[0]
            adds.append(f"add {name} {element}{self.options(' '.join(words), parts)}")
        return f"create {name} {kind} {' '.join(words)}".rstrip(), adds

    def options(self, create: str, parts: list[str]) -> str:
        rng = self.rng
        words = []
        if "timeout" in create and rng.random() < 0.5:
            words.append(f"timeout {rng.choice((0, 60, 900))}")
        if "counters" in create and rng.random() < 0.5:
            words.append(f"packets {rng.randint(0, 5)} bytes {rng.randint(0, 500)}")
        if "comment" in create and rng.random() < 0.5:
            words.append("comment note")
        if "skbinfo" in create and rng.random() < 0.5:
            words.append("skbmark 0x5/0xff skbprio 1:a")
        if "net" in parts and rng.random() < 0.3:
            words.append("nomatch")
        if "iface" in parts and rng.random() < 0.3:
            words.append("wildcard")
        if not self.clean and rng.random() < 0.1:
            words.append(rng.choice(("timeout 5", "packets 1", "comment x", "nomatch", "wildcard")))
        return "".join(f" {word}" for word in words)

    def part(self, part: str, family: int, at: int) -> str:
        rng = self.rng
        if not self.clean and rng.random() < 0.05:
            return rng.choice(("", "x", "0", "10.0.0.0/0", "0.0.0.0", "::", "10.0.0.1-10.0.0.9",
                               "tcp", "256.1.1.1", "10.0.0.0/33", "gre:5", "70000"))  # fmt: skip
        if part == "mac":
            return f"02:00:00:00:00:0{rng.randint(1, 4)}"
        if part == "iface":
            return rng.choice(("eth0", "eth1", "eth", "e", "physdev:eth0", "lo"))
        if part == "port":
            return self.port(family)
        if family == 6:
            address = rng.choice(("2001:db8::2", "2001:db8::200", "2001:db8:1::5", "fe80::5",
                                  "2001:db8:2::1"))  # fmt: skip
            if part == "ip":
                return address
            return address + rng.choice(("", "/64", "/48", "/32", "/128", "/10"))
        return self.address4(part, at)

    def address4(self, part: str, at: int) -> str:
        rng = self.rng
        address = rng.choice(("10.0.0.2", "10.0.0.200", "10.0.0.1", "10.0.1.7", "10.0.0.5"))
        if part == "net":
            return rng.choice((
                address, f"{address}/8", f"{address}/16", f"{address}/24", f"{address}/30",
                "203.0.113.0/24", "10.0.0.1-10.0.0.9", "192.0.2.1", f"{address}/32",
            ))  # fmt: skip
        if at > 0:
            return address
        return rng.choice((address, address, f"{address}/30", f"{address}-10.0.0.9"))

    def port(self, family: int) -> str:
        rng = self.rng
        icmp = "icmp" if family == 4 else "icmpv6"
        return rng.choice((
            "22", "tcp:80", "udp:53", "tcp:ssh", "tcp:20-90", "udp:443-400", "sctp:80", "gre:0",
            f"{icmp}:echo-request", f"{icmp}:3/1", "udplite:53", "443", "tcp:8080",
        ))  # fmt: skip


def as_ipset(create: str, adds: list[str]) -> IpSet:
    """The same lines as the host's parser gives them."""
    _, name, kind, *words = create.split()
    entries = []
    for line in adds:
        _, _, element, *options = line.split(" ")
        entries.append(SetEntry(element, _pairs(options, ADD_WORDS)))
    return IpSet(name, kind, _pairs(words, CREATE_WORDS), tuple(entries))


def _pairs(words: list[str], known: dict[str, bool]) -> tuple[tuple[str, str], ...]:
    out = []
    left = list(words)
    while left:
        word = left.pop(0)
        out.append((word, left.pop(0) if known[word] else ""))
    return tuple(out)
