"""ESP and AH: the bytes of a packet that a state has worked on, and the way back.

net/ipv4/{esp4,ah4}.c, net/ipv6/{esp6,ah6}.c, net/xfrm/xfrm_output.c; RFC 4303, 4302, 3948.
Lengths, padding, SPI and sequence numbers are the kernel's. There is no cipher here: with
``cipher_null`` the content is in the clear, byte for byte as the kernel's; anything else is
scrambled by a hash of SPI and sequence number, so that it looks opaque and can be read back.
What was really encrypted somewhere cannot be read and is refused.
"""

from __future__ import annotations

import hashlib
import hmac

from sim.model.ipsec import Algorithm, AlgorithmKind, State, XfrmMode
from sim.packet.checksum import checksum
from sim.packet.headers import IPPROTO_AH, IPPROTO_ESP
from sim.trace.outcomes.base import Cause
from sim.trace.outcomes.ipsec import (
    AhCut,
    CheckValueWrong,
    EncryptedElsewhere,
    EspShort,
    PaddingLong,
)

# Name of the algorithm -> (block size, bytes of initialisation vector, bytes of check value).
CIPHERS = {
    "ecb(cipher_null)": (1, 0, 0),
    "cipher_null": (1, 0, 0),
    "cbc(aes)": (16, 16, 0),
    "aes": (16, 16, 0),
    "cbc(camellia)": (16, 16, 0),
    "cbc(serpent)": (16, 16, 0),
    "cbc(twofish)": (16, 16, 0),
    "cbc(des3_ede)": (8, 8, 0),
    "des3_ede": (8, 8, 0),
    "cbc(des)": (8, 8, 0),
    "cbc(blowfish)": (8, 8, 0),
    "cbc(cast5)": (8, 8, 0),
    "rfc3686(ctr(aes))": (1, 8, 0),
}
AEADS = {
    "rfc4106(gcm(aes))": (1, 8, 16),
    "rfc4309(ccm(aes))": (1, 8, 16),
    "rfc4543(gcm(aes))": (1, 8, 16),
    "rfc7539esp(chacha20,poly1305)": (1, 8, 16),
}
# Bytes kept of each (xfrm_algo.c, icv_truncbits).
DIGESTS = {
    "digest_null": 0,
    "hmac(md5)": 12,
    "hmac(sha1)": 12,
    "hmac(sha256)": 12,
    "hmac(sha384)": 24,
    "hmac(sha512)": 32,
    "hmac(rmd160)": 12,
    "xcbc(aes)": 12,
    "cmac(aes)": 12,
}
SHORT = {"md5": "hmac(md5)", "sha1": "hmac(sha1)", "sha256": "hmac(sha256)"}
COMPUTED = {
    "hmac(md5)": "md5", "hmac(sha1)": "sha1", "hmac(sha256)": "sha256",
    "hmac(sha384)": "sha384", "hmac(sha512)": "sha512",
}  # fmt: skip
NULL_CIPHERS = frozenset({"ecb(cipher_null)", "cipher_null"})
DEFAULT = (Algorithm(AlgorithmKind.AEAD, "rfc4106(gcm(aes))", bits=128),)
IN_CLEAR = (
    Algorithm(AlgorithmKind.ENC, "ecb(cipher_null)"),
    Algorithm(AlgorithmKind.AUTH, "digest_null"),
)


class Damaged(ValueError):
    """A packet that IPsec throws away; ``cause`` says what is wrong with it."""

    def __init__(self, cause: Cause) -> None:
        super().__init__(repr(cause))
        self.cause = cause


class Unreadable(ValueError):
    """Bytes that no simulation can read; ``cause`` says why."""

    def __init__(self, cause: Cause) -> None:
        super().__init__(repr(cause))
        self.cause = cause


def sizes(state: State) -> tuple[int, int, int]:
    """Block size, length of the initialisation vector, length of the check value (bytes)."""
    block = iv = check = 0
    for item in state.algorithms:
        if item.kind is AlgorithmKind.AEAD:
            block, iv, check = AEADS.get(item.name, (1, 8, 16))
            check = item.bits // 8 or check
        elif item.kind is AlgorithmKind.ENC:
            block, iv, _ = CIPHERS.get(item.name, (16, 16, 0))
        elif item.kind in (AlgorithmKind.AUTH, AlgorithmKind.AUTH_TRUNC):
            check = item.bits // 8 or DIGESTS.get(SHORT.get(item.name, item.name), 12)
    return (block + 3) // 4 * 4 or 4, iv, check


def overhead(state: State) -> int:
    """What the state puts in front of a packet's content, its new IP header included."""
    outer = 0
    if state.mode is XfrmMode.TUNNEL:
        outer = 20 if state.source.version == 4 else 40
    if state.protocol == IPPROTO_AH:
        return outer + _ah_length(state)
    udp = 8 if state.encap is not None else 0
    return outer + udp + 8 + sizes(state)[1]


def fitting(state: State, mtu: int) -> int:
    """The largest packet that still fits ``mtu`` once worked on (xfrm_state_mtu)."""
    if state.protocol != IPPROTO_ESP:
        return mtu - overhead(state)
    block, _, check = sizes(state)
    kept = 0
    if state.mode is not XfrmMode.TUNNEL:
        kept = 20 if state.source.version == 4 else 40
    room = mtu - overhead(state) - check - kept
    return room // block * block + kept - 2


