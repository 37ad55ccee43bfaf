"""What a script leaves depends on its shell, and on what stood above it."""

from __future__ import annotations

import pytest

from sim.read.host.text import parse_host
from sim.read.paste.reading import read_paste
from sim.read.paste.shell.unknown import shown, unknown, unknowns
from tests.paste.corpus import rules_of

ACCEPT, DROP = "iptables -A INPUT -j ACCEPT", "iptables -A INPUT -j DROP"


def rules(text: str, **answers: str) -> list[str]:
    """The rules of INPUT."""
    made = rules_of(read_paste(text, answers).rules, 4).get("filter", [])
    return [line for line in made if line.startswith("-A INPUT")]


@pytest.mark.parametrize(
    ("command", "in_dash", "in_bash"),
    [
        (f'[ a == a ] && {ACCEPT} || {DROP}', ["-j DROP"], ["-j ACCEPT"]),
        (f'if [[ a = a ]]; then {ACCEPT}; else {DROP}; fi', ["-j DROP"], ["-j ACCEPT"]),
        (f"for p in {{1,2}}; do {ACCEPT}; done", ["-j ACCEPT"], ["-j ACCEPT"] * 2),
        (f"function f() {{ :; }}\n{ACCEPT}", [], ["-j ACCEPT"]),
        (f"a=(1 2)\n{ACCEPT}", [], ["-j ACCEPT"]),
        (f"x=ab; y=${{x//a/b}}\n{ACCEPT}", [], ["-j ACCEPT"]),
        (f"read x <<< 5\n{ACCEPT}", [], ["-j ACCEPT"]),
        (f"for ((i=0; i<2; i++)); do {ACCEPT}; done", [], ["-j ACCEPT"] * 2),
        (f"((1)) && {ACCEPT}", [], ["-j ACCEPT"]),
        (f"let x=1 && {ACCEPT}", [], ["-j ACCEPT"]),
        (f"{ACCEPT} -m comment --comment $'a'",
         ['-m comment --comment "$a" -j ACCEPT'], ["-m comment --comment a -j ACCEPT"]),
    ],
)  # fmt: skip
def test_a_script_of_sh_runs_in_dash_unless_somebody_says_bash(
    command: str, in_dash: list[str], in_bash: list[str]
) -> None:
    """As iptables-save printed after dash 0.5.12 and bash 5.2; the question names what differs."""
    script = f"#!/bin/sh\n{command}\n"
    assert rules(script) == [f"-A INPUT {rule}" for rule in in_dash]
    assert rules(script, sh="bash") == [f"-A INPUT {rule}" for rule in in_bash]
    assert rules(f"#!/bin/bash\n{command}\n") == [f"-A INPUT {rule}" for rule in in_bash]
    questions = read_paste(script).questions
    assert [(one.name, one.optional) for one in questions] == [("sh", True)]


def test_what_both_shells_know_asks_for_no_shell() -> None:
    """A plain script of sh has nothing that dash lacks."""
    script = f'#!/bin/sh\nx=a-b\n[ "${{x%-*}}" = a ] && {ACCEPT}\ncat <<E >/dev/null\nx\nE\n'
    assert rules(script) == ["-A INPUT -j ACCEPT"]
    assert read_paste(script).questions == ()


def test_commands_between_prose_share_their_variables() -> None:
    """They were typed one behind the other; the receipt says where a value comes from."""
    prose = "But then I also needed this one:"
    text = f"WAN=eth0\n{ACCEPT}\n\n{prose}\n\niptables -A INPUT -i $WAN -j DROP\n"
    reading = read_paste(text)
    assert "iptables -A INPUT -i eth0 -j DROP" in reading.rules
    assert reading.questions == ()
    assert any("$WAN as set above" in one.note for one in reading.receipt)


