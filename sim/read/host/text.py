"""The host text: our short form and the raw output of tools, mixed freely.

Lines are told apart by their shape (``SHAPES``); each is read by itself (``host.lark``), in
order, into a draft of the host. Every wrong line is an error of its own.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import field

from lark import Token

from sim.base import budget
from sim.base.errors import Refused, SourceError, Span
from sim.base.frozen import dataclass
from sim.extensions.ipset import problems
from sim.model.host import Host
from sim.packet.fingerprints import MOST, SHAPE, fingerprint
from sim.read.host import accounts as host_accounts
from sim.read.host import bridges as host_bridges
from sim.read.host import flows as host_flows
from sim.read.host import ipsec as host_ipsec
from sim.read.host import listings as host_listings
from sim.read.host import sets as host_sets
from sim.read.host import shell as host_shell
from sim.read.host import sysctl as host_sysctl
from sim.read.host import xfrm as host_xfrm
from sim.read.host.draft import HostDraft
from sim.read.host.facts import FACTS, neighbour
from sim.read.host.habits import meant
from sim.read.host.reader import Reader, shape
from sim.read.host.routes import listed_nexthop, listed_route, listed_rules
from sim.read.lines import LONGEST_LINE, MOST_ERRORS, Line, clip, did_you_mean, logical_lines


def parse_host(text: str) -> Host:
    """The host that a text describes. Raises ``Refused`` with every error of the text."""
    with budget.refusing("host"):
        return _parsed(text)


def _parsed(text: str) -> Host:
    reading = HostReading(text, HostDraft())
    for line in logical_lines(text):
        budget.at_line(line.number)
        try:
            reading.read(line)
        except SourceError as error:
            reading.draft.errors.append(error)
            if len(reading.draft.errors) >= MOST_ERRORS:
                break
    reading.end_rules()
    draft = reading.draft
    host_listings.mark_bridges(draft)
    host_bridges.check(draft)
    host_bridges.follow_ports(draft)
    draft.states += host_ipsec.implied(draft)
    if draft.idle:
        draft.note(host_sysctl.idle_note(draft.idle))
    host = draft.finished()
    for problem in problems(host.sets, host.hostnames):
        place = problem.entry or problem.set
        draft.fail(problem.message, place.span)
    if draft.errors:
        raise Refused(sorted(draft.errors, key=lambda error: error.span)[:MOST_ERRORS])
    return host


def _is_read(text: str) -> bool:
    """Would a line that a hint proposes be read, by its words and their values?"""
    draft, line = HostDraft(), Line(1, text)
    try:
        if host_sets.saved_line(draft, line):
            return not draft.errors
        reader = Reader(draft, line, shape().parse(line, "fact"))
        for token in reader.tree.scan_values(lambda leaf: isinstance(leaf, Token)):
            reader.value_of(token)
    except SourceError:
        return False
    return True


@dataclass
class HostReading:
    """Where we are in the text: what the next lines may continue."""

    text: str
    draft: HostDraft
    link: str = ""  # the interface that the indented lines below are about
    family: int = 0  # of the command above, when that was `ip -6 ...`
    rules: list[Reader] = field(default_factory=list)  # of a listing that goes on
    listing: host_sets.SetListing = field(default_factory=host_sets.SetListing)
    xfrm_lines: list[Line] = field(default_factory=list)  # a policy or state that goes on
    skip_to: int = 0  # lines up to this one were part of a JSON array
    bad_json: int = 0
    counted: tuple[int, int] = (1, 0)  # a line and where it begins

    def read(self, line: Line) -> None:
        """Understand one line and change the draft. Raises ``SourceError``."""
        if line.number <= self.skip_to:
            return
        if len(line.text) > LONGEST_LINE and line.text.lstrip()[:1] != "[":
            raise SourceError("this line is too long", Span(line.number, 1, line.number, 2),
                              where="host")  # fmt: skip
        if host_sets.saved_line(self.draft, line):
            return
        stripped = line.text.strip()
        if not stripped or stripped.startswith("#"):
            self._blank(line, stripped)
            return
        for pattern, act in SHAPES:
            if pattern.match(line.text):
                act(self, line)
                return
        self.fact(line)

    def _blank(self, line: Line, stripped: str) -> None:
        self.end_rules()
        if not stripped:
            self.listing.in_members = False
            return
        found = host_shell.HASH_PROMPT.match(line.text)
        rest = line.without(found.end()) if found else line
        if found and host_shell.is_command(rest.text) and CHANGES.match(rest.text):
            self.draft.note(
                f'line {line.number} begins with "#" and was taken for a comment; '
                "if it is a command, leave the # away"
            )

    def end_rules(self) -> None:
        """A block of ``ip rule`` output is over: now its family can be told."""
        self._end_xfrm()
        readers, self.rules = self.rules, []
        if not readers:
            return
        try:
            listed_rules(readers, self.family)
        except SourceError as error:
            self.draft.errors.append(error)

    def _end_xfrm(self) -> None:
        """An entry of ``ip xfrm`` is over: now it can be told what it is."""
        lines, self.xfrm_lines = self.xfrm_lines, []
        if not lines:
            return
        try:
            host_xfrm.listed(self.draft, lines)
        except SourceError as error:
            self.draft.errors.append(error)

    # ---- what a line can be --------------------------------------------------------------

    def reader(self, line: Line, start: str) -> Reader:
        return Reader(self.draft, line, shape().parse(line, start))

    def fact(self, line: Line) -> None:
        """A line of our own."""
        line, has_prompt, is_root = host_shell.without_prompt(line.without_comment())
        if not line.text.strip():
            return
        self._leave()
        named = HOST_NAME.match(line.text)
        if named:  # says what `name` says; the command of that name takes no address
            line = Line(line.number, f"{named[1]}    name{line.text[named.end() :]}", line.joins)
        word = line.text.split(None, 1)[0]
        if word == "ipsec":
            host_ipsec.ipsec(self.draft, line)
            return
        try:
            if has_prompt or self._is_command(line, word):
                self.family = host_shell.family_of_listing(line)
                host_shell.run_line(self.draft, line, is_root=is_root)
                return
            tree = shape().parse(line, "fact", "" if word in FACTS else unknown(word))
            reader = Reader(self.draft, line, tree)
            FACTS[reader.name](reader)
        except SourceError as error:
            ours = meant(line.text)
            if ours and _is_read(ours):
                error.hint = f"write `{ours}`"
            raise

    def _is_command(self, line: Line, word: str) -> bool:
        """Is it a command line? ``sysctl A = 1``, ``hostname H A`` and ``route ...`` are ours."""
        if word == "hostname" and len(line.text.split(None, 2)) > 2:
            return False  # the command takes one word
        if word == "sysctl":
            return SYSCTL_OPTION.match(line.text) is not None
        return host_shell.is_command(line.text)

    def _leave(self) -> None:
        self.end_rules()
        self.link = ""
        self.listing.in_members = False

    def json(self, line: Line) -> None:
        """An array that goes on over as many lines as it needs."""
        self._leave()
        if self.bad_json >= MOST_BAD_JSON:
            raise SourceError("this JSON is not read any more", line.span(), where="host")
        start = self._offset(line.number) + len(line.text) - len(line.text.lstrip())
        try:
            end = host_listings.from_json(self.draft, self.text, start, line.span())
        except host_listings.JsonError as error:
            self.bad_json += 1
            end = error.end
            raise
        finally:
            self.skip_to = line.number + self.text.count("\n", start, end)

    def _offset(self, number: int) -> int:
        """Where line ``number`` begins; asked for growing numbers."""
        line, at = self.counted
        for _ in range(number - line):
            at = self.text.index("\n", at) + 1
        self.counted = (number, at)
        return at

    def link_line(self, line: Line) -> None:
        self._leave()
        self.link = UNREADABLE  # until it is read: what stands below is about no other one
        self.link = host_listings.link(self.reader(line, "link"))

    def one_line(self, line: Line) -> None:
        self._leave()
        plain = Line(line.number, line.text.replace("\\", " "), line.joins)
        host_listings.inet_of(self.reader(plain, "one_line"))

    def brief(self, line: Line) -> None:
        self._leave()
        if "<" in line.text:
            host_listings.brief_link(self.reader(line, "brief_link"))
        else:
            host_listings.brief(self.reader(line, "brief"))

    def indented(self, line: Line) -> None:
        """A line below an interface's first: its addresses, or what does not matter here."""
        if not self.link:
            if self.xfrm_lines:
                self.xfrm_lines.append(line)
                return
            self.fact(line)
            return
        if self.link == UNREADABLE:
            return
        word = line.text.split(None, 1)[0]
        if word in ("inet", "inet6"):
            host_listings.inet(self.reader(line, "inet"), self.link)
        elif word.startswith("link/"):
            host_listings.link_layer(self.reader(line, "link_layer"), self.link)
        elif word in host_listings.DETAILS:
            host_listings.detail(self.draft, self.link, word)

    def route(self, line: Line) -> None:
        self._leave()
        listed_route(self.reader(line, "output_route"), self.family)

    def nexthop(self, line: Line) -> None:
        listed_nexthop(self.reader(line, "nexthop_line"))

    def rule(self, line: Line) -> None:
        self.link = ""
        if self.rules and line.text.lstrip().startswith("0:"):
            self.end_rules()  # the other family's listing follows at once
        self.rules.append(self.reader(line, "output_rule"))

    def neighbour(self, line: Line) -> None:
        self._leave()
        prefixed = Line(line.number, "neighbour " + line.text, line.joins)
        try:
            neighbour(self.reader(prefixed, "fact"))
        except SourceError as error:
            raise SourceError(error.message, line.span(), where="host", hint=error.hint) from None

    def fdb(self, line: Line) -> None:
        """A line of ``bridge fdb``; only what is said about ports of bridges counts."""
        self._leave()
        if " master " in line.text:
            prefixed = Line(line.number, "fdb " + line.text.strip(), line.joins)
            FACTS["fdb"](self.reader(prefixed, "fact"))

    def sysctl(self, line: Line) -> None:
        """``net.ipv4.ip_forward = 1`` as ``sysctl -a`` prints it; only net's are kept."""
        name, _, value = line.text.partition("=")
        if name.strip().startswith("net") and value.strip():
            try:
                host_sysctl.write(self.draft, name.strip().lstrip("-"), value)
            except ValueError as error:
                raise SourceError(
                    f"{clip(name.strip())}: {error}", line.span(), where="host"
                ) from None

    def socket(self, line: Line) -> None:
        self._leave()
        host_accounts.socket(self.reader(line, "socket"))

    def netstat(self, line: Line) -> None:
        self._leave()
        host_accounts.netstat(self.reader(line, "netstat"))

    def flow(self, line: Line) -> None:
        self._leave()
        host_flows.listed_flow(self.draft, line)

    def passwd(self, line: Line) -> None:
        host_accounts.passwd(self.draft, line)

    def group(self, line: Line) -> None:
        host_accounts.group(self.draft, line)

    def fingerprint(self, line: Line) -> None:
        """A line of pf.os."""
        self._leave()
        try:
            made = fingerprint(line.text)
        except ValueError as error:
            raise SourceError(str(error), line.span(), where="host") from None
        known = self.draft.fingerprints = self.draft.fingerprints or {}
        known[made] = None
        if len(known) > MOST:
            raise SourceError(
                f"a host has at most {MOST} fingerprints here", line.span(), where="host"
            )

    def ipset_list(self, line: Line) -> None:
        host_sets.listed_line(self.draft, line, self.listing)

    def member(self, line: Line) -> None:
        """A member below ``Members:``, else whatever the line is."""
        if not (self.listing.in_members and host_sets.listed_line(self.draft, line, self.listing)):
            self.fact(line)

    def ignored(self, line: Line) -> None:
        """A heading, or something that the simulation does not read."""
        self._leave()

    def xfrm(self, line: Line) -> None:
        """The first line of one entry of ``ip xfrm``; what is indented below belongs to it."""
        self._leave()
        self.xfrm_lines = [line]


