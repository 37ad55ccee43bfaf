"""Settings of /proc/sys/net: what is written, and what else the kernel changes with it."""

from __future__ import annotations

import re
from difflib import get_close_matches

from sim.extensions.args import integer
from sim.model.kernel_settings import NAMES, SETTINGS, Idle, any_device
from sim.read.host.draft import HostDraft

# Writing one of these with a new value sets it for every device, now and later
# (inet_forward_change in net/ipv4/devinet.c; addrconf_forward_change and
# addrconf_disable_change in net/ipv6/addrconf.c).
FOR_ALL = {
    "net.ipv4.ip_forward": "net.ipv4.conf.{}.forwarding",
    "net.ipv4.conf.all.forwarding": "net.ipv4.conf.{}.forwarding",
    "net.ipv6.conf.all.forwarding": "net.ipv6.conf.{}.forwarding",
    "net.ipv6.conf.all.force_forwarding": "net.ipv6.conf.{}.force_forwarding",
    "net.ipv6.conf.all.disable_ipv6": "net.ipv6.conf.{}.disable_ipv6",
}
ALIASES = {
    "net.ipv4.ip_forward": "net.ipv4.conf.all.forwarding",
    "net.ipv4.conf.all.forwarding": "net.ipv4.ip_forward",
}

LONGEST_NAME = 100  # likening strings takes time

# Settings that decide what happens to packets; used only to hint at a misspelt one.
KNOWN = (
    "net.ipv4.ip_forward",
    "net.ipv4.ip_default_ttl",
    "net.ipv4.ip_nonlocal_bind",
    "net.ipv4.ip_local_port_range",
    "net.ipv4.fwmark_reflect",
    "net.ipv4.tcp_syncookies",
    "net.ipv4.tcp_timestamps",
    "net.ipv4.icmp_echo_ignore_all",
    "net.ipv4.icmp_echo_ignore_broadcasts",
    "net.ipv4.icmp_ratelimit",
    "net.ipv4.icmp_ratemask",
    "net.ipv4.icmp_errors_use_inbound_ifaddr",
    *(
        f"net.ipv4.conf.all.{name}"
        for name in (
            "forwarding", "rp_filter", "accept_local", "route_localnet", "log_martians",
            "send_redirects", "accept_redirects", "secure_redirects", "accept_source_route",
            "arp_ignore", "arp_announce", "src_valid_mark", "promote_secondaries",
            "shared_media", "proxy_arp", "mc_forwarding", "bc_forwarding",
        )
    ),
    *(
        f"net.ipv6.conf.all.{name}"
        for name in ("forwarding", "disable_ipv6", "hop_limit", "accept_ra", "accept_redirects")
    ),
    "net.bridge.bridge-nf-call-iptables",
    "net.bridge.bridge-nf-call-ip6tables",
    "net.bridge.bridge-nf-call-arptables",
    "net.netfilter.nf_conntrack_tcp_loose",
    "net.netfilter.nf_conntrack_tcp_be_liberal",
    "net.netfilter.nf_conntrack_tcp_timeout_established",
    "net.netfilter.nf_conntrack_udp_timeout",
    "net.netfilter.nf_conntrack_udp_timeout_stream",
    "net.netfilter.nf_conntrack_acct",
    "net.netfilter.nf_conntrack_checksum",
    "net.netfilter.nf_conntrack_helper",
    "net.netfilter.nf_conntrack_max",
)  # fmt: skip


MOST_NAMED = 12  # settings in one note
COUNTS = re.compile(r"-?\d+( -?\d+)*")

