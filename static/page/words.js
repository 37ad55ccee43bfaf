// Completion and explanation of option names in the rules editor, from the extensions' own
// declarations on the server. The suggestions are a list under the caret; Down and Up choose,
// Enter takes one, Escape closes; Tab is never taken. The word at the caret is explained below.

import { toolAt } from "./dialect.js";
import { reference } from "./reference.js";

const LINE = 20;
const LEAVES = /^(ArrowLeft|ArrowRight|Home|End|PageUp|PageDown)$/;

export class Words {
  constructor(editor, help) {
    this.editor = editor;
    this.area = editor.textarea;
    this.help = help;
    this.list = document.createElement("ul");
    this.list.className = "suggestions";
    this.list.ariaHidden = "true"; // the help line says the same, politely
    this.list.hidden = true;
    editor.frame.append(this.list);
    this.chosen = -1;
    for (const name of ["focus", "pointerenter"]) this.area.addEventListener(name, () => this.load());
    this.area.addEventListener("input", () => this.suggest());
    this.area.addEventListener("keyup", (event) => {
      if (event.key.startsWith("Arrow") && this.list.hidden) this.explain();
    });
    this.area.addEventListener("click", () => {
      this.close();
      this.explain();
    });
    this.area.addEventListener("keydown", (event) => this.key(event));
    this.area.addEventListener("blur", () => this.close());
    // Typing at a long line's end scrolls the text: the list goes along with its word.
    this.area.addEventListener("scroll", () => this.put(), { passive: true });
    this.area.addEventListener("mousemove", (event) => this.hover(event));
    this.area.addEventListener("mouseleave", () => {
      if (this.area.matches(":focus") && this.list.hidden) this.explain();
    });
    this.list.addEventListener("mousedown", (event) => {
      event.preventDefault();
      const item = event.target.closest("li");
      if (item) this.take([...this.list.children].indexOf(item));
    });
  }

  async load() {
    this.known = await reference(this.help.dataset.reference).catch(() => null);
  }

  /** The line, the part of it before the caret, and the word that is being typed. */
  place() {
    const end = this.area.selectionStart;
    const text = this.area.value;
    const start = text.lastIndexOf("\n", end - 1) + 1;
    const stop = text.indexOf("\n", end);
    const before = text.slice(start, end);
    return {
      line: text.slice(start, stop < 0 ? text.length : stop),
      before,
      word: /\S*$/.exec(before)[0],
      row: text.slice(0, end).split("\n").length,
    };
  }

  /** Everything that may stand here, as {flag, metavar, help}. */
  candidates({ line, before, word, row }) {
    const tool = this.tool(row);
    const last = before.slice(0, before.length - word.length).trim().split(/\s+/).at(-1) || "";
    const named = (set) => Object.entries(set).map(([flag, { help }]) => ({ flag, metavar: "", help }));
    if (last === "-j" || last === "--jump") return [...named((tool || this.known).targets), ...this.chains(tool)];
    if (!tool && (last === "-m" || last === "--match")) return named(this.known.matches);
    if (!tool && (last === "-g" || last === "--goto")) return this.chains();
    if (!word.startsWith("-")) return [];
    return this.options(line, tool);
  }

  /** What ebtables or arptables knows, on a line of theirs; nothing on iptables'. */
  tool(row) {
    return this.known.tools?.[toolAt(this.editor.lines, row - 1, this.known.evidence)];
  }

  options(line, tool) {
    const words = line.split(/\s+/);
    if (tool) {
      const target = words.find((_, at) => ["-j", "--jump"].includes(words[at - 1]));
      return [...(tool.targets[target]?.options || []), ...tool.core];
    }
    const used = words.filter((_, at) => ["-m", "-p", "--match", "--protocol"].includes(words[at - 1]));
    const target = words.find((_, at) => ["-j", "--jump"].includes(words[at - 1]));
    const extra = used.flatMap((name) => this.known.matches[name]?.options || []);
    return [...extra, ...(this.known.targets[target]?.options || []), ...this.known.core];
  }

  chains(tool) {
    const declared = tool ? /^:(\S+) \S|(?:-N|--new-chain) (\S+)/ : /^:(\S+) -|(?:-N|--new-chain) (\S+)/;
    const names = this.editor.lines.flatMap((line) => {
      const found = declared.exec(line);
      return found ? [found[1] || found[2]] : [];
    });
    return [...new Set(names)].map((flag) => ({ flag, metavar: "", help: "a chain of this ruleset" }));
  }

