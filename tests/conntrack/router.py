"""A real router to compare with: two wires, rules of the test's choice, states as packets pass.

Every packet is told apart by its bytes, and NFLOG rules in mangle PREROUTING (behind the
lookup, before NAT) tell its state; ``conntrack -L`` tells the table.
"""

from __future__ import annotations

import os
import re
import select
import socket
import struct
import subprocess
import time
from dataclasses import dataclass

from playground.lab.namespace import Namespace
from playground.lab.netlink import NETLINK_NETFILTER, Message, Netlink, attribute, attributes
from playground.lab.wires import checksum_here

LOCK = f"/run/cwct-{os.getpid()}.lock"
ENVIRONMENT = {**os.environ, "XTABLES_LOCKFILE": LOCK}
WAIT = 2.0  # seconds; a packet that has not shown up by then will not
GROUP = 7
MACS = ("02:00:00:00:00:01", "02:00:00:00:00:02")
PEERS = ("02:00:00:00:00:aa", "02:00:00:00:00:bb")

BUILD = """
ip link set lo up
ip link add eth0 address {m0} type veth peer name p0 address {p0} netns {pid}
ip link add eth1 address {m1} type veth peer name p1 address {p1} netns {pid}
for i in 0 1; do
  ip link set eth$i arp off; ip link set eth$i up
  ip addr add 10.0.$i.1/24 dev eth$i
  ip -6 addr add fd00:$i::1/64 dev eth$i nodad
done
"""
QUIET = (
    "net.ipv6.conf.all.accept_dad=0", "net.ipv6.conf.default.accept_dad=0",
    "net.ipv6.conf.default.router_solicitations=0", "net.ipv6.conf.default.addr_gen_mode=1",
)  # fmt: skip
FORWARD = (
    "net.ipv4.ip_forward=1", "net.ipv6.conf.all.forwarding=1",
    "net.ipv4.conf.all.rp_filter=0", "net.ipv4.conf.eth0.rp_filter=0",
    "net.ipv4.conf.eth1.rp_filter=0", "net.ipv4.conf.all.send_redirects=0",
    "net.ipv4.conf.eth0.send_redirects=0", "net.ipv4.conf.eth1.send_redirects=0",
    "net.ipv4.icmp_ratelimit=0",
)  # fmt: skip
STATES = ("INVALID", "NEW", "ESTABLISHED", "RELATED", "UNTRACKED")


@dataclass(frozen=True, slots=True)
class Seen:
    """What the kernel made of one packet. ``out`` are the frames that left, by interface.

    ``asked`` are the chains of the nat table that were walked, if the rules log ``NAT:CHAIN``.
    """

    state: str
    reply: bool
    out: tuple[tuple[str, bytes], ...]
    asked: tuple[str, ...] = ()


