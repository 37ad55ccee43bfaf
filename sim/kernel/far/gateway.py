"""The far end of IPsec: what it packs for this host, with the states that the host has.

A packet text's ``carrying`` and ``reply`` to what left packed both come from here.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import field

from sim.base.frozen import dataclass
from sim.kernel.far.impossible import Impossible
from sim.kernel.ipsec.work import encrypts, worked
from sim.model.host import Host
from sim.model.ipsec import State, XfrmMode
from sim.packet.packet import Packet
from sim.packet.script import PacketSpec
from sim.trace.outcomes.answers import NoStateBack, NoStateOfHost, StateCarriesOther


@dataclass
class FarGateway:
    """Counts its sequence numbers; one per run."""

    host: Host
    numbers: Counter[State] = field(default_factory=Counter)  # the last of each state

    def carried(self, spec: PacketSpec, inner: bytes, line: int) -> bytes:
        """``inner`` in the packet that ``spec`` describes. Raises ``ValueError``."""
        state = self._state_of(spec)
        headers = Packet(inner).headers
        if state.mode is XfrmMode.TRANSPORT and (headers.src, headers.dst) != (spec.src, spec.dst):
            raise Impossible(StateCarriesOther(state, spec.src, spec.dst))
        if spec.get("seq") is not None:
            self.numbers[state] = spec.get("seq") - 1
        data = self._packed(state, inner, spec.get("id", line & 0xFFFF))
        ttl = spec.get("ttl")
        return Packet(data).with_ttl(ttl).data if ttl is not None else data

    def answered(self, inner: bytes, states: tuple[State, ...], line: int) -> bytes:
        """An answer packed as the question was, by the states of the way back."""
        for state in states:
            inner = self._packed(self._mirrored(state), inner, line & 0xFFFF)
        return inner

    def hidden_in(self, data: bytes) -> bytes:
        """The mask (sim.packet.chance) of what comes in: what a state of the host has encrypted."""
        if not self.host.states:
            return b""
        headers = Packet(data).headers
        at = headers.payload_offset
        for state in self.host.states:
            skipped = 8 if state.encap is not None else 0
            is_its = (headers.src, headers.dst) == (state.source, state.destination)
            spi = data[at + skipped : at + skipped + 4]
            if is_its and spi == state.spi.to_bytes(4, "big") and encrypts(state):
                return bytes(at + skipped + 8) + b"\xff" * len(data[at + skipped + 8 :])
        return b""

    def _packed(self, state: State, data: bytes, ident: int) -> bytes:
        self.numbers[state] += 1
        return worked(state, Packet(data), self.numbers[state], ident)

    def _state_of(self, spec: PacketSpec) -> State:
        wanted = (spec.protocol, spec.src, spec.dst)
        for state in reversed(self.host.states):
            has = (state.protocol, state.source, state.destination)
            if has == wanted and spec.get("spi", state.spi) == state.spi:
                return state
        raise Impossible(NoStateOfHost(spec.protocol, spec.src, spec.dst, spec.get("spi")))

    def _mirrored(self, state: State) -> State:
        wanted = (state.destination, state.source, state.protocol, state.mode)
        for other in reversed(self.host.states):
            if (other.source, other.destination, other.protocol, other.mode) == wanted:
                return other
        raise Impossible(NoStateBack(state.destination, state.source))
