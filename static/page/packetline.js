// A line of the packets text as fields and back again. What there is no field for stays in the
// line as it was typed, unless the chosen protocol, direction or family cannot have it.

const QUOTED_OR_COMMENT = /"(?:\\.|[^"\\])*(?:"|$)|(?<!\S)#/g; // as sim/read/lines.py cuts it
const WORD = /\s*("(?:\\.|[^"\\])*"?|[()]|[^\s"()]+)/g;
const NUMBER = /^(?:0x[\da-f]{1,8}|\d{1,10})$/i;
const ECHO = " id 7 seq 1";

// The language of the packets text, as sim/read/packets/language.py has it. LINE finds the parts
// of a line, FLAGS is a list of TCP flags; the sets are of words.
let LINE, FLAGS, PROTOCOLS, NAMED, PORTS, ICMPS, TAKES, WORD_TOO, ALONE, ONLY, OWNERS, MACS, OF_ARP, TTL;
const OF = { 4: new Set(), 6: new Set() };

/** What `packets` of /reference.json says. Nothing else here works before it is known. */
export function learn({ arrows, flags, operations, protocols, attributes }) {
  const any = (all) => all.map((word) => word.replace(/[^\w]/g, "\\$&")).join("|");
  const words = (has) => new Set(attributes.filter(has).flatMap(({ words }) => words));
  const names = (has) => new Set(protocols.filter(has).map(({ name }) => name));
  PROTOCOLS = protocols;
  NAMED = names(() => true);
  PORTS = names(({ ports }) => ports);
  ICMPS = names(({ icmp }) => icmp);
  TAKES = words(({ takes, wordToo }) => takes && !wordToo);
  WORD_TOO = words(({ wordToo }) => wordToo);
  ALONE = words(({ takes }) => !takes);
  OWNERS = words(({ of }) => of === "local");
  MACS = words(({ of }) => of === "in");
  OF_ARP = words(({ of }) => of === "arp");
  TTL = words(({ words }) => words.includes("ttl"));
  for (const family of [4, 6]) OF[family] = words((one) => one.family === family);
  ONLY = {};
  for (const one of attributes) {
    for (const word of one.words) {
      if (one.protocols) ONLY[word] = new Set(one.protocols);
      else if (one.of === "arp" && !MACS.has(word)) ONLY[word] = new Set(["arp"]);
    }
  }
  FLAGS = new RegExp(`^(?:${any(flags)})(?:,(?:${any(flags)}))*$`, "i");
  // A longer arrow is tried before one that it begins with.
  const arrow = any([...arrows].sort((one, other) => other.length - one.length));
  LINE = new RegExp(
    `^(?<indent>\\s*)(?<head>in\\s+(?<iface>[^\\s"()#]+)|local(?<owners>(?:\\s+(?:${any([...OWNERS])})\\s+[^\\s"()]+)*))`
    + `(?<before>\\s+(?:proto(?:col)?\\s+)?)(?<protocol>[^\\s"()#]+)(?<gap>\\s+(?:(?<operation>${any(operations)}|\\d+)\\s+)?)`
    + `(?<source>[^\\s"()]+)(?<arrow>\\s+(?:${arrow})\\s+)(?<destination>[^\\s"()]+)(?<rest>(?:[\\s"(].*)?)$`,
  );
}

/** tcp, also for TCP, 6 and 06; a number or name that the form does not know stays. */
function canonical(word) {
  const lower = word.toLowerCase();
  const isNumber = /^\d+$/.test(word);
  const known = PROTOCOLS.find(({ number, aliases }) => (isNumber ? number === Number(word) : aliases.includes(lower)));
  return known?.name || (isNumber ? String(Number(word)) : lower);
}

export const kindOf = ({ protocol, number }) => (protocol === "other" ? canonical(number) : protocol);
export const isIcmp = (kind) => ICMPS.has(kind);
export const hasPorts = (kind) => PORTS.has(kind);
const isEcho = (type) => /^echo-(request|reply)$/i.test(type);

