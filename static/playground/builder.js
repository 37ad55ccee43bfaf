// A form beside the packets text: the line at the caret fills the fields, the fields write that
// line and no other. What the form has no field for stays in the line as it was typed, unless the
// chosen protocol or direction cannot have it.

const LINE = /^(?<indent>\s*)(?<head>in\s+(?<iface>[^\s"()#]+)|local(?<owners>(?:\s+(?:uid|gid|pid|sid|cmd|cgroup)\s+[^\s"()]+)*))(?<before>\s+(?:proto(?:col)?\s+)?)(?<protocol>tcp|udp|icmp|icmpv6)(?<gap>\s+)(?<source>[^\s"()]+)(?<arrow>\s+(?:->|=>|>|→)\s+)(?<destination>[^\s"()]+)(?<rest>(?:[\s"(].*)?)$/;
const QUOTED_OR_COMMENT = /"(?:\\.|[^"\\])*(?:"|$)|(?<!\S)#/g; // as sim/parser/lines.py cuts it
const WORD = /\s*("(?:\\.|[^"\\])*"?|[()]|[^\s"()]+)/g;
const FLAGS = /^(?:syn|ack|fin|rst|psh|urg|ece|cwr|ae|none)(?:,\w+)*$/i;
const ECHO = "echo-request id 7 seq 1";
const NEW = "in eth1 tcp 192.0.2.1:1 -> 192.0.2.2:2"; // every field of it is written over

const words = (text) => new Set(text.split(" "));
// Words that the next word belongs to (sim/parser/packets.lark), and what only some packets have
// (sim/parser/packets/spec.py).
const TAKES = words("seq window mss wscale urgent ttl hoplimit hlim tos tclass dscp ecn length id ip-id offset flowlabel code mtu udp-length vtag tag spi key pointer mark payload payload-hex options-hex ip-options-hex timestamp sack checksum ip-checksum type flags src dst src-mac dst-mac gateway target fragment from ext quoting carrying uid gid pid sid cmd cgroup");
const OF_TCP = words("seq ack window mss wscale urgent sackok timestamp sack options-hex flags");
const OF_ICMP = words("id seq type code mtu pointer gateway target quoting");
const OF_IPV4 = words("df ip-options-hex ip-checksum");
const OF_IPV6 = words("flowlabel ext");
const OWNERS = words("uid gid pid sid cmd cgroup");
const MACS = words("src dst src-mac dst-mac");

const isIcmp = (protocol) => protocol.startsWith("icmp");

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
    let size = TAKES.has(key) || (key === "ack" && /^\d/.test(next)) ? 2 : 1;
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

const isFlags = ({ key, text }) => key === "flags" || (FLAGS.test(key) && text.trim() === key);
const lastWord = ({ text }) => text.trim().split(/\s+/).at(-1);

function split(end) {
  const found = /^\[(.+)\](?::(.+))?$/.exec(end) || /^([^:]+):([^:]+)$/.exec(end);
  return found ? [found[1], found[2] || ""] : [end, ""];
}

function join(address, port) {
  if (!port) return address;
  return address.includes(":") ? `[${address.replace(/[[\]]/g, "")}]:${port}` : `${address}:${port}`;
}

/** What a line says, or nothing when it is no packet that the form has the fields for. */
function parse(line) {
  const [said, comment] = cut(line);
  const parts = LINE.exec(said)?.groups;
  if (!parts) return null;
  const all = attributes(parts.rest);
  const [source, sport] = split(parts.source);
  const [destination, dport] = split(parts.destination);
  const flags = parts.protocol === "tcp" && all.find(isFlags);
  const uid = /\suid\s+(\S+)/.exec(parts.owners || "")?.[1] || all.filter(({ key }) => key === "uid").map(lastWord)[0];
  const fields = {
    direction: parts.iface ? "in" : "local", iface: parts.iface || "", uid: uid || "",
    protocol: parts.protocol, source, sport, destination, dport, flags: flags ? lastWord(flags) : "",
  };
  return { ...parts, attributes: all, comment, fields };
}