# Settings that the kernel takes only numbers for, under names that are not listed as well.
NUMBERS = re.compile(
    r"""net\.(
        (ipv4|ipv6)\.conf\..+\.(forwarding|rp_filter|accept_local|route_localnet|send_redirects
            |accept_source_route|src_valid_mark|shared_media|secure_redirects|accept_redirects
            |hop_limit|disable_ipv6|accept_ra|bc_forwarding|proxy_arp|log_martians)
        |ipv4\.(ip_forward|ip_default_ttl|ip_early_demux|fwmark_reflect|ipfrag_time|tcp_syncookies
            |icmp_echo_ignore_(all|broadcasts)|icmp_ratelimit|icmp_ratemask|tcp_timestamps)
        |ipv6\.(fwmark_reflect|ip6frag_time|max_hbh_opts_number|max_dst_opts_number
            |icmp\.(ratelimit|echo_ignore_.*))
        |core\.rmem_max
        |netfilter\.nf_conntrack_(?!helper_).*
        |nf_conntrack_max
        |bridge\.bridge-nf-.*
    )""",
    re.VERBOSE,
)


def dotted(name: str) -> str:
    """The name with dots throughout: ``net/ipv4/conf/eth0.5/rp_filter`` and ``...eth0/5...``."""
    return name.strip().removeprefix("/proc/sys/").replace("/", ".")


def write(draft: HostDraft, name: str, value: str) -> None:
    """Set one, with what the kernel changes beside it when the value is new.

    Raises ``ValueError`` for what is no number where the kernel takes only one (proc_dointvec).
    """
    name = dotted(name)
    value = " ".join(value.split())
    listed = SETTINGS.get(any_device(name))
    if NUMBERS.fullmatch(name):
        value = _number(value)
    elif listed is not None and listed.reader and COUNTS.fullmatch(listed.default):
        value = " ".join(_number(word) for word in value.split())
    per_device = FOR_ALL.get(name)
    if per_device is not None and draft.sysctls.get(name, "0") != value:
        head, tail = per_device.split("{}")
        for other in list(draft.sysctls):
            if other.startswith(head) and other.endswith(tail):
                del draft.sysctls[other]
        draft.sysctls[per_device.format("default")] = value
    draft.sysctls[name] = value
    if name in ALIASES:
        draft.sysctls[ALIASES[name]] = value


def _number(text: str) -> str:
    """The number that the kernel reads, as it prints it."""
    sign = "-" if text.startswith("-") else ""
    return f"{sign}{integer(text.removeprefix('-'))}"


def note_part(draft: HostDraft, name: str, value: str) -> None:
    """What a typed setting does to walks, where that is nothing or not known."""
    name, value = dotted(name), " ".join(value.split())
    setting = SETTINGS.get(any_device(name)) if len(name) <= LONGEST_NAME else None
    if setting is None or value == setting.default:
        return
    if setting.idle is not None:
        draft.idle[name] = setting.idle
    elif setting.met is not None and setting.is_unmodelled(value):
        draft.note(f"{name} is not modelled: undetermined is {setting.met}")


def idle_note(idle: dict[str, Idle]) -> str:
    """One note about all settings that have no part in any walk."""
    told = [f"{name} ({why})" for name, why in list(idle.items())[:MOST_NAMED]]
    more = f" and {len(idle) - MOST_NAMED} more" if len(idle) > MOST_NAMED else ""
    return f"no effect on a walk: {', '.join(told)}{more}"


def note_misspelt(draft: HostDraft, name: str) -> None:
    """A typed setting that looks like another one gets a note; none is refused."""
    name = dotted(name)
    if len(name) > LONGEST_NAME:
        return
    parts = name.split(".")
    if parts[:2] in (["net", "ipv4"], ["net", "ipv6"]) and parts[2:3] == ["conf"] and parts[4:]:
        plain = ".".join([*parts[:3], "all", parts[-1]])
        device = ".".join(parts[3:-1])
        if device not in ("all", "default") and device not in draft.interfaces:
            draft.note(f"{name}: the host has no interface {device}")
    else:
        plain = name
    if plain in KNOWN or any_device(name) in NAMES:
        return  # a setting of the kernel's is not misspelt, whether it matters here or not
    near = get_close_matches(plain, KNOWN, 1, 0.9)
    if "." not in name:
        near = [known for known in sorted(KNOWN) if known.endswith(f".{name}")][:1]
        if not near:
            draft.note(f"{name} is no setting: its name has dots, such as net.ipv4.ip_forward")
    if near:
        draft.note(f'{name} is no setting that matters here; did you mean "{near[0]}"?')
