"""English, and nothing but: every noun of ``sim.trace.outcomes`` has its words here.

``word`` is the way in. A file of words stands here for each file of nouns there.
"""

from sim.tell.wording import (
    answers,
    arp,
    arrival,
    backends,
    bridge,
    conntrack,
    conntrack_icmp,
    conntrack_others,
    conntrack_tcp,
    departures,
    events,
    filtering,
    fragments,
    ipsec,
    nat,
    neighbours,
    options,
    routing,
    settings,
    sockets,
    synproxy,
)
from sim.tell.wording.words import WORDS, word

__all__ = ["word"]

for _subject in (
    answers, arp, arrival, backends, bridge, conntrack, conntrack_icmp, conntrack_others,
    conntrack_tcp, departures, events, filtering, fragments, ipsec, nat, neighbours, options,
    routing, settings, sockets, synproxy,
):  # fmt: skip
    WORDS.update(_subject.WORDS)