def test_a_tool_in_a_variable_does_not_end_the_script() -> None:
    """``$MODPROBE ip_tables`` is a command, as ``modprobe ip_tables`` is."""
    text = (
        "MODPROBE=/sbin/modprobe\nLAN=eth1\n$MODPROBE ip_tables\n"
        'iptables-restore <<-E\n*filter\n-A INPUT -i "$LAN" -j DROP\nCOMMIT\nE\n'
    )
    assert rules(text) == ["-A INPUT -i eth1 -j DROP"]
    assert len(read_paste(text).receipt) == 1


@pytest.mark.parametrize("head", ["#!/bin/sh /etc/rc.common", "#!/sbin/openrc-run"])
def test_the_functions_of_a_service_are_run_by_what_starts_it(head: str) -> None:
    """OpenWrt's rc.common and OpenRC call ``start``; no command of the file does."""
    reading = read_paste(f"{head}\nSTART=50\nstart() {{\n  {DROP}\n}}\nstop() {{\n  {ACCEPT}\n}}\n")
    assert reading.rules == f"{DROP}\n"
    assert "its `start` is run" in reading.receipt[0].note


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (f"#!/bin/bash\nopen_all() {{\n  {ACCEPT}\n}}\n", "nothing calls open_all"),
        (f"#!/bin/bash\ncat <<E\n{ACCEPT}\nE\n", "none of them is run"),
    ],
)
def test_a_script_that_runs_none_of_its_rules_says_so(text: str, said: str) -> None:
    """Rules that are only written down are not lost without a word."""
    reading = read_paste(text)
    assert reading.rules == ""
    assert said in reading.receipt[0].note


def test_a_command_that_is_an_unset_variable_is_asked_for() -> None:
    """``"$script_type"`` of openvpn names the function that is run."""
    text = f'#!/bin/bash\nup() {{\n  {DROP}\n}}\n"$script_type" "$@"\n'
    assert [one.name for one in read_paste(text).questions] == ["script_type"]
    assert rules(text, script_type="up") == ["-A INPUT -j DROP"]


def test_set_e_asks_for_a_program_that_rules_stand_behind() -> None:
    """Where it fails the script ends; behind the last rule nobody asks."""
    script = f"#!/bin/bash\nset -e\nfetch-list --all\n{DROP}\nreport-list\n"
    assert [one.name for one in read_paste(script).questions] == ["fetch-list"]
    assert rules(script) == rules(script, **{"fetch-list": "true"}) == ["-A INPUT -j DROP"]
    assert rules(script, **{"fetch-list": "false"}) == []


def test_what_an_unknown_program_writes_is_asked_for_where_it_is_read() -> None:
    """The rest of the script is run."""
    script = f"#!/bin/bash\nfetch-list > /tmp/list\nfetch-list -v | sort\n{DROP}\n"
    assert read_paste(script).questions == ()
    assert rules(script) == ["-A INPUT -j DROP"]
    script += "for a in $(cat /tmp/list); do iptables -A INPUT -s $a -j DROP; done\n"
    assert [one.name for one in read_paste(script).questions] == ["/tmp/list"]
    assert rules(script, **{"/tmp/list": "192.0.2.7"})[1:] == ["-A INPUT -s 192.0.2.7/32 -j DROP"]


def test_what_is_cut_out_of_an_unknown_text_is_not_asked_for_again() -> None:
    """One answer tells both; a variable that is only printed needs none."""
    script = (
        "#!/bin/bash\nall=`show-net`\nnet=`echo \"$all\" | awk 'NR==1 {print $2}'`\n"
        'mac=`show-mac`\necho "$mac"\niptables -A INPUT -s $net -j DROP\n'
    )
    assert [one.name for one in read_paste(script).questions] == ["all"]
    assert rules(script, all="inet 192.0.2.0/24") == ["-A INPUT -s 192.0.2.0/24 -j DROP"]
    assert rules(script, net="192.0.2.0/25") == ["-A INPUT -s 192.0.2.0/25 -j DROP"]


