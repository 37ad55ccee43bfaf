// A form beside the packets text: the line at the caret fills the fields, the fields write the
// line. What the form does not know (other attributes) stays in the line as it was typed.

const LINE = /^(in\s+(?<iface>\S+)|local(?:\s+uid\s+(?<uid>\S+))?)\s+(?<protocol>tcp|udp|icmp|icmpv6)\s+(?<source>\S+)\s+->\s+(?<destination>\S+)(?<rest>.*)$/;

function split(end) {
  const found = /^\[(.+)\]:(\d+)$/.exec(end) || /^([^:]+):(\d+)$/.exec(end);
  return found ? [found[1], found[2]] : [end, ""];
}

function join(address, port, withPort) {
  if (!withPort || !port) return address;
  return address.includes(":") ? `[${address}]:${port}` : `${address}:${port}`;
}

export class Builder {
  constructor(form, editor) {
    this.form = form;
    this.editor = editor;
    this.area = editor.textarea;
    form.hidden = false;
    editor.onLine = (line) => this.read(line);
    form.addEventListener("input", (event) => {
      event.stopPropagation();
      this.write();
    });
    form.querySelector("[data-act=add]").addEventListener("click", () => this.add());
    this.read(1);
  }

  field(name) {
    return this.form.querySelector(`[data-field=${name}]`);
  }

  read(line) {
    const found = LINE.exec((this.editor.lines[line - 1] || "").replace(/#.*/, "").trim());
    if (!found) return;
    this.line = line;
    const { iface, uid, protocol, source, destination, rest } = found.groups;
    const [from, sport] = split(source);
    const [to, dport] = split(destination);
    const flags = /^\s+((?:syn|ack|fin|rst|psh|urg|ece|cwr|none)(?:,\w+)*)/.exec(rest);
    this.rest = flags ? rest.slice(flags[0].length) : rest;
    const values = {
      direction: iface ? "in" : "local", iface: iface || "", uid: uid || "", protocol,
      source: from, sport, destination: to, dport, flags: flags ? flags[1] : "",
    };
    for (const [name, value] of Object.entries(values)) this.field(name).value = value;
    this.fit();
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

  text() {
    const value = (name) => this.field(name).value.trim();
    const ports = ["tcp", "udp"].includes(value("protocol"));
    const head = value("direction") === "in" ? `in ${value("iface") || "eth0"}` : `local${value("uid") ? ` uid ${value("uid")}` : ""}`;
    const flags = value("protocol") === "tcp" && value("flags") ? ` ${value("flags")}` : "";
    const kind = value("protocol").startsWith("icmp") && !this.rest ? " echo-request id 7 seq 1" : this.rest || "";
    return `${head} ${value("protocol")} ${join(value("source"), value("sport"), ports)} -> ${join(value("destination"), value("dport"), ports)}${flags}${kind}`;
  }

  write() {
    this.fit();
    if (!this.line) return;
    const lines = [...this.editor.lines];
    lines[this.line - 1] = this.text();
    this.put(lines);
  }

  add() {
    const lines = this.editor.lines.join("\n").trimEnd().split("\n").filter((line, at, all) => line || all.length > 1);
    this.rest = "";
    lines.push(this.text());
    this.line = lines.length;
    this.put(lines);
  }

  put(lines) {
    this.area.value = lines.join("\n");
    this.editor.changed();
    this.area.dispatchEvent(new Event("input", { bubbles: true }));
  }
}
