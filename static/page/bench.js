// The workbench's own doings: which packet is chosen, which texts are open, the host in short, the
// line that adds a packet. The split is split.js.

import { watchMap } from "./crop.js";
import { stopAt, watchStops } from "./stops.js";

const byId = (id) => document.getElementById(id);

/** Open a text that its short form stands for, to be edited. */
export function openText(name, isOpen = true) {
  const button = document.querySelector(`[data-opens="${name}"]`);
  if (!button) return;
  byId(button.getAttribute("aria-controls")).classList.toggle("is-open", isOpen);
  button.setAttribute("aria-expanded", String(isOpen));
}

export const isNarrow = () => getComputedStyle(byId("tabs")).display !== "none";

/** On a narrow screen one pane is shown at a time. */
export function openTab(name) {
  const tab = name === "host" ? "rules" : name; // they share one
  const found = byId("tabs").querySelector(`[value=${tab}]`);
  if (found) found.checked = true;
}

export const isOpen = (name) =>
  document.querySelector(`[data-opens="${name}"]`)?.getAttribute("aria-expanded") !== "false";

for (const button of document.querySelectorAll("[data-opens]")) {
  button.addEventListener("click", () => {
    const { opens } = button.dataset;
    openText(opens, !isOpen(opens));
    if (isOpen(opens)) byId(opens).focus();
  });
}

const PASSES = ".is-forwarded, .is-delivered, .is-sent";
const STATIONS = "a, g[role=img]";

// Each list is one stop of Tab: the packets, the stops of a map, the cells of a matrix.
watchStops(byId("fates"), "#fates", "a", { moved: (link) => link.click() });
watchStops(byId("trace"), "svg.map", STATIONS);
watchStops(byId("matrix"), ".matrix", ".cell", { across: (table) => table.rows[0].cells.length - 1 });

/** A matrix came: Tab stops at the cell that is walked. */
export function stopInMatrix() {
  const table = document.querySelector(".matrix");
  if (table) stopAt(table.querySelector(".cell[aria-current]") || table.querySelector(".cell"), table, ".cell");
}

/** The packets one at a time: what belongs to the chosen one is shown, on both sides. */
export class Choice {
  constructor() {
    this.line = 0;
    this.wanted = 0; // chosen before another run, which may have it again
  }

  /** Choose a statement by its number. */
  choose(line) {
    this.line = line;
    this.wanted = line;
    this.paint();
  }

  /** More of the walk is there: the wanted packet if it is among it, else the first. */
  arrived() {
    const first = document.querySelector("#trace > .group > h3")?.id.slice("packet-".length);
    if (byId(`packet-${this.wanted}`)) this.line = this.wanted;
    else if (!byId(`packet-${this.line}`)) this.line = +(first || 0);
    this.paint();
  }

  paint() {
    for (const one of document.querySelectorAll(".is-chosen")) one.classList.remove("is-chosen");
    const own = (name) => document.querySelectorAll(`${name}[data-line="${this.line}"]`);
    const passes = [...own(".verdict")].some((verdict) => verdict.matches(PASSES));
    for (const one of [...own(".verdict"), ...own(".card")]) {
      // What was wrong in the run before is not the news where the packet passes now.
      if (!(passes && one.matches("#cards.is-old .card"))) one.classList.add("is-chosen");
    }
    this.tellTroubles();
    byId(`packet-${this.line}`)?.closest(".group")?.classList.add("is-chosen");
    const map = byId(`map-${this.line}`);
    if (map) watchMap(map);
    for (const drawing of map?.querySelectorAll("svg.map") ?? []) {
      const now = drawing.querySelector('[tabindex="0"]:is(a)') || drawing.querySelector("a");
      stopAt(now, drawing, STATIONS);
    }
    const list = byId("fates");
    for (const one of list.querySelectorAll("[aria-current]")) one.removeAttribute("aria-current");
    const row = byId(`test-${this.line}`)?.querySelector("a");
    row?.setAttribute("aria-current", "true");
    stopAt(row || list.querySelector("a"), list, "a");
  }

  /** The list and the cards tell one story: of a packet that got through, what went wrong then. */
  tellTroubles() {
    for (const told of document.querySelectorAll("#fates .trouble")) {
      const { line } = told.closest(".fate").dataset;
      const card = document.querySelector(`#cards:not(.is-old) .card[data-line="${line}"]`);
      const words = card?.dataset.trouble ?? "";
      if (told.textContent !== words) told.textContent = words;
    }
  }

  /** The next packet, round and round. */
  next(direction = 1) {
    const rows = [...byId("fates").querySelectorAll(".fate:not(.is-waiting)")];
    const at = rows.findIndex(({ dataset }) => +dataset.line === this.line);
    rows.at((at + direction) % rows.length)?.querySelector("a").click();
  }
}

const CHIPS = [
  [/^([\w.-]+)(?:@\S+)?\s+(?:UP|DOWN|UNKNOWN)\s+(\S.*)$/, (_all, name, rest) => `${name} ${rest}`],
  [/^default\s+via\s+(\S+).*$/, (_all, via) => `via ${via}`],
  [/^net\.ipv4\.ip_forward\s*=\s*1$/, () => "forwarding on"],
  [/^interface\s+(\S+)\s+(.*)$/, (_all, name, rest) => `${name} ${rest}`],
  [/^route\s+default\s+via\s+(\S+).*$/, (_all, via) => `via ${via}`],
  [/^sysctl\s+net\.ipv4\.ip_forward\s*=\s*1.*$/, () => "forwarding on"],
  [/^listen\s+(\S+)\s+\S*?:(\d+).*$/, (_all, protocol, port) => `listens ${protocol} ${port}`],
];
const MOST_CHIPS = 24;

/** The host text in short: one chip for each fact that most questions turn on. */
export function showChips(text) {
  const found = [];
  let device = ""; // whose lines of `ip addr` these are
  for (const whole of text.split("\n")) {
    const line = whole.replace(/\s+#.*$/, "");
    device = /^\d+:\s+([\w.-]+)(?:@\S+)?:\s+</.exec(line)?.[1] || device;
    const address = /^\s+inet6?\s+(\S+)/.exec(line);
    if (address && device && device !== "lo") found.push(`${device} ${address[1]}`);
    for (const [pattern, words] of CHIPS) {
      const hit = pattern.exec(line.trim());
      if (hit) found.push(words(...hit));
    }
    if (found.length === MOST_CHIPS) break;
  }
  byId("chips").replaceChildren(...found.map((words) => {
    const chip = document.createElement("li");
    chip.textContent = words;
    return chip;
  }));
  if (!found.length && text.trim()) openText("host");
}

/** Enter in the line below the packets adds what was written to them. */
export function watchAdder(added) {
  byId("adder").addEventListener("keydown", (event) => {
    const line = event.target.value.trim();
    if (event.key !== "Enter" || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    if (!line) return;
    event.target.value = "";
    added(line);
  });
}
