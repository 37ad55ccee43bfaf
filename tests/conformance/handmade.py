"""Texts of our own that ask the real tools about every corner of their grammar.

``DUMPS`` go to iptables-restore, ``RULES`` are lines inside ``*filter``, and ``COMMANDS`` are
shell lines, run one after the other.
"""

from __future__ import annotations

from collections.abc import Iterator

from tests.conformance.oracle import Case

DUMPS = (
    "*filter\n\nCOMMIT\n", "*filter\n  \nCOMMIT\n", "*\nCOMMIT\n", "* filter\nCOMMIT\n",
    "*filter junk\nCOMMIT\n", "*foo\nCOMMIT\n", "*filter\r\nCOMMIT\r\n", "*filter\n",
    "COMMIT\n", "# x\nCOMMIT\n", "-A INPUT -j ACCEPT\n", ":INPUT ACCEPT\n",
    "*filter\n*nat\nCOMMIT\n", "*filter\nCOMMIT foo\nCOMMIT\n", "*filter\n COMMIT\nCOMMIT\n",
    "*nat\n-A PREROUTING -j DROP\nCOMMIT\n", "*nat\n:OUTPUT DROP [0:0]\nCOMMIT\n",
    "*nat\n-P OUTPUT DROP\nCOMMIT\n", "*raw\n:INPUT ACCEPT [0:0]\nCOMMIT\n",
    "*raw\n:INPUT - [0:0]\nCOMMIT\n", "*raw\n-A INPUT -j ACCEPT\nCOMMIT\n",
    "*filter\nCOMMIT\n*nat\nCOMMIT\n*mangle\nCOMMIT\n*raw\nCOMMIT\n*security\nCOMMIT\n",
    "*nat\nCOMMIT\n*filter\nCOMMIT\n*nat\n-A OUTPUT -j RETURN\nCOMMIT\n",
    "*filter\n-A INPUT -j DROP\nCOMMIT\n*filter\n-A INPUT -j ACCEPT\nCOMMIT\n",
    "*filter\n:INPUT DROP\nCOMMIT\n*filter\n-A INPUT -j ACCEPT\nCOMMIT\n",
    "*filter\n:X -\nCOMMIT\n*filter\n-A INPUT -j X\nCOMMIT\n",
    "*filter\n-A INPUT -j ACCEPT\nCOMMIT\n*nat\n-A OUTPUT -j NOPE\nCOMMIT\n",
    "# a remark\n\n*filter\n# another\n-A INPUT\n#-A INPUT\nCOMMIT\n# Completed\n",
    "*filter\n #-A INPUT\nCOMMIT\n",
    # mangle's hooks, reachability through user chains
    "*mangle\n:X -\n-A X -j TTL --ttl-set 1\n-A INPUT -j X\nCOMMIT\n",
    "*nat\n:X -\n-A X -j MASQUERADE\n-A PREROUTING -j X\nCOMMIT\n",
    "*nat\n:X -\n-A X -j MASQUERADE\n-A POSTROUTING -j X\nCOMMIT\n",
    "*nat\n:X -\n:Y -\n-A X -j MASQUERADE\n-A Y -j X\n-A OUTPUT -g Y\nCOMMIT\n",
    "*nat\n:X -\n-A X -j RETURN\n-A X -j MASQUERADE\n-A OUTPUT -j X\nCOMMIT\n",
    "*nat\n:X -\n-A X -p tcp -j RETURN\n-A X -j MASQUERADE\n-A OUTPUT -j X\nCOMMIT\n",
    "*nat\n-A OUTPUT -j ACCEPT\n-A OUTPUT -j MASQUERADE\nCOMMIT\n",
    "*nat\n:X -\n-A X -j MASQUERADE\nCOMMIT\n",
    "*mangle\n-A FORWARD -j MASQUERADE\nCOMMIT\n", "*raw\n-A OUTPUT -j CT --notrack\nCOMMIT\n",
    "*raw\n-A PREROUTING -j TRACE\nCOMMIT\n", "*mangle\n-A PREROUTING -j TRACE\nCOMMIT\n",
)  # fmt: skip

