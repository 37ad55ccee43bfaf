import assert from "node:assert/strict";
import test from "node:test";
import { reference, script } from "./static.mjs";

const { compose, hasPorts, isIcmp, kindOf, learn, parse, problem } = await script("page/packetline.js");
learn(reference().packets);

const SYN = "in eth0 tcp 198.51.100.20:40000 -> 203.0.113.9:8080 syn";

/** The line after the form changed these fields. */
function changed(line, fields) {
  const read = parse(line);
  return compose(read, { ...read.fields, ...fields });
}

/** The field that the form marks when these are changed; nothing when all is well. */
function marked(line, fields) {
  const read = parse(line);
  return problem({ ...read.fields, ...fields }, read)?.field;
}

test("a line is read as the fields of the form", () => {
  assert.deepEqual(parse(SYN).fields, {
    direction: "in", iface: "eth0", uid: "", protocol: "tcp", number: "",
    source: "198.51.100.20", sport: "40000", destination: "203.0.113.9", dport: "8080",
    flags: "syn", type: "", ttl: "", mark: "",
  });
});

test("an IPv6 end is an address in brackets and a port", () => {
  const { source, sport, destination, dport } = parse("local udp [2001:db8::1]:53 -> 2001:db8::2").fields;
  assert.deepEqual([source, sport, destination, dport], ["2001:db8::1", "53", "2001:db8::2", ""]);
});

test("a protocol is known by its name, an alias and its number", () => {
  for (const [said, kind] of [["TCP", "tcp"], ["6", "tcp"], ["06", "tcp"], ["ipv6-icmp", "icmpv6"], ["47", "gre"], ["89", "89"]]) {
    assert.equal(kindOf(parse(`in eth0 proto ${said} 10.0.0.1 -> 10.0.0.2`).fields), kind, said);
  }
});

test("who has ports and who has types", () => {
  assert.deepEqual(["tcp", "udp", "sctp", "dccp", "udplite", "icmp", "gre"].filter(hasPorts), ["tcp", "udp", "sctp", "dccp", "udplite"]);
  assert.deepEqual(["tcp", "icmp", "icmpv6"].filter(isIcmp), ["icmp", "icmpv6"]);
});

test("what is no packet, or has no fields, is not read", () => {
  for (const line of ["", "# a comment", "wait 3s", "in eth0", "in eth0 tcp 10.0.0.1", "in eth0 arp 10.0.0.1 -> 10.0.0.2", "local arp who-has 10.0.0.1 -> 10.0.0.2", "in eth0 tcp request 10.0.0.1 -> 10.0.0.2"]) {
    assert.equal(parse(line), null, line);
  }
});

test("a line that nobody changed stays as it was typed", () => {
  for (const line of [
    SYN,
    "  in eth0   TCP 10.0.0.1:1   => 10.0.0.2:2 flags syn,ack   ttl 3 # why",
    'local uid 1000 udp 10.0.0.1:1 → 10.0.0.2:2 carrying "a # b"',
    "in eth0 arp who-has 10.0.0.1 > 10.0.0.2",
    "in eth0 proto 89 10.0.0.1 -> 10.0.0.2",
    "in eth0 icmp 10.0.0.1 -> 10.0.0.2 unreachable (in eth0 udp 10.0.0.2:1 -> 10.0.0.9:53)",
  ]) {
    assert.equal(changed(line, {}), line);
  }
});

test("a changed field changes its word and nothing else", () => {
  const line = "in eth0 tcp 10.0.0.1:1  -> 10.0.0.2:2 syn ttl 9 mark 0x10 # why";
  const cases = [
    [{ iface: "wan" }, "in wan tcp 10.0.0.1:1  -> 10.0.0.2:2 syn ttl 9 mark 0x10 # why"],
    [{ dport: "443" }, "in eth0 tcp 10.0.0.1:1  -> 10.0.0.2:443 syn ttl 9 mark 0x10 # why"],
    [{ source: "2001:db8::1", destination: "2001:db8::2" }, "in eth0 tcp [2001:db8::1]:1  -> [2001:db8::2]:2 syn ttl 9 mark 0x10 # why"],
    [{ flags: "syn,ack" }, "in eth0 tcp 10.0.0.1:1  -> 10.0.0.2:2 syn,ack ttl 9 mark 0x10 # why"],
    [{ ttl: "1" }, "in eth0 tcp 10.0.0.1:1  -> 10.0.0.2:2 syn ttl 1 mark 0x10 # why"],
    [{ ttl: "" }, "in eth0 tcp 10.0.0.1:1  -> 10.0.0.2:2 syn mark 0x10 # why"],
  ];
  for (const [fields, expected] of cases) assert.equal(changed(line, fields), expected);
});

test("a field that the line lacks is put in", () => {
  assert.equal(changed("local udp 10.0.0.1:1 -> 10.0.0.2:2", { uid: "1000" }), "local uid 1000 udp 10.0.0.1:1 -> 10.0.0.2:2");
  assert.equal(changed(SYN, { mark: "7" }), `${SYN} mark 7`);
});

test("another direction drops what only the first could have", () => {
  assert.equal(changed("local uid 7 udp 10.0.0.1:1 -> 10.0.0.2:2", { direction: "in", iface: "eth0" }), "in eth0 udp 10.0.0.1:1 -> 10.0.0.2:2");
  assert.equal(changed(SYN, { direction: "local", iface: "" }), SYN.replace("in eth0", "local"));
});

test("another protocol drops ports and flags that it has not", () => {
  assert.equal(changed(SYN, { protocol: "gre" }), "in eth0 gre 198.51.100.20 -> 203.0.113.9");
  assert.equal(changed(SYN, { protocol: "udp" }), "in eth0 udp 198.51.100.20:40000 -> 203.0.113.9:8080");
});

test("a field that cannot be is marked", () => {
  const cases = [
    [{ iface: "" }, "iface"], [{ iface: "a-name-too-long-for-linux" }, "iface"],
    [{ source: "10.0.0" }, "source"], [{ source: "10.0.0.256" }, "source"], [{ source: "10.0.0.01" }, "source"],
    [{ destination: "" }, "destination"], [{ destination: "2001:db8::1" }, "destination"],
    [{ destination: "2001:db8::g" }, "destination"],
    [{ sport: "65536" }, "sport"], [{ dport: "" }, undefined], [{ dport: "http" }, undefined],
    [{ flags: "syn,foo" }, "flags"], [{ ttl: "256" }, "ttl"], [{ ttl: "0xff" }, undefined],
    [{ mark: "0x100000000" }, "mark"], [{ mark: "0xffffffff/1" }, undefined],
    [{ protocol: "icmpv6" }, "source"],
    [{ protocol: "other", number: "256" }, "number"], [{ protocol: "other", number: "255" }, undefined],
  ];
  const line = "in eth0 tcp 10.0.0.1:1 -> 10.0.0.2 syn";
  for (const [fields, field] of cases) assert.equal(marked(line, fields), field, JSON.stringify(fields));
});

test("a later fragment needs no port", () => {
  assert.equal(marked("in eth0 udp 10.0.0.1 -> 10.0.0.2 offset 8 id 3", { source: "10.0.0.3" }), undefined);
});
