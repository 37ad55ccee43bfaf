"""Random rules with a memory, and packets that fill it.

Rates are slow beside the time that a replay takes, so that real time does not matter.
"""

from __future__ import annotations

from collections.abc import Callable
from random import Random


def _recent(random: Random) -> str:
    operation = random.choice(("--set", "--rcheck", "--rcheck", "--update", "--update", "--remove"))
    name = random.choice(("r1", "r1", "r2"))
    words = f"-m recent {random.choice(('', '', '! '))}{operation} --name {name}"
    if operation in ("--rcheck", "--update"):
        if random.random() < 0.5:
            words += f" --seconds {random.choice((1, 2, 60))}{random.choice(('', ' --reap'))}"
        if random.random() < 0.5:
            words += f" --hitcount {random.choice((1, 2, 3, 5))}"
        if random.random() < 0.25:
            words += " --rttl"
    words += random.choice(("", "", " --rdest"))
    return words + random.choice(("", "", "", " --mask 255.255.255.0", " --mask 255.255.255.254"))


def _hashlimit(random: Random) -> str:
    rate = random.choice(("1/min", "2/min", "3/min", "10/min", "5/hour", "20/hour"))
    way = random.choice(("--hashlimit-upto", "! --hashlimit-upto", "--hashlimit-above"))
    name = f"h{random.randint(1, 8)}"
    words = f"-m hashlimit {way} {rate} --hashlimit-name {name}"
    modes = random.sample(("srcip", "dstip", "srcport", "dstport"), random.randint(0, 3))
    if modes:
        words += f" --hashlimit-mode {','.join(modes)}"
    words += random.choice(("", f" --hashlimit-burst {random.choice((1, 2, 3, 5))}"))
    words += random.choice(("", "", " --hashlimit-srcmask 24", " --hashlimit-dstmask 0"))
    if name in ("h1", "h2"):
        words += " --hashlimit-rate-match"
    return words


def _connlimit(random: Random) -> str:
    way = random.choice(("--connlimit-above", "! --connlimit-above", "--connlimit-upto"))
    mask = random.choice(
        ("", " --connlimit-mask 24", " --connlimit-mask 31", " --connlimit-mask 0")
    )
    end = random.choice(("", " --connlimit-daddr"))
    return f"-m connlimit {way} {random.randint(0, 3)}{mask}{end}"


def _connbytes(random: Random) -> str:
    sign = random.choice(("", "! "))
    count = random.choice(("1", "2", "2:3", "60", "100:200", ":100", "5:5"))
    direction = random.choice(("original", "reply", "both"))
    mode = random.choice(("packets", "bytes", "avgpkt"))
    return (
        f"-m connbytes {sign}--connbytes {count} --connbytes-dir {direction} "
        f"--connbytes-mode {mode}"
    )


def _connlabel(random: Random) -> str:
    sign, label = random.choice(("", "! ")), random.choice((0, 1, 5, 127))
    return f"-m connlabel {sign}--label {label}{random.choice(('', '', ' --set'))}"


def _cluster(random: Random) -> str:
    node = random.choice(("--cluster-local-node 1", "! --cluster-local-node 2",
                          "--cluster-local-nodemask 3"))  # fmt: skip
    seed = random.choice(("0", "0xdeadbeef", "5"))
    nodes = random.choice((2, 3, 5))
    return f"-m cluster {node} --cluster-total-nodes {nodes} --cluster-hash-seed {seed}"


def _quota(random: Random) -> str:
    sign = random.choice(("", "! "))
    return f"-m quota {sign}--quota {random.choice((0, 28, 60, 100, 200, 1000))}"


RULES: tuple[Callable[[Random], str], ...] = (
    _recent, _recent, _hashlimit, _hashlimit, _connlimit, _connlimit, _connbytes, _connlabel,
    _cluster, _quota,
)  # fmt: skip


def rule(random: Random) -> str:
    return random.choice(RULES)(random)


def packet_line(random: Random) -> str:
    """A line of the packets text: from a few senders, a few of their ports, now and then a wait."""
    source = random.choice(("10.0.0.2", "10.0.0.2", "10.0.0.3", "10.0.0.4", "10.0.0.130"))
    target = random.choice(("10.0.1.2", "10.0.1.2", "10.0.1.3"))
    port = random.choice((1000, 1000, 1001, 1002))
    ttl = random.choice(("", "", " ttl 9", " ttl 10"))
    kind = random.random()
    if kind < 0.5:
        return f"in eth0 udp {source}:{port} -> {target}:{random.choice((53, 80))}{ttl}"
    if kind < 0.75:
        flags = random.choice(("syn", "syn", "ack", "fin,ack", "rst"))
        return f"in eth0 tcp {source}:{port} -> {target}:443 {flags}{ttl}"
    if kind < 0.83:
        return f"in eth0 icmp {source} -> {target} echo-request id {port} seq 1{ttl}"
    if kind < 0.92:
        return "reply"
    return f"wait {random.choice((300, 700, 1100))}ms"
