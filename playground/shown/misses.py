"""What kept a run of rules from matching, in the words of a fold's summary."""

from __future__ import annotations

from collections import Counter

from sim.trace.steps import Failing

_NAMES = {
    "-s": "source",
    "-d": "destination",
    "-i": "input device",
    "-o": "output device",
    "-p": "protocol",
    "--dport": "destination port",
    "--sport": "source port",
    "--dports": "destination port",
    "--sports": "source port",
    "--ports": "port",
    "--ctstate": "connection state",
    "--state": "connection state",
    "--mark": "mark",
    "--icmp-type": "ICMP type",
    "--icmpv6-type": "ICMPv6 type",
    "--dst-type": "destination type",
    "--src-type": "source type",
    "--match-set": "set",
    "--uid-owner": "owner",
    "--gid-owner": "owner",
}
MOST = 3  # so many are named


def difference(failing: Counter[Failing]) -> str:
    """What differed, most often first: "source, destination port differ".

    With ``!`` the packet has the very thing that the rule names: it is excluded, not different.
    """
    counts: Counter[tuple[bool, str]] = Counter()
    for (match, flag, negated), number in failing.items():
        counts[negated, _NAMES.get(flag, f"{match} {flag}".strip())] += number
    parts: dict[bool, list[str]] = {}
    for (negated, word), _ in counts.most_common(MOST):
        parts.setdefault(negated, []).append(word)
    more = len(counts) > MOST
    is_alike = len({negated for negated, _ in counts}) == 1
    said = [_said(words, negated, more and is_alike) for negated, words in parts.items()]
    return "; ".join(said + (["and more"] if more and not is_alike else []))


def _said(words: list[str], negated: bool, more: bool) -> str:
    """One verb's part. ``more``: what is not named has the same verb."""
    is_one = len(words) == 1 and not more
    verb = "differs" if is_one else "differ"
    if negated:
        verb = "is excluded" if is_one else "are excluded"
    return f"{', '.join(words)}{' and other things' if more else ''} {verb}"