/** 4, 6, or 0 for a name, that the host text gives its address. */
function family(address) {
  if (address.includes(":")) return 6;
  return /^[\d.]+$/.test(address) ? 4 : 0;
}

/** The family that only a protocol of this kind has, or 0. */
const ownFamily = (kind) => PROTOCOLS.find(({ name }) => name === kind)?.family || 0;

function familyOf(fields) {
  return family(fields.source) || family(fields.destination) || ownFamily(kindOf(fields));
}

/** A line and the comment behind it. */
function cut(line) {
  for (const found of line.matchAll(QUOTED_OR_COMMENT)) {
    if (found[0] === "#") {
      const said = line.slice(0, found.index).trimEnd();
      return [said, line.slice(said.length)];
    }
  }
  const said = line.trimEnd();
  return [said, line.slice(said.length)];
}

/** The attributes behind the two ends as {key, text}; a text has its blanks in front. */
function attributes(rest) {
  const found = [...rest.matchAll(WORD)];
  const all = [];
  for (let at = 0; at < found.length;) {
    const key = found[at][1];
    const next = found[at + 1]?.[1] || "";
    let size = TAKES.has(key) || (WORD_TOO.has(key) && /^\d/.test(next)) ? 2 : 1;
    if (key === "carrying") size = found.length - at; // the rest of the line
    else if (size === 2 && next === "(") size = closing(found, at + 1) + 1 - at;
    all.push({ key, text: found.slice(at, at + size).map(([text]) => text).join("") });
    at += size;
  }
  return all;
}

function closing(found, from) {
  let depth = 0;
  for (let at = from; at < found.length; at += 1) {
    depth += { "(": 1, ")": -1 }[found[at][1]] || 0;
    if (!depth) return at;
  }
  return found.length - 1;
}

const lastWord = ({ text }) => text.trim().split(/\s+/).at(-1);

/** Does an attribute say the packet's TCP flags, its ICMP type, its SCTP chunk, its DCCP type? */
function isType({ key, text }, kind) {
  const isBare = text.trim() === key;
  if (kind === "tcp") return key === "flags" || (isBare && FLAGS.test(key));
  if (isIcmp(kind) && key === "type") return true;
  return (isIcmp(kind) || kind === "sctp" || kind === "dccp") && isBare && !ALONE.has(key) && !TAKES.has(key);
}

function split(end) {
  const found = /^\[(.+)\](?::(.+))?$/.exec(end) || /^([^:]+):([^:]+)$/.exec(end);
  return found ? [found[1], found[2] || ""] : [end, ""];
}

function join(address, port) {
  if (!port) return address;
  return address.includes(":") ? `[${address.replace(/[[\]]/g, "")}]:${port}` : `${address}:${port}`;
}

/** What a line says, or nothing when it is no packet that the form has the fields for. */
export function parse(line) {
  const [said, comment] = cut(line);
  const parts = LINE.exec(said)?.groups;
  if (!parts) return null;
  const kind = canonical(parts.protocol);
  if ((kind === "arp") !== Boolean(parts.operation) || (kind === "arp" && !parts.iface)) return null;
  const all = attributes(parts.rest);
  const [source, sport] = split(parts.source);
  const [destination, dport] = split(parts.destination);
  const typed = all.find((one) => isType(one, kind));
  const type = parts.operation || (typed ? lastWord(typed) : "");
  const firstOf = (has) => all.filter(has).map(lastWord)[0] || "";
  const fields = {
    direction: parts.iface ? "in" : "local", iface: parts.iface || "",
    uid: /\suid\s+(\S+)/.exec(parts.owners || "")?.[1] || firstOf(({ key }) => key === "uid"),
    protocol: NAMED.has(kind) ? kind : "other", number: NAMED.has(kind) ? "" : parts.protocol,
    source, sport, destination, dport,
    flags: kind === "tcp" ? type : "", type: kind === "tcp" ? "" : type,
    ttl: firstOf(({ key }) => TTL.has(key)), mark: firstOf(({ key }) => key === "mark"),
  };
  // The second and later fragments of a datagram have no ports.
  const isLater = all.some((one) => one.key === "offset" && Number(lastWord(one)));
  return { ...parts, attributes: all, typed, isLater, comment, fields };
}

