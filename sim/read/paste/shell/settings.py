"""Settings under ``/proc/sys/net``: which there are, their values, and what a script writes."""

from __future__ import annotations

import re

from sim.read.host import sysctl
from sim.read.host.draft import HostDraft
from sim.read.paste.desk import Desk
from sim.read.paste.shell.running import Running
from sim.read.paste.shell.unknown import unknowns
from sim.read.paste.wordlist import names

# What a kernel of 6.x has of what scripts write (net/ipv4/sysctl_net_ipv4.c, devinet.c,
# net/ipv6/addrconf.c, net/netfilter/nf_conntrack_standalone.c); names that are gone are not here.
_PER_DEVICE = """
    accept_local accept_redirects accept_source_route arp_accept arp_announce arp_filter arp_ignore
    arp_notify bc_forwarding bootp_relay disable_policy disable_xfrm forwarding log_martians
    mc_forwarding medium_id promote_secondaries proxy_arp proxy_arp_pvlan route_localnet rp_filter
    secure_redirects send_redirects shared_media src_valid_mark tag force_igmp_version
    ignore_routes_with_linkdown drop_gratuitous_arp drop_unicast_in_l2_multicast
"""
_PER_DEVICE6 = """
    accept_dad accept_ra accept_ra_defrtr accept_ra_pinfo accept_ra_rtr_pref accept_redirects
    accept_source_route addr_gen_mode autoconf dad_transmits disable_ipv6 disable_policy
    drop_unicast_in_l2_multicast enhanced_dad force_mld_version forwarding hop_limit
    ignore_routes_with_linkdown keep_addr_on_down max_addresses mtu ndisc_notify optimistic_dad
    proxy_ndp router_solicitations seg6_enabled suppress_frag_ndisc temp_prefered_lft
    temp_valid_lft use_tempaddr accept_ra_min_plen accept_untracked_na
"""
_GLOBAL = """
    ip_forward ip_default_ttl ip_dynaddr ip_early_demux ip_local_port_range ip_no_pmtu_disc
    ip_nonlocal_bind ip_local_reserved_ports ip_unprivileged_port_start fwmark_reflect ipfrag_time
    ipfrag_high_thresh ipfrag_low_thresh icmp_echo_ignore_all icmp_echo_ignore_broadcasts
    icmp_errors_use_inbound_ifaddr icmp_ignore_bogus_error_responses icmp_ratelimit icmp_ratemask
    icmp_msgs_per_sec icmp_msgs_burst igmp_max_memberships igmp_max_msf tcp_syncookies tcp_ecn
    tcp_timestamps tcp_sack tcp_window_scaling tcp_max_syn_backlog tcp_synack_retries
    tcp_syn_retries tcp_fin_timeout tcp_keepalive_time tcp_keepalive_intvl tcp_keepalive_probes
    tcp_tw_reuse tcp_rfc1337 tcp_abort_on_overflow tcp_congestion_control tcp_fastopen tcp_mem
    tcp_rmem tcp_wmem tcp_max_orphans tcp_max_tw_buckets tcp_orphan_retries tcp_retries1
    tcp_retries2 tcp_dsack tcp_fack tcp_low_latency tcp_mtu_probing tcp_slow_start_after_idle
    tcp_fwmark_accept fib_multipath_hash_policy udp_mem udp_rmem_min udp_wmem_min
    inet_peer_threshold ping_group_range
"""
_NETFILTER = """
    nf_conntrack_acct nf_conntrack_buckets nf_conntrack_checksum nf_conntrack_events
    nf_conntrack_expect_max nf_conntrack_frag6_timeout nf_conntrack_generic_timeout
    nf_conntrack_icmp_timeout nf_conntrack_icmpv6_timeout nf_conntrack_log_invalid nf_conntrack_max
    nf_conntrack_tcp_be_liberal nf_conntrack_tcp_ignore_invalid_rst nf_conntrack_tcp_loose
    nf_conntrack_tcp_max_retrans nf_conntrack_tcp_timeout_close nf_conntrack_tcp_timeout_close_wait
    nf_conntrack_tcp_timeout_established nf_conntrack_tcp_timeout_fin_wait
    nf_conntrack_tcp_timeout_last_ack nf_conntrack_tcp_timeout_max_retrans
    nf_conntrack_tcp_timeout_syn_recv nf_conntrack_tcp_timeout_syn_sent
    nf_conntrack_tcp_timeout_time_wait nf_conntrack_tcp_timeout_unacknowledged
    nf_conntrack_timestamp nf_conntrack_udp_timeout nf_conntrack_udp_timeout_stream nf_log_all_netns
    nf_conntrack_gre_timeout nf_conntrack_gre_timeout_stream nf_conntrack_dccp_loose
"""
_CONF = re.compile(r"/proc/sys/net/ipv([46])/conf/([^/]+)/([^/]+)\Z")
_DEVICE_SETTINGS = {"4": names(_PER_DEVICE), "6": names(_PER_DEVICE6)}
_PLAIN = frozenset(
    [f"/proc/sys/net/ipv4/{name}" for name in _GLOBAL.split()]
    + [f"/proc/sys/net/netfilter/{name}" for name in _NETFILTER.split()]
    + ["/proc/sys/net/nf_conntrack_max", "/proc/sys/net/bridge/bridge-nf-call-iptables",
       "/proc/sys/net/bridge/bridge-nf-call-ip6tables",
       "/proc/sys/net/bridge/bridge-nf-call-arptables"]
)  # fmt: skip
_DEVICE = re.compile(r"^(?:interface\s+|\d+:\s+)([\w.-]+)|^([\w.-]+)\s+Link encap", re.MULTILINE)


def exists(path: str) -> bool:
    """Does the kernel have this setting (or folder of settings)?"""
    path = path.rstrip("/")
    found = _CONF.match(path)
    if found:
        return found[3] in _DEVICE_SETTINGS[found[1]]
    return path in _PLAIN or any(name.startswith(f"{path}/") for name in _PLAIN)


def value(draft: HostDraft, path: str) -> str | None:
    """What the paste has set a setting to."""
    if not path.startswith("/proc/sys/"):
        return None
    found = draft.sysctls.get(sysctl.dotted(path))
    return None if found is None else f"{found}\n"


def paths(desk: Desk) -> list[str]:
    """The settings of each device that the paste tells of, and of all and default."""
    devices = ["all", "default", "lo"]
    for put in desk.host:
        devices += [one or two for one, two in _DEVICE.findall(put.text)]
    return [f"/proc/sys/net/ipv{family}/conf/{device}/{name}"
            for family, names in _DEVICE_SETTINGS.items()
            for device in dict.fromkeys(devices) for name in sorted(names)]  # fmt: skip


def write(shell: Running, name: str, text: str) -> int:
    """``echo 1 > /proc/sys/…`` or ``sysctl -w``; an exit status."""
    if unknowns(text) or unknowns(name):
        return 0
    path = name if name.startswith("/proc/sys/") else "/proc/sys/" + name.replace(".", "/")
    plain = sysctl.dotted(path) if name.startswith("/proc/sys/") else name.replace("/", ".")
    if not plain.startswith("net."):
        shell.note(f"{plain} changes nothing that packets meet")
        return 0
    if not text:
        shell.note(f"nothing is written into {plain}")
        return 1
    error = shell.desk.run_host(f"sysctl -w {plain}={_quoted(text)}", shell.line)
    if error:
        shell.note(f"{plain}: {error.message}")
        return 1
    shell.changes += 1
    return 0


def _quoted(text: str) -> str:
    text = " ".join(text.split())
    return f'"{text}"' if re.search(r"[^\w.:/-]", text) else text
