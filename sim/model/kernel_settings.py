"""Every ``net.*`` setting of Linux 6.18 in a new namespace, and what is done about it here.

``*`` stands for a device, ``all`` or ``default``. The names and defaults are those that a new
namespace with conntrack and a bridge shows (a test compares them with the kernel); conf's are a
device's. A default of memory's size differs from machine to machine.
"""

from __future__ import annotations

import re
from enum import StrEnum

from sim.base.frozen import dataclass


class Met(StrEnum):
    """Where a packet meets settings that are not modelled."""

    ACQUIRE = "an IPsec policy without a state"
    ADVERTISED = "a router advertisement for this host"
    ARP = "an ARP request"
    BROADCAST = "a broadcast to a network of this host"
    DISCOVERY = "a neighbour solicitation that is answered"
    ERROR = "an ICMP error of this host"
    FRAGMENT = "fragments that are gathered"
    HOP_BY_HOP = "a hop-by-hop header"
    POLICY = "an IPv6 packet that IPsec policies judge"
    PROXY = "an ARP request for another host"
    PROBE = "an extended echo request"
    REDIRECTED = "an ICMP redirect for this host"
    ROUTING_HEADER = "a routing header for this host"
    SPREAD = "a route with several next hops"
    SYN = "a SYN that a listener answers"
    UNANSWERED = "a neighbour that does not answer"


class Idle(StrEnum):
    """Why a setting has no part in any walk."""

    ADDRESSES = "how addresses come to be; the host text says which there are"
    CARRIER = "routes of devices without carrier; every device that is up has one here"
    CONNECTIONS = "how a TCP connection goes on; what its socket sends is not walked"
    DEMUX = "the shortcut of one protocol; where a packet goes is the same without it"
    GROUPS = "the host's reports about its groups, which are not walked"
    LABELS = "flow labels of the host's own packets, which are told as unknown"
    LISTING = "what a listing of connections says of their ages"
    LOG = "the kernel's log"
    MPTCP = "MPTCP's connections"
    NEIGHBOURS = "what the host learns about neighbours; all of them are known here"
    NO_PROXIES = "neighbours that the host answers for, of which it has none"
    NO_VRF = "VRF devices, of which the host has none"
    PATH_MTU = "path MTUs that the host learns or forgets; none is learned here"
    PRIORITY = "the queue that a packet waits in"
    QUESTIONS = "the host's own questions and announcements about neighbours"
    READ_ONLY = "read only"
    REPORTS = "what programs are told"
    SOCKETS = "how a program's socket is set up"
    TABLES = "the sizes and ages of tables"
    TAGGED = "VLAN and PPPoE frames, which are not walked"
    TUNNELS = "tunnels of IPv6 segments, which the host has none of"
    UNUSED = "nothing: the kernel does not look at it"


@dataclass(frozen=True, slots=True)
class Setting:
    """One setting. Exactly one of ``reader``, ``met`` and ``idle`` says what is done about it.

    ``reader``: the file of sim/ that acts on it. ``met``: where it would count; away from
    ``default`` and the values that mean the ``same`` there, the packet's fate is undetermined.
    """

    default: str
    reader: str = ""
    met: Met | None = None
    idle: Idle | None = None
    same: tuple[str, ...] = ()

    def is_unmodelled(self, value: str) -> bool:
        """Does this value do something that is not modelled?"""
        return self.met is not None and value not in (self.default, *self.same)


def acts(default: str, reader: str) -> Setting:
    return Setting(default, reader)


def unknown(default: str, met: Met, *same: str) -> Setting:
    return Setting(default, met=met, same=same)


def idle(default: str, why: Idle) -> Setting:
    return Setting(default, idle=why)


def any_device(name: str) -> str:
    """A setting's name as it is listed here: of a device, of all, of new ones alike."""
    return _DEVICE.sub(r"\1.*.\3", name)


def device_of(name: str) -> str:
    """The device that a setting is about; empty: none."""
    found = _DEVICE.fullmatch(name)
    return found[2] if found else ""


_DEVICE = re.compile(r"(net\.ipv[46]\.(?:conf|neigh))\.(.+)\.(\w+)")

