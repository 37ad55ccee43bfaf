// A textarea with line numbers, colours, diagnostics and hit counts painted beside and under it.
// The textarea stays what it is: undo, screen readers, phones and a page without this file all
// work. Only the lines in view are painted, so that 10,000 of them scroll as smoothly as ten.

import { watchLarge } from "./large.js";

const LINE = 20; // px, the same as in page.css
const PAD = 8; // px of the textarea above its first line

const WORDS = {
  rules: [
    [/^\s*#.*/, "comment"],
    [/^\s*(\*\w+|COMMIT)\b/, "table"],
    [/^\s*:\S+/, "chain"],
    [/^"(?:[^"\\]|\\.)*"?/, "string"],
    [/^'[^']*'?/, "string"],
    [/^!(?=\s)/, "not"],
    [/^--?[A-Za-z][\w-]*/, "option"],
    [/^(ACCEPT|DROP)\b/, "target"], // a policy
    [/^(sudo|(?:ip6?|eb|arp)tables\S*)\b/, "command"],
    [/^\[\d+:\d+\]/, "comment"],
  ],
  host: [
    [/^#.*/, "comment"],
    [/^(interface|route|neighbour|rule|sysctl|listen|user|group|ip|ipset|create|add|name|kernel|bridge)\b/, "command"],
    [/^(via|dev|mac|mtu|uid|gid|src|metric|table|proto|scope|lookup|from|to|fwmark|inet6?)\b/, "option"],
    [/^(down|failed|unreachable|blackhole|prohibit|DOWN)\b/, "not"],
  ],
  packets: [
    [/^#.*/, "comment"],
    [/^(in|local|reply|wait|down|up|address)\b/, "command"],
    [/^(tcp|udp|icmp|icmpv6|arp|sctp|dccp|udplite|gre|esp|ah|proto)\b/, "target"],
    [/^(syn|ack|fin|rst|psh|urg|ece|cwr)(,\w+)*\b/, "table"],
    [/^->/, "not"],
    [/^"(?:[^"\\]|\\.)*"?/, "string"],
    [/^(uid|gid|pid|sid|cmd|ttl|hoplimit|tos|mark|length|payload|mss|id|seq|window|src|dst|df|mf|offset|hex)\b/, "option"],
  ],
};

const JUMPS = new Set(["-j", "--jump", "-g", "--goto"]);

/** Split a line into [text, class] pieces. */
function pieces(line, kind) {
  const found = [];
  let plain = "";
  let rest = line.slice(0, 600);
  let fresh = true; // words start only after a blank or at the line's start
  while (rest) {
    const hit = fresh && WORDS[kind].map(([re, name]) => [re.exec(rest), name]).find(([m]) => m && m[0]);
    if (hit) {
      if (plain) found.push([plain, ""]);
      plain = "";
      found.push([hit[0][0], hit[1]]);
      rest = rest.slice(hit[0][0].length);
      const to = JUMPS.has(hit[0][0]) && /^(\s+)([^\s"'-]\S*)/.exec(rest);
      if (to) {
        found.push([to[1], ""], [to[2], "target"]);
        rest = rest.slice(to[0].length);
      }
      fresh = false;
      continue;
    }
    fresh = /\s/.test(rest[0]);
    plain += rest[0];
    rest = rest.slice(1);
  }
  if (plain || line.length > 600) found.push([plain + line.slice(600), ""]);
  return found;
}

function element(name, className, text = "") {
  const made = document.createElement(name);
  made.className = className;
  made.textContent = text;
  return made;
}

const waiting = new Set(); // editors that are drawn with the next frame

/** All of them are measured before the first is drawn: else each has the layout reckoned anew. */
function drawAll() {
  const editors = [...waiting];
  waiting.clear();
  const views = editors.map((editor) => editor.measure());
  for (const [at, editor] of editors.entries()) editor.draw(views[at]);
}

export class Editor {
  constructor(textarea) {
    this.textarea = textarea;
    this.kind = textarea.name;
    this.errors = new Map(); // line -> [{from, to, says}]
    this.hits = new Map(); // line -> {tried, matched, undecided}
    this.current = 0;
    this.onLine = () => {};
    this.frame = element("div", "editor");
    this.gutter = element("div", "gutter");
    this.paint = element("div", "paint");
    this.said = element("p", "said"); // under the line that the pointer or the caret is on
    this.said.hidden = true;
    this.gutter.ariaHidden = "true";
    this.paint.ariaHidden = "true";
    this.said.ariaHidden = "true"; // the list of errors below describes the textarea
    textarea.before(this.frame);
    this.frame.append(this.gutter, this.paint, textarea, this.said);
    this.lines = textarea.value.split("\n");
    watchLarge(textarea);
    textarea.addEventListener("input", () => this.changed());
    textarea.addEventListener("scroll", () => {
      this.ask();
      this.say();
    }, { passive: true });
    for (const name of ["click", "keyup"]) textarea.addEventListener(name, () => this.moved());
    for (const name of ["focus", "blur"]) textarea.addEventListener(name, () => this.say());
    textarea.addEventListener("mousemove", (event) => this.point(event.offsetY));
    textarea.addEventListener("mouseleave", () => this.point(NaN));
    textarea.addEventListener("keydown", (event) => {
      if (event.key !== "Escape" || this.said.hidden) return;
      event.preventDefault(); // once more leaves the editor
      this.said.hidden = true;
    });
    new ResizeObserver(() => this.ask()).observe(textarea);
    if (document.activeElement === textarea) this.moved(); // the reader was quicker than this file
    this.ask();
  }

  changed() {
    this.lines = this.textarea.value.split("\n");
    this.errors.clear();
    this.hits.clear();
    this.current = 0;
    this.stale = true;
    this.say();
    this.ask();
  }

  moved() {
    const line = this.textarea.value.slice(0, this.textarea.selectionStart).split("\n").length;
    if (line !== this.caret) {
      this.caret = line;
      this.say();
      this.onLine(line);
    }
  }

  /** The line at a height in the textarea is pointed at; none at NaN. What is said stays while the
      pointer is on it. */
  point(height) {
    const { hidden, offsetTop, offsetHeight } = this.said;
    if (!hidden && height >= offsetTop && height < offsetTop + offsetHeight) return;
    const line = Math.floor((height - PAD + this.textarea.scrollTop) / LINE) + 1 || 0;
    if (line === this.pointed) return;
    this.pointed = line;
    this.say();
  }

  /** What is wrong with the line that is pointed at, or that the caret is on. */
  say() {
    const caret = document.activeElement === this.textarea ? this.caret : 0;
    const line = [this.pointed, caret].find((one) => this.errors.has(one));
    if (!line && this.said.hidden) return; // nothing to place: the layout is not asked
    const below = (line || 0) * LINE + PAD - this.textarea.scrollTop;
    this.said.hidden = !line || below < LINE || below > this.textarea.clientHeight;
    if (this.said.hidden) return;
    this.said.textContent = this.errors.get(line).map(({ says }) => says).join("\n");
    this.said.style.setProperty("--row", `${below}px`);
  }

  ask() {
    if (!waiting.size) requestAnimationFrame(drawAll);
    waiting.add(this);
  }

  /** Errors from the page's list of them; hits from the run. */
  mark(errors, hits) {
    if (errors) this.errors = errors;
    if (hits) this.hits = hits;
    this.stale = true;
    this.say();
    this.ask();
  }

  /** Show a line as the one that a step is about, and bring it into view. */
  show(line) {
    this.current = line;
    const top = (line - 1) * LINE;
    const view = this.textarea;
    if (line && (top < view.scrollTop || top > view.scrollTop + view.clientHeight - 2 * LINE)) {
      view.scrollTop = Math.max(0, Math.round((top - view.clientHeight / 2) / LINE) * LINE); // whole lines
    }
    this.ask();
  }

  /** The caret in a line, to change it. */
  edit(line, column = 1) {
    const begin = this.lines.slice(0, line - 1).join("\n").length + (line > 1 ? 1 : 0);
    const at = begin + Math.min(column - 1, (this.lines[line - 1] || "").length);
    this.textarea.focus({ preventScroll: true });
    this.textarea.setSelectionRange(at, at);
    this.textarea.scrollIntoView({ block: "nearest", behavior: "instant" });
    this.show(line);
    this.moved();
  }

  measure() {
    const { scrollTop, scrollLeft, clientHeight } = this.textarea;
    return { scrollTop, scrollLeft, clientHeight };
  }

  draw({ scrollTop, scrollLeft, clientHeight }) {
    const first = Math.max(0, Math.floor(scrollTop / LINE) - 2);
    const last = Math.min(this.lines.length, first + Math.ceil(clientHeight / LINE) + 5);
    const view = `${scrollTop} ${scrollLeft} ${last}`;
    if (!this.stale && view === this.view) {
      // Only another line is the current one: stepping must not paint all lines anew.
      for (const side of [this.paint, this.gutter]) {
        side.querySelector(".is-current")?.classList.remove("is-current");
        if (this.current > first) side.children[this.current - 1 - first]?.classList.add("is-current");
      }
      return;
    }
    this.stale = false;
    this.view = view;
    const numbers = document.createDocumentFragment();
    const rows = document.createDocumentFragment();
    for (let at = first; at < last; at += 1) {
      numbers.append(this.number(at + 1));
      rows.append(this.row(at + 1));
    }
    this.gutter.replaceChildren(numbers);
    this.paint.replaceChildren(rows);
    const shift = first * LINE - scrollTop;
    this.gutter.style.setProperty("--shift", `${shift}px`);
    this.paint.style.setProperty("--shift", `${shift}px`);
    this.paint.style.setProperty("--left", `${-scrollLeft}px`);
    this.frame.style.setProperty("--digits", String(Math.max(2, String(this.lines.length).length)));
  }

  number(line) {
    const hit = this.hits.get(line);
    const cell = element("div", "n", String(line));
    if (line === this.current) cell.classList.add("is-current");
    if (this.errors.has(line)) cell.classList.add("is-error");
    if (hit) {
      const doubt = hit.undecided ? "?" : ""; // it is not known whether it matched
      cell.classList.add(hit.matched ? "is-hit" : doubt ? "is-doubt" : "is-tried");
      cell.append(element("span", "count", (hit.matched ? `${hit.matched}×` : "") + doubt || "·"));
    }
    return cell;
  }

  row(line) {
    const row = element("div", "row");
    if (line === this.current) row.classList.add("is-current");
    const places = this.errors.get(line);
    const text = this.lines[line - 1];
    for (const [piece, name] of pieces(text, this.kind)) {
      row.append(name ? element("span", `w-${name}`, piece) : piece);
    }
    for (const { from, to } of places || []) {
      const under = element("span", "squiggle", "");
      under.style.setProperty("--from", String(from - 1));
      under.style.setProperty("--size", String(Math.max(1, Math.min(to, text.length + 2) - from)));
      row.append(under);
    }
    return row;
  }
}