class Router:
    """``rules`` and ``rules6`` are iptables-restore text; mangle's PREROUTING is ours."""

    def __init__(self, rules: str = "", rules6: str = "", sysctls: dict[str, str] | None = None):
        self.tells_nat = "NAT:" in rules + rules6
        self.inside = Namespace()
        self.outside = Namespace()
        peer = f"/proc/{os.getpid()}/fd/{self.outside.descriptor}"
        with self.inside.inside():
            for line in QUIET:
                self._sysctl(line)
            holder = self._holder()
            text = BUILD.format(m0=MACS[0], m1=MACS[1], p0=PEERS[0], p1=PEERS[1], pid=holder.pid)
            self._run(["sh", "-ec", text])
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
                for device in ("eth0", "eth1"):
                    checksum_here(probe, device)
            for line in (*FORWARD, *(f"{k}={v}" for k, v in (sysctls or {}).items())):
                self._sysctl(line)
            self._restore("iptables-legacy-restore", rules)
            self._restore("ip6tables-legacy-restore", rules6)
            self._log = self._listen()
        holder.kill()
        holder.wait()
        del peer
        with self.outside.inside():
            self._run(
                ["sh", "-ec", "for i in 0 1; do ip link set p$i arp off; ip link set p$i up; done"]
            )
            self.ports = tuple(self._port(f"p{i}") for i in (0, 1))
        time.sleep(0.05)
        self._drain()
        self.started = time.monotonic_ns()

    # -- building -----------------------------------------------------------------------------

    def _holder(self) -> subprocess.Popen[bytes]:
        """A process in the outer namespace, whose number names it for ``ip link``."""
        with self.outside.inside():
            for name in ("all", "default"):
                self._sysctl(f"net.ipv6.conf.{name}.disable_ipv6=1")
            return subprocess.Popen(["sleep", "60"])

    def _run(self, command: list[str], text: str | None = None) -> str:
        done = subprocess.run(
            command, input=text, capture_output=True, text=True, env=ENVIRONMENT, check=False
        )
        if done.returncode:
            raise RuntimeError(f"{command}: {done.stderr}")
        return done.stdout

    def run(self, command: str) -> str:
        """A command inside the router."""
        with self.inside.inside():
            return self._run(["sh", "-c", command])

    def _sysctl(self, line: str) -> None:
        self._run(["sysctl", "-qw", line])

    def _restore(self, command: str, rules: str) -> None:
        ours = "".join(
            f"-A PREROUTING -m conntrack --ctstate {state} -j NFLOG --nflog-group {GROUP}"
            f" --nflog-prefix {state}\n"
            for state in STATES
        )
        ours += (
            f"-A PREROUTING -m conntrack --ctdir REPLY -j NFLOG --nflog-group {GROUP}"
            " --nflog-prefix REPLY\n"
            f"-A PREROUTING -j NFLOG --nflog-group {GROUP} --nflog-prefix END\n"
        )
        self._run([command], f"*mangle\n{ours}COMMIT\n{rules}")

    def _listen(self) -> Netlink:
        netlink = Netlink(NETLINK_NETFILTER)
        netlink.socket.setsockopt(socket.SOL_SOCKET, 33, 8 << 20)
        for family, body in (
            (socket.AF_INET, attribute(1, b"\x03")),
            (socket.AF_INET6, attribute(1, b"\x03")),
            (0, attribute(1, b"\x01")),
            (0, attribute(2, struct.pack(">IBB", 0xFFFF, 2, 0))),
            (0, attribute(5, struct.pack(">I", 1))),
        ):
            message = struct.pack(">BBH", family, 0, GROUP) + body
            netlink.request([Message(4 << 8 | 1, message, "nflog", flags=0)])
        netlink.socket.setblocking(False)
        return netlink

    def _port(self, name: str) -> socket.socket:
        port = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3))
        port.bind((name, 0))
        port.setsockopt(263, 23, 1)  # PACKET_IGNORE_OUTGOING
        port.setsockopt(socket.SOL_SOCKET, 33, 8 << 20)
        port.setblocking(False)
        return port

    def close(self) -> None:
        for port in self.ports:
            port.close()
        self._log.close()
        self.inside.close()
        self.outside.close()
        if os.path.exists(LOCK):
            os.unlink(LOCK)

    def __enter__(self) -> Router:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    # -- packets ------------------------------------------------------------------------------

    @property
    def now(self) -> int:
        """Nanoseconds since it was built."""
        return time.monotonic_ns() - self.started

    def _drain(self) -> None:
        self._messages()
        for port in self.ports:
            self._frames(port)

    def _messages(self) -> list[tuple[str, bytes]]:
        found = []
        while True:
            try:
                for _, _, body in self._log.receive():
                    fields = dict(attributes(body, 4))
                    if 9 in fields:
                        prefix = fields.get(10, b"").rstrip(b"\0").decode()
                        found.append((prefix, fields[9]))
            except BlockingIOError:
                return found

    def _frames(self, port: socket.socket) -> list[bytes]:
        found = []
        while True:
            try:
                frame = port.recv(65535)
            except BlockingIOError:
                return found
            own = frame[12:14] == b"\x86\xdd" and frame[38] == 0xFF  # to ff02::16 and the like
            if frame[12:14] in (b"\x08\x00", b"\x86\xdd") and not own:
                found.append(frame[14:])

    def pass_through(self, iface: int, packet: bytes) -> Seen:
        """Send one packet in and say what came of it."""
        self._drain()
        ethertype = b"\x08\x00" if packet[0] >> 4 == 4 else b"\x86\xdd"
        macs = bytes.fromhex((MACS[iface] + PEERS[iface]).replace(":", ""))
        self.ports[iface].send(macs + ethertype + packet)
        state, reply = "", False
        asked: list[str] = []
        deadline = time.monotonic() + WAIT
        while True:
            select.select([self._log.socket], [], [], 0.2)
            done = False
            for prefix, _ in self._messages():
                done = done or prefix == "END"
                reply = reply or prefix == "REPLY"
                state = prefix if prefix in STATES else state
                if prefix.startswith("NAT:"):
                    asked.append(prefix.removeprefix("NAT:"))
            if done or time.monotonic() > deadline:
                break
        # The packet is through the whole router before its last log can be read: one CPU's
        # softirq does it all, and only then do we run.
        out = tuple(
            (f"eth{i}", frame) for i, port in enumerate(self.ports) for frame in self._frames(port)
        )
        return Seen(state, reply, out, tuple(asked))

    def table(self) -> list[str]:
        """``conntrack -L``, all families."""
        return self.run("conntrack -L 2>/dev/null").splitlines()

    def flush(self) -> None:
        self.run("conntrack -F 2>/dev/null")


def without_timeout(line: str) -> tuple[str, int]:
    """A line of ``conntrack -L`` with its seconds taken out."""
    found = re.match(r"(\S+ +\d+) (\d+) (.*)$", line)
    assert found, line
    return f"{found[1]} {found[3]}", int(found[2])