  suggest() {
    if (!this.known) return;
    const place = this.place();
    const found = place.word
      ? this.candidates(place).filter(({ flag }) => flag.startsWith(place.word) && flag !== place.word).slice(0, 8)
      : [];
    this.found = found;
    this.chosen = found.length ? 0 : -1;
    this.list.hidden = !found.length;
    if (!found.length) {
      this.explain();
      return;
    }
    this.list.replaceChildren(...found.map(({ flag, metavar, help }) => {
      const item = document.createElement("li");
      const name = document.createElement("b");
      name.textContent = `${flag} ${metavar}`;
      item.append(name, ` ${help}`);
      return item;
    }));
    this.choose(0);
    this.reveal();
    this.put();
  }

  /** The help line takes its height from the editor: the line that is typed on stays in view. */
  reveal() {
    const hidden = (this.place().row + 1) * LINE + 8 - this.area.scrollTop - this.area.clientHeight;
    if (hidden > 0) this.area.scrollTop += hidden;
  }

  /** The list under its word as the text is scrolled now; none under a line out of view. */
  put() {
    if (this.list.hidden) return;
    const { before, word, row } = this.place();
    const below = row * LINE + 8 - this.area.scrollTop;
    if (below < LINE || below > this.area.clientHeight + LINE) {
      this.close();
      return;
    }
    this.glyph ||= this.measure();
    const column = before.length - word.length - this.area.scrollLeft / this.glyph;
    this.list.style.setProperty("--row", `${below}px`);
    this.list.style.setProperty("--column", String(column));
  }

  choose(at) {
    this.chosen = (at + this.found.length) % this.found.length;
    [...this.list.children].forEach((item, number) => {
      item.classList.toggle("is-chosen", number === this.chosen);
    });
    const { flag, metavar, help } = this.found[this.chosen];
    this.say(`${flag} ${metavar}: ${help}. Enter takes it, Escape does not.`);
  }

  key(event) {
    if (this.list.hidden) return;
    // The caret leaves the word: what is offered does not belong where it goes.
    if (LEAVES.test(event.key)) this.close();
    if (event.ctrlKey || event.metaKey) return;
    if (event.key === "ArrowDown") this.choose(this.chosen + 1);
    else if (event.key === "ArrowUp") this.choose(this.chosen - 1);
    else if (event.key === "Enter") this.take(this.chosen);
    else if (event.key === "Escape") this.close();
    else return;
    event.preventDefault();
  }

  take(at) {
    const { word } = this.place();
    const rest = `${this.found[at].flag.slice(word.length)} `;
    this.close();
    // execCommand keeps the browser's own undo; where it is gone the text is set plainly.
    if (!document.execCommand("insertText", false, rest)) this.area.setRangeText(rest, this.area.selectionStart, this.area.selectionEnd, "end");
    this.close();
  }

  /** No list; the help line no longer says that Enter takes something. */
  close() {
    if (this.list.hidden) return;
    this.list.hidden = true;
    this.explain();
  }

  explain(line, column, row) {
    if (!this.known) return;
    const place = line === undefined ? this.place() : { line, before: line.slice(0, column), row };
    const tool = this.tool(place.row);
    const start = place.before.length - /\S*$/.exec(place.before)[0].length;
    const word = /^\S*/.exec(place.line.slice(start))[0];
    const known = word.startsWith("-")
      ? this.options(place.line, tool).find(({ flag }) => flag === word)
      : tool ? tool.targets[word] : this.known.targets[word] || this.known.matches[word];
    this.say(known ? `${word} ${known.metavar || ""}: ${known.help}` : "");
  }

  hover(event) {
    if (!this.known || !this.list.hidden) return;
    const box = this.area.getBoundingClientRect();
    this.glyph ||= this.measure();
    const row = Math.floor((event.clientY - box.top - 8 + this.area.scrollTop) / LINE);
    const column = Math.floor((event.clientX - box.left - 8 + this.area.scrollLeft) / this.glyph);
    const line = this.editor.lines[row];
    if (line !== undefined && column < line.length) this.explain(line, column + 1, row + 1);
  }

  measure() {
    const probe = document.createElement("span");
    probe.className = "probe";
    probe.textContent = "0".repeat(100);
    this.editor.paint.append(probe);
    const width = probe.getBoundingClientRect().width / 100;
    probe.remove();
    return width;
  }

  say(text) {
    this.help.hidden = !text;
    if (this.help.textContent !== text) this.help.textContent = text;
  }
}
