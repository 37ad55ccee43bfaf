"""CT, NFQUEUE, TPROXY, TEE, SYNPROXY, RATEEST, LOG and the targets that only go on."""

from __future__ import annotations

from dataclasses import replace

import pytest

from sim.base.errors import Refused
from sim.base.rateest import Estimator
from sim.extensions.extension import Emit, Log, UseTemplate
from sim.extensions.targets import TARGETS
from sim.model.rules import Hook, Verdict
from sim.packet.headers import ACK, SYN
from sim.packet.packet import Link
from sim.read.host.text import parse_host
from tests.targets.place import ROUTER, context, packet, run, runtime_of, target

UDP = 'in eth0 udp 10.0.0.2:5 -> 10.0.1.2:6 payload "abc"'
SYN_LINE = "in eth0 tcp 10.0.0.2:1000 -> 10.0.1.2:80 syn seq 100"


def test_notrack_is_seen_at_once() -> None:
    """The packet reads UNTRACKED for the rules behind."""
    answer = run("-j CT --notrack", context(packet(UDP), Hook.PREROUTING), "raw")
    assert answer.packet.ct_state == "UNTRACKED"
    assert answer.requests == (UseTemplate(notrack=True),)


def test_the_first_ct_rule_counts() -> None:
    """A packet that has a template or the untracked mark is left alone."""
    first = run("-j CT --zone 5", context(packet(UDP), Hook.PREROUTING), "raw")
    assert first.packet.ct_state == "NEW"
    second = run("-j NOTRACK", context(first.packet, Hook.PREROUTING), "raw")
    assert (second.requests, second.packet) == ((), first.packet)


def test_zones_of_one_direction_add_up() -> None:
    """The tool has one number: ``--zone-orig 1 --zone-reply 2`` is zone 2 both ways."""
    answer = run("-j CT --zone-orig 1 --zone-reply 2", context(packet(UDP), Hook.PREROUTING), "raw")
    assert answer.requests == (UseTemplate(zone_original=2, zone_reply=2),)


def test_a_helper_needs_its_protocol() -> None:
    """ftp is a helper for TCP; a rule without -p cannot name it."""
    made = target("-p tcp -j CT --helper ftp", "raw")
    assert made.args.value("--helper") == "ftp"
    for words in ("-j CT --helper ftp", "-p udp -j CT --helper ftp", "-p tcp -j CT --helper no"):
        with pytest.raises(Refused):
            target(words, "raw")


def test_nobody_listens_on_a_queue() -> None:
    """Dropped, or with --queue-bypass accepted at this hook without the rest of the chain."""
    assert run("-j NFQUEUE --queue-num 3", context(packet(UDP))).verdict is Verdict.DROP
    bypassed = run("-j NFQUEUE --queue-balance 0:3 --queue-bypass", context(packet(UDP)))
    assert bypassed.verdict is Verdict.ACCEPT
    assert "nobody listens" in bypassed.text


def test_tproxy_gives_the_packet_to_a_transparent_socket() -> None:
    """The mark is set and the socket remembered; nothing is rewritten."""
    host = ROUTER + "listen udp 0.0.0.0:5000 uid 0 transparent\n"
    given = packet(UDP)
    words = "-p udp -j TPROXY --on-port 5000 --tproxy-mark 0x1/0x1"
    answer = run(words, context(given, Hook.PREROUTING, host), "mangle", "PREROUTING")
    assert answer.verdict is Verdict.ACCEPT
    assert (answer.packet.mark, answer.packet.data) == (1, given.data)
    assert getattr(answer.packet.given_to, "port", 0) == 5000


@pytest.mark.parametrize("extra", ["", "listen udp 0.0.0.0:5000 uid 0\n"])
def test_tproxy_without_a_transparent_socket_drops(extra: str) -> None:
    """No socket, or one without IP_TRANSPARENT: the packet is lost."""
    ctx = context(packet(UDP), Hook.PREROUTING, ROUTER + extra)
    answer = run("-p udp -j TPROXY --on-port 5000", ctx, "mangle", "PREROUTING")
    assert answer.verdict is Verdict.DROP


def test_tee_copies_untracked_with_df() -> None:
    """The copy has DF, goes to the gateway, and in PREROUTING lost a hop."""
    answer = run(
        "-j TEE --gateway 10.0.1.77", context(packet(f"{UDP} ttl 9"), Hook.PREROUTING), "mangle"
    )
    (emit,) = answer.requests
    assert isinstance(emit, Emit)
    copy = emit.packet
    assert (copy.headers.ttl, copy.headers.dont_fragment, copy.ct_state) == (8, True, "UNTRACKED")
    assert str(emit.gateway) == "10.0.1.77"
    assert answer.verdict is Verdict.CONTINUE


