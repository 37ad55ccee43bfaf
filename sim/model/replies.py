"""What the host's kernel sends of its own because of a packet.

Errors are called as REJECT's ``--reject-with`` spells them, where it can send them too.
"""

from __future__ import annotations

from enum import StrEnum


class ReplyKind(StrEnum):
    """An answer, an error, a copy, or a question that has to be answered first."""

    TCP_RESET = "tcp-reset"
    SYN = "syn"  # SYNPROXY's, to the server
    SYN_ACK = "syn-ack"
    ACK = "ack"
    ECHO_REPLY = "echo-reply"
    TIMESTAMP_REPLY = "timestamp-reply"

    ICMP_NET_UNREACHABLE = "icmp-net-unreachable"
    ICMP_HOST_UNREACHABLE = "icmp-host-unreachable"
    ICMP_PROTO_UNREACHABLE = "icmp-proto-unreachable"
    ICMP_PORT_UNREACHABLE = "icmp-port-unreachable"
    ICMP_NET_PROHIBITED = "icmp-net-prohibited"
    ICMP_HOST_PROHIBITED = "icmp-host-prohibited"
    ICMP_ADMIN_PROHIBITED = "icmp-admin-prohibited"
    ICMP_FRAGMENTATION_NEEDED = "icmp-fragmentation-needed"
    ICMP_PARAMETER_PROBLEM = "icmp-parameter-problem"
    ICMP_HOST_REDIRECT = "icmp-host-redirect"

    ICMP6_NO_ROUTE = "icmp6-no-route"
    ICMP6_ADM_PROHIBITED = "icmp6-adm-prohibited"
    ICMP6_BEYOND_SCOPE = "icmp6-beyond-scope"
    ICMP6_ADDR_UNREACHABLE = "icmp6-addr-unreachable"
    ICMP6_PORT_UNREACHABLE = "icmp6-port-unreachable"
    ICMP6_POLICY_FAIL = "icmp6-policy-fail"
    ICMP6_REJECT_ROUTE = "icmp6-reject-route"
    ICMP6_PARAMETER_PROBLEM = "icmp6-parameter-problem"
    ICMP6_UNKNOWN_HEADER = "icmp6-unknown-header"
    ICMP6_REDIRECT = "icmp6-redirect"
    PACKET_TOO_BIG = "packet-too-big"

    # Of both families.
    TIME_EXCEEDED = "time-exceeded"
    REASSEMBLY_TIME_EXCEEDED = "reassembly-time-exceeded"
    PARAMETER_PROBLEM = "parameter-problem"

    NEIGHBOUR_SOLICITATION = "neighbour-solicitation"
    NEIGHBOUR_ADVERTISEMENT = "neighbour-advertisement"
    ARP_REPLY = "arp-reply"
    ARP_REQUEST = "arp-request"

    TEE = "tee"  # a copy that TEE sends
    FLOOD = "flood"  # a bridge's copy for one more port
    LOCAL_COPY = "local-copy"  # the host's own copy of what goes to many
    FRAGMENT = "fragment"  # a further piece of the packet itself