/** Why these fields make no packet, as {field, text}; nothing when they make one. */
export function problem(now, read) {
  const kind = kindOf(now);
  const wrong = (field, text) => ({ field, text });
  if (now.direction === "in" && !/^[^\s/:]{1,15}$/.test(now.iface)) return wrong("iface", "An interface is named with 1 to 15 characters.");
  if (now.protocol === "other" && now.number !== read?.fields.number && !(/^\d{1,3}$/.test(now.number) && Number(now.number) < 256)) {
    return wrong("number", "A protocol is a number from 0 to 255.");
  }
  for (const name of ["source", "destination"]) {
    if (!isAddress(now[name])) return wrong(name, `The ${name} is an address, or a name that the host text gives one.`);
  }
  const families = [family(now.source), family(now.destination)];
  if (families[0] && families[1] && families[0] !== families[1]) {
    return wrong("destination", "Source and destination are both IPv4 or both IPv6.");
  }
  const wanted = ownFamily(kind);
  if (wanted && families.some((is) => is !== wanted && (is || kind === "arp"))) {
    return wrong("source", `${kind === "icmpv6" ? "ICMPv6" : kind.toUpperCase()} is between IPv${wanted} addresses: write two of them.`);
  }
  if (hasPorts(kind) && !read?.isLater) {
    const isNeeded = !(read && kind === kindOf(read.fields) && !read.fields.dport);
    if (!isPort(now.sport) && now.sport) return wrong("sport", "A port is a number from 0 to 65535, or a service's name.");
    if (!isPort(now.dport) && (now.dport || isNeeded)) return wrong("dport", "A port is a number from 0 to 65535, or a service's name.");
  }
  if (kind === "tcp" && now.flags && !FLAGS.test(now.flags)) return wrong("flags", "Flags are syn, ack, fin, rst, psh, urg, ece, cwr, ae, with commas between them, or none.");
  if (kind === "arp") return null;
  if (now.ttl && !(NUMBER.test(now.ttl) && Number(now.ttl) < 256)) return wrong("ttl", "The TTL is a number from 0 to 255.");
  if (now.mark && !now.mark.split("/").every((part) => NUMBER.test(part) && Number(part) < 2 ** 32)) return wrong("mark", "A mark is a number, such as 16 or 0x10.");
  return null;
}

function isPort(text) {
  return /^\d{1,5}$/.test(text) ? Number(text) < 65536 : /^[a-z][\w.+-]*$/i.test(text);
}

function isAddress(text) {
  if (family(text) === 6) return URL.canParse(`http://[${text}]/`);
  if (family(text) === 4) return /^(?:\d{1,3}\.){3}\d{1,3}$/.test(text) && text.split(".").every((byte) => Number(byte) < 256 && String(Number(byte)) === byte);
  return text !== "";
}

/** The line that `read` was, with the fields as they are now. */
export function compose(read, now) {
  const was = read.fields;
  const [from, to] = [kindOf(was), kindOf(now)];
  const ports = hasPorts(to) && !read.isLater;
  const end = (raw, name, port) => {
    if (hasPorts(from) === hasPorts(to) && was[name] === now[name] && was[port] === now[port]) return raw;
    return join(now[name], ports ? now[port] : "");
  };
  const ends = `${end(read.source, "source", "sport")}${read.arrow}${end(read.destination, "destination", "dport")}`;
  return `${read.indent}${head(read, now)}${named(read, now, from, to)}${ends}${rest(read, now, from, to)}${read.comment}`;
}

/** The protocol, with the blanks and words around it. */
function named(read, now, from, to) {
  const [, blank] = /^(\s+)/.exec(read.before);
  const gap = to !== "arp" ? (from === "arp" ? " " : read.gap)
    : from === "arp" ? read.gap.replace(/\S+/, () => now.type) : ` ${now.type} `;
  if (from === to) return `${read.before}${read.protocol}${gap}`;
  if (now.protocol !== "other") return `${blank}${now.protocol}${gap}`;
  return `${read.before === blank ? `${blank}proto ` : read.before}${now.number}${gap}`;
}