def test_a_copy_is_not_copied() -> None:
    """TEE leaves its own copies alone."""
    given = replace(packet(UDP), is_copy=True)
    assert not run("-j TEE --gateway 10.0.1.77", context(given)).requests


def test_synproxy_answers_and_then_opens() -> None:
    """SYN: a cookie comes back. The right ACK: a SYN for the server with the same number."""
    runtime = runtime_of(parse_host(ROUTER))
    words = "-p tcp -j SYNPROXY --mss 1400"
    first = run(words, context(packet(f"{SYN_LINE} mss 1200"), runtime=runtime))
    assert first.verdict is Verdict.STOLEN
    (emit,) = first.requests
    assert isinstance(emit, Emit)
    cookie = emit.packet.headers.tcp
    assert cookie is not None
    assert (cookie.flags, cookie.ack, cookie.window) == (SYN | ACK, 101, 0)
    number = cookie.seq + 1 & 0xFFFFFFFF
    ack = packet(f"in eth0 tcp 10.0.0.2:1000 -> 10.0.1.2:80 ack seq 101 ack {number}")
    second = run(words, context(ack, runtime=runtime))
    (emit,) = second.requests
    assert isinstance(emit, Emit)
    syn = emit.packet.headers.tcp
    assert syn is not None
    assert (syn.flags, syn.seq, syn.options.hex()) == (SYN, 100, "02040218")
    assert str(emit.packet.headers.src) == "10.0.0.2"


def test_synproxy_drops_a_wrong_cookie() -> None:
    """An ACK that proves nothing is dropped."""
    ack = packet("in eth0 tcp 10.0.0.2:1000 -> 10.0.1.2:80 ack seq 101 ack 5")
    assert run("-p tcp -j SYNPROXY", context(ack)).verdict is Verdict.DROP


def test_log_tells_the_kernels_line() -> None:
    """The line is word for word what the kernel log would show."""
    given = replace(packet(UDP), link=Link("02:00:00:00:00:aa", "02:00:00:00:00:01"), mark=7)
    answer = run('-j LOG --log-prefix "in: "', context(given))
    (request,) = answer.requests
    assert isinstance(request, Log)
    assert request.line == (
        "in: IN=eth0 OUT=eth1 MAC=02:00:00:00:00:01:02:00:00:00:00:aa:08:00 SRC=10.0.0.2 "
        "DST=10.0.1.2 LEN=31 TOS=0x00 PREC=0x00 TTL=64 ID=1 PROTO=UDP SPT=5 DPT=6 LEN=11 MARK=0x7 "
    )


@pytest.mark.parametrize(
    ("words", "table"),
    [
        ("LOG", "filter"),
        ("NFLOG --nflog-group 3", "filter"),
        ("AUDIT --type drop", "filter"),
        ("IDLETIMER --timeout 5 --label x", "filter"),
        ("CHECKSUM --checksum-fill", "mangle"),
        ("CONNSECMARK --save", "mangle"),
        ("TRACE", "raw"),
    ],
)
def test_targets_that_go_on(words: str, table: str) -> None:
    """They tell somebody something and leave packet and walk as they are."""
    ctx = context(packet(UDP))
    answer = run(f"-j {words}", ctx, table)
    assert (answer.verdict, answer.packet) == (Verdict.CONTINUE, ctx.packet)
    assert answer.text
    assert not answer.need


def test_a_rate_estimator_approaches_the_rate() -> None:
    """A steady 1000 bytes a second, measured every second, is read as about that."""
    estimator = Estimator(interval=0, ewma=1)
    for second in range(60):
        estimator.count(second * 1_000_000_000 + 1, 1000)
    rate, packets = estimator.rates(60_000_000_000)
    assert 990 <= rate <= 1000
    assert packets in (0, 1)


def test_rateest_keeps_one_estimator_for_a_name() -> None:
    """Two rules with one name count into one."""
    runtime = runtime_of(parse_host(ROUTER))
    words = "-j RATEEST --rateest-name r --rateest-interval 1s --rateest-ewmalog 2s"
    for _ in range(2):
        run(words, context(packet(UDP), runtime=runtime))
    assert runtime.state["RATEEST"]["r"].packets == 2


@pytest.mark.parametrize("name", ["ULOG", "MIRROR", "SAME", "CLUSTERIP"])
def test_what_is_gone_says_what_to_use(name: str) -> None:
    """A target that kernels no longer have names its end and its heir."""
    why = TARGETS[name, 4].removed
    assert "removed in Linux" in why
    assert "use " in why
    with pytest.raises(Refused, match="removed in Linux"):
        target(f"-j {name}")


def test_every_target_has_help_and_is_executed() -> None:
    """All targets but those that are gone have a model, and words for the reader."""
    for kind in TARGETS.values():
        assert kind.help
        assert kind.removed or kind.apply is not None
