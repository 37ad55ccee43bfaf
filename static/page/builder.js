// A form beside the packets text: the line at the caret fills the fields, the fields write that
// line and no other (packetline.js says how). Fields that make no packet write nothing.

import { compose, hasPorts, isIcmp, kindOf, learn, parse, problem } from "./packetline.js";
import { reference } from "./reference.js";

const NEW = "in eth1 tcp 192.0.2.1:1 -> 192.0.2.2:2"; // every field of it is written over

export class Builder {
  constructor(form, editor) {
    this.form = form;
    this.area = editor.textarea;
    this.label = document.getElementById("builder-line");
    this.problem = document.getElementById("builder-problem");
    const fold = form.closest("details");
    const open = () => fold.open && !this.asked && this.load();
    fold.addEventListener("toggle", open);
    open();
  }

  /** The language, once the form is looked at; without it the form would only be in the way. */
  async load() {
    this.asked = true;
    try {
      this.start((await reference(this.form.dataset.reference)).packets);
    } catch {
      this.asked = false; // opened again, it is asked for again
    }
  }

  start(language) {
    learn(language);
    this.form.hidden = false;
    // The caret can come to another line, or the line to other words, in each of these ways.
    for (const name of ["input", "click", "keyup", "focus", "chainwalk:set"]) {
      this.area.addEventListener(name, () => this.follow());
    }
    this.form.addEventListener("input", (event) => {
      event.stopPropagation();
      if (!event.isComposing) this.changed(event);
    });
    this.form.addEventListener("compositionend", (event) => this.changed(event));
    this.form.querySelector("[data-act=add]").addEventListener("click", () => this.add());
    // Nobody has put the caret anywhere yet: the first packet is what they look at.
    this.read(this.lines().findIndex((_, at) => this.parsed(at + 1)) + 1 || 1);
  }

  /** The field of a name; of the types the one that the chosen protocol has, if any. */
  field(name) {
    if (name !== "type") return this.form.querySelector(`[data-field=${name}]`);
    const kind = kindOf({ protocol: this.field("protocol").value, number: this.field("number").value });
    return this.types().find(({ dataset }) => dataset.of === kind);
  }

  types() {
    return [...this.form.querySelectorAll("[data-field=type]")];
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
      for (const [name, value] of Object.entries(this.origin.fields)) this.fill(name, value);
      this.say(`Line ${line}: a change here changes it`);
    } else {
      this.say(`Line ${line} is not a packet that fits this form. What stands below is of no line yet: it can only be added as a new one.`);
    }
    this.form.classList.toggle("is-new", !this.origin);
    this.fit();
    this.check();
  }

  /** A select has what is written, also where it does not offer it. */
  fill(name, value) {
    const field = this.field(name);
    if (!field || field.value === value) return;
    if (field.matches("select") && ![...field.options].some((option) => option.value === value)) {
      field.add(new Option(value, value));
    }
    field.value = value;
  }

  say(text) {
    this.label.hidden = false;
    if (this.label.textContent !== text) this.label.textContent = text;
  }

  /** Only what the chosen direction and protocol have. */
  fit() {
    const { protocol, direction, number } = this.values();
    const kind = kindOf({ protocol, number });
    const ports = hasPorts(kind) && !this.origin?.isLater;
    const shown = {
      sport: ports, dport: ports, flags: kind === "tcp", number: protocol === "other",
      iface: direction === "in", uid: direction !== "in", ttl: kind !== "arp", mark: kind !== "arp",
    };
    for (const [name, is] of Object.entries(shown)) this.field(name).closest("label").hidden = !is;
    for (const field of this.types()) field.closest("label").hidden = field.dataset.of !== kind;
    // Nothing but what arrives is walked as ARP.
    this.field("direction").querySelector("[value=local]").disabled = kind === "arp";
  }

  /** The fields' words, without what would end a word of the line. */
  values() {
    const fields = [...this.form.querySelectorAll("[data-field]:not([data-field=type])"), this.field("type")];
    const said = fields.filter(Boolean).map(({ dataset, value }) => [dataset.field, value.replace(/[\s"#()\\]/g, "")]);
    return { type: "", ...Object.fromEntries(said) };
  }

  /** The field that keeps the others from being a packet; it is marked, and told why. */
  check(read = this.origin) {
    const found = problem(this.values(), read);
    const wrong = found && this.field(found.field);
    for (const field of this.form.querySelectorAll("[data-field]")) {
      field.toggleAttribute("aria-invalid", false);
      field.removeAttribute("aria-describedby");
    }
    wrong?.setAttribute("aria-invalid", "true");
    wrong?.setAttribute("aria-describedby", this.problem.id);
    const text = found ? `${found.text}${read ? " Until then nothing is written." : ""}` : "";
    if (this.problem.textContent !== text) this.problem.textContent = text;
    return wrong;
  }

  changed({ target }) {
    if (target.matches("select")) this.propose();
    this.fit();
    this.write();
  }

  /** What the new protocol or direction needs and the line before it had not. */
  propose() {
    if (this.field("protocol").value === "arp") this.field("direction").value = "in";
    if (this.field("protocol").value === "other") this.field("number").value ||= this.field("number").defaultValue;
    const now = this.values();
    const was = this.origin ? kindOf(this.origin.fields) : "";
    const kind = kindOf(now);
    const needed = now.direction === "in" ? ["iface"] : [];
    if (hasPorts(kind) && !hasPorts(was)) needed.push("sport", "dport");
    if (kind === "tcp" && was !== "tcp") needed.push("flags");
    for (const name of needed) this.field(name).value ||= this.field(name).defaultValue;
    if (kind === was || !this.field("type")) return;
    const type = this.field("type");
    const before = isIcmp(kind) && isIcmp(was) ? this.origin.fields.type : "";
    const offered = [...type.options].map(({ value }) => value);
    if (before && offered.includes(before)) type.value = before;
    else type.value ||= type.dataset.usual;
  }

  write() {
    if (this.check() || !this.origin) return;
    const lines = this.lines();
    if (lines[this.line - 1] !== this.was) {
      this.origin = null;
      this.form.classList.add("is-new");
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
    const wrong = this.check(null);
    if (wrong) {
      wrong.focus();
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
