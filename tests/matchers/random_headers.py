"""Random IPv6 packets full of extension headers, some cut off, and rules that look at them."""

from __future__ import annotations

from ipaddress import IPv6Address
from random import Random

from sim.extensions.matchers import MATCHES

HOP, TCP, UDP, ROUTING, FRAGMENT, ESP, AUTH, NONE, DEST = 0, 6, 17, 43, 44, 50, 51, 59, 60
COMPRESSED, MOBILITY = 108, 135
# Hop-by-hop options that the stack lets pass before any rule sees them.
HARMLESS = (b"", b"\5\2\0\0", b"\1\0", b"\5\2\0\0\1\0", b"\1\1\0")
SOURCES = ("fd00::2", "fe80::ff:fe00:aa", "fd00::200:ff:fe00:aa", "fd00::fe01:1ff:fe00:aa")
MACS = ("02:00:00:00:00:aa", "fe:01:01:00:00:aa", "02:00:00:00:00:ab")
OPTIONS = ("1", "1:0", "0", "5", "5:2", "1:4,1", "0,1", "0,0,0", "1,1,1,1", "38,1", "0,5:2")
SEGMENTS = ("2001:db8::1", "2001:db8::/32", "2001:db8::2/127")
VALUES = {
    "--espspi": ("5", "300:70000", "70000:5"),
    "--ahspi": ("5", "300:70000"),
    "--ahlen": ("16", "12", "24", "0"),
    "--fragid": ("5", "6:100"),
    "--fraglen": ("8",),
    "--dst-len": ("8", "16", "24"),
    "--hbh-len": ("8", "16"),
    "--dst-opts": OPTIONS,
    "--hbh-opts": OPTIONS,
    "--rt-type": ("0", "2", "4"),
    "--rt-segsleft": ("0", "1:2", "3"),
    "--rt-len": ("24", "40", "56"),
    "--rt-0-addrs": ("2001:db8::1", "2001:db8::1,2001:db8::2", "2001:db8::2,2001:db8::3"),
    "--header": ("hop", "dst", "route", "frag", "auth", "esp", "none", "prot", "hop,dst",
                 "dst,route,prot", "frag,prot", "auth,prot", "route,prot", "esp,dst"),
    "--mh-type": ("0", "1:4", "5:"),
    "--ipcompspi": ("0", "5:300"),
    "--srh-psid": SEGMENTS,
    "--srh-nsid": SEGMENTS,
    "--srh-lsid": SEGMENTS,
    "--srh-tag": ("0", "5", "256", "1280"),
    "--srh-next-hdr": ("17", "6", "60"),
}  # fmt: skip
NAMES = ("esp", "ah", "frag", "dst", "hbh", "rt", "ipv6header", "mh", "eui64", "srh", "ipcomp")
PROTOCOLS = {"esp": "-p esp ", "mh": "-p mh ", "ipcomp": "-p ipcomp "}


def packet_line(random: Random) -> str:
    """A line of the packets text: raw bytes, and a source MAC that may fit the address."""
    return f'in eth0 hex "{_packet(random).hex()}" src {random.choice(MACS)}'


def _packet(random: Random) -> bytes:
    chain = random.choices((HOP, DEST, ROUTING, FRAGMENT, AUTH), k=random.randint(0, 3))
    if HOP in chain:
        chain = [HOP, *(number for number in chain if number != HOP)]
    following = random.choice((UDP, UDP, TCP, ESP, NONE, MOBILITY, 58, COMPRESSED))
    data = _body(random, following)
    for number in reversed(chain):
        data, following = _header(random, number, following) + data, number
    # What is wrong with a hop-by-hop header the stack itself finds, before any rule.
    if following != HOP and len(data) > 2:
        if random.random() < 0.2:
            data = data[: random.randint(1, len(data))]
        elif chain and random.random() < 0.05:
            data = data[:1] + bytes((random.randint(0, 20),)) + data[2:]
    head = (6 << 28).to_bytes(4, "big") + len(data).to_bytes(2, "big")
    ends = IPv6Address(random.choice(SOURCES)).packed + IPv6Address("fd00:1::2").packed
    return head + bytes((following, random.choice((64, 5)))) + ends + data