def unknown(word: str) -> str:
    """What to do about a line that begins with no word we know."""
    return did_you_mean(word, [*FACTS, "ipsec"]) or "or paste what ip, ss, sysctl or ipset print"


MOST_BAD_JSON = 3
HOST_NAME = re.compile(r"(\s*)hostname(?=\s+\S+\s+[\da-fA-F.:]+(?:\s|$))")
UNREADABLE = "?/?"  # no interface can be called that

CHANGES = re.compile(
    r"\s*(sudo\s+)?(ip\s.*\b(add|del|set|replace|flush)\b|sysctl\s+-w|echo\s.*>|ipset\s+(add|cr|del))"
)
SYSCTL_OPTION = re.compile(r"\s*sysctl\s+(-\S|[^\s=]+=\S+\s+[^\s=]+=)")

_KIND = r"(?:unicast|local|broadcast|multicast|anycast|blackhole|unreachable|prohibit|throw)"
_PLACE = r"(?:default|[0-9a-fA-F:.]+(?:/\d+)?)"
_STATES = "REACHABLE|STALE|DELAY|PROBE|PERMANENT|NOARP|FAILED|INCOMPLETE"

# The first shape that fits is what a line is; a line of none is one of ours.
SHAPES: tuple[tuple[re.Pattern[str], Callable[[HostReading, Line], None]], ...] = tuple(
    (re.compile(pattern), act)
    for pattern, act in (
        (r"\s*\[\s*(\{|\]|$)", HostReading.json),
        (host_flows.ENTRY.pattern, HostReading.flow),
        (r"\s*\d+:\s+\S+:\s+<", HostReading.link_line),
        (r"\s*\d+:\s+\S+\s+inet6?\s", HostReading.one_line),
        (r"\s*\d+:\s+(from|not)\s", HostReading.rule),
        (r"\s*[^\s:]+\s+(UP|DOWN|UNKNOWN|LOWERLAYERDOWN|DORMANT|NOTPRESENT|TESTING)(\s|$)",
         HostReading.brief),
        (r"\s+nexthop\s", HostReading.nexthop),
        (r"\s*-?[a-z0-9_]+([./][\w:@*-]+)+\s*=(?!=)", HostReading.sysctl),
        (SHAPE, HostReading.fingerprint),
        (r"\s*[\w.+-]+\$?:[^:\s]*:\d{1,10}:\d{1,10}:[^:]*:[^:]*:[^:]*$", HostReading.passwd),
        (r"\s*[\w.+-]+\$?:[^:\s]*:\d{1,10}:[^:\s]*\s*$", HostReading.group),
        (r"\s*(?:[0-9a-fA-F]{2}:){5}[0-9a-fA-F]{2}\s+dev\s+\S+\s", HostReading.fdb),
        (rf"\s*{_PLACE}\s+dev\s+\S+\s+(lladdr\s|(router\s+)?({_STATES})\b)", HostReading.neighbour),
        (rf"\s*({_KIND}\s+)?{_PLACE}\s+(via|dev|proto|scope|table|metric|nhid|tos|src|mtu|onlink"
         r"|linkdown|error|inet6?)\s", HostReading.route),
        (rf"{_KIND}\s+{_PLACE}\s*$", HostReading.route),
        (r"\s*(u_\w+|nl|p_raw|p_dgr|v_\w+|icmp6?|mptcp|tipc|xdp)\s+[A-Z][A-Z-]+\s+\d+\s",
         HostReading.ignored),
        (r"\s*(\w+\s+)?(LISTEN|UNCONN)\s+\d+\s+\d+\s", HostReading.socket),
        (r"\s*(tcp|udp|udplite|sctp|raw)6?\s+\d+\s+\d+\s+\S+:\S+\s+\S+:\S+", HostReading.netstat),
        (r"\s*(\w+\s+)?(ESTAB|SYN-SENT|SYN-RECV|FIN-WAIT-\d|TIME-WAIT|CLOSE-WAIT|LAST-ACK|CLOSING)"
         r"\s", HostReading.ignored),
        (r"\s*(Netid\s|State\s+Recv-Q|Proto\s+Recv-Q|Active Internet|Kernel IP)",
         HostReading.ignored),
        (r"(nl|u_str|u_dgr|u_seq|p_raw|p_dgr|v_str|v_dgr|icmp6|unix)\s", HostReading.ignored),
        (r"(Name|Type|Revision|Header|Size in memory|References|Number of entries):(\s|$)|Members:",
         HostReading.ipset_list),
        (r"(src|dir)\s+\S+\s+(dst|proto)\s", HostReading.xfrm),
        (r"\s", HostReading.indented),
        (r"[0-9a-fA-F]", HostReading.member),
    )
)  # fmt: skip