def test_each_turn_of_a_loop_asks_for_its_own_output() -> None:
    """The word that differs names the question."""
    script = (
        "#!/bin/bash\nfor c in aa bb; do\n for n in $(get-zone http://example.net/${c}.zone); do\n"
        "  iptables -A INPUT -s $n -j DROP\n done\ndone\n"
    )
    reading = read_paste(script)
    assert [one.name for one in reading.questions] == ["get-zone aa", "get-zone bb"]
    assert "http://example.net/bb.zone" in reading.questions[1].text
    given = {"get-zone aa": "192.0.2.1", "get-zone bb": "192.0.2.2\\n192.0.2.3"}
    assert len(rules(script, **given)) == 3


def test_two_files_that_are_fetched_are_two_questions() -> None:
    """Each address has its answer."""
    script = "#!/bin/sh\n" + "".join(
        f"wget -q -O /tmp/{n} http://example.net/{n}\n"
        f"for a in $(cat /tmp/{n}); do iptables -A INPUT -s $a -j DROP; done\n" for n in "ab"
    )  # fmt: skip
    names = [one.name for one in read_paste(script).questions]
    assert names == ["wget", "wget http://example.net/b"]
    given = {"wget": "192.0.2.1", "wget http://example.net/b": "192.0.2.2"}
    assert [rule.split()[3] for rule in rules(script, **given)] == ["192.0.2.1/32", "192.0.2.2/32"]


def test_no_shell_cuts_a_mark_in_two() -> None:
    """Whatever the question is called: no blank, slash or dot of its name stands in the mark."""
    mark = unknown("get http://a.b/c d")
    assert unknowns(f"x{mark}y") == ["get http://a.b/c d"]
    assert shown(f"x{mark}y") == "x[get http://a.b/c d?]y"
    assert not set(mark) & set(" /.:-abcdghpt")


def test_ipset_reads_the_file_that_it_is_told() -> None:
    """``-file NAME`` is its standard input."""
    script = "#!/bin/sh\necho 'add bad 192.0.2.9' > /tmp/s\nipset create bad hash:ip\n"
    reading = read_paste(f"{script}ipset -exist -file /tmp/s restore\n")
    assert "ipset add bad 192.0.2.9" in reading.host
    assert reading.receipt[0].note == ""


def test_sysctl_system_loads_what_the_script_has_written() -> None:
    """In the order of the files' names, /etc/sysctl.conf last."""
    script = (
        "#!/bin/sh\necho net.ipv4.ip_forward=0 > /etc/sysctl.d/90-a.conf\n"
        "cat > /etc/sysctl.d/99-b.conf <<E\nnet.ipv4.ip_forward = 1\nE\nsysctl --system\n"
    )
    assert parse_host(read_paste(script).host).sysctls["net.ipv4.ip_forward"] == "1"


def test_root_is_who_loads_rules() -> None:
    """bash tells its user's number."""
    script = f'#!/bin/bash\nif [ "$EUID" -ne 0 ]; then exit 1; fi\n{DROP}\n'
    assert rules(script) == ["-A INPUT -j DROP"]
    assert read_paste(script.replace("EUID", "UID")).receipt[0].note == ""


@pytest.mark.parametrize(
    ("command", "said"),
    [
        ("ifconfig wlan0 192.168.7.1 up", "interface wlan0 192.168.7.1/24"),
        ("ifconfig wlan0 10.0.0.1 netmask 255.255.255.0", "interface wlan0 10.0.0.1/24"),
        ("/sbin/ifconfig wlan0 10.0.0.1", "interface wlan0 10.0.0.1/8"),
        ("ifconfig d0 10.0.0.1/24\nroute add -net 10.9.0.0 netmask 255.255.0.0 dev d0",
         "ip route add 10.9.0.0/16 dev d0"),
        ("ip link add d0 type dummy\nifconfig d0 10.0.0.1/24\nroute add default gw 10.0.0.2",
         "ip route add default via 10.0.0.2"),
    ],
)  # fmt: skip
def test_ifconfig_and_route_set_what_ip_does(command: str, said: str) -> None:
    """A mask that nobody gives is the one of the address's class."""
    assert said in read_paste(f"#!/bin/sh\n{command}\n").host.split("\n")


