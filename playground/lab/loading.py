"""Loading rules with the real tools, and the TRACE rules that make the kernel talk.

TRACE goes to the top of raw PREROUTING and OUTPUT, so that every later rule is told about.
``compare`` takes the shift of the raw table's numbers back.
"""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from playground.lab.errors import LabError, NotComparable
from playground.lab.namespace import Namespace
from sim.model.rules import ARP, BRIDGE, Hook

RESTORE = {4: "iptables-legacy-restore", 6: "ip6tables-legacy-restore"}
NFT_RESTORE = {4: "iptables-nft-restore", 6: "ip6tables-nft-restore"}
FRAMES = "ebtables-nft-restore"
LEGACY_FRAMES = "ebtables-legacy"  # of the kernels that still have what it needs
ARPTABLES = "arptables-legacy"  # only it has FORWARD
_TRACE = ["-I PREROUTING 1 -j TRACE", "-I OUTPUT 1 -j TRACE"]
_PATH = "/usr/sbin:/usr/bin:/sbin:/bin"


@dataclass(frozen=True, slots=True)
class Loaded:
    """What the tool said. ``ok``: it accepted everything."""

    ok: bool
    message: str = ""
    output: str = ""


def missing_tools(backend: str = "legacy") -> list[str]:
    tools = (NFT_RESTORE if backend == "nft" else RESTORE).values()
    return [tool for tool in tools if shutil.which(tool, path=_PATH) is None]


