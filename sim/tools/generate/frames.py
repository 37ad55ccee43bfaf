"""Random rules of ebtables, drawn from what the frames of a bridge's world will be."""

from __future__ import annotations

from random import Random

from sim.base.frozen import dataclass
from sim.extensions.drawing import MARKS
from sim.tools.generate.world import Facts, World

_CHAINS = {
    "nat": ("PREROUTING", "OUTPUT", "POSTROUTING"),
    "filter": ("INPUT", "FORWARD", "OUTPUT"),
}
_USER_CHAINS = ("vm-a", "vm-b", "deep")
_NO_OUT, _NO_IN = ("PREROUTING", "INPUT"), ("OUTPUT", "POSTROUTING")
_OTHER_MACS = ("02:00:00:00:00:02", "02:00:00:00:00:03", "02:00:00:0a:99:99")
_KINDS = ("host", "otherhost", "broadcast", "multicast")
_VERDICTS = ("ACCEPT", "ACCEPT", "CONTINUE", "CONTINUE", "DROP")
_WITH_PORTS = {"tcp": "tcp", "udp": "udp", "sctp": "sctp"}


@dataclass(slots=True)
class _Maker:
    """Draws from a generator of its own, so that a seed's other texts stay as they were."""

    world: World
    random: Random
    table: str = ""
    chain: str = ""

    def chance(self, probability: float) -> bool:
        return self.random.random() < probability

    def pick(self, values: tuple[str, ...] | list[str]) -> str:
        return self.random.choice(values)

    def negation(self) -> str:
        return "! " if self.chance(0.15) else ""

    # ---- a text

    def text(self) -> str:
        tables = [table for table in _CHAINS if self.chance(0.75)]
        return "".join(self._dump(table) for table in tables)

    def _dump(self, table: str) -> str:
        self.table = table
        own = _USER_CHAINS[: self.random.randrange(len(_USER_CHAINS) + 1)]
        lines = [f"*{table}"]
        lines += [f":{name} {'DROP' if self.chance(0.06) else 'ACCEPT'}" for name in _CHAINS[table]]
        lines += [f":{name} {self.pick(('ACCEPT', 'RETURN', 'RETURN', 'DROP'))}" for name in own]
        for name in (*_CHAINS[table], *own):
            self.chain = name
            lower = own[own.index(name) + 1 :] if name in own else own
            lines += [self._rule(lower) for _ in range(self.random.randrange(5))]
        return "".join(f"{line}\n" for line in lines)

    def _rule(self, lower: tuple[str, ...]) -> str:
        fact = self.random.choice(self.world.facts) if self.world.facts else None
        words = [f"-A {self.chain}"]
        family = 0
        if self.chance(0.75):
            family = fact.family if fact is not None and self.chance(0.85) else 4
            negated = self.chance(0.08)
            words.append(f"-p {'! ' * negated}IPv{family}")
            family = 0 if negated else family
        words += self._ends()
        if family and fact is not None and fact.family == family and self.chance(0.8):
            words += self._ip(fact)
        # Of three matches ebtables-nft forgets the second, so no rule has more than two.
        if self.chance(0.35):
            words.append(self._other(family == 4))
        elif self.chance(0.06):
            words.append("--nflog-group 3")
        words.append(self._target(lower))
        return " ".join(words)

    # ---- its parts

    def _mac(self) -> str:
        mac = self.pick([*self.world.macs, *_OTHER_MACS])
        return f"{mac}/ff:ff:ff:ff:ff:00" if self.chance(0.15) else mac

    def _ends(self) -> list[str]:
        words = []
        for flag in ("-s", "-d"):
            if self.chance(0.2):
                groups = ("Unicast", "Multicast", "Broadcast")
                wanted = self.pick(groups) if self.chance(0.3) else self._mac()
                words.append(f"{flag} {self.negation()}{wanted}")
        ports = [device.name for device in self.world.devices] + ["vnet+", "nope"]
        if self.chain not in _NO_IN and self.chance(0.3):
            words.append(f"-i {self.negation()}{self.pick(ports)}")
        if self.chain not in _NO_OUT and self.chance(0.3):
            words.append(f"-o {self.negation()}{self.pick(ports)}")
        return words

    def _ip(self, fact: Facts) -> list[str]:
        p = "--ip-" if fact.family == 4 else "--ip6-"
        words = []
        for flag, address in (("src", fact.src), ("dst", fact.dst)):
            if self.chance(0.4):
                length = self.pick(("", "", "/24") if fact.family == 4 else ("", "", "/64"))
                words.append(f"{p}{flag} {self.negation()}{address}{length}")
        if self.chance(0.1):
            words.append(f"{p}{'tos' if fact.family == 4 else 'tclass'} {self.negation()}0x10")
        protocol = _WITH_PORTS.get(fact.protocol)
        if protocol and self.chance(0.6):
            words.append(f"{p}proto {protocol}")
            if fact.sport and self.chance(0.3):
                words.append(f"{p}sport {self.negation()}{fact.sport}")
            if fact.dport and self.chance(0.6):
                high = f":{fact.dport + 5}" if self.chance(0.2) else ""
                words.append(f"{p}dport {self.negation()}{fact.dport}{high}")
        elif fact.protocol in ("icmp", "icmpv6") and self.chance(0.6):
            name = "icmp" if fact.family == 4 else "ipv6-icmp"
            words.append(f"{p}proto {name} {p}icmp-type {self.negation()}echo-request")
        elif not words:
            words.append(f"{p}src {self.negation()}{fact.src}")
        return words

    def _other(self, is_four: bool) -> str:
        kind = self.random.randrange(5)
        if kind == 0:
            mark = self.random.choice(MARKS)
            return f"--mark {self.negation()}{mark}" + self.pick(("", "/0xf", "/0xff"))
        if kind == 1:
            return f"--mark {self.negation()}/{self.pick(('0x1', '0xf', '0xff00'))}"
        if kind == 2:
            return f"--pkttype-type {self.negation()}{self.pick(_KINDS)}"
        if kind == 3:
            return f"--limit {self.pick(('1/hour', '2/day'))} --limit-burst {self.pick(('1', '2'))}"
        side = self.pick(("src", "dst"))
        # ebtables-nft cannot load a MAC with an address and without one in the same list.
        macs = self.random.sample([*self.world.macs, *_OTHER_MACS], 3)
        # Such a list with addresses in it never holds of IPv6 there, which the old one's does.
        members = ",".join(self._member(mac) if is_four else mac for mac in macs)
        return f"--among-{side} {self.negation()}{members}"

    def _member(self, mac: str) -> str:
        four = [fact for fact in self.world.facts if fact.family == 4]
        if four and self.chance(0.5):
            fact = self.random.choice(four)
            return f"{mac}={self.pick((fact.src, fact.dst))}"
        return mac

    def _target(self, lower: tuple[str, ...]) -> str:
        verdict = self.pick(_VERDICTS)
        if lower and self.chance(0.3):
            return f"-j {self.pick(lower)}"
        if self.chance(0.25):
            change = self.pick(("set", "or", "and", "xor"))
            mark = self.pick(("0x1", "0x5", "0xff"))
            return f"-j mark --mark-{change} {mark} --mark-target {verdict}"
        if self.chain in _CHAINS["nat"] and self.table == "nat" and self.chance(0.3):
            return self._rewriting(verdict)
        if self.chain in _USER_CHAINS and self.chance(0.3):
            return "-j RETURN"
        return f"-j {verdict}"

    def _rewriting(self, verdict: str) -> str:
        mac = self.pick([*self.world.macs, *_OTHER_MACS])
        if self.chain == "POSTROUTING":
            return f"-j snat --to-src {mac} --snat-target {verdict}"
        if self.chain == "PREROUTING" and self.chance(0.4):
            return f"-j redirect --redirect-target {verdict}"
        if self.chance(0.1):
            mac = "ff:ff:ff:ff:ff:ff"
        return f"-j dnat --to-dst {mac} --dnat-target {verdict}"


def make_frames(world: World, seed: int) -> str:
    """A dump as ebtables-save prints it; often none at all."""
    maker = _Maker(world, Random(f"frames {seed}"))
    return maker.text() if maker.chance(0.7) else ""