def test_a_script_of_init_d_is_no_tool() -> None:
    """``/etc/init.d/iptables save`` is not iptables."""
    reading = read_paste(f"#!/bin/sh\n{DROP}\n/etc/init.d/iptables save\n")
    assert reading.receipt[0].note == ""


def test_what_is_in_a_file_without_a_name_is_not_asked() -> None:
    """``cat ""`` fails; the arguments that would name it are asked for."""
    script = (
        '#!/bin/bash\nfile="${1}${2}"\nfor a in `cat "$file"`; do iptables -A INPUT -s $a; done\n'
    )
    assert [one.name for one in read_paste(script).questions] == ["arguments"]


def test_getopt_sorts_arguments_as_util_linux_does() -> None:
    """Options first, their values quoted, then ``--`` and the rest."""
    script = (
        '#!/bin/bash\nopts=$(getopt -o di: --long port:,quiet -- "$@") || exit 1\n'
        'eval set -- "$opts"\nwhile true; do\n case "$1" in\n -d) act=-D;;\n -i) shift; dev=$1;;\n'
        " --port) shift; port=$1;;\n --) shift; break;;\n esac\n shift\ndone\n"
        "iptables ${act:--A} INPUT -i $dev -p tcp --dport $port -s $1 -j DROP\n"
    )
    assert [one.name for one in read_paste(script).questions] == ["arguments"]
    wanted = "-A INPUT -s 192.0.2.1/32 -i eth0 -p tcp -m tcp --dport 22 -j DROP"
    assert rules(script, arguments="192.0.2.1 --port=22 -i eth0") == [wanted]
    assert rules(script, arguments="-ieth0 --port 22 192.0.2.1 --quiet") == [wanted]
    assert rules(script, arguments="--bad") == []


def test_a_label_that_needs_more_arguments_asks_for_them() -> None:
    """``start`` alone leaves nothing, and the script counts its arguments."""
    script = f"#!/bin/bash\n[ $# -eq 2 ] || exit 1\ncase $1 in\nadd) {DROP} ;;\ndel) : ;;\nesac\n"
    assert [one.name for one in read_paste(script).questions] == ["arguments"]
    assert rules(script, arguments="add 1") == ["-A INPUT -j DROP"]


def test_a_rule_waits_for_a_file_that_nobody_shows() -> None:
    """It is not refused as if the file were empty, and what stands behind it is run."""
    script = (
        "#!/bin/sh\nhome=$(grep -m1 '^remote ' /etc/vpn.conf | awk '{print $2}')\n"
        f"iptables -A INPUT -s $home -j ACCEPT\n{DROP}\n"
    )
    reading = read_paste(script)
    assert [one.name for one in reading.questions] == ["/etc/vpn.conf"]
    assert reading.receipt[0].note == ""
    assert len(rules(script, **{"/etc/vpn.conf": "remote 192.0.2.5 1194"})) == 2


def test_what_only_a_message_tells_is_not_asked() -> None:
    """The head of Debian's rc.local prints an address, as a file that nothing reads has one."""
    script = (
        '#!/bin/sh -e\n_IP=$(hostname -I) || true\nif [ "$_IP" ]; then\n'
        '  printf "My IP address is %s\\n" "$_IP"\nfi\n'
        f"cat > /etc/x <<E\n$(hostname -I)\nE\n{DROP}\n"
    )
    assert read_paste(script).questions == ()
    assert rules(script) == ["-A INPUT -j DROP"]


def test_ifconfig_sets_the_first_address_of_an_interface() -> None:
    """It takes the place of the one that was there."""
    text = (
        "interface eth0 192.0.2.1/24\n\n#!/bin/sh\nifconfig eth0 192.0.2.9 netmask 255.255.255.0\n"
    )
    found = parse_host(read_paste(text).host).interfaces["eth0"].addresses
    assert [str(one.address) for one in found] == ["192.0.2.9/24"]
