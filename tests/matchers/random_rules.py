"""Random rules over the matches that read nothing but the packet, its link and the routes."""

from __future__ import annotations

import random

from tests.matchers.random_packets import PORTS, V4, V6

TCP_FLAGS = ("SYN", "ACK", "FIN", "RST", "URG", "PSH")
CHUNKS = ("DATA", "INIT", "INIT_ACK", "SACK", "ABORT", "SHUTDOWN", "COOKIE_ECHO", "I_DATA",
          "ASCONF", "FORWARD_TSN", "DATA:U", "DATA:bE", "ABORT:T", "I_DATA:U")  # fmt: skip
DCCP = ("REQUEST", "RESPONSE", "DATA", "ACK", "DATAACK", "CLOSEREQ", "CLOSE", "RESET", "SYNC",
        "SYNCACK", "INVALID")  # fmt: skip
KINDS4 = ("UNSPEC", "UNICAST", "LOCAL", "BROADCAST", "ANYCAST", "MULTICAST", "BLACKHOLE",
          "UNREACHABLE", "PROHIBIT")  # fmt: skip
KINDS6 = ("UNSPEC", "UNICAST", "LOCAL", "ANYCAST", "MULTICAST", "UNREACHABLE")


class Rules:
    """Rules of one family; each call of ``line`` gives another."""

    def __init__(self, rng: random.Random, family: int) -> None:
        self.rng, self.family = rng, family
        self.makers = (
            self.tcp, self.tcp, self.udp, self.icmp, self.sctp, self.dccp, self.multiport,
            self.length, self.iprange, self.hops, self.tos, self.dscp, self.ecn, self.tcpmss,
            self.pkttype, self.mac, self.addrtype, self.rpfilter, self.mark, self.nth,
        )  # fmt: skip

    def line(self) -> str:
        return self.rng.choice(self.makers)()

    def no(self) -> str:
        return "! " if self.rng.random() < 0.35 else ""

    def ports(self) -> str:
        low, high = sorted(self.rng.sample(PORTS, 2))
        return self.rng.choice((str(low), f"{low}:{high}", f":{low}", f"{high}:"))

    def some(self, words: tuple[str, ...], most: int) -> str:
        return ",".join(self.rng.sample(words, self.rng.randint(1, most)))

    def port_options(self) -> list[str]:
        flags = [flag for flag in ("--sport", "--dport") if self.rng.random() < 0.5]
        return [f"{self.no()}{flag} {self.ports()}" for flag in flags]

    def tcp(self) -> str:
        words = self.port_options()
        if self.rng.random() < 0.5:
            flags = f"{self.some(TCP_FLAGS, 6)} {self.some(TCP_FLAGS, 2)}"
            words.append(self.no() + self.rng.choice(("--syn", f"--tcp-flags {flags}")))
        if self.rng.random() < 0.3:
            words.append(f"{self.no()}--tcp-option {self.rng.choice((2, 3, 4, 5, 8, 30))}")
        return "-p tcp -m tcp " + " ".join(words)

    def udp(self) -> str:
        return "-p udp -m udp " + " ".join(self.port_options())

    def icmp(self) -> str:
        kind = self.rng.choice((0, 3, 8, 11, 128, 129, 1, 255))
        code = self.rng.choice(("", "/0", "/1", "/3", "/0:4"))
        if self.family == 4:
            return f"-p icmp -m icmp {self.no()}--icmp-type {kind}{code}"
        return f"-p icmpv6 -m icmp6 {self.no()}--icmpv6-type {kind}{code}"

    def sctp(self) -> str:
        words = self.port_options()
        if self.rng.random() < 0.7:
            how = self.rng.choice(("any", "all", "only"))
            chunks = self.rng.choice((self.some(CHUNKS, 4), self.some(CHUNKS, 2), "ALL", "NONE"))
            words.append(f"{self.no()}--chunk-types {how} {chunks}")
        return "-p sctp -m sctp " + " ".join(words)

    def dccp(self) -> str:
        words = self.port_options()
        if self.rng.random() < 0.5:
            words.append(f"{self.no()}--dccp-types {self.some(DCCP, 4)}")
        if self.rng.random() < 0.5:
            words.append(f"{self.no()}--dccp-option {self.rng.randint(1, 255)}")
        return "-p dccp -m dccp " + " ".join(words)

    def multiport(self) -> str:
        ports = ",".join(str(port) for port in self.rng.sample(PORTS, 3))
        low, high = sorted(self.rng.sample(PORTS, 2))
        flag = self.rng.choice(("--sports", "--dports", "--ports"))
        protocol = self.rng.choice(("tcp", "udp", "udplite", "sctp", "dccp"))
        value = self.rng.choice((ports, f"{low}:{high}", f"{ports},{low}:{high}"))
        return f"-p {protocol} -m multiport {self.no()}{flag} {value}"

    def length(self) -> str:
        low, high = sorted(self.rng.choices(range(20, 120), k=2))
        return f"-m length {self.no()}--length {self.rng.choice((f'{low}', f'{low}:{high}'))}"

    def iprange(self) -> str:
        pool = [a for a in (V4 if self.family == 4 else V6) if "." in a or self.family == 6]
        one, two = self.rng.choices(pool, k=2)
        flag = self.rng.choice(("--src-range", "--dst-range"))
        return f"-m iprange {self.no()}{flag} {one}-{two}"

    def hops(self) -> str:
        name = "ttl" if self.family == 4 else "hl"
        how = self.rng.choice(("eq", "lt", "gt"))
        no = self.no() if how == "eq" else ""
        return f"-m {name} {no}--{name}-{how} {self.rng.choice((1, 5, 63, 64, 255))}"

    def tos(self) -> str:
        value = self.rng.choice(("0x10", "0x08/0x1e", "Minimize-Delay", "0x03/0x03", "0xb8"))
        return f"-m tos {self.no()}--tos {value}"

    def dscp(self) -> str:
        value = self.rng.choice(("--dscp 46", "--dscp-class CS1", "--dscp 0", "--dscp 0x28"))
        return f"-m dscp {self.no()}{value}"

    def ecn(self) -> str:
        words = [f"{self.no()}--ecn-ip-ect {self.rng.randint(0, 3)}"]
        if self.rng.random() < 0.6:
            words = [] if self.rng.random() < 0.5 else words
            words.append(f"{self.no()}{self.rng.choice(('--ecn-tcp-ece', '--ecn-tcp-cwr'))}")
            return "-p tcp -m ecn " + " ".join(words)
        return "-m ecn " + " ".join(words)

    def tcpmss(self) -> str:
        value = self.rng.choice(("1460", "500:600", "0:1400", "1460:"))
        return f"-p tcp -m tcpmss {self.no()}--mss {value}"

    def pkttype(self) -> str:
        kind = self.rng.choice(("unicast", "broadcast", "multicast", "otherhost"))
        return f"-m pkttype {self.no()}--pkt-type {kind}"

    def mac(self) -> str:
        mac = self.rng.choice(("02:00:00:00:00:02", "02:00:00:00:00:03"))
        return f"-m mac {self.no()}--mac-source {mac}"

    def addrtype(self) -> str:
        kinds = KINDS4 if self.family == 4 else KINDS6
        words = []
        for flag in self.rng.choice(
            (("--src-type",), ("--dst-type",), ("--src-type", "--dst-type"))
        ):
            words.append(f"{self.no()}{flag} {self.some(kinds, 3)}")
        if self.rng.random() < 0.3:
            words.append("--limit-iface-in")
        return "-m addrtype " + " ".join(words)

    def rpfilter(self) -> str:
        flags = [f for f in ("--loose", "--validmark", "--accept-local", "--invert")
                 if self.rng.random() < 0.4]  # fmt: skip
        return "-m rpfilter " + " ".join(flags)

    def mark(self) -> str:
        return f"-m mark {self.no()}--mark {self.rng.choice(('0', '0x1/0x1', '0/0xff'))}"

    def nth(self) -> str:
        every = self.rng.randint(1, 5)
        packet = self.rng.randrange(every)
        return f"-m statistic --mode nth {self.no()}--every {every} --packet {packet}"