function head(read, now) {
  const was = read.fields;
  if (now.direction !== was.direction) {
    return now.direction === "in" ? `in ${now.iface}` : `local${now.uid && ` uid ${now.uid}`}`;
  }
  if (now.direction === "in") return read.head.replace(/\S+$/, () => now.iface);
  if (now.uid === was.uid || read.attributes.some(({ key }) => key === "uid")) return read.head;
  const others = `local${read.owners}`;
  if (!was.uid) return others.replace("local", () => `local uid ${now.uid}`);
  return others.replace(/\s+uid\s+\S+/, () => now.uid && ` uid ${now.uid}`);
}

function rest(read, now, from, to) {
  const was = read.fields;
  const kept = read.attributes.map((one) => ({ ...one, text: fitted(one, read, now, from, to) })).filter(({ text }) => text);
  const type = to === "arp" ? "" : to === "tcp" ? now.flags : hasType(to) ? now.type : "";
  const isThere = from === to && read.typed; // then it was changed in its place
  const isNew = from !== to || type !== (to === "tcp" ? was.flags : was.type);
  if (type && isNew && !isThere) {
    const echo = from !== to && isIcmp(to) && isEcho(type) && !(isIcmp(from) && kept.some(({ key }) => key === "id" || key === "seq"));
    kept.unshift({ text: ` ${type}${echo ? ECHO : ""}` });
  }
  for (const name of to === "arp" ? [] : ["ttl", "mark"]) {
    if (!now[name] || was[name]) continue; // one that was there was changed in its place
    const inner = kept.findIndex(({ key }) => key === "carrying"); // takes what is behind it along
    kept.splice(inner < 0 ? kept.length : inner, 0, { text: ` ${name} ${now[name]}` });
  }
  return kept.map(({ text }) => text).join("");
}

const hasType = (kind) => isIcmp(kind) || kind === "sctp" || kind === "dccp";

/** An attribute's text in the new line; nothing when it cannot be there. */
function fitted(one, read, now, from, to) {
  const was = read.fields;
  const { key, text } = one;
  const put = (value) => value && text.replace(/\S+$/, () => value);
  if (key === "uid" && now.direction === "local" && now.uid !== was.uid) return put(now.uid);
  if (now.direction !== was.direction && (now.direction === "in" ? OWNERS : MACS).has(key)) return "";
  if (to === "arp" && from !== "arp") return OF_ARP.has(key) ? text : "";
  if (familyOf(was) !== familyOf(now) && OF[{ 4: 6, 6: 4 }[familyOf(now)]]?.has(key)) return "";
  for (const name of ["ttl", "mark"]) {
    if ((name === "ttl" ? TTL.has(key) : key === name) && now[name] !== was[name]) return put(now[name]);
  }
  if (from === to) {
    if (one === read.typed && to === "tcp") return now.flags === was.flags ? text : put(now.flags);
    if (one === read.typed && now.type !== was.type) return put(now.type);
    // A type by its name has its code with it.
    return key === "code" && now.type !== was.type ? "" : text;
  }
  return moved(one, read, now, from, to);
}

/** An attribute's text in a packet of another protocol. */
function moved(one, read, now, from, to) {
  const { key, text } = one;
  if (one === read.typed || isType(one, from)) return "";
  const isNumbered = key === "seq" || key === "ack";
  if (isIcmp(from) && (isNumbered || key === "id")) {
    return isIcmp(to) && isEcho(read.fields.type) && isEcho(now.type) ? text : "";
  }
  if (isNumbered) return "";
  if (ONLY[key] && (!ONLY[key].has(to) || isIcmp(from) && key !== "checksum")) return "";
  // An ICMP packet's "id" is its own: the IP header's has another name there.
  return key === "id" && isIcmp(to) ? text.replace("id", "ip-id") : text;
}