/** The line that `read` was, with the fields as they are now. */
function compose(read, now) {
  const was = read.fields;
  const end = (raw, name, port) => {
    const moved = isIcmp(was.protocol) !== isIcmp(now.protocol);
    if (!moved && was[name] === now[name] && was[port] === now[port]) return raw;
    return join(now[name], isIcmp(now.protocol) ? "" : now[port]);
  };
  const ends = `${end(read.source, "source", "sport")}${read.arrow}${end(read.destination, "destination", "dport")}`;
  return `${read.indent}${head(read, now)}${read.before}${now.protocol}${read.gap}${ends}${rest(read, now)}${read.comment}`;
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

function rest(read, now) {
  const was = read.fields;
  const kept = read.attributes.map((one) => fitted(one, read, now)).filter(Boolean);
  if (was.protocol === now.protocol && was.flags === now.flags) return kept.join("");
  if (now.protocol === "tcp") {
    const there = was.protocol === "tcp" && was.flags; // then they were changed in their place
    return (there || !now.flags ? "" : ` ${now.flags}`) + kept.join("");
  }
  if (isIcmp(now.protocol) && !echoes(read)) return ` ${ECHO}${kept.join("")}`;
  return kept.join("");
}

const echoes = (read) => isIcmp(read.protocol) && read.attributes.some(({ key }) => /^echo-(request|reply)$/.test(key));

/** An attribute's text in the new line; nothing when it cannot be there. */
function fitted(one, read, now) {
  const was = read.fields;
  const { key, text } = one;
  if (key === "uid" && now.direction === "local" && now.uid !== was.uid) return now.uid && text.replace(/\S+$/, () => now.uid);
  if (now.direction !== was.direction && (now.direction === "in" ? OWNERS : MACS).has(key)) return "";
  if (was.protocol === now.protocol) {
    const isChanged = now.flags !== was.flags && one === read.attributes.find(isFlags) && now.protocol === "tcp";
    return isChanged ? now.flags && text.replace(/\S+$/, () => now.flags) : text;
  }
  if ((now.protocol === "icmpv6" ? OF_IPV4 : now.protocol === "icmp" ? OF_IPV6 : new Set()).has(key)) return "";
  if (isIcmp(was.protocol)) return fromIcmp(one, read, now);
  if (key === "udp-length" || OF_TCP.has(key) || isFlags(one)) return "";
  // An ICMP packet's "id" is its own: the IP header's has another name there.
  return key === "id" && isIcmp(now.protocol) ? text.replace("id", "ip-id") : text;
}

function fromIcmp({ key, text }, read, now) {
  const isType = !TAKES.has(key) && !OF_IPV4.has(key) && key !== "mf";
  if (!isType && !OF_ICMP.has(key)) return text;
  const isEcho = isIcmp(now.protocol) && echoes(read) && (isType || key === "id" || key === "seq");
  return isEcho ? text : "";
}

export class Builder {
  constructor(form, editor) {
    this.form = form;
    this.area = editor.textarea;
    this.label = document.getElementById("builder-line");
    form.hidden = false;
    // The caret can come to another line, or the line to other words, in each of these ways.
    for (const name of ["input", "click", "keyup", "focus", "chainwalk:set"]) {
      this.area.addEventListener(name, () => this.follow());
    }
    form.addEventListener("input", (event) => {
      event.stopPropagation();
      if (!event.isComposing) this.changed(event);
    });
    form.addEventListener("compositionend", (event) => this.changed(event));
    form.querySelector("[data-act=add]").addEventListener("click", () => this.add());
    // Nobody has put the caret anywhere yet: the first packet is what they look at.
    this.read(this.lines().findIndex((_, at) => this.parsed(at + 1)) + 1 || 1);
  }

  field(name) {
    return this.form.querySelector(`[data-field=${name}]`);
  }

  /** The text itself, not the editor's copy: a script may have set it. */
  lines() {
    return this.area.value.split("\n");
  }

  follow() {
    if (this.writing) return;
    const line = this.area.value.slice(0, this.area.selectionStart).split("\n").length;
    if (line !== this.line || this.lines()[line - 1] !== this.was) this.read(line);
  }

  /** A line; one that a backslash joins with another is left to the keyboard. */
  parsed(line) {
    const lines = this.lines();
    if ([lines[line - 2], lines[line - 1]].some((text) => text?.endsWith("\\"))) return null;
    return parse(lines[line - 1] || "");
  }

  read(line) {
    this.line = line;
    this.was = this.lines()[line - 1];
    this.origin = this.parsed(line);
    if (this.origin) {
      for (const [name, value] of Object.entries(this.origin.fields)) {
        if (this.field(name).value !== value) this.field(name).value = value;
      }
      this.say(`Line ${line}: a change here changes it`);
    } else this.say(`Line ${line} is not a packet that fits this form; it can only add a new line`);
    this.fit();
  }

  say(text) {
    this.label.hidden = false;
    if (this.label.textContent !== text) this.label.textContent = text;
  }

  /** Only what the chosen direction and protocol have. */
  fit() {
    const ports = ["tcp", "udp"].includes(this.field("protocol").value);
    const incoming = this.field("direction").value === "in";
    const show = (name, is) => { this.field(name).closest("label").hidden = !is; };
    show("sport", ports);
    show("dport", ports);
    show("flags", this.field("protocol").value === "tcp");
    show("iface", incoming);
    show("uid", !incoming);
  }

  /** The fields' words, without what would end a word of the line. */
  values() {
    const fields = [...this.form.querySelectorAll("[data-field]")];
    return Object.fromEntries(fields.map(({ dataset, value }) => [dataset.field, value.replace(/[\s"#()\\]/g, "")]));
  }

  /** The first field that a packet must have and that is empty. */
  lacking() {
    const { direction } = this.values();
    const needed = ["source", "destination", ...(direction === "in" ? ["iface"] : [])];
    return needed.map((name) => this.field(name)).find(({ value }) => !value.trim());
  }

  changed({ target }) {
    if (target.matches("select")) this.propose();
    this.fit();
    this.write();
  }

  /** What the new protocol or direction needs and the line before it had not. */
  propose() {
    const { protocol, direction } = this.values();
    const { fields = {} } = this.origin || {};
    const needed = direction === "in" ? ["iface"] : [];
    if (!isIcmp(protocol) && isIcmp(fields.protocol || "icmp")) needed.push("sport", "dport");
    if (protocol === "tcp" && fields.protocol !== "tcp") needed.push("flags");
    for (const name of needed) this.field(name).value ||= this.field(name).defaultValue;
  }

  write() {
    if (!this.origin || this.lacking()) return;
    const lines = this.lines();
    if (lines[this.line - 1] !== this.was) {
      this.origin = null;
      this.say(`Line ${this.line} has changed meanwhile; put the caret on the line that is meant`);
      return;
    }
    // From the line as it was read: tcp to udp and back again loses nothing.
    const text = compose(this.origin, this.values());
    if (text === this.was) return;
    const start = lines.slice(0, this.line - 1).reduce((sum, line) => sum + line.length + 1, 0);
    this.put(start, start + this.was.length, text);
    this.was = text;
  }

  add() {
    const lacking = this.lacking();
    if (lacking) {
      lacking.focus();
      return;
    }
    const end = this.area.value.trimEnd().length;
    const text = compose(parse(NEW), this.values());
    this.put(end, this.area.value.length, end ? `\n${text}` : text);
    this.read(this.lines().length);
  }

  /** Replace a span of the text so that the browser can undo it; the focus stays in the form. */
  put(start, end, text) {
    const { scrollX, scrollY } = window;
    const held = document.activeElement;
    const range = held.matches("input") ? [held.selectionStart, held.selectionEnd] : null;
    this.writing = true;
    this.area.focus({ preventScroll: true });
    this.area.setSelectionRange(start, end);
    // execCommand writes where the focus is; where either is not to be had the text is set plainly.
    if (document.activeElement !== this.area || !document.execCommand("insertText", false, text)) {
      this.area.setRangeText(text, start, end, "end");
      this.area.dispatchEvent(new Event("input", { bubbles: true }));
    }
    held.focus({ preventScroll: true });
    if (range) held.setSelectionRange(...range);
    window.scrollTo(scrollX, scrollY);
    this.writing = false;
  }
}
