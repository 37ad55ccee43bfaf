"""Sentences about sockets."""

from __future__ import annotations

from sim.base.values import address_text
from sim.tell.wording.because import because_accepted
from sim.tell.wording.words import Words, word
from sim.trace.outcomes import sockets as o


def _delivered(n: o.Delivered) -> str:
    aside = f"; {word(n.aside)}" if n.aside is not None else ""
    return f"Delivered to {word(n.to)}{because_accepted(n.because)}{aside}."


def _nothing_listens(n: o.NothingListens) -> str:
    port = f"{n.protocol.upper()} port {n.port}"
    if not n.elsewhere:
        return f"nothing listens on {port}"
    places = " and ".join(address_text(each) for each in n.elsewhere)
    return f"{port} listens on {places} only"


WORDS: Words = {
    o.Delivered: _delivered,
    o.NotTaken: lambda n: f"Dropped behind INPUT: {word(n.cause)}.",
    o.NotTakenTold: lambda n: f"Rejected with {n.reason}: {word(n.cause)}.",
    o.Listener: lambda n: f"the listener on {n.at or f'TCP port {n.port}'}",
    o.TcpConnection: lambda n: f"the connection on port {n.port}",
    o.PortSocket: lambda n: f"the socket on {n.at or f'{n.protocol.upper()} port {n.port}'}",
    o.RawSocket: lambda n: f"a raw socket for protocol {n.protocol}",
    o.KernelIgmp: lambda _: "the kernel's IGMP",
    o.KernelItself: lambda _: "the kernel",
    o.KernelEchoes: lambda _: "the kernel, which answers the echo request",
    o.KernelTellsTime: lambda _: "the kernel, which tells its time",
    o.KernelAdvertises: lambda _: "the kernel, which advertises its address",
    o.KernelForSocket: lambda _: "the kernel, for the socket that the error is about",
    o.KernelForWaiter: lambda _: "the kernel and whoever waits for it",
    o.NothingFollows: lambda _: "no header follows",
    o.AnswerOff: lambda n: f"it is not answered ({n.name})",
    o.AnswerNoWay: lambda _: "it is not answered: there is no way back",
    o.NotItsAddress: lambda _: "the address asked for is not its own",
    o.TcpToMany: lambda _: "TCP takes nothing that was sent to many",
    o.TcpHeaderWrong: lambda _: "its TCP header is cut short or its length is wrong",
    o.TcpSumWrong: lambda _: "its TCP checksum is wrong",
    o.NothingListens: _nothing_listens,
    o.ResetForNothing: lambda _: "a reset for no connection",
    o.NoConnection: lambda n: f"there is no such connection to port {n.port}",
    o.NoSyn: lambda n: f"a listener takes only a SYN, on port {n.port}",
    o.SynToAnycast: lambda n: (
        f"port {n.port} has a listener, but no TCP connection can be opened to an anycast address"
    ),
    o.SynFin: lambda _: "a listener takes no SYN that ends its connection, too",
    o.SynJustAnswered: lambda _: "the same SYN was answered less than half a second ago",
    o.OtherSynEnds: lambda _: "a second SYN with another number ends the connection",
    o.OtherSynOutside: lambda _: "a second SYN with a number out of the window",
    o.NoResetForReset: lambda n: f"{word(n.cause)}, and no reset answers a reset",
    o.UdpCut: lambda _: "its UDP header is cut short",
    o.UdpLengthWrong: lambda _: "its UDP length is wrong",
    o.Udp6NoSum: lambda _: "UDP over IPv6 needs a checksum",
    o.UdpSumWrong: lambda n: f"its {n.protocol.upper()} checksum is wrong",
    o.NoSocketForMany: lambda n: f"no socket on {n.protocol.upper()} port {n.port}",
    o.ProtocolNotTaken: lambda n: f"nothing at {address_text(n.to)} takes protocol {n.protocol}",
    o.IcmpCut: lambda _: "its ICMP header is cut short",
    o.IcmpSumWrong: lambda _: "its ICMP checksum is wrong",
    o.IcmpToMany: lambda _: "ICMP to many is ignored (icmp_echo_ignore_broadcasts)",
    o.IcmpTypeUnknown: lambda n: f"the kernel knows no ICMP type {n.type}",
    o.NoResetFromAnycast: lambda n: f"{word(n.cause)}, and no reset comes from an anycast address",
    o.KernelDiscovery: lambda _: "the kernel's neighbour discovery",
    o.AddressTentative: lambda _: "the address is not yet known to be unique",
    o.SenderUnknown: lambda _: (
        "it is not answered: it names no MAC, and its sender is no known neighbour"
    ),
    o.NoAddressToAnswer: lambda _: "it has no address to answer with",
    o.DiscoveryElsewhere: lambda _: "its interface is not here",
    o.DiscoveryFragment: lambda _: "neighbour discovery takes no fragments (RFC 6980)",
    o.DiscoveryFromAfar: lambda _: "a message of neighbour discovery has hop limit 255",
    o.DiscoveryCode: lambda _: "a message of neighbour discovery has code 0",
    o.SolicitationShort: lambda _: "the neighbour solicitation is cut short",
    o.SolicitationForMany: lambda _: "nobody solicits the neighbour of a multicast address",
    o.AnonymousToMany: lambda _: "from :: a neighbour solicitation goes to a solicited-node group",
    o.DiscoveryOptionsCut: lambda _: "an option of the neighbour solicitation is cut short",
    o.MacLengthWrong: lambda _: "the link-layer address in it has the wrong length",
    o.AnonymousWithMac: lambda _: "from :: a neighbour solicitation has no link-layer address",
}
