"""Texts of every kind of line, as long as one likes: what growth is measured with."""

from __future__ import annotations

from collections.abc import Callable

from sim.model.scenario import Scenario

Made = Callable[[int], Scenario]

HOST = "interface eth0 203.0.113.2/24\ninterface eth1 10.0.0.1/16\nroute default via 203.0.113.1\n"
PACKET = "in eth0 tcp 198.51.100.7:40000 -> 203.0.113.2:22 syn\n"


def v4(number: int, first: int = 10) -> str:
    return f"{first}.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}"


def lines(form: Callable[[int], str], count: int) -> str:
    return "".join(form(number) + "\n" for number in range(count))


def filter_table(rules: str, chains: str = "") -> str:
    return f"*filter\n:INPUT ACCEPT [0:0]\n:FORWARD ACCEPT [0:0]\n{chains}{rules}COMMIT\n"


def dump(form: Callable[[int], str]) -> Made:
    return lambda n: Scenario(rules=filter_table(lines(form, n)), host=HOST, packets=PACKET)


def commands(form: Callable[[int], str], before: str = "") -> Made:
    return lambda n: Scenario(rules=before + lines(form, n), host=HOST, packets=PACKET)


def hosts(form: Callable[[int], str], before: str = "") -> Made:
    return lambda n: Scenario(host=HOST + before + lines(form, n), packets=PACKET)


def packets(form: Callable[[int], str]) -> Made:
    return lambda n: Scenario(host=HOST, packets=lines(form, n))


def _jumps(times: int) -> Made:
    """A line of chains, each of which jumps to the next so many times."""

    def made(n: int) -> Scenario:
        chains = lines(lambda i: f":C{i} - [0:0]", n)
        jump = lines(lambda i: f"-A C{i} -p udp -j C{i + 1}\n" * times, n - 1)
        return Scenario(
            rules=filter_table("-A INPUT -j C0\n" + jump, chains), host=HOST, packets=PACKET
        )

    return made


def _star(n: int) -> Scenario:
    chains = lines(lambda i: f":C{i} - [0:0]", n)
    jump = lines(lambda i: f"-A INPUT -s {v4(i)} -j C{i}\n-A C{i} -p tcp -j ACCEPT", n)
    return Scenario(rules=filter_table(jump, chains), host=HOST, packets=PACKET)


def _set(kind: str, form: Callable[[int], str], more: str = "") -> Made:
    def made(n: int) -> Scenario:
        head = (
            f"create s {kind} maxelem 1000000\n" if "bitmap" not in kind else f"create s {kind}\n"
        )
        if kind == "list:set":
            head = f"create s list:set size {n}\n" + lines(lambda i: f"create t{i} hash:ip", n)
        dirs = ",".join(["src"] * len(kind.split()[0].split(":")[1].split(",")))
        rules = filter_table(f"-A INPUT -m set --match-set s {dirs} -j DROP\n")
        return Scenario(
            rules=rules, host=HOST + head + lines(lambda i: f"add s {form(i)}{more}", n),
            packets=PACKET,
        )  # fmt: skip

    return made


def _list(n: int) -> Scenario:
    words = ",".join(v4(i) for i in range(n))
    return Scenario(rules=f"iptables -A INPUT -s {words} -j DROP\n", host=HOST, packets=PACKET)


def _interfaces(n: int) -> Scenario:
    return Scenario(host=HOST + lines(lambda i: f"interface d{i} {v4(i * 256)}/24", n),
                    packets=PACKET)  # fmt: skip


