"""Commands between packets, and connections that are there before: both done by the real tools.

No shell runs anything. What could start another program, leave the namespace or take the lab's own
TRACE rules away is not compared.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from playground.lab.errors import LabError, NotComparable
from playground.lab.loading import Loader
from playground.lab.machine import Machine
from playground.lab.namespace import write_sysctl
from sim.model.flow import StatedFlow
from sim.model.tuples import inverted
from sim.packet.headers import IPPROTO_ICMP, IPPROTO_ICMPV6, IPPROTO_TCP
from sim.read.host.words import HostCommand, split_commands
from sim.read.lines import Line

_TABLES = re.compile(r"(ip6?)tables(?:-(legacy|nft))?\Z")
_FRAMES = re.compile(r"(?:eb|arp)tables")
_UNSAFE = frozenset(
    {"netns", "vrf", "exec", "-b", "-batch", "--batch", "-n", "-netns", "-M", "--modprobe",
     "-f", "-file", "monitor"}
)  # fmt: skip
_KEPT_PLAIN = ("iptables", "ip6tables")  # there -f and -n have other meanings
_OPERATIONS = frozenset({"route", "ro", "r", "rule", "addr", "address", "a", "neigh", "n", "link"})


def run_commands(
    text: str, machine: Machine, loader: Loader, backend: str, texts: Mapping[int, str]
) -> bool:
    """Have the kernel's tools do what a line says; whether it was about rules.

    ``texts`` are the restore texts that were loaded, by family.
    Raises ``NotComparable`` for what cannot be done here, or what the tool refuses.
    """
    has_rules = False
    for pipeline in split_commands(Line(1, text)):
        command = pipeline[0]
        words = [word.text for word in command.words]
        if words[:1] == ["sudo"]:
            words = words[1:]
        name = words[0].rpartition("/")[2]
        _check(name, words)
        if backend == "nft" and (found := _TABLES.match(name)):
            _check_table(words, texts.get(6 if found[1] == "ip6" else 4, ""))
        if name == "echo":
            _echo(machine, command)
        elif name == "ip" and (switched := _switched(words)):
            machine.switch(*switched)
        else:
            has_rules = has_rules or "tables" in name
            _run(machine, loader, [_tool(name, backend), *words[1:]])
    return has_rules


def _check(name: str, words: list[str]) -> None:
    unsafe = _UNSAFE if not name.startswith(_KEPT_PLAIN) else {"-M", "--modprobe"}
    found = next((word for word in words[1:] if word.partition("=")[0] in unsafe), None)
    if found is not None:
        raise NotComparable(f"{name} with {found}")
    if _FRAMES.match(name):
        raise NotComparable(f"{name} between packets")
    if "tables" in name and "raw" in words:
        raise NotComparable("a change of raw, where the lab's TRACE rules are")
    if name == "ip" and not any(word in _OPERATIONS for word in words[1:3]):
        raise NotComparable(" ".join(words[:3]))
    if name == "ip" and any(word in ("link", "l") for word in words[1:3]) and not _switched(words):
        raise NotComparable("a device that comes or changes between packets")


def _check_table(words: list[str], text: str) -> None:
    """iptables-nft makes a table chain by chain as rules need them: fewer hooks are told then."""
    at = next((at for at, word in enumerate(words) if word in ("-t", "--table")), -1)
    table = words[at + 1] if 0 < at + 1 < len(words) and at >= 0 else "filter"
    if f"*{table}\n" not in text:
        raise NotComparable(f"{table} begins between packets, and nft makes it chain by chain")


def _switched(words: list[str]) -> tuple[str, bool] | None:
    """``ip link set DEVICE up|down``, and nothing else with it."""
    found = re.fullmatch(r"ip (?:link|l) set (?:dev )?(\S+) (up|down)", " ".join(words))
    return (found[1], found[2] == "up") if found else None


def _tool(name: str, backend: str) -> str:
    found = _TABLES.match(name)
    return f"{found[1]}tables-{found[2] or backend}" if found else name


def _run(machine: Machine, loader: Loader, words: list[str]) -> None:
    done = loader.run(machine.namespace, words, "")
    is_empty = words[0] == "conntrack" and "0 flow entries" in done.message
    if not done.ok and not is_empty:
        raise NotComparable(f"{' '.join(words)}: {done.message.splitlines()[0]}")


def _echo(machine: Machine, command: HostCommand) -> None:
    value = " ".join(word.text for word in command.words[1:] if word.text != "-n")
    for _, target in command.redirects:
        if not target.text.startswith("/proc/sys/net/"):
            raise NotComparable(f"a file that is written: {target.text}")
        with machine.namespace.inside():
            try:
                write_sysctl(target.text.removeprefix("/proc/sys/").replace("/", "."), value)
            except LabError as error:
                raise NotComparable(str(error)) from None


def make_flows(flows: Iterable[StatedFlow], machine: Machine, loader: Loader) -> None:
    """Put the host's connections into the kernel's table."""
    for flow in flows:
        done = loader.run(machine.namespace, ["conntrack", "-I", *_words(flow)], "")
        if not done.ok:
            raise NotComparable(f"conntrack -I: {done.message.splitlines()[0]}")


def _words(flow: StatedFlow) -> list[str]:
    """The entry as ``conntrack -I`` is told it (conntrack(8))."""
    one, other = flow.original, flow.reply
    if flow.helper or flow.zone:
        raise NotComparable("a connection with a helper or in a zone")
    words = ["-s", str(one.src), "-d", str(one.dst), "-p", str(one.protocol)]
    if one.protocol in (IPPROTO_ICMP, IPPROTO_ICMPV6):
        prefix = "--icmp" if one.protocol == IPPROTO_ICMP else "--icmpv6"
        words += [f"{prefix}-type", str(one.dport >> 8), f"{prefix}-code", str(one.dport & 255),
                  f"{prefix}-id", str(one.sport)]  # fmt: skip
    elif one.sport or one.dport:
        words += ["--sport", str(one.sport), "--dport", str(one.dport)]
    # Translations as they were; the same address binds the connection without changing it.
    plain = inverted(one)
    source = _end(other.dst, other.dport, plain is not None and other.dport != plain.dport)
    target = _end(other.src, other.sport, plain is not None and other.sport != plain.sport)
    words += ["-n", source, "-g", target, "-t", str(flow.seconds)]
    if flow.mark:
        words += ["-m", str(flow.mark)]
    if one.protocol == IPPROTO_TCP:
        words += ["--state", flow.state]
    return [*words, "-u", ",".join(sorted(flow.status))] if flow.status else words


def _end(address: object, port: int, is_changed: bool) -> str:
    return f"{address}:{port}" if is_changed else str(address)