class Loader:
    """Runs the tools with a lock file of our own, so that nobody waits for anybody."""

    def __init__(self, backend: str = "legacy") -> None:
        self._restore = NFT_RESTORE if backend == "nft" else RESTORE
        descriptor, self._lock = tempfile.mkstemp(prefix="chainwalk-", suffix=".lock")
        os.close(descriptor)
        self._frames = "nft"
        self._environment = {"PATH": _PATH, "XTABLES_LOCKFILE": self._lock, "LC_ALL": "C"}

    def close(self) -> None:
        if os.path.exists(self._lock):
            os.unlink(self._lock)

    def restore(self, namespace: Namespace, family: int, text: str) -> Loaded:
        """Load a restore text, with TRACE on top where there is such a thing."""
        if family == BRIDGE:
            return self._restore_frames(namespace, text)
        if family == ARP:
            return self._restore_arp(namespace, text)
        return self.run(namespace, [self._restore[family]], with_trace(text))

    def saved(self, namespace: Namespace, family: int, own_raw: bool) -> str | None:
        """What iptables-save prints now, as if TRACE had not been added.

        ``None``: there is only a tool that prints in a language of its own.
        """
        if family == BRIDGE and self._frames == "legacy":
            return None
        if family == BRIDGE:
            printed = self.run(namespace, [FRAMES.replace("restore", "save")], "").output
            lines = [line.rstrip() for line in printed.split("\n") if line.strip()]
            return "".join(f"{line}\n" for line in lines if not line.startswith("#"))
        loaded = self.run(namespace, [RESTORE[family].replace("restore", "save")], "")
        if not loaded.ok:
            raise LabError(f"{RESTORE[family]}: {loaded.message}")
        return _without_trace(loaded.output, own_raw)

    def _restore_frames(self, namespace: Namespace, text: str) -> Loaded:
        if self._frames == "legacy":
            return self._commands(namespace, LEGACY_FRAMES, text)
        if shutil.which(FRAMES, path=_PATH) is None:
            raise NotComparable(f"{FRAMES} is not installed")
        for word in ("--logical-in", "--logical-out", "*broute"):
            if word in text:
                raise NotComparable(f"{word} of ebtables is not in this kernel's nf_tables")
        return self.run(namespace, [FRAMES], text)

    def frames_backend(self) -> str:
        """Which ebtables there is: the legacy one, if this kernel still takes it, else nft's."""
        if shutil.which(LEGACY_FRAMES, path=_PATH) is not None:
            namespace = Namespace()
            if self.run(namespace, [LEGACY_FRAMES, "-L"], "").ok:
                self._frames = "legacy"
            namespace.close()
        return self._frames

    def _restore_arp(self, namespace: Namespace, text: str) -> Loaded:
        if shutil.which(ARPTABLES, path=_PATH) is None:
            raise NotComparable(f"{ARPTABLES} is not installed (Debian's package arptables)")
        return self._commands(namespace, ARPTABLES, text)

    def _commands(self, namespace: Namespace, tool: str, text: str) -> Loaded:
        """A command for each line: the legacy tools' own restore calls whatever is the default."""
        table: list[str] = []
        for words in _as_commands(text):
            if words[0] == "-t":
                table = words
                continue
            loaded = self.run(namespace, [tool, *table, *words], "")
            if not loaded.ok:
                return Loaded(False, f"{' '.join(words)}: {loaded.message}")
        return Loaded(True)

    def run(self, namespace: Namespace, command: list[str], text: str) -> Loaded:
        """Run a tool in the namespace with ``text`` on its standard input."""
        with namespace.inside():
            process = subprocess.Popen(
                command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                env=self._environment,
                close_fds=False,  # all of ours are close-on-exec; this allows vfork
            )
        try:
            output, errors = process.communicate(text.encode(), timeout=20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            raise LabError(f"{command[0]} did not end within 20 seconds") from None
        return Loaded(
            process.returncode == 0,
            errors.decode("utf-8", "replace").strip(),
            output.decode("utf-8", "replace"),
        )

    @contextmanager
    def unreported(self, namespace: Namespace) -> Iterator[None]:
        """Meanwhile rules see nothing of the IPv6 groups that a device reports, of which no
        scenario tells: a report would spend what a limit or a quota has.

        A chain of nf_tables in front of all others, and of TRACE, whatever backend they have.
        """
        tool = NFT_RESTORE[6].removesuffix("-restore")
        if shutil.which(tool, path=_PATH) is None:
            yield
            return
        rule = ["OUTPUT", "-d", "ff02::16", "-p", "icmpv6", "-j", "DROP"]
        self.run(namespace, [tool, "-t", "raw", "-I", *rule], "")
        try:
            yield
        finally:
            self.run(namespace, [tool, "-t", "raw", "-D", *rule], "")


def _as_commands(text: str) -> Iterator[list[str]]:
    """The words of a command for each line of a dump; ``-t TABLE`` for its first one."""
    for line in text.splitlines():
        words = shlex.split(line)
        if line.startswith("*"):
            yield ["-t", line[1:]]
        elif line.startswith(":"):
            name, policy = line[1:].split()
            if policy == "-":
                yield ["-N", name]
            elif name in _BUILT_IN:
                yield ["-P", name, policy]
            else:
                yield ["-N", name, "-P", policy]
        elif line.startswith("-"):
            if "--mangle-mac-" in line:  # arptables-legacy wants to be told
                words[2:2] = ["--h-length", "6"]
            yield words


_BUILT_IN = frozenset({"BROUTING", *(hook.value for hook in Hook)})
_COUNTERS = re.compile(r"^(:.*) \[\d+:\d+\]$", re.MULTILINE)


def _without_trace(saved: str, own_raw: bool) -> str:
    """What was saved, without comments, counters and our TRACE rules."""
    text = "".join(f"{line}\n" for line in saved.split("\n") if line and not line.startswith("#"))
    text = _COUNTERS.sub(r"\1 [0:0]", text)
    before, raw, rest = text.partition("*raw\n")
    if not raw:
        return text
    block, commit, after = rest.partition("COMMIT\n")
    if not own_raw:
        return before + after
    for chain in ("PREROUTING", "OUTPUT"):
        block = block.replace(f"-A {chain} -j TRACE\n", "", 1)
    return before + raw + block + commit + after


def with_trace(text: str) -> str:
    """The restore text with TRACE first in raw PREROUTING and OUTPUT."""
    lines = text.split("\n")
    result: list[str] = []
    table = ""
    traced = False
    for line in lines:
        if line.startswith("*"):
            table = line[1:].strip()
        elif line == "COMMIT" and table == "raw":
            result += _TRACE
            traced = True
        result.append(line)
    if not traced:
        if result and result[-1]:
            result.append("")
        result[-1:] = ["*raw", *_TRACE, "COMMIT", ""]
    return "\n".join(result)