TEXTS: dict[str, Made] = {
    "rules: source": dump(lambda i: f"-A INPUT -s {v4(i)} -j DROP"),
    "rules: network and port": dump(
        lambda i: f"-A INPUT -s {v4(i * 256)}/24 -p tcp -m tcp --dport {i % 65536} -j DROP"
    ),
    "rules: the same": dump(lambda i: "-A INPUT -p udp -j ACCEPT"),
    "rules: ports": dump(lambda i: f"-A INPUT -p udp --dport {i % 60000}:{i % 60000 + 3} -j DROP"),
    "rules: multiport": dump(
        lambda i: f"-A INPUT -p udp -m multiport --dports {i % 60000},{i % 50000} -j DROP"
    ),
    "rules: conntrack": dump(lambda i: f"-A INPUT -m conntrack --ctstate NEW -s {v4(i)} -j DROP"),
    "rules: comment": dump(lambda i: f'-A INPUT -s {v4(i)} -m comment --comment "c {i}" -j DROP'),
    "rules: devices": dump(lambda i: f"-A FORWARD -i d{i} -o e{i} -j ACCEPT"),
    "rules: log": dump(lambda i: f'-A INPUT -s {v4(i)} -j LOG --log-prefix "p{i} "'),
    "rules: string": dump(lambda i: f"-A INPUT -p udp -m string --string s{i} --algo bm -j DROP"),
    "rules: hashlimit": dump(
        lambda i: f"-A INPUT -p udp -m hashlimit --hashlimit-upto 1/s --hashlimit-name h{i}"
    ),
    "rules: recent": dump(lambda i: f"-A INPUT -p udp -m recent --name r{i} --rcheck -j DROP"),
    "rules: limit": dump(lambda i: "-A INPUT -p udp -m limit --limit 5/min -j ACCEPT"),
    "rules: mark": dump(lambda i: f"-A INPUT -m mark --mark {i} -j ACCEPT"),
    "rules: owner": lambda n: Scenario(
        rules="*filter\n"
        + lines(lambda i: f"-A OUTPUT -m owner --uid-owner {i} -j ACCEPT", n)
        + "COMMIT\n",
        host=HOST,
        packets=PACKET,
    ),
    "rules: return": dump(lambda i: f"-A INPUT -s {v4(i)} -j RETURN"),
    "rules: dnat": lambda n: Scenario(
        rules="*nat\n"
        + lines(
            lambda i: (
                f"-A PREROUTING -p tcp --dport {i % 65535 + 1} "
                f"-j DNAT --to-destination 10.0.0.{i % 250 + 1}:80"
            ),
            n,
        )
        + "COMMIT\n"
        + filter_table(lines(lambda i: f"-A FORWARD -p tcp --dport {i % 65535 + 1} -j ACCEPT", n)),
        host=HOST,
        packets=PACKET,
    ),
    "rules: masquerade": lambda n: Scenario(
        rules="*nat\n"
        + lines(lambda i: f"-A POSTROUTING -s {v4(i)} -o eth0 -j MASQUERADE", n)
        + "COMMIT\n",
        host=HOST,
        packets=PACKET,
    ),
    "rules: snat": lambda n: Scenario(
        rules="*nat\n"
        + lines(lambda i: f"-A POSTROUTING -s {v4(i)} -j SNAT --to-source 203.0.113.2", n)
        + "COMMIT\n",
        host=HOST,
        packets=PACKET,
    ),
    "rules: redirect": lambda n: Scenario(
        rules="*nat\n"
        + lines(lambda i: f"-A OUTPUT -p tcp --dport {i % 65535 + 1} -j REDIRECT --to-ports 1", n)
        + "COMMIT\n",
        host=HOST,
        packets=PACKET,
    ),
    "rules: notrack": lambda n: Scenario(
        rules="*raw\n"
        + lines(lambda i: f"-A PREROUTING -s {v4(i)} -j NOTRACK", n)
        + "COMMIT\n"
        + filter_table(lines(lambda i: f"-A INPUT -s {v4(i)} -m state --state NEW -j ACCEPT", n)),
        host=HOST,
        packets=PACKET,
    ),
    "rules: a list of sources": _list,
    "rules: errors": dump(lambda i: f"-A INPUT -s {v4(i)} -j NOWHERE{i}"),
    "rules: unknown options": dump(lambda i: f"-A INPUT --what{i} -j DROP"),
    "rules: chains": lambda n: Scenario(
        rules=filter_table("", lines(lambda i: f":C{i} - [0:0]", n)), host=HOST, packets=PACKET
    ),
    "rules: unreached chains": lambda n: Scenario(
        rules=filter_table(
            lines(lambda i: f"-A C{i} -j DROP", n), lines(lambda i: f":C{i} - [0:0]", n)
        ),
        host=HOST,
        packets=PACKET,
    ),
    "rules: jumps in a line": _jumps(1),
    "rules: jumps in a line, twice": _jumps(2),
    "rules: jumps from one chain": _star,
    "rules: jumps to one chain": lambda n: Scenario(
        rules=filter_table(
            lines(lambda i: f"-A INPUT -s {v4(i)} -j C", n) + "-A C -j ACCEPT\n", ":C - [0:0]\n"
        ),
        host=HOST,
        packets=PACKET,
    ),
    "rules: tables again": lambda n: Scenario(
        rules="*filter\n-A INPUT -j DROP\nCOMMIT\n" * n, host=HOST, packets=PACKET
    ),
    "rules: tables without COMMIT": lambda n: Scenario(
        rules="*filter\n-A INPUT -j DROP\n" * n, host=HOST, packets=PACKET
    ),
    "rules: comments": lambda n: Scenario(rules="# a comment\n" * n, host=HOST, packets=PACKET),
    "rules: joined lines": lambda n: Scenario(
        rules="iptables -A INPUT " + "\\\n" * n + "-j DROP\n", host=HOST, packets=PACKET
    ),
    "rules: a long comment": lambda n: Scenario(
        rules=filter_table(f'-A INPUT -m comment --comment "{"x" * n}" -j DROP\n'),
        host=HOST,
        packets=PACKET,
    ),
    "rules: many options in one line": lambda n: Scenario(
        rules=filter_table("-A INPUT" + " -m tcp" * n + "\n"), host=HOST, packets=PACKET
    ),
    "rules: frames": lambda n: Scenario(
        rules="*filter\n:INPUT ACCEPT\n:FORWARD ACCEPT\n:OUTPUT ACCEPT\n"
        + lines(lambda i: f"-A FORWARD -p IPv4 --ip-src {v4(i)} -j DROP", n)
        + "\n",
        host=HOST,
        packets=PACKET,
    ),
    "commands: append": commands(lambda i: f"iptables -A INPUT -s {v4(i)} -j DROP"),
    "commands: insert": commands(lambda i: f"iptables -I INPUT -s {v4(i)} -j DROP"),
    "commands: append and delete": lambda n: Scenario(
        rules=lines(lambda i: f"iptables -A INPUT -s {v4(i)} -j DROP", n)
        + lines(lambda i: f"iptables -D INPUT -s {v4(n - 1 - i)} -j DROP", n),
        host=HOST,
        packets=PACKET,
    ),
    "commands: check": lambda n: Scenario(
        rules=lines(lambda i: f"iptables -A INPUT -s {v4(i)} -j DROP", n)
        + lines(lambda i: f"iptables -C INPUT -s {v4(n - 1 - i)} -j DROP", n),
        host=HOST,
        packets=PACKET,
    ),
    "commands: replace": lambda n: Scenario(
        rules=lines(lambda i: f"iptables -A INPUT -s {v4(i)} -j DROP", n)
        + lines(lambda i: f"iptables -R INPUT {i + 1} -s {v4(i)} -j ACCEPT", n),
        host=HOST,
        packets=PACKET,
    ),
    "commands: new chains": commands(lambda i: f"iptables -N C{i}"),
    "commands: renamed chains": lambda n: Scenario(
        rules=lines(lambda i: f"iptables -N C{i}\niptables -A INPUT -j C{i}", n)
        + lines(lambda i: f"iptables -E C{i} D{i}", n),
        host=HOST,
        packets=PACKET,
    ),
    "commands: deleted chains": lambda n: Scenario(
        rules=lines(lambda i: f"iptables -N C{i}", n) + lines(lambda i: f"iptables -X C{i}", n),
        host=HOST,
        packets=PACKET,
    ),
    "commands: jumps": lambda n: Scenario(
        rules=lines(lambda i: f"iptables -N C{i}", n + 1)
        + lines(lambda i: f"iptables -A C{i} -j C{i + 1}", n)
        + "iptables -A INPUT -j C0\n",
        host=HOST,
        packets=PACKET,
    ),
    "commands: jumps backwards": lambda n: Scenario(
        rules=lines(lambda i: f"iptables -N C{i}", n + 1)
        + "iptables -A INPUT -j C0\n"
        + lines(lambda i: f"iptables -A C{i} -j C{i + 1}", n),
        host=HOST,
        packets=PACKET,
    ),
    "commands: jumps and their deletion": lambda n: Scenario(
        rules="iptables -N C\n"
        + lines(lambda i: f"iptables -A INPUT -s {v4(i)} -j C", n)
        + lines(lambda i: f"iptables -D INPUT -s {v4(i)} -j C", n),
        host=HOST,
        packets=PACKET,
    ),
    "commands: flush": commands(lambda i: f"iptables -A INPUT -s {v4(i)} -j DROP\niptables -F"),
    "commands: estimators": commands(
        lambda i: (
            f"iptables -A INPUT -j RATEEST --rateest-name e{i} --rateest-interval 250ms "
            "--rateest-ewmalog 0.5s"
        )
    ),
    "commands: ebtables": commands(
        lambda i: f"ebtables -A FORWARD -p IPv4 --ip-src {v4(i)} -j DROP"
    ),
    "commands: ebtables insert and delete": lambda n: Scenario(
        rules=lines(lambda i: f"ebtables -A FORWARD -p IPv4 --ip-src {v4(i)} -j DROP", n)
        + lines(lambda i: f"ebtables -D FORWARD -p IPv4 --ip-src {v4(n - 1 - i)} -j DROP", n),
        host=HOST,
        packets=PACKET,
    ),
    "commands: ebtables chains": lambda n: Scenario(
        rules=lines(lambda i: f"ebtables -N C{i}", n + 1)
        + lines(lambda i: f"ebtables -A C{i} -j C{i + 1}", n)
        + "ebtables -A FORWARD -j C0\n",
        host=HOST,
        packets=PACKET,
    ),
    "commands: arptables": commands(lambda i: f"arptables -A INPUT -s {v4(i)} -j DROP"),
    "host: interfaces": _interfaces,
    "host: addresses of one interface": hosts(lambda i: f"interface eth1 {v4(i * 256)}/24"),
    "host: interface words": lambda n: Scenario(
        host="interface eth0 " + " ".join(f"{v4(i * 256)}/24" for i in range(n)) + "\n",
        packets=PACKET,
    ),
    "host: ip address": hosts(lambda i: f"ip address add {v4(i * 256)}/24 dev eth1"),
    "host: ip address delete": lambda n: Scenario(
        host=HOST
        + lines(lambda i: f"ip address add {v4(i * 256, 11)}/24 dev eth1", n)
        + lines(lambda i: f"ip address del {v4(i * 256, 11)}/24 dev eth1", n),
        packets=PACKET,
    ),
    "host: ip link": hosts(lambda i: f"ip link add d{i} type dummy"),
    "host: routes": hosts(lambda i: f"route {v4(i * 256, 11)}/24 via 203.0.113.1"),
    "host: ip route": hosts(lambda i: f"ip route add {v4(i * 256, 11)}/24 via 203.0.113.1"),
    "host: ip route delete": lambda n: Scenario(
        host=HOST
        + lines(lambda i: f"ip route add {v4(i * 256, 11)}/24 via 203.0.113.1", n)
        + lines(lambda i: f"ip route del {v4(i * 256, 11)}/24", n),
        packets=PACKET,
    ),
    "host: listed routes": hosts(lambda i: f"{v4(i * 256, 11)}/24 via 203.0.113.1 dev eth0"),
    "host: routes in tables": hosts(
        lambda i: f"ip route add {v4(i * 256, 11)}/24 via 203.0.113.1 table {i + 1000}"
    ),
    "host: named tables": hosts(
        lambda i: f"ip route add {v4(i * 256, 11)}/24 via 203.0.113.1 table t{i}"
    ),
    "host: a route of many hops": lambda n: Scenario(
        host=HOST
        + "default proto static\n"
        + lines(lambda i: f"\tnexthop via 203.0.113.{i % 250} dev eth0 weight 1", n),
        packets=PACKET,
    ),
    "host: policy rules": hosts(lambda i: f"rule {i + 100} from {v4(i)} lookup main"),
    "host: ip rule": hosts(lambda i: f"ip rule add from {v4(i)} lookup main"),
    "host: listed rules": hosts(lambda i: f"{i + 100}:\tfrom {v4(i)} lookup main"),
    "host: neighbours": hosts(lambda i: f"neighbour {v4(i)} dev eth1 lladdr 02:00:00:00:00:01"),
    "host: listed neighbours": hosts(
        lambda i: f"{v4(i)} dev eth1 lladdr 02:00:00:00:00:01 REACHABLE"
    ),
    "host: sockets": hosts(lambda i: f"listen tcp {v4(i)}:80"),
    "host: ss": hosts(lambda i: f"tcp   LISTEN 0      128    {v4(i)}:80      0.0.0.0:*"),
    "host: sysctls": hosts(lambda i: f"net.ipv4.conf.d{i}.rp_filter = 1"),
    "host: users": hosts(lambda i: f"user u{i} {i + 1}"),
    "host: groups": hosts(lambda i: f"group g{i} {i + 1}"),
    "host: passwd": hosts(lambda i: f"u{i}:x:{i + 1}:{i + 1}:n:/home:/bin/sh"),
    "host: group file": lambda n: Scenario(
        host=HOST
        + lines(lambda i: f"u{i}:x:{i + 1}:{i + 1}:n:/home:/bin/sh", n)
        + "g:x:5:"
        + ",".join(f"u{i}" for i in range(min(n, 300)))
        + "\n",
        packets=PACKET,
    ),
    "host: hostnames": hosts(lambda i: f"hostname h{i}.example {v4(i)}"),
    "host: ipsec": hosts(
        lambda i: f"ipsec out {v4(i)} {v4(i, 11)} tunnel 203.0.113.2 {v4(i, 12)} reqid {i + 1}"
    ),
    "host: ipsec transport": hosts(lambda i: f"ipsec out {v4(i)} {v4(i, 11)} transport"),
    "host: xfrm policies": hosts(
        lambda i: (
            f"src {v4(i)}/32 dst {v4(i, 11)}/32 \n\tdir out priority {i} \n"
            f"\ttmpl src 203.0.113.2 dst {v4(i, 12)}\n\t\tproto esp reqid {i} mode tunnel"
        )
    ),
    "host: xfrm states": hosts(
        lambda i: (
            f"src {v4(i)} dst {v4(i, 11)}\n\tproto esp spi 0x{i + 256:08x} reqid {i} "
            "mode tunnel\n\treplay-window 0 \n\tauth-trunc hmac(sha256) 0x"
            + "ab" * 32
            + " 128\n\tenc cbc(aes) 0x"
            + "cd" * 16
        )
    ),
    "host: bridges": lambda n: Scenario(
        host=HOST
        + "bridge br0 10.9.0.1/24\n"
        + lines(lambda i: f"ip link add p{i} type dummy\nip link set p{i} master br0", n),
        packets=PACKET,
    ),
    "host: fdb": hosts(
        lambda i: f"fdb 02:00:00:{i >> 16 & 255:02x}:{i >> 8 & 255:02x}:{i & 255:02x} dev eth1",
    ),
    "host: fingerprints": hosts(lambda i: f"S{i % 60000 + 1}:64:1:60:M*,S,T,N,W7:Linux:{i}::n"),
    "host: comments": hosts(lambda i: "# a comment"),
    "host: unknown words": hosts(lambda i: f"whatever{i} x"),
    "host: JSON": lambda n: Scenario(
        host="["
        + ",\n".join(
            f'{{"ifindex":{i + 2},"ifname":"d{i}","flags":["UP"],"mtu":1500,"addr_info":[]}}'
            for i in range(n)
        )
        + "]\n",
        packets=PACKET,
    ),
    "host: JSON routes": lambda n: Scenario(
        host=HOST
        + "["
        + ",\n".join(
            f'{{"dst":"{v4(i * 256, 11)}/24","gateway":"203.0.113.1","dev":"eth0","flags":[]}}'
            for i in range(n)
        )
        + "]\n",
        packets=PACKET,
    ),
    "host: empty arrays": hosts(lambda i: "[]"),
    "host: open arrays": hosts(lambda i: "[ {"),
    "host: a joined line": lambda n: Scenario(
        host=HOST + "interface eth2 " + "\\\n" * n + "10.9.0.1/24\n", packets=PACKET
    ),
    "host: ip link listing": lambda n: Scenario(
        host=lines(
            lambda i: (
                f"{i + 2}: d{i}: <BROADCAST,UP,LOWER_UP> mtu 1500\n"
                f"    inet {v4(i * 256)}/24 scope global d{i}"
            ),
            n,
        ),
        packets=PACKET,
    ),
    "host: nfacct": hosts(lambda i: f"nfacct add a{i}"),
    "sets: hash:ip": _set("hash:ip", v4),
    "sets: hash:net": _set("hash:net", lambda i: f"{v4(i * 256)}/24"),
    "sets: hash:net,iface": _set("hash:net,iface", lambda i: f"{v4(i * 256)}/24,d{i}"),
    "sets: hash:net,iface, one net": _set("hash:net,iface", lambda i: f"10.0.0.0/24,d{i}"),
    "sets: hash:ip,port": _set("hash:ip,port", lambda i: f"{v4(i)},tcp:80"),
    "sets: hash:net,port,net": _set("hash:net,port,net", lambda i: f"{v4(i)},tcp:80,10.0.0.0/8"),
    "sets: bitmap:port": _set("bitmap:port range 0-65535", lambda i: str(i % 65536)),
    "sets: list:set": _set("list:set", lambda i: f"t{i}"),
    "sets: list:set, in front": _set(
        "list:set", lambda i: f"t{i}" + (f" before t{i - 1}" if i else "")
    ),
    "sets: full": lambda n: Scenario(
        host="create s hash:ip maxelem 1000\n" + lines(lambda i: f"add s {v4(i)}", n)
    ),
    "sets: many": hosts(lambda i: f"create s{i} hash:ip"),
    "sets: a listing": lambda n: Scenario(
        host=HOST + "Name: s\nType: hash:ip\nRevision: 4\nHeader: family inet hashsize 1024 "
        "maxelem 1000000\nMembers:\n" + lines(v4, n),
        packets=PACKET,
    ),
    "sets: deleted": lambda n: Scenario(
        host=HOST
        + "ipset create s hash:ip maxelem 1000000\n"
        + lines(lambda i: f"ipset add s {v4(i)}", n)
        + lines(lambda i: f"ipset del s {v4(i)}", n),
        packets=PACKET,
    ),
    "packets: tcp": packets(
        lambda i: f"in eth0 tcp {v4(i, 198)}:{i % 60000 + 1} -> 203.0.113.2:22 syn"
    ),
    "packets: local": packets(
        lambda i: f"local udp 203.0.113.2:{i % 60000 + 1} -> {v4(i, 198)}:53"
    ),
    "packets: icmp": packets(lambda i: f"in eth0 icmp {v4(i, 198)} -> 203.0.113.2 echo-request"),
    "packets: waits": packets(lambda i: f"wait {i + 1}s"),
    "packets: errors": packets(lambda i: f"what {i}"),
    "packets: comments": packets(lambda i: "# nothing"),
    "packets: long data": lambda n: Scenario(
        host=HOST, packets='in eth0 udp 198.51.100.7:5 -> 203.0.113.2:53 data "' + "x" * n + '"\n'
    ),
    "packets: tcpdump": packets(
        lambda i: (
            f"12:00:00.{i:06d} IP {v4(i, 198)}.{i % 60000 + 1} > 203.0.113.2.22: "
            "Flags [S], seq 1, win 64240, length 0"
        )
    ),
    "expect: lines": lambda n: Scenario(
        host=HOST, packets=PACKET, expect=lines(lambda i: "1 local", n)
    ),
}