RULES = (
    # chains
    ":LOG - [0:0]\n-A INPUT -j LOG", "-A INPUT -j LOG\n:LOG - [0:0]\n-A INPUT -j LOG",
    ":-x - [0:0]\n-A -x -j ACCEPT", ":!x - [0:0]", ":ACCEPT - [0:0]", ":x", ": INPUT DROP",
    ":INPUT DROP junk here", ":INPUT", ":", "-N LOG", "-N standard", "-N ULOG", "-N ROUTE",
    "-N x\n-E x yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy", "-N zzzzzzzzzzzzzzzzzzzzzzzzzzzz",
    "-N zzzzzzzzzzzzzzzzzzzzzzzzzzzzz", ":zzzzzzzzzzzzzzzzzzzzzzzzzzzzz - [0:0]",
    ":X - [0:0]\n:X - [0:0]", ":X ACCEPT [0:0]", ":INPUT FOO", "-A FOO -j DROP", "-A input -j DROP",
    ":b -\n:a -\n:B -\n:A -\n:_ -\n:1 -\n-A b -j a",
    # words
    '-A INPUT -m comment --comment "abc', '-A INPUT -m comment --comment "abc" -j ACCEPT',
    '-A INPUT -m comment --comment a"b c"d -j ACCEPT', '-A INPUT -m comment --comment ""',
    "-A INPUT -m comment --comment a\\b", '-A INPUT -m comment --comment "a\\b\\""',
    '-A INPUT -m comment --comment "it\'s"', "-A INPUT -m comment --comment 'a b'",
    '"-A" "INPUT" "-j" "ACCEPT"', '-A INPUT -j "ACCEPT"""', '-A INPUT -j ACCEPT ""',
    "-A INPUT -j ACCEPT ''", "-A INPUT -j ACCEPT # foo", "\t-A INPUT\t-j  ACCEPT",
    "-A INPUT -j ACCEPT\x0b", "-A INPUT -j ACCEPT \\", "-A INPUT -m comment --comment ünï",
    # counters
    "[1:2] -A INPUT", "[1 -A INPUT", "[12] -A INPUT", "[a:b] -A INPUT", "[a:b]-A INPUT",
    "-A INPUT -c 5 6 -j ACCEPT", "-A INPUT -c 5,6 -j ACCEPT", "-A INPUT -c 1", "-A INPUT -c a b",
    # targets
    "-A INPUT -j FOO", "-A INPUT -j OUTPUT", "-A INPUT -g ACCEPT", "-A INPUT -g INPUT",
    "-A INPUT -g FOO", ":X -\n-A INPUT -g X\n-A INPUT -j X", "-A INPUT -j", '-A INPUT -j ""',
    '-A INPUT -j "a b"', "-A INPUT -j xxxxxxxxxxxxxxxxxxxxxxxxxxxxx", "-A INPUT -j LOG -j ACCEPT",
    ":X -\n-A INPUT -g X -j ACCEPT", "-A INPUT -j mark", "-A INPUT -j ULOG", "-A INPUT -j MIRROR",
    "-A INPUT -j LED --led-trigger-id x", "-A INPUT -j TRACE", "-A INPUT -j ACCEPT --foo",
    "-A INPUT", "-A INPUT -j QUEUE", "-A INPUT -j RETURN", "-A INPUT -j accept",
    # loops
    ":A -\n:B -\n-A INPUT -j A\n-A A -j B\n-A B -g A", ":A -\n:B -\n-A A -j B\n-A B -g A",
    ":A -\n-A INPUT -j A\n-A A -j A", ":A -\n-A A -j A", ":A -\n-A INPUT -j A\n-A A -p tcp -j A",
    ":A -\n:B -\n:C -\n-A INPUT -j A\n-A INPUT -j B\n-A A -j C\n-A B -j C\n-A A -j B",
    ":A -\n-A INPUT -j ACCEPT\n-A INPUT -j A\n-A A -j A",
    # dead rules are judged for what they are, not for where they stand
    ":X -\n-A X -m owner --uid-owner 0", "-A INPUT -m owner --uid-owner 0",
    ":X -\n-A X -m owner --uid-owner 0\n-A INPUT -j ACCEPT\n-A INPUT -j X",
    ":X -\n-A X -m owner --uid-owner 0\n-A INPUT -p all -j ACCEPT\n-A INPUT -j X",
    ":X -\n-A X -m owner --uid-owner 0\n-A INPUT -i + -j ACCEPT\n-A INPUT -j X",
    ":X -\n:Y -\n-A X -m owner --uid-owner 0\n-A INPUT -g Y\n-A INPUT -j X",
    ":X -\n-A X -m owner --uid-owner 0\n-A INPUT -m comment --comment x -j ACCEPT\n-A INPUT -j X",
    ":X -\n-A X -m owner --uid-owner 0\n-A INPUT -j QUEUE\n-A INPUT -j X",
    ":X -\n-A X -m owner --uid-owner 0\n-A INPUT -j REJECT\n-A INPUT -j X",
    ":X -\n-A X -j REJECT --reject-with tcp-reset", "-A INPUT -j ACCEPT\n-A INPUT -m tcp",
    ":X -\n-A X -j MASQUERADE",
    # glued values, abbreviations, order
    "-A INPUT -ptcp", "-A INPUT -s1.1.1.1", "-A INPUT -jACCEPT", "-A INPUT --protocol=tcp",
    "-A INPUT -ieth0", "-A INPUT --in-interface=eth0", "-AINPUT -j ACCEPT",
    "-A INPUT -mtcp -p tcp --dport=5", ":X -\n-A INPUT -gX", "--append=INPUT -j ACCEPT",
    "-A INPUT --jump=ACCEPT", "-A INPUT -p tcp --dport 1 --dp 2", "-A INPUT -p tcp --dest 1.1.1.1",
    "-A INPUT -p tcp -m tcp --dest 1.1.1.1", "-A INPUT -p tcp --sour 1", "-A INPUT --s 1.1.1.1",
    "-A INPUT --so 1.1.1.1", "-A INPUT --sr 1.1.1.1", "-A INPUT -p tcp --source-p 1",
    "--app INPUT", "-A INPUT --frag", "-A INPUT -p udp -m tcp --dport 3",
    "-A INPUT -m tcp -p tcp --dport 3", "-A INPUT --dport 3 -p tcp",
    "-A INPUT -p tcp -m udp --dport 3", "-A INPUT -p 6 --dport 80", "-A INPUT -p TCP --dport 80",
    "-A INPUT -p tcp ! --dport=80", "-A INPUT -p mobility-header --mh-type 1",
    "-A INPUT -p tcp -m tcp --dport 80 -m udp --dport 53", "-A INPUT -p icmp --icmp-type 8",
    "-A INPUT -m mark --mark 1 -m mark --mark 2", "-A INPUT -m mark --mark 1 -m mark",
    "-A INPUT -m mark -m comment --comment x --mark 2", "-A INPUT -m mark --mark 1 --mark 2",
    "-A INPUT -m tcp -m udp -m tcp --dport 3 -p tcp", "-A INPUT -p tcp --syn=3",
    "-A INPUT -p tcp --tcp-flags SYN", "-A INPUT -p tcp --tcp-flags SYN -j ACCEPT",
    "-A INPUT -p tcp --tcp-flags=SYN,ACK SYN -j ACCEPT", "-A INPUT -j LOG --log-prefix -x",
    '-A INPUT -j LOG --log-prefix "!"', "-A INPUT -m comment --comment ! -j ACCEPT",
    "-A INPUT -p tcp -m multiport --dports 1,2 -m multiport --sports 3",
    "-A INPUT -j ACCEPT -m tcp -p tcp", "-j ACCEPT -A INPUT -s 1.1.1.1",
    # negation
    "-A INPUT ! -j ACCEPT", "-A INPUT -j ACCEPT !", "! -A INPUT -j ACCEPT",
    "-A INPUT ! ! -s 1.1.1.1", "-A INPUT -s ! 1.1.1.1", "-A INPUT ! -m tcp", "-A INPUT ! -f",
    "-A INPUT ! -v", "-A INPUT ! -s 1.1.1.1,2.2.2.2", "-A INPUT ! -s 1.1.1.1 -d 2.2.2.2,3.3.3.3",
    "-A INPUT ! -m comment --comment x", "-A INPUT -m comment ! --comment x",
    # commands inside
    "-L", "-S INPUT", "-L FOO", "-L -Z", "-S -Z INPUT", "-F -X", "-F x", "-Z x", "-X x", "-X INPUT",
    "-X", "-P INPUT DROP", "-P INPUT RETURN", "-P FOO DROP", "-P INPUT", "-P INPUT ACCEPT foo",
    "-t filter -A INPUT", "-A INPUT -t nat", "-A INPUT --table nat", "-A INPUT -w 3",
    "-A INPUT -M foo", "-A INPUT -A OUTPUT", "-A INPUT -D OUTPUT", "-A", "-A INPUT -A",
    "-A INPUT -- -j ACCEPT", "-A INPUT -j ACCEPT --", "-A INPUT -v -j ACCEPT", "-A INPUT -v -v",
    "-A INPUT -n", "-A INPUT -x", "-A INPUT --line-numbers", "-A INPUT --bogus", "-A INPUT -Q",
    "-6 -A INPUT -j ACCEPT", "-4 -A INPUT -j ACCEPT", "-A INPUT -6 -j ACCEPT", "-N foo -6",
    "-D INPUT 1", "-D INPUT 1 -p tcp", "-D INPUT -p tcp", "-D INPUT -o eth0", "-I INPUT 2 -p tcp",
    "-I INPUT 0 -p tcp", "-I INPUT x", "-R INPUT 1 -p tcp", "-R INPUT",
    "-R INPUT 1 -s 1.1.1.1,2.2.2.2",
    "-A INPUT\n-R INPUT 1 -s 1.1.1.1", "-C INPUT -p tcp", "-A INPUT\n-C INPUT", "-Z INPUT 3",
    "-N foo bar", "-E foo", "-E foo bar", "-N a\n-N b\n-E a b", "-N a\n-A INPUT -j a\n-X a",
    "-N a\n-A INPUT -j a\n-E a b\n-A INPUT -j b", "-N a\n-A a -j ACCEPT\n-X a", "-N a\n-N a",
    "-F INPUT -v", "-F -p tcp", "-A INPUT -R", "foo", "iptables -A INPUT",
    "-A INPUT -p tcp\n-A INPUT -p udp\n-A INPUT -p sctp\n-D INPUT 2",
    "-A INPUT -p tcp\n-A INPUT -p udp\n-I INPUT 2 -p sctp",
    "-A INPUT -s 1.1.1.1 -i +\n-D INPUT -s 1.1.1.1", "-A INPUT -s 1.1.1.1\n-D INPUT -s 1.1.1.1/32",
    "-A INPUT -p tcp --dport 80\n-D INPUT -p tcp -m tcp --dport 80",
    "-A INPUT -p tcp --dport 80\n-D INPUT -p tcp -m tcp --dport http",
    "-A INPUT -p tcp --dport 80 -j ACCEPT\n-D INPUT -p tcp --dport 80",
    "-A INPUT -m limit --limit 1/s\n-D INPUT -m limit --limit 60/min",
    "-A INPUT -m comment --comment x\n-D INPUT -m comment --comment y",
    ":X -\n-A INPUT -g X\n-D INPUT -j X", ":X -\n-A INPUT -j X\n-D INPUT -j X\n-X X",
    # addresses
    "-A INPUT -s 10.1.2.3,10.2.0.0/16 -d 1.1.1.1,2.2.2.2 -j ACCEPT",
    "-I INPUT -s 10.1.2.3,10.2.0.0/16 -d 1.1.1.1,2.2.2.2 -j ACCEPT",
    "-A INPUT -s 1.2.3.4/33", "-A INPUT -s 1.2.3.4/255.255.0", "-A INPUT -s 010.1.2.3",
    "-A INPUT -s 10.1", "-A INPUT -s 10/8", "-A INPUT -s 0x0a.1.2.3",
    "-A INPUT -s 10.1.2.3/255.0.255.0", "-A INPUT -s 10.1.2.3/255.255.0.0",
    "-A INPUT -s 1.2.3.4/0.0.0.255", "-A INPUT ! -s 0/0", "-A INPUT -s 0/0", "-A INPUT -s foo",
    "-A INPUT -s foo/0", "-A INPUT -s 1.2.3.4.5", "-A INPUT -s 300.1.1.1", "-A INPUT -s ::1",
    "-A INPUT -s 1.1.1.1,", "-A INPUT -s ,1.1.1.1", '-A INPUT -s "1.1.1.1, 2.2.2.2"',
    "-A INPUT -s 1.1.1.1,1.1.1.1", "-A INPUT -s loopback", "-A INPUT -s link-local/16",
    "-A INPUT -s default", "-A INPUT -s localhost", "-A INPUT -s 1.2.3.4/010",
    "-A INPUT -s 1.2.3.4/0x10", '-A INPUT -s " 1.2.3.4"', "-A INPUT -s 1.2.3.4/+24",
    "-A INPUT -s 1.2.3.4/", "-A INPUT -s +1.2.3.4", "-A INPUT -s 1.2.3.4/24/24", "-A INPUT -s 1",
    "-A INPUT -s 1.2.3.4 -s 2.2.2.2", "-A INPUT -s 167772161", "-A INPUT -s 10.0.513",
    "-A INPUT -s 1.2.3.", "-A INPUT -s 1..3.4", "-A INPUT -s 1.2.3.4/32/", "-A INPUT -s /8",
    # interfaces and protocols
    "-A INPUT -i + -j ACCEPT", "-A INPUT ! -i + -j ACCEPT", "-A INPUT -i eth+",
    "-A INPUT -i abcdefghijklmnop", "-A INPUT -i abcdefghijklmno", '-A INPUT -i ""',
    "-A INPUT -i eth0/x", '-A INPUT -i "a b"', "-A INPUT -o eth0", "-A OUTPUT -i eth0",
    "-A FORWARD -i a -o b", ":X -\n-A X -i a -o b\n-A INPUT -j X\n-A OUTPUT -j X",
    "-A FORWARD -i abcdefghijklmn+", "-A INPUT -i eth0++", "-A INPUT -i eth0 -i eth1",
    "-A INPUT -p nosuch", "-A INPUT ! -p all", "-A INPUT -p all", "-A INPUT -p 0",
    "-A INPUT -p 256", "-A INPUT -p 255", "-A INPUT -p 0x11", "-A INPUT -p 017",
    "-A INPUT -p IP", "-A INPUT -p ICMP", "-A INPUT ! -p tcp", "-A INPUT ! -p tcp -m tcp",
    "-A INPUT -p tcp -p udp", "-A INPUT -p ipv4", "-A INPUT -p 4", "-A INPUT -p gre",
    "-A INPUT -p mptcp", "-A INPUT -p 262", "-A INPUT -f -f", "-A INPUT -p -1",
    # matches
    "-A INPUT -m", "-A INPUT -m nosuch", "-A INPUT -m MARK", "-A INPUT -m unclean",
    "-A INPUT -m ipvs --ipvs", "-A INPUT -m icmp6", "-A INPUT -m xxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
    "-A INPUT -m state", "-A INPUT -m state --state NEW", "-A INPUT -m conntrack",
)  # fmt: skip

