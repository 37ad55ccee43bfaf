"""Matches that rulesets name and no kernel has any more, or none of Linus' ever had.

Each entry says since when, and what does the job today.
"""

from __future__ import annotations

from sim.extensions.extension import BOTH, MatchType

_REMOVED = {
    "unclean": (
        "an experiment of the 2.4 kernels that was dropped with 2.6.0; "
        "use -m conntrack --ctstate INVALID"
    ),
    "nth": (
        "it came with patch-o-matic and was replaced by statistic in 2.6.18; "
        "use -m statistic --mode nth --every N --packet P"
    ),
    "random": (
        "it came with patch-o-matic and was replaced by statistic in 2.6.18; "
        "use -m statistic --mode random --probability P"
    ),
    "iplimit": (
        "it came with patch-o-matic and entered the kernel as connlimit in 2.6.23; "
        "use -m connlimit --connlimit-above N"
    ),
    "dstlimit": (
        "it came with patch-o-matic and entered the kernel as hashlimit in 2.6.10; "
        "use -m hashlimit --hashlimit-mode dstip,dstport"
    ),
    "mport": (
        "it came with patch-o-matic and multiport does its work since 2.6.11; "
        "use -m multiport --ports, which takes ranges too"
    ),
    "pool": (
        "it came with patch-o-matic and was replaced by ipset; use -m set --match-set NAME src"
    ),
    "childlevel": (
        "it came with patch-o-matic and never entered the kernel; use -m helper or "
        "-m conntrack --ctstatus EXPECTED"
    ),
    "connrate": (
        "it came with patch-o-matic and never entered the kernel; use -m hashlimit or -m connbytes"
    ),
    "record_rpc": (
        "it came with patch-o-matic and never entered the kernel; give the RPC services fixed ports"
    ),
    "rpc": (
        "it came with patch-o-matic and never entered the kernel; give the RPC services fixed ports"
    ),
    "account": "it never entered the kernel; use -m nfacct, or the rule's own counters",
    "fuzzy": (
        "it never entered the kernel (it is in xtables-addons); use -m limit or -m hashlimit"
    ),
    "psd": (
        "it never entered the kernel (it is in xtables-addons); use -m recent or -m hashlimit "
        "on refused ports"
    ),
    "lscan": "it never entered the kernel (it is in xtables-addons); use -m recent",
    "condition": (
        "it never entered the kernel (it is in xtables-addons); use -m set with a set that is "
        "filled or emptied to switch the rule"
    ),
    "ipv4options": (
        "it never entered the kernel (it is in xtables-addons); use -m u32 on the option bytes"
    ),
    "geoip": (
        "it never entered the kernel (it is in xtables-addons); put the country's networks into "
        "an ipset and use -m set"
    ),
    "asn": (
        "it never entered the kernel (it is in xtables-addons); put the networks into an ipset "
        "and use -m set"
    ),
    "quota2": "it never entered the kernel (it is in xtables-addons); use -m quota",
    "length2": "it never entered the kernel (it is in xtables-addons); use -m length",
    "iface": (
        "it never entered the kernel (it is in xtables-addons); use -i or -o with the device"
    ),
    "dhcpmac": (
        "it never entered the kernel (it is in xtables-addons); use -m u32 on those bytes"
    ),
    "ipp2p": "it never entered the kernel (it is in xtables-addons); use -m string or -m u32",
    "layer7": "it never entered the kernel and its project has ended; use -m string or a helper",
}  # fmt: skip

GONE = tuple(
    MatchType(name, families=BOTH, removed=reason, help="gone") for name, reason in _REMOVED.items()
)