def wrapped(state: State, content: bytes, following: int, sequence: int) -> bytes:
    """The ESP part around ``content``, whose protocol is ``following``."""
    block, iv_length, check_length = sizes(state)
    padding = -(len(content) + 2) % block
    plain = content + bytes(range(1, padding + 1)) + bytes((padding, following))
    head = state.spi.to_bytes(4, "big") + (sequence & 0xFFFFFFFF).to_bytes(4, "big")
    part = head + _stream(head, b"iv", iv_length) + _scrambled(state, head, plain)
    return part + _check_value(state, part, check_length)


def unwrapped(state: State, part: bytes) -> tuple[int, bytes]:
    """Protocol and content of an ESP part.

    Raises ``Damaged``, or, ``Unreadable`` when its content is not ours.
    """
    _, iv_length, check_length = sizes(state)
    end = len(part) - check_length
    if end < 8 + iv_length + 2:
        raise Damaged(EspShort())
    if part[end:] != _check_value(state, part[:end], check_length):
        if is_clear(state) and _digest(state) in COMPUTED:
            raise Damaged(CheckValueWrong())
        if not is_clear(state):
            raise Unreadable(EncryptedElsewhere())
    plain = _scrambled(state, part[:8], part[8 + iv_length : end])
    padding, following = plain[-2], plain[-1]
    if padding + 2 > len(plain):
        raise Damaged(PaddingLong())
    return following, plain[: len(plain) - padding - 2]


def is_clear(state: State) -> bool:
    enc = [
        item for item in state.algorithms if item.kind in (AlgorithmKind.ENC, AlgorithmKind.AEAD)
    ]
    return bool(enc) and enc[0].name in NULL_CIPHERS


def _digest(state: State) -> str:
    for item in state.algorithms:
        if item.kind in (AlgorithmKind.AUTH, AlgorithmKind.AUTH_TRUNC):
            return SHORT.get(item.name, item.name)
    return ""


def _key(state: State) -> bytes:
    return next(
        (
            a.key
            for a in state.algorithms
            if a.kind in (AlgorithmKind.AUTH, AlgorithmKind.AUTH_TRUNC)
        ),
        b"",
    )


def _stream(head: bytes, salt: bytes, length: int) -> bytes:
    out = b""
    while len(out) < length:
        out += hashlib.sha256(salt + head + len(out).to_bytes(4, "big")).digest()
    return out[:length]


def _scrambled(state: State, head: bytes, plain: bytes) -> bytes:
    if is_clear(state):
        return plain
    pad = _stream(head, b"content", len(plain))
    return bytes(one ^ other for one, other in zip(plain, pad, strict=True))


def _check_value(state: State, part: bytes, length: int) -> bytes:
    if not length:
        return b""
    name = _digest(state)
    if name in COMPUTED:
        return hmac.new(_key(state), part, COMPUTED[name]).digest()[:length]
    return _stream(hashlib.sha256(part).digest(), b"check", length)


# ---- AH ------------------------------------------------------------------------------------


def _ah_length(state: State) -> int:
    check = sizes(state)[2]
    step = 4 if "align4" in state.flags else 8
    return (12 + check + step - 1) // step * step


def with_ah(state: State, head: bytes, content: bytes, following: int, sequence: int) -> bytes:
    """An IPv4 header, AH behind it, and the content (ah_output)."""
    check_length = sizes(state)[2]
    length = _ah_length(state)
    ah = bytes((following, length // 4 - 2, 0, 0)) + state.spi.to_bytes(4, "big")
    ah += (sequence & 0xFFFFFFFF).to_bytes(4, "big")
    total = len(head) + length + len(content)
    zeroed = bytearray(head)
    zeroed[2:4] = total.to_bytes(2, "big")
    zeroed[9] = IPPROTO_AH
    final = bytearray(zeroed)
    value = _ah_value(state, bytes(zeroed), ah + bytes(length - 12) + content, check_length)
    final[10:12] = b"\0\0"
    final[10:12] = checksum(bytes(final[:20])).to_bytes(2, "big")
    return bytes(final) + ah + value.ljust(length - 12, b"\0") + content


def _ah_value(state: State, head: bytes, rest: bytes, length: int) -> bytes:
    zeroed = bytearray(head)
    zeroed[1] = zeroed[8] = 0
    zeroed[6:8] = zeroed[10:12] = b"\0\0"
    return _check_value(state, bytes(zeroed) + rest, length)


def without_ah(state: State, packet: bytes) -> tuple[int, bytes]:
    """Protocol and content behind an IPv4 packet's AH. Raises ``Damaged``."""
    size = (packet[0] & 15) * 4
    length = (packet[size + 1] + 2) * 4 if len(packet) > size + 12 else 0
    check_length = sizes(state)[2]
    if length < 12 + check_length or len(packet) < size + length:
        raise Damaged(AhCut())
    ah = bytearray(packet[size : size + length])
    seen = bytes(ah[12 : 12 + check_length])
    ah[12:] = bytes(length - 12)
    content = packet[size + length :]
    value = _ah_value(state, packet[:size], bytes(ah) + content, check_length)
    if seen != value and _digest(state) in COMPUTED:
        raise Damaged(CheckValueWrong())
    return packet[size], content


# ---- UDP around it (NAT traversal) -----------------------------------------------------------


def in_udp(ports: tuple[int, int], part: bytes) -> bytes:
    """RFC 3948: a UDP header without a checksum in front."""
    header = b"".join(value.to_bytes(2, "big") for value in (*ports, 8 + len(part), 0))
    return header + part


def out_of_udp(datagram: bytes) -> bytes | None:
    """The ESP part of a datagram, ``None`` for IKE and keep-alives."""
    part = datagram[8:]
    return part if len(part) > 8 and part[:4] != b"\0\0\0\0" else None