RULES6 = (
    "-A INPUT -p all -j ACCEPT", "-A INPUT -s ::1/64", "-A INPUT -s 1.1.1.1", "-A INPUT -f",
    "-A INPUT -s fe80::1/ffff::ff", "-A INPUT -s ::/0", "-A INPUT ! -s ::/0", "-A INPUT -p ah",
    "-A INPUT -p icmp", "-A INPUT -s ::ffff:1.2.3.4", "-A INPUT -s ::1.2.3.4", "-A INPUT -s ::5",
    "-A INPUT -s fe80::1%lo", "-A INPUT -p mh", "-A INPUT -p hopopt", "-A INPUT -p 135",
    "-A INPUT -p ICMPv6", "-A INPUT -p 0x6 --dport 80", "-A INPUT -s ::1:0", "-A INPUT -s 1:2::/32",
    "-A INPUT -s 1::2::3", "-A INPUT -s 2001:DB8::1", "-A INPUT -s 2001:db8:0:0:1:0:0:1",
    "-A INPUT -s 2001:db8::1/129", "-A INPUT -s ::1,::2 -d ::3,::4",
    "-A INPUT -s 0:0:0:0:0:0:0:1", "-A INPUT -s [::1]",
    "-A INPUT -p icmpv6 --icmpv6-type 128", "-A INPUT -p 58 --icmpv6-type 1",
    "-A INPUT -m icmp6 -p icmpv6", "-A INPUT -m icmpv6 --icmpv6-type 1 -p icmpv6",
    "-A INPUT -p ipv6-icmp -m ipv6-icmp --icmpv6-type 1", "-A INPUT -4 -j ACCEPT",
    "-A INPUT -6 -j ACCEPT", "-A INPUT --fragments", "-A INPUT -j MASQUERADE",
    "-A INPUT -j REJECT", "-A INPUT -p 51", "-A INPUT ! -p 44", "-A INPUT -s ::/0,::1",
    "-A INPUT -p all -j ACCEPT\n-D INPUT -j ACCEPT", "-A INPUT -p all\n-D INPUT -p 0",
    ":X -\n-A X -m owner --uid-owner 0\n-A INPUT -p all -j ACCEPT\n-A INPUT -j X",
    "-A INPUT -m eui64", "-A OUTPUT -m eui64", "-A INPUT -m frag --fragfirst",
)  # fmt: skip

