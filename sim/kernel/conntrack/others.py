"""UDP, UDP-Lite, GRE, and the tracker of every protocol that has none of its own.

Facts: nf_conntrack_proto_udp.c, nf_conntrack_proto_gre.c, nf_conntrack_proto_generic.c.
"""

from __future__ import annotations

from sim.base.frozen import dataclass
from sim.kernel.conntrack.protocol import SECOND, Ruling, Sight, checksum_holds, invalid
from sim.packet.headers import IPPROTO_UDP
from sim.trace.outcomes.conntrack import BadChecksum, HeaderCutOff, LiteChecksum
from sim.trace.outcomes.conntrack_others import Coverage, LiteNoChecksum, UdpLengthField

# A UDP flow that is still alive this long after its first packet is a stream.
STREAM_AFTER = 2 * SECOND


@dataclass(slots=True)
class UdpTrack:
    stream_at: int = 0  # ns


def udp(track: UdpTrack, sight: Sight) -> Ruling:
    """30 s, or 120 s and ASSURED once a packet comes more than 2 s after the first."""
    data = sight.part.data
    if len(data) < 8:
        return invalid(HeaderCutOff("UDP"))
    length = int.from_bytes(data[4:6], "big")
    if length > len(data) or length < 8:
        return invalid(UdpLengthField(length, len(data)))
    if data[6:8] != b"\0\0" and sight.checks and not checksum_holds(sight.part, IPPROTO_UDP):
        return invalid(BadChecksum("UDP"))
    if not sight.confirmed:
        track.stream_at = sight.now + STREAM_AFTER
    if not sight.seen_reply:
        return Ruling(True, timeout=sight.settings["udp_timeout"])
    if sight.now > track.stream_at:
        return Ruling(True, timeout=sight.settings["udp_timeout_stream"], assured=True)
    return Ruling(True, timeout=sight.settings["udp_timeout"])


def udplite(sight: Sight) -> Ruling:
    """As UDP, but a stream from the first packet after a reply on.

    The kernel verifies the checksum with UDP's number in the pseudo header (17, not 136), so
    that a right UDP-Lite checksum is refused (``udplite_error``); measured on 6.18.
    """
    data = sight.part.data
    if len(data) < 8:
        return invalid(HeaderCutOff("UDP-Lite"))
    coverage = int.from_bytes(data[4:6], "big") or len(data)
    if coverage < 8 or coverage > len(data):
        return invalid(Coverage(coverage, len(data)))
    if data[6:8] == b"\0\0":
        return invalid(LiteNoChecksum())
    if sight.checks and not checksum_holds(sight.part, IPPROTO_UDP, coverage):
        return invalid(LiteChecksum())
    if sight.seen_reply:
        return Ruling(True, timeout=sight.settings["udp_timeout_stream"], assured=True)
    return Ruling(True, timeout=sight.settings["udp_timeout"])


def gre(sight: Sight) -> Ruling:
    if sight.seen_reply:
        return Ruling(True, timeout=sight.settings["gre_timeout_stream"], assured=True)
    return Ruling(True, timeout=sight.settings["gre_timeout"])


def generic(sight: Sight) -> Ruling:
    return Ruling(True, timeout=sight.settings["generic_timeout"])