SETTINGS: dict[str, Setting] = {
    "net.bridge.bridge-nf-call-arptables": acts("1", "kernel/bridge/ports.py"),
    "net.bridge.bridge-nf-call-ip6tables": acts("1", "kernel/bridge/ports.py"),
    "net.bridge.bridge-nf-call-iptables": acts("1", "kernel/bridge/ports.py"),
    "net.bridge.bridge-nf-filter-pppoe-tagged": idle("0", Idle.TAGGED),
    "net.bridge.bridge-nf-filter-vlan-tagged": idle("0", Idle.TAGGED),
    "net.bridge.bridge-nf-pass-vlan-input-dev": idle("0", Idle.TAGGED),
    "net.core.optmem_max": idle("131072", Idle.SOCKETS),
    "net.core.rmem_default": idle("212992", Idle.SOCKETS),
    "net.core.rmem_max": acts("4194304", "kernel/stack/answers.py"),
    "net.core.rps_default_mask": idle("0", Idle.SOCKETS),
    "net.core.somaxconn": idle("4096", Idle.SOCKETS),
    "net.core.tstamp_allow_data": idle("1", Idle.SOCKETS),
    "net.core.txrehash": idle("1", Idle.SOCKETS),
    "net.core.wmem_default": idle("212992", Idle.SOCKETS),
    "net.core.wmem_max": idle("4194304", Idle.SOCKETS),
    "net.core.xfrm_acq_expires": idle("30", Idle.TABLES),
    "net.core.xfrm_aevent_etime": idle("10", Idle.TABLES),
    "net.core.xfrm_aevent_rseqth": idle("2", Idle.TABLES),
    "net.core.xfrm_larval_drop": unknown("1", Met.ACQUIRE),
    "net.ipv4.conf.*.accept_local": acts("0", "kernel/routing/input.py"),
    "net.ipv4.conf.*.accept_redirects": unknown("1", Met.REDIRECTED, "0"),
    "net.ipv4.conf.*.accept_source_route": acts("1", "kernel/stack/option_check.py"),
    "net.ipv4.conf.*.arp_accept": idle("0", Idle.QUESTIONS),
    "net.ipv4.conf.*.arp_announce": idle("0", Idle.QUESTIONS),
    "net.ipv4.conf.*.arp_evict_nocarrier": idle("1", Idle.QUESTIONS),
    "net.ipv4.conf.*.arp_filter": unknown("0", Met.ARP),
    "net.ipv4.conf.*.arp_ignore": acts("0", "kernel/stack/arp.py"),
    "net.ipv4.conf.*.arp_notify": idle("0", Idle.QUESTIONS),
    "net.ipv4.conf.*.bc_forwarding": unknown("0", Met.BROADCAST),
    "net.ipv4.conf.*.bootp_relay": idle("0", Idle.UNUSED),
    "net.ipv4.conf.*.disable_policy": acts("0", "kernel/stack/ipsec_path.py"),
    "net.ipv4.conf.*.disable_xfrm": acts("0", "kernel/ipsec/xfrm.py"),
    "net.ipv4.conf.*.drop_gratuitous_arp": acts("0", "kernel/stack/arp.py"),
    "net.ipv4.conf.*.drop_unicast_in_l2_multicast": acts("0", "kernel/stack/receive.py"),
    "net.ipv4.conf.*.force_igmp_version": idle("0", Idle.GROUPS),
    "net.ipv4.conf.*.forwarding": acts("0", "kernel/routing/core.py"),
    "net.ipv4.conf.*.igmpv2_unsolicited_report_interval": idle("10000", Idle.GROUPS),
    "net.ipv4.conf.*.igmpv3_unsolicited_report_interval": idle("1000", Idle.GROUPS),
    "net.ipv4.conf.*.ignore_routes_with_linkdown": idle("0", Idle.CARRIER),
    "net.ipv4.conf.*.log_martians": idle("0", Idle.LOG),
    "net.ipv4.conf.*.mc_forwarding": idle("0", Idle.READ_ONLY),
    "net.ipv4.conf.*.medium_id": idle("0", Idle.UNUSED),
    "net.ipv4.conf.*.promote_secondaries": acts("0", "read/host/ip_address.py"),
    "net.ipv4.conf.*.proxy_arp": unknown("0", Met.PROXY),
    "net.ipv4.conf.*.proxy_arp_pvlan": unknown("0", Met.PROXY),
    "net.ipv4.conf.*.route_localnet": acts("0", "kernel/routing/input.py"),
    "net.ipv4.conf.*.rp_filter": acts("0", "kernel/routing/input.py"),
    "net.ipv4.conf.*.secure_redirects": unknown("1", Met.REDIRECTED),
    "net.ipv4.conf.*.send_redirects": acts("1", "kernel/routing/input.py"),
    "net.ipv4.conf.*.shared_media": acts("1", "kernel/routing/input.py"),
    "net.ipv4.conf.*.src_valid_mark": acts("0", "kernel/routing/input.py"),
    "net.ipv4.conf.*.tag": idle("0", Idle.UNUSED),
    "net.ipv4.fib_multipath_hash_fields": unknown("7", Met.SPREAD),
    "net.ipv4.fib_multipath_hash_policy": unknown("0", Met.SPREAD),
    "net.ipv4.fib_multipath_hash_seed": unknown("0", Met.SPREAD),
    "net.ipv4.fib_multipath_use_neigh": unknown("0", Met.SPREAD),
    "net.ipv4.fib_notify_on_flag_change": idle("0", Idle.REPORTS),
    "net.ipv4.fwmark_reflect": acts("0", "kernel/stack/answers.py"),
    "net.ipv4.icmp_echo_enable_probe": unknown("0", Met.PROBE),
    "net.ipv4.icmp_echo_ignore_all": acts("0", "kernel/stack/deliver_icmp.py"),
    "net.ipv4.icmp_echo_ignore_broadcasts": acts("1", "kernel/stack/deliver_icmp.py"),
    "net.ipv4.icmp_errors_use_inbound_ifaddr": acts("0", "kernel/stack/emission.py"),
    "net.ipv4.icmp_ignore_bogus_error_responses": idle("1", Idle.LOG),
    "net.ipv4.icmp_msgs_burst": unknown("50", Met.ERROR),
    "net.ipv4.icmp_msgs_per_sec": unknown("1000", Met.ERROR),
    "net.ipv4.icmp_ratelimit": acts("1000", "kernel/stack/answers.py"),
    "net.ipv4.icmp_ratemask": acts("6168", "kernel/stack/answers.py"),
    "net.ipv4.igmp_link_local_mcast_reports": idle("1", Idle.GROUPS),
    "net.ipv4.igmp_max_memberships": idle("20", Idle.GROUPS),
    "net.ipv4.igmp_max_msf": idle("10", Idle.GROUPS),
    "net.ipv4.igmp_qrv": idle("2", Idle.GROUPS),
    "net.ipv4.ip_autobind_reuse": idle("0", Idle.SOCKETS),
    "net.ipv4.ip_default_ttl": acts("64", "kernel/stack/answers.py"),
    "net.ipv4.ip_dynaddr": idle("0", Idle.SOCKETS),
    "net.ipv4.ip_early_demux": acts("1", "kernel/stack/forward.py"),
    "net.ipv4.ip_forward": acts("0", "kernel/routing/core.py"),
    "net.ipv4.ip_forward_update_priority": idle("1", Idle.PRIORITY),
    "net.ipv4.ip_forward_use_pmtu": idle("0", Idle.PATH_MTU),
    "net.ipv4.ip_local_port_range": idle("32768 60999", Idle.SOCKETS),
    "net.ipv4.ip_local_reserved_ports": idle("", Idle.SOCKETS),
    "net.ipv4.ip_no_pmtu_disc": idle("0", Idle.PATH_MTU),
    "net.ipv4.ip_nonlocal_bind": idle("0", Idle.SOCKETS),
    "net.ipv4.ip_unprivileged_port_start": idle("1024", Idle.SOCKETS),
    "net.ipv4.ipfrag_high_thresh": unknown("4194304", Met.FRAGMENT),
    "net.ipv4.ipfrag_low_thresh": idle("3145728", Idle.TABLES),
    "net.ipv4.ipfrag_max_dist": unknown("64", Met.FRAGMENT),
    "net.ipv4.ipfrag_time": acts("30", "kernel/stack/core.py"),
    "net.ipv4.neigh.*.anycast_delay": idle("100", Idle.QUESTIONS),
    "net.ipv4.neigh.*.app_solicit": unknown("0", Met.UNANSWERED),
    "net.ipv4.neigh.*.base_reachable_time": idle("30", Idle.QUESTIONS),
    "net.ipv4.neigh.*.base_reachable_time_ms": idle("30000", Idle.QUESTIONS),
    "net.ipv4.neigh.*.delay_first_probe_time": idle("5", Idle.QUESTIONS),
    "net.ipv4.neigh.*.gc_stale_time": idle("60", Idle.QUESTIONS),
    "net.ipv4.neigh.*.interval_probe_time_ms": idle("5000", Idle.QUESTIONS),
    "net.ipv4.neigh.*.locktime": idle("100", Idle.QUESTIONS),
    "net.ipv4.neigh.*.mcast_resolicit": unknown("0", Met.UNANSWERED),
    "net.ipv4.neigh.*.mcast_solicit": unknown("3", Met.UNANSWERED),
    "net.ipv4.neigh.*.proxy_delay": idle("80", Idle.QUESTIONS),
    "net.ipv4.neigh.*.proxy_qlen": idle("64", Idle.QUESTIONS),
    "net.ipv4.neigh.*.retrans_time": unknown("100", Met.UNANSWERED),
    "net.ipv4.neigh.*.retrans_time_ms": unknown("1000", Met.UNANSWERED),
    "net.ipv4.neigh.*.ucast_solicit": unknown("3", Met.UNANSWERED),
    "net.ipv4.neigh.*.unres_qlen": unknown("101", Met.UNANSWERED),
    "net.ipv4.neigh.*.unres_qlen_bytes": unknown("212992", Met.UNANSWERED),
    "net.ipv4.nexthop_compat_mode": idle("1", Idle.REPORTS),
    "net.ipv4.ping_group_range": idle("1 0", Idle.SOCKETS),
    "net.ipv4.raw_l3mdev_accept": idle("1", Idle.NO_VRF),
    "net.ipv4.route.flush": idle("", Idle.PATH_MTU),
    "net.ipv4.route.min_adv_mss": unknown("256", Met.SYN),
    "net.ipv4.route.min_pmtu": idle("552", Idle.PATH_MTU),
    "net.ipv4.route.mtu_expires": idle("600", Idle.PATH_MTU),
    "net.ipv4.tcp_abort_on_overflow": idle("0", Idle.CONNECTIONS),
    "net.ipv4.tcp_adv_win_scale": idle("1", Idle.UNUSED),
    "net.ipv4.tcp_allowed_congestion_control": idle("reno bbr", Idle.CONNECTIONS),
    "net.ipv4.tcp_app_win": idle("31", Idle.CONNECTIONS),
    "net.ipv4.tcp_autocorking": idle("1", Idle.CONNECTIONS),
    "net.ipv4.tcp_available_congestion_control": idle("reno bbr cubic", Idle.READ_ONLY),
    "net.ipv4.tcp_backlog_ack_defer": idle("1", Idle.CONNECTIONS),
    "net.ipv4.tcp_base_mss": idle("1024", Idle.CONNECTIONS),
    "net.ipv4.tcp_challenge_ack_limit": idle("2147483647", Idle.CONNECTIONS),
    "net.ipv4.tcp_child_ehash_entries": idle("0", Idle.READ_ONLY),
    "net.ipv4.tcp_comp_sack_delay_ns": idle("1000000", Idle.CONNECTIONS),
    "net.ipv4.tcp_comp_sack_nr": idle("44", Idle.CONNECTIONS),
    "net.ipv4.tcp_comp_sack_slack_ns": idle("100000", Idle.CONNECTIONS),
    "net.ipv4.tcp_congestion_control": idle("bbr", Idle.CONNECTIONS),
    "net.ipv4.tcp_dsack": idle("1", Idle.CONNECTIONS),
    "net.ipv4.tcp_early_demux": acts("1", "kernel/stack/receive.py"),
    "net.ipv4.tcp_early_retrans": idle("3", Idle.CONNECTIONS),
    "net.ipv4.tcp_ecn": unknown("2", Met.SYN),
    "net.ipv4.tcp_ecn_fallback": idle("1", Idle.CONNECTIONS),
    "net.ipv4.tcp_ecn_option": unknown("2", Met.SYN),
    "net.ipv4.tcp_ecn_option_beacon": idle("3", Idle.CONNECTIONS),
    "net.ipv4.tcp_ehash_entries": idle("-262144", Idle.READ_ONLY),
    "net.ipv4.tcp_fack": idle("0", Idle.UNUSED),
    "net.ipv4.tcp_fastopen": unknown("1", Met.SYN),
    "net.ipv4.tcp_fastopen_blackhole_timeout_sec": idle("0", Idle.CONNECTIONS),
    "net.ipv4.tcp_fastopen_key": idle("", Idle.CONNECTIONS),
    "net.ipv4.tcp_fin_timeout": idle("60", Idle.CONNECTIONS),
    "net.ipv4.tcp_frto": idle("2", Idle.UNUSED),
    "net.ipv4.tcp_fwmark_accept": unknown("0", Met.SYN),
    "net.ipv4.tcp_invalid_ratelimit": unknown("500", Met.SYN),
    "net.ipv4.tcp_keepalive_intvl": idle("75", Idle.CONNECTIONS),
    "net.ipv4.tcp_keepalive_probes": idle("9", Idle.CONNECTIONS),
    "net.ipv4.tcp_keepalive_time": idle("7200", Idle.CONNECTIONS),
    "net.ipv4.tcp_l3mdev_accept": idle("0", Idle.NO_VRF),
    "net.ipv4.tcp_limit_output_bytes": idle("4194304", Idle.CONNECTIONS),
    "net.ipv4.tcp_max_reordering": idle("300", Idle.CONNECTIONS),
    "net.ipv4.tcp_max_syn_backlog": idle("2048", Idle.CONNECTIONS),
    "net.ipv4.tcp_max_tw_buckets": idle("131072", Idle.CONNECTIONS),
    "net.ipv4.tcp_migrate_req": idle("0", Idle.CONNECTIONS),
    "net.ipv4.tcp_min_rtt_wlen": idle("300", Idle.CONNECTIONS),
    "net.ipv4.tcp_min_snd_mss": idle("48", Idle.CONNECTIONS),
    "net.ipv4.tcp_min_tso_segs": idle("2", Idle.CONNECTIONS),
    "net.ipv4.tcp_moderate_rcvbuf": idle("1", Idle.CONNECTIONS),
    "net.ipv4.tcp_mtu_probe_floor": idle("48", Idle.CONNECTIONS),
    "net.ipv4.tcp_mtu_probing": idle("0", Idle.CONNECTIONS),
    "net.ipv4.tcp_no_metrics_save": idle("0", Idle.CONNECTIONS),
    "net.ipv4.tcp_no_ssthresh_metrics_save": idle("1", Idle.CONNECTIONS),
    "net.ipv4.tcp_notsent_lowat": idle("4294967295", Idle.CONNECTIONS),
    "net.ipv4.tcp_orphan_retries": idle("0", Idle.CONNECTIONS),
    "net.ipv4.tcp_pacing_ca_ratio": idle("120", Idle.CONNECTIONS),
    "net.ipv4.tcp_pacing_ss_ratio": idle("200", Idle.CONNECTIONS),
    "net.ipv4.tcp_pingpong_thresh": idle("1", Idle.CONNECTIONS),
    "net.ipv4.tcp_plb_cong_thresh": idle("128", Idle.CONNECTIONS),
    "net.ipv4.tcp_plb_enabled": idle("0", Idle.CONNECTIONS),
    "net.ipv4.tcp_plb_idle_rehash_rounds": idle("3", Idle.CONNECTIONS),
    "net.ipv4.tcp_plb_rehash_rounds": idle("12", Idle.CONNECTIONS),
    "net.ipv4.tcp_plb_suspend_rto_sec": idle("60", Idle.CONNECTIONS),
    "net.ipv4.tcp_probe_interval": idle("600", Idle.CONNECTIONS),
    "net.ipv4.tcp_probe_threshold": idle("8", Idle.CONNECTIONS),
    "net.ipv4.tcp_recovery": idle("1", Idle.CONNECTIONS),
    "net.ipv4.tcp_reflect_tos": unknown("0", Met.SYN),
    "net.ipv4.tcp_reordering": idle("3", Idle.CONNECTIONS),
    "net.ipv4.tcp_retrans_collapse": idle("1", Idle.CONNECTIONS),
    "net.ipv4.tcp_retries1": idle("3", Idle.CONNECTIONS),
    "net.ipv4.tcp_retries2": idle("15", Idle.CONNECTIONS),
    "net.ipv4.tcp_rfc1337": idle("0", Idle.CONNECTIONS),
    "net.ipv4.tcp_rmem": acts("4096 131072 33554432", "kernel/stack/answers.py"),
    "net.ipv4.tcp_rto_max_ms": idle("120000", Idle.CONNECTIONS),
    "net.ipv4.tcp_rto_min_us": idle("200000", Idle.CONNECTIONS),
    "net.ipv4.tcp_sack": unknown("1", Met.SYN),
    "net.ipv4.tcp_shrink_window": unknown("0", Met.SYN),
    "net.ipv4.tcp_slow_start_after_idle": idle("1", Idle.CONNECTIONS),
    "net.ipv4.tcp_stdurg": idle("0", Idle.CONNECTIONS),
    "net.ipv4.tcp_syn_linear_timeouts": idle("4", Idle.CONNECTIONS),
    "net.ipv4.tcp_syn_retries": idle("6", Idle.CONNECTIONS),
    "net.ipv4.tcp_synack_retries": idle("5", Idle.CONNECTIONS),
    "net.ipv4.tcp_syncookies": unknown("1", Met.SYN, "0"),
    "net.ipv4.tcp_thin_linear_timeouts": idle("0", Idle.CONNECTIONS),
    "net.ipv4.tcp_timestamps": unknown("1", Met.SYN, "2"),
    "net.ipv4.tcp_tso_rtt_log": idle("9", Idle.CONNECTIONS),
    "net.ipv4.tcp_tso_win_divisor": idle("3", Idle.CONNECTIONS),
    "net.ipv4.tcp_tw_reuse": idle("2", Idle.CONNECTIONS),
    "net.ipv4.tcp_tw_reuse_delay": idle("1000", Idle.CONNECTIONS),
    "net.ipv4.tcp_window_scaling": unknown("1", Met.SYN),
    "net.ipv4.tcp_wmem": idle("4096 16384 4194304", Idle.SOCKETS),
    "net.ipv4.tcp_workaround_signed_windows": unknown("0", Met.SYN),
    "net.ipv4.udp_child_hash_entries": idle("0", Idle.TABLES),
    "net.ipv4.udp_early_demux": idle("1", Idle.DEMUX),
    "net.ipv4.udp_hash_entries": idle("-16384", Idle.READ_ONLY),
    "net.ipv4.udp_l3mdev_accept": idle("0", Idle.NO_VRF),
    "net.ipv4.udp_rmem_min": idle("4096", Idle.SOCKETS),
    "net.ipv4.udp_wmem_min": idle("4096", Idle.SOCKETS),
    "net.ipv4.xfrm4_gc_thresh": idle("32768", Idle.TABLES),
    "net.ipv6.anycast_src_echo_reply": acts("0", "kernel/stack/deliver_icmp.py"),
    "net.ipv6.auto_flowlabels": idle("1", Idle.LABELS),
    "net.ipv6.bindv6only": idle("0", Idle.SOCKETS),
    "net.ipv6.conf.*.accept_dad": idle("1", Idle.ADDRESSES),
    "net.ipv6.conf.*.accept_ra": unknown("1", Met.ADVERTISED, "0"),
    "net.ipv6.conf.*.accept_ra_defrtr": unknown("1", Met.ADVERTISED, "0"),
    "net.ipv6.conf.*.accept_ra_from_local": unknown("0", Met.ADVERTISED),
    "net.ipv6.conf.*.accept_ra_min_hop_limit": unknown("1", Met.ADVERTISED),
    "net.ipv6.conf.*.accept_ra_min_lft": unknown("0", Met.ADVERTISED),
    "net.ipv6.conf.*.accept_ra_mtu": unknown("1", Met.ADVERTISED, "0"),
    "net.ipv6.conf.*.accept_ra_pinfo": unknown("1", Met.ADVERTISED, "0"),
    "net.ipv6.conf.*.accept_ra_rt_info_max_plen": unknown("0", Met.ADVERTISED, "0"),
    "net.ipv6.conf.*.accept_ra_rt_info_min_plen": unknown("0", Met.ADVERTISED, "0"),
    "net.ipv6.conf.*.accept_ra_rtr_pref": unknown("1", Met.ADVERTISED, "0"),
    "net.ipv6.conf.*.accept_redirects": unknown("1", Met.REDIRECTED, "0"),
    "net.ipv6.conf.*.accept_source_route": unknown("0", Met.ROUTING_HEADER, "1"),
    "net.ipv6.conf.*.accept_untracked_na": idle("0", Idle.NEIGHBOURS),
    "net.ipv6.conf.*.addr_gen_mode": idle("0", Idle.ADDRESSES),
    "net.ipv6.conf.*.autoconf": unknown("1", Met.ADVERTISED, "0"),
    "net.ipv6.conf.*.dad_transmits": idle("1", Idle.ADDRESSES),
    "net.ipv6.conf.*.disable_ipv6": acts("0", "kernel/routing/fib.py"),
    "net.ipv6.conf.*.disable_policy": unknown("0", Met.POLICY),
    "net.ipv6.conf.*.drop_unicast_in_l2_multicast": acts("0", "kernel/stack/receive.py"),
    "net.ipv6.conf.*.drop_unsolicited_na": idle("0", Idle.NEIGHBOURS),
    "net.ipv6.conf.*.enhanced_dad": idle("1", Idle.ADDRESSES),
    "net.ipv6.conf.*.force_forwarding": acts("0", "kernel/stack/forward.py"),
    "net.ipv6.conf.*.force_mld_version": idle("0", Idle.GROUPS),
    "net.ipv6.conf.*.force_tllao": acts("0", "kernel/stack/discovery.py"),
    "net.ipv6.conf.*.forwarding": acts("0", "kernel/routing/fib.py"),
    "net.ipv6.conf.*.hop_limit": acts("64", "kernel/stack/answers.py"),
    "net.ipv6.conf.*.ignore_routes_with_linkdown": idle("0", Idle.CARRIER),
    "net.ipv6.conf.*.ioam6_enabled": unknown("0", Met.HOP_BY_HOP),
    "net.ipv6.conf.*.ioam6_id": idle("65535", Idle.TUNNELS),
    "net.ipv6.conf.*.ioam6_id_wide": idle("4294967295", Idle.TUNNELS),
    "net.ipv6.conf.*.keep_addr_on_down": acts("0", "read/host/ip_link.py"),
    "net.ipv6.conf.*.max_addresses": idle("16", Idle.ADDRESSES),
    "net.ipv6.conf.*.max_desync_factor": idle("600", Idle.ADDRESSES),
    "net.ipv6.conf.*.mc_forwarding": idle("0", Idle.READ_ONLY),
    "net.ipv6.conf.*.mldv1_unsolicited_report_interval": idle("10000", Idle.GROUPS),
    "net.ipv6.conf.*.mldv2_unsolicited_report_interval": idle("1000", Idle.GROUPS),
    "net.ipv6.conf.*.mtu": acts("1500", "kernel/routing/core.py"),
    "net.ipv6.conf.*.ndisc_evict_nocarrier": idle("1", Idle.QUESTIONS),
    "net.ipv6.conf.*.ndisc_notify": idle("0", Idle.QUESTIONS),
    "net.ipv6.conf.*.ndisc_tclass": unknown("0", Met.DISCOVERY),
    "net.ipv6.conf.*.optimistic_dad": idle("0", Idle.ADDRESSES),
    "net.ipv6.conf.*.proxy_ndp": idle("0", Idle.NO_PROXIES),
    "net.ipv6.conf.*.ra_defrtr_metric": unknown("1024", Met.ADVERTISED, "0"),
    "net.ipv6.conf.*.ra_honor_pio_life": unknown("0", Met.ADVERTISED, "0"),
    "net.ipv6.conf.*.ra_honor_pio_pflag": unknown("0", Met.ADVERTISED, "0"),
    "net.ipv6.conf.*.regen_max_retry": idle("3", Idle.ADDRESSES),
    "net.ipv6.conf.*.regen_min_advance": idle("2", Idle.ADDRESSES),
    "net.ipv6.conf.*.router_probe_interval": idle("60", Idle.ADDRESSES),
    "net.ipv6.conf.*.router_solicitation_delay": idle("1", Idle.ADDRESSES),
    "net.ipv6.conf.*.router_solicitation_interval": idle("4", Idle.ADDRESSES),
    "net.ipv6.conf.*.router_solicitation_max_interval": idle("3600", Idle.ADDRESSES),
    "net.ipv6.conf.*.router_solicitations": idle("-1", Idle.ADDRESSES),
    "net.ipv6.conf.*.rpl_seg_enabled": unknown("0", Met.ROUTING_HEADER),
    "net.ipv6.conf.*.seg6_enabled": unknown("0", Met.ROUTING_HEADER),
    "net.ipv6.conf.*.seg6_require_hmac": unknown("0", Met.ROUTING_HEADER),
    "net.ipv6.conf.*.stable_secret": idle("", Idle.ADDRESSES),
    "net.ipv6.conf.*.suppress_frag_ndisc": acts("1", "kernel/stack/discovery.py"),
    "net.ipv6.conf.*.temp_prefered_lft": idle("86400", Idle.ADDRESSES),
    "net.ipv6.conf.*.temp_valid_lft": idle("604800", Idle.ADDRESSES),
    "net.ipv6.conf.*.use_oif_addrs_only": acts("0", "kernel/routing/source_address.py"),
    "net.ipv6.conf.*.use_optimistic": idle("0", Idle.ADDRESSES),
    "net.ipv6.conf.*.use_tempaddr": acts("0", "kernel/routing/source_address.py"),
    "net.ipv6.fib_multipath_hash_fields": unknown("7", Met.SPREAD),
    "net.ipv6.fib_multipath_hash_policy": unknown("0", Met.SPREAD),
    "net.ipv6.fib_notify_on_flag_change": idle("0", Idle.REPORTS),
    "net.ipv6.flowlabel_consistency": idle("1", Idle.LABELS),
    "net.ipv6.flowlabel_reflect": idle("0", Idle.LABELS),
    "net.ipv6.flowlabel_state_ranges": idle("0", Idle.LABELS),
    "net.ipv6.fwmark_reflect": acts("0", "kernel/stack/answers.py"),
    "net.ipv6.icmp.echo_ignore_all": acts("0", "kernel/stack/deliver_icmp.py"),
    "net.ipv6.icmp.echo_ignore_anycast": acts("0", "kernel/stack/deliver_icmp.py"),
    "net.ipv6.icmp.echo_ignore_multicast": acts("0", "kernel/stack/deliver_icmp.py"),
    "net.ipv6.icmp.error_anycast_as_unicast": acts("0", "kernel/stack/emission.py"),
    "net.ipv6.icmp.ratelimit": acts("100", "kernel/stack/answers.py"),
    "net.ipv6.icmp.ratemask": acts("0-1,3-127", "kernel/stack/answers.py"),
    "net.ipv6.idgen_delay": idle("1", Idle.ADDRESSES),
    "net.ipv6.idgen_retries": idle("3", Idle.ADDRESSES),
    "net.ipv6.ioam6_id": idle("16777215", Idle.TUNNELS),
    "net.ipv6.ioam6_id_wide": idle("72057594037927935", Idle.TUNNELS),
    "net.ipv6.ip6frag_high_thresh": unknown("4194304", Met.FRAGMENT),
    "net.ipv6.ip6frag_low_thresh": idle("3145728", Idle.TABLES),
    "net.ipv6.ip6frag_time": acts("60", "kernel/stack/core.py"),
    "net.ipv6.ip_nonlocal_bind": idle("0", Idle.SOCKETS),
    "net.ipv6.max_dst_opts_length": acts("2147483647", "kernel/stack/option_check.py"),
    "net.ipv6.max_dst_opts_number": acts("8", "kernel/stack/option_check.py"),
    "net.ipv6.max_hbh_length": acts("2147483647", "kernel/stack/option_check.py"),
    "net.ipv6.max_hbh_opts_number": acts("8", "kernel/stack/option_check.py"),
    "net.ipv6.neigh.*.anycast_delay": idle("100", Idle.QUESTIONS),
    "net.ipv6.neigh.*.app_solicit": unknown("0", Met.UNANSWERED),
    "net.ipv6.neigh.*.base_reachable_time": idle("30", Idle.QUESTIONS),
    "net.ipv6.neigh.*.base_reachable_time_ms": idle("30000", Idle.QUESTIONS),
    "net.ipv6.neigh.*.delay_first_probe_time": idle("5", Idle.QUESTIONS),
    "net.ipv6.neigh.*.gc_stale_time": idle("60", Idle.QUESTIONS),
    "net.ipv6.neigh.*.interval_probe_time_ms": idle("5000", Idle.QUESTIONS),
    "net.ipv6.neigh.*.locktime": idle("0", Idle.QUESTIONS),
    "net.ipv6.neigh.*.mcast_resolicit": unknown("0", Met.UNANSWERED),
    "net.ipv6.neigh.*.mcast_solicit": unknown("3", Met.UNANSWERED),
    "net.ipv6.neigh.*.proxy_delay": idle("80", Idle.QUESTIONS),
    "net.ipv6.neigh.*.proxy_qlen": idle("64", Idle.QUESTIONS),
    "net.ipv6.neigh.*.retrans_time": unknown("250", Met.UNANSWERED),
    "net.ipv6.neigh.*.retrans_time_ms": unknown("1000", Met.UNANSWERED),
    "net.ipv6.neigh.*.ucast_solicit": unknown("3", Met.UNANSWERED),
    "net.ipv6.neigh.*.unres_qlen": unknown("101", Met.UNANSWERED),
    "net.ipv6.neigh.*.unres_qlen_bytes": unknown("212992", Met.UNANSWERED),
    "net.ipv6.route.flush": idle("", Idle.PATH_MTU),
    "net.ipv6.route.gc_elasticity": idle("9", Idle.PATH_MTU),
    "net.ipv6.route.gc_interval": idle("30", Idle.PATH_MTU),
    "net.ipv6.route.gc_min_interval": idle("0", Idle.PATH_MTU),
    "net.ipv6.route.gc_min_interval_ms": idle("500", Idle.PATH_MTU),
    "net.ipv6.route.gc_thresh": idle("1024", Idle.PATH_MTU),
    "net.ipv6.route.gc_timeout": idle("60", Idle.PATH_MTU),
    "net.ipv6.route.max_size": idle("2147483647", Idle.UNUSED),
    "net.ipv6.route.min_adv_mss": unknown("1220", Met.SYN),
    "net.ipv6.route.mtu_expires": idle("600", Idle.PATH_MTU),
    "net.ipv6.route.skip_notify_on_dev_down": idle("0", Idle.REPORTS),
    "net.ipv6.seg6_flowlabel": idle("0", Idle.LABELS),
    "net.ipv6.xfrm6_gc_thresh": idle("32768", Idle.TABLES),
    "net.mptcp.add_addr_timeout": idle("120", Idle.MPTCP),
    "net.mptcp.allow_join_initial_addr_port": idle("1", Idle.MPTCP),
    "net.mptcp.available_path_managers": idle("kernel userspace", Idle.READ_ONLY),
    "net.mptcp.available_schedulers": idle("default", Idle.READ_ONLY),
    "net.mptcp.blackhole_timeout": idle("3600", Idle.MPTCP),
    "net.mptcp.checksum_enabled": idle("0", Idle.MPTCP),
    "net.mptcp.close_timeout": idle("60", Idle.MPTCP),
    "net.mptcp.enabled": idle("1", Idle.MPTCP),
    "net.mptcp.path_manager": idle("kernel", Idle.MPTCP),
    "net.mptcp.pm_type": idle("0", Idle.MPTCP),
    "net.mptcp.scheduler": idle("default", Idle.MPTCP),
    "net.mptcp.stale_loss_cnt": idle("4", Idle.MPTCP),
    "net.mptcp.syn_retrans_before_tcp_fallback": idle("2", Idle.MPTCP),
    "net.netfilter.nf_conntrack_acct": acts("0", "kernel/conntrack/protocol.py"),
    "net.netfilter.nf_conntrack_buckets": idle("262144", Idle.TABLES),
    "net.netfilter.nf_conntrack_checksum": acts("1", "kernel/conntrack/protocol.py"),
    "net.netfilter.nf_conntrack_count": idle("0", Idle.READ_ONLY),
    "net.netfilter.nf_conntrack_events": idle("2", Idle.REPORTS),
    "net.netfilter.nf_conntrack_expect_max": idle("4096", Idle.TABLES),
    "net.netfilter.nf_conntrack_frag6_high_thresh": unknown("4194304", Met.FRAGMENT),
    "net.netfilter.nf_conntrack_frag6_low_thresh": idle("3145728", Idle.TABLES),
    "net.netfilter.nf_conntrack_frag6_timeout": acts("60", "kernel/stack/core.py"),
    "net.netfilter.nf_conntrack_generic_timeout": acts("600", "kernel/conntrack/protocol.py"),
    "net.netfilter.nf_conntrack_gre_timeout": acts("30", "kernel/conntrack/protocol.py"),
    "net.netfilter.nf_conntrack_gre_timeout_stream": acts("180", "kernel/conntrack/protocol.py"),
    "net.netfilter.nf_conntrack_icmp_timeout": acts("30", "kernel/conntrack/protocol.py"),
    "net.netfilter.nf_conntrack_icmpv6_timeout": acts("30", "kernel/conntrack/protocol.py"),
    "net.netfilter.nf_conntrack_log_invalid": idle("0", Idle.LOG),
    "net.netfilter.nf_conntrack_max": acts("262144", "kernel/conntrack/protocol.py"),
    "net.netfilter.nf_conntrack_sctp_timeout_closed": acts("10", "kernel/conntrack/protocol.py"),
    "net.netfilter.nf_conntrack_sctp_timeout_cookie_echoed": acts(
        "3", "kernel/conntrack/protocol.py"
    ),
    "net.netfilter.nf_conntrack_sctp_timeout_cookie_wait": acts(
        "3", "kernel/conntrack/protocol.py"
    ),
    "net.netfilter.nf_conntrack_sctp_timeout_established": acts(
        "210", "kernel/conntrack/protocol.py"
    ),
    "net.netfilter.nf_conntrack_sctp_timeout_heartbeat_sent": acts(
        "30", "kernel/conntrack/protocol.py"
    ),
    "net.netfilter.nf_conntrack_sctp_timeout_shutdown_ack_sent": acts(
        "3", "kernel/conntrack/protocol.py"
    ),
    "net.netfilter.nf_conntrack_sctp_timeout_shutdown_recd": acts(
        "3", "kernel/conntrack/protocol.py"
    ),
    "net.netfilter.nf_conntrack_sctp_timeout_shutdown_sent": acts(
        "3", "kernel/conntrack/protocol.py"
    ),
    "net.netfilter.nf_conntrack_tcp_be_liberal": acts("0", "kernel/conntrack/protocol.py"),
    "net.netfilter.nf_conntrack_tcp_ignore_invalid_rst": acts("0", "kernel/conntrack/protocol.py"),
    "net.netfilter.nf_conntrack_tcp_loose": acts("1", "kernel/conntrack/protocol.py"),
    "net.netfilter.nf_conntrack_tcp_max_retrans": acts("3", "kernel/conntrack/protocol.py"),
    "net.netfilter.nf_conntrack_tcp_timeout_close": acts("10", "kernel/conntrack/protocol.py"),
    "net.netfilter.nf_conntrack_tcp_timeout_close_wait": acts("60", "kernel/conntrack/protocol.py"),
    "net.netfilter.nf_conntrack_tcp_timeout_established": acts(
        "432000", "kernel/conntrack/protocol.py"
    ),
    "net.netfilter.nf_conntrack_tcp_timeout_fin_wait": acts("120", "kernel/conntrack/protocol.py"),
    "net.netfilter.nf_conntrack_tcp_timeout_last_ack": acts("30", "kernel/conntrack/protocol.py"),
    "net.netfilter.nf_conntrack_tcp_timeout_max_retrans": acts(
        "300", "kernel/conntrack/protocol.py"
    ),
    "net.netfilter.nf_conntrack_tcp_timeout_syn_recv": acts("60", "kernel/conntrack/protocol.py"),
    "net.netfilter.nf_conntrack_tcp_timeout_syn_sent": acts("120", "kernel/conntrack/protocol.py"),
    "net.netfilter.nf_conntrack_tcp_timeout_time_wait": acts("120", "kernel/conntrack/protocol.py"),
    "net.netfilter.nf_conntrack_tcp_timeout_unacknowledged": acts(
        "300", "kernel/conntrack/protocol.py"
    ),
    "net.netfilter.nf_conntrack_timestamp": idle("0", Idle.LISTING),
    "net.netfilter.nf_conntrack_udp_timeout": acts("30", "kernel/conntrack/protocol.py"),
    "net.netfilter.nf_conntrack_udp_timeout_stream": acts("120", "kernel/conntrack/protocol.py"),
    "net.netfilter.nf_hooks_lwtunnel": idle("0", Idle.TUNNELS),
    "net.netfilter.nf_log.0": idle("NONE", Idle.LOG),
    "net.netfilter.nf_log.1": idle("NONE", Idle.LOG),
    "net.netfilter.nf_log.10": idle("nf_log_ipv6", Idle.LOG),
    "net.netfilter.nf_log.2": idle("nf_log_ipv4", Idle.LOG),
    "net.netfilter.nf_log.3": idle("nf_log_arp", Idle.LOG),
    "net.netfilter.nf_log.4": idle("NONE", Idle.LOG),
    "net.netfilter.nf_log.5": idle("nf_log_netdev", Idle.LOG),
    "net.netfilter.nf_log.6": idle("NONE", Idle.LOG),
    "net.netfilter.nf_log.7": idle("nf_log_bridge", Idle.LOG),
    "net.netfilter.nf_log.8": idle("NONE", Idle.LOG),
    "net.netfilter.nf_log.9": idle("NONE", Idle.LOG),
    "net.unix.max_dgram_qlen": idle("10", Idle.SOCKETS),
}
NAMES = frozenset(SETTINGS)