COMMANDS = (
    "iptables -A INPUT -p tcp --dport 22 -j ACCEPT\niptables -P INPUT DROP",
    "iptables -t nat -A POSTROUTING -o eth0 -j MASQUERADE",
    "iptables -A POSTROUTING -o eth0 -j MASQUERADE -t nat",
    "iptables -N X\niptables -A INPUT -j X\niptables -X X\niptables -D INPUT 1\niptables -X X",
    "iptables -N X\niptables -A X -j ACCEPT\niptables -X\niptables -F\niptables -X",
    "iptables -I INPUT -p tcp\niptables -I INPUT 2 -p udp\niptables -I INPUT 9 -p sctp",
    "iptables -D INPUT -p tcp\niptables -A INPUT -p tcp\niptables -D INPUT -p tcp",
    "iptables -L -n -v --line-numbers", "iptables -t nat -nvL", "iptables -t raw -S",
    "iptables -L FOO", "iptables -L INPUT 3", "iptables -S INPUT 3", "iptables -Z INPUT 3",
    "iptables -w -A INPUT -j ACCEPT", "iptables -w 5 -A INPUT -j ACCEPT",
    "iptables --wait=5 -A INPUT -j ACCEPT", "iptables -A INPUT -w x", "iptables -W 5 -A INPUT",
    "iptables -W 5 -w -A INPUT", "iptables -A INPUT -j ACCEPT -c 4 5", "iptables", "iptables -A",
    "iptables -A INPUT -m comment --comment 'a b' -j ACCEPT",
    "iptables -A INPUT -m comment --comment \"a'b\" -j ACCEPT",
    "iptables -A INPUT -m comment --comment a\\ b -j ACCEPT",
    "iptables -A INPUT -j ACCEPT # a remark", "iptables -A INPUT -j ACCEPT;iptables -F",
    "iptables -A INPUT -j ACCEPT && iptables -P INPUT DROP", "iptables -C INPUT -j ACCEPT",
    "iptables -A INPUT -j ACCEPT\niptables -C INPUT -j ACCEPT", "iptables -6 -A INPUT -j ACCEPT",
    "iptables -4 -A INPUT -j ACCEPT", "iptables -t foo -A INPUT", "iptables -t nat -t raw -L",
    "iptables -t nat -P OUTPUT DROP", "iptables -A OUTPUT -t nat -j DROP",
    "iptables -A INPUT -j X\niptables -N X\niptables -A INPUT -j X",
    "iptables -N A\niptables -N B\niptables -A INPUT -j A\niptables -A A -j B\niptables -A B -j A",
    "iptables -N A\niptables -A A -j A\niptables -A INPUT -j A",
    "iptables -N A\niptables -A A -m owner --uid-owner 0\niptables -A INPUT -j A",
    "iptables -N A\niptables -A INPUT -j A\niptables -A A -m owner --uid-owner 0",
    "iptables -N A\niptables -A A -m owner --uid-owner 0\niptables -I INPUT -j A",
    "iptables -A INPUT -j ACCEPT\niptables -N A\niptables -A A -m owner --uid-owner 0\n"
    "iptables -A INPUT -j A\niptables -D INPUT 1",
    "iptables -N A\niptables -E A B\niptables -A INPUT -j B\niptables -E B C\niptables -E C LOG",
    "iptables -R INPUT 1 -j ACCEPT\niptables -A INPUT -j DROP\niptables -R INPUT 1 -j ACCEPT",
    "iptables -A INPUT -s 1.1.1.1,2.2.2.2\niptables -D INPUT -s 2.2.2.2,1.1.1.1",
    "iptables -F FOO", "iptables -X FOO", "iptables -X INPUT", "iptables -P FOO ACCEPT",
    "iptables -N INPUT", "iptables -N ACCEPT", "iptables -E INPUT FOO", "iptables -Z",
    "iptables-legacy -A INPUT -j ACCEPT\niptables-nft -A INPUT -j DROP",
    "/usr/sbin/iptables-legacy -A INPUT -j ACCEPT", "iptables -nL INPUT -Z", "iptables -Z -L",
    "iptables -L -F", "iptables -h", "iptables -V", "iptables --version", "iptables -A INPUT -h",
    "iptables --append INPUT --proto tcp --destination-port 80 --jump ACCEPT",
    "iptables -A INPUT -p icmp --icmp-type echo-request -j ACCEPT",
    "iptables -A INPUT -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT",
    "iptables -A INPUT ! -s 10.0.0.0/8 ! -i lo -j DROP", "iptables -A INPUT -s ! 10.0.0.0/8",
    "iptables -A INPUT -p tcp -j REDIRECT --to-ports 80", "iptables -t nat -L PREROUTING foo",
    "iptables -I INPUT 1 -j ACCEPT\niptables -I INPUT 2 -j DROP\niptables -I INPUT 4 -j DROP",
)  # fmt: skip

COMMANDS6 = (
    "ip6tables -A INPUT -s ::1 -j ACCEPT", "ip6tables -A INPUT -f", "ip6tables -4 -L",
    "ip6tables -t nat -A POSTROUTING -j MASQUERADE", "ip6tables -A INPUT -p icmpv6 -j ACCEPT",
    "ip6tables -A INPUT -s 10.0.0.1 -j ACCEPT", "ip6tables -P FORWARD DROP",
)  # fmt: skip


def cases() -> Iterator[Case]:
    """Every text as a case."""
    for text in DUMPS:
        yield Case(text)
    for family, rules in ((4, RULES), (6, RULES6)):
        for rule in rules:
            yield Case(f"*filter\n{rule}\nCOMMIT\n", family)
    for family, texts in ((4, COMMANDS), (6, COMMANDS6)):
        for text in texts:
            yield Case(text, family, "commands")