def _body(random: Random, protocol: int) -> bytes:
    spi = random.choice((5, 300, 70000))
    return {
        UDP: bytes.fromhex("03e80035000c0000") + b"abcd",
        TCP: bytes.fromhex("03e800500000000100000000500200640000") + bytes(2),
        ESP: spi.to_bytes(4, "big") + bytes((0, 0, 0, 1)) + b"z" * 8,
        NONE: b"",
        MOBILITY: bytes((random.choice((59, 59, 59, 6)), 0, random.randint(0, 8))) + bytes(5),
        58: bytes((128, 0, 0, 0, 0, 1, 0, 1)),
        COMPRESSED: b"\4\0" + (spi & 0x1FF).to_bytes(2, "big") + b"q" * 4,
    }[protocol]


def _header(random: Random, number: int, following: int) -> bytes:
    if number == FRAGMENT:
        word = random.choice((0, 0, 0, 0, 0, 8)) | random.choice((0, 1, 1, 2, 4))
        ident = random.choice((5, 7, 100))
        reserved = random.choice((0, 0, 1))
        return bytes((following, reserved)) + word.to_bytes(2, "big") + ident.to_bytes(4, "big")
    if number == AUTH:
        length = random.choice((1, 2, 4))
        spi = random.choice((5, 300, 70000))
        start = bytes((following, length, 0, random.choice((0, 1)))) + spi.to_bytes(4, "big")
        return start + bytes((length + 2) * 4 - 8)
    if number == ROUTING:
        return _routing(random, following)
    options = random.choice(HARMLESS) if number == HOP else _options(random)
    missing = -(len(options) + 2) % 8
    if missing:
        options += b"\0" if missing == 1 else bytes((1, missing - 2)) + bytes(missing - 2)
    return bytes((following, (len(options) + 2) // 8 - 1)) + options


def _routing(random: Random, following: int) -> bytes:
    count = random.randint(1, 3)
    left, last = random.randint(0, count), random.choice((count - 1, count - 1, count))
    tag = bytes((random.choice((0, 0, 1)), random.choice((0, 5))))
    segments = b"".join(
        IPv6Address(f"2001:db8::{random.randint(1, 3)}").packed for _ in range(count)
    )
    kind = random.choice((0, 2, 3, 4, 4))
    return bytes((following, count * 2, kind, left, last, 0)) + tag + segments


def _options(random: Random) -> bytes:
    options = b""
    for _ in range(random.randint(0, 3)):
        kind = random.choice((0, 1, 5, 0xC9, 0x26, 1, 1))
        size = 2 if kind == 5 else random.choice((0, 1, 2, 4))
        options += b"\0" if kind == 0 else bytes((kind, size)) + bytes(size)
    return options


def rule(random: Random) -> str:
    """The matches of a rule, with options that sometimes hold."""
    name = random.choice(NAMES)
    match = MATCHES[name, 6]
    free = [option for option in match.options if not option.required]
    used = [option for option in match.options if option.required]
    used += random.sample(free, min(random.choice((0, 1, 1, 2, 3)), len(free)))
    flags = {option.flag for option in used}
    if {"--fragmore", "--fraglast"} <= flags:
        used = [option for option in used if option.flag != "--fraglast"]
    words = f"{PROTOCOLS.get(name, '')}-m {name}"
    if any(flag.startswith("--rt-0") for flag in flags):
        words += " --rt-type 0"
        used = [option for option in used if option.flag != "--rt-type"]
        if "--rt-0-not-strict" in flags:
            words += f" --rt-0-addrs {random.choice(VALUES['--rt-0-addrs'])} --rt-0-not-strict"
            used = [o for o in used if o.flag not in ("--rt-0-addrs", "--rt-0-not-strict")]
    for option in used:
        sign = "! " if option.invert and random.random() < 0.25 else ""
        numbers = VALUES.get(option.flag, ("0", "1", "2", "4"))
        value = f" {random.choice(numbers)}" if option.parse else ""
        words += f" {sign}{option.flag}{value}"
    return words
