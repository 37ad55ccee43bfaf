"""ICMP types by name, as iptables spells them (facts of the IANA registries, RFC 792, RFC 4443).

A name that stands for a type alone describes a packet of that type with code 0.
"""

from __future__ import annotations

ICMP: dict[str, tuple[int, int]] = {
    "echo-reply": (0, 0),
    "pong": (0, 0),
    "destination-unreachable": (3, 0),
    "network-unreachable": (3, 0),
    "host-unreachable": (3, 1),
    "protocol-unreachable": (3, 2),
    "port-unreachable": (3, 3),
    "fragmentation-needed": (3, 4),
    "source-route-failed": (3, 5),
    "network-unknown": (3, 6),
    "host-unknown": (3, 7),
    "network-prohibited": (3, 9),
    "host-prohibited": (3, 10),
    "tos-network-unreachable": (3, 11),
    "tos-host-unreachable": (3, 12),
    "communication-prohibited": (3, 13),
    "host-precedence-violation": (3, 14),
    "precedence-cutoff": (3, 15),
    "source-quench": (4, 0),
    "redirect": (5, 0),
    "network-redirect": (5, 0),
    "host-redirect": (5, 1),
    "tos-network-redirect": (5, 2),
    "tos-host-redirect": (5, 3),
    "echo-request": (8, 0),
    "ping": (8, 0),
    "router-advertisement": (9, 0),
    "router-solicitation": (10, 0),
    "time-exceeded": (11, 0),
    "ttl-exceeded": (11, 0),
    "ttl-zero-during-transit": (11, 0),
    "ttl-zero-during-reassembly": (11, 1),
    "parameter-problem": (12, 0),
    "ip-header-bad": (12, 0),
    "required-option-missing": (12, 1),
    "timestamp-request": (13, 0),
    "timestamp-reply": (14, 0),
    "information-request": (15, 0),
    "information-reply": (16, 0),
    "address-mask-request": (17, 0),
    "address-mask-reply": (18, 0),
}

ICMPV6: dict[str, tuple[int, int]] = {
    "destination-unreachable": (1, 0),
    "no-route": (1, 0),
    "communication-prohibited": (1, 1),
    "beyond-scope": (1, 2),
    "address-unreachable": (1, 3),
    "port-unreachable": (1, 4),
    "failed-policy": (1, 5),
    "reject-route": (1, 6),
    "packet-too-big": (2, 0),
    "time-exceeded": (3, 0),
    "ttl-exceeded": (3, 0),
    "ttl-zero-during-transit": (3, 0),
    "ttl-zero-during-reassembly": (3, 1),
    "parameter-problem": (4, 0),
    "bad-header": (4, 0),
    "unknown-header-type": (4, 1),
    "unknown-option": (4, 2),
    "echo-request": (128, 0),
    "ping": (128, 0),
    "echo-reply": (129, 0),
    "pong": (129, 0),
    "mld-query": (130, 0),
    "mld-report": (131, 0),
    "mld-done": (132, 0),
    "router-solicitation": (133, 0),
    "router-advertisement": (134, 0),
    "neighbour-solicitation": (135, 0),
    "neighbor-solicitation": (135, 0),
    "neighbour-advertisement": (136, 0),
    "neighbor-advertisement": (136, 0),
    "redirect": (137, 0),
    "mld2-report": (143, 0),
}

# Types that quote the packet they are about.
ICMP_ERRORS = frozenset({3, 4, 5, 11, 12})
ICMPV6_ERRORS = frozenset({1, 2, 3, 4})


def icmp_type(text: str, family: int) -> tuple[int, int]:
    """``name``, ``type`` or ``type/code``; case is ignored.

    Raises ``ValueError`` for anything else.
    """
    names = ICMP if family == 4 else ICMPV6
    word = text.lower()
    if word in names:
        return names[word]
    if word.startswith("icmp-") and word[5:] in names:  # as REJECT and `-j REJECT` spell them
        return names[word[5:]]
    kind, slash, code = word.partition("/")
    if kind.isdecimal() and len(kind) < 4 and (not slash or (code.isdecimal() and len(code) < 4)):
        pair = (int(kind), int(code) if slash else 0)
        if max(pair) <= 255:
            return pair
    raise ValueError(f'"{text}" is not a type of {"ICMP" if family == 4 else "ICMPv6"}')
