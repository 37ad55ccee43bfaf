// The playground page: run over the socket, resume after a break, step through the trace.
// Without this file Run is a form post and the page comes back with the whole trace.

import { Choice, isNarrow, isOpen, openTab, openText, showChips, stopInMatrix, watchAdder } from "./bench.js";
import { Builder } from "./builder.js";
import { clausesOf, tableOf } from "../shown/clauses.js";
import "./copy.js";
import "./density.js";
import { Editor } from "../shown/editor.js";
import { keepExpectations } from "./expected.js";
import { putBack } from "./kept.js";
import { Live } from "./live.js";
import { nameLeft, taken } from "./own.js";
import { Marker } from "../shown/marker.js";
import { before, Player } from "../shown/player.js";
import "./printed.js";
import "./save.js";
import "./split.js";
import { isStart, leaveStart, submitPaste, takeFiles, watchStart } from "./start.js";
import { replaceAll } from "./typed.js";
import { follow, note as noteRun, watchUndo } from "./undo.js";
import { Words } from "./words.js";

const byId = (id) => document.getElementById(id);
const form = byId("scenario");
const stopButton = byId("stop");
const status = byId("status");
const cursor = () => byId("cursor");

const isPutBack = putBack();
const editors = Object.fromEntries(
  ["rules", "host", "packets"].map((name) => [name, new Editor(byId(name))]),
);
for (const editor of Object.values(editors)) {
  editor.textarea.addEventListener("chainwalk:set", () => editor.changed()); // set by a script
}
const host = byId("host");
for (const name of ["input", "chainwalk:set"]) host.addEventListener(name, () => showChips(host.value));
showChips(host.value);
watchAdder((line) => {
  const { value } = byId("packets");
  const text = value && !value.endsWith("\n") ? `${value}\n` : value;
  openText("packets"); // what is hidden cannot be typed into
  replaceAll(byId("packets"), `${text}${line}\n`);
  openText("packets", false);
  editors.packets.changed();
  byId("adder").focus();
  run();
});
new Builder(byId("builder"), editors.packets);
new Words(editors.rules, byId("word-help"));
let walking = false;
let opened = false;

function setWalking(now) {
  walking = now;
  stopButton.hidden = !now;
}

function send(action) {
  nameLeft();
  byId("action").value = action;
  form.dispatchEvent(new Event("chainwalk:run"));
  byId("action").value = "run";
}

/** Ask about a line of a text, or about a span of steps. */
function question(action, about) {
  if (!opened) return;
  byId("asked").disabled = false;
  byId("asked").value = String(about);
  send(action);
  byId("asked").disabled = true;
}

let waiting = 0; // for the socket to open

function run(isLive = false) {
  if (!opened) {
    // No socket (yet): give it a moment, then let the form do the same in one page.
    status.textContent = "Connecting…";
    waiting ||= setTimeout(() => form.submit(), 2000);
    return;
  }
  live.begin();
  leaveStart();
  noteRun();
  if (!form.dataset.saved) keepExpectations(byId("expect"), byId("packets"));
  player.restart();
  for (const name of ["rules", "packets"]) editors[name].show(0); // no step is shown
  if (!isLive) toResult();
  cursor().value = "0";
  delete cursor().dataset.done; // of the run before
  setWalking(true);
  send(isLive ? "live" : "run");
}

/** What was asked for comes into sight: the fates, a matrix, a capture's packets. */
function toResult() {
  if (isNarrow()) openTab("trace");
}


// A part of the page that htmx fetched; without script its button posts the form.
document.body.addEventListener("htmx:afterOnLoad", ({ detail }) => {
  putCame(true);
  stopInMatrix();
  showErrors();
  if (detail.successful && detail.target.matches("#matrix, #pcap, #mask, #difference")) toResult();
});
document.addEventListener("click", ({ target }) => {
  const closed = target.closest("[data-closes]")?.dataset.closes;
  if (closed) byId(closed).replaceChildren();
});
// Esc closes what lies over the walk.
byId("result").addEventListener("keydown", (event) => {
  const over = event.target.closest("#mask, #difference");
  if (event.key !== "Escape" || !over) return;
  over.replaceChildren();
  byId("result").focus({ preventScroll: true });
});
for (const broken of ["htmx:responseError", "htmx:sendError"]) {
  document.body.addEventListener(broken, ({ detail }) => {
    status.textContent = `There was no answer (${detail.xhr.status || "no connection"}): allow cookies for this site, and try again.`;
  });
}

form.addEventListener("submit", (event) => {
  if (event.submitter && event.submitter.hasAttribute("formaction")) {
    keepAsked(true);
    return;
  }
  event.preventDefault();
  run();
  // Who clicked goes on with the keys of the trace; who pressed a key stays where that was.
  if (pointed) byId("result").focus({ preventScroll: true });
});
let pointed = false; // was Run pressed with a pointer
byId("run").addEventListener("click", ({ detail }) => {
  pointed = detail > 0;
});
stopButton.addEventListener("click", () => {
  send("stop");
  setWalking(false);
  status.textContent = "Stopped. Run starts it again.";
});
document.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
    event.preventDefault();
    if (isStart()) submitPaste();
    else run();
  }
});

// The keys of the trace work wherever nothing is typed; P leads to the next packet.
document.addEventListener("keydown", (event) => {
  if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.target.closest("input, textarea, select")) return;
  if (event.key === "p" || event.key === "P") choice.next(event.shiftKey ? -1 : 1);
  else if (event.target === document.body || event.target.closest("#fates")) player.key(event);
});

// On a narrow screen a tap on a packet opens its walk.
byId("fates").addEventListener("click", (event) => {
  if (event.target.closest("a") && isNarrow()) openTab("trace");
});

// From an editor to the trace, and back to the rule that a step is of.
form.addEventListener("keydown", (event) => {
  if (event.key !== "Escape" || event.defaultPrevented || !event.target.matches(".editor textarea")) return;
  if (isNarrow()) openTab("trace"); // what is hidden takes no focus
  byId("result").focus({ preventScroll: true });
});
byId("result").addEventListener("keydown", (event) => {
  if (event.key !== "e" || event.ctrlKey || event.metaKey || event.altKey) return;
  if (!player.current || event.target.closest("input, textarea, select")) return;
  const rule = ruleLine(player.current);
  event.preventDefault();
  openTab(rule ? "rules" : "packets");
  if (rule) editors.rules.edit(rule);
  else {
    openText("packets");
    packets.edit(statementLine(+player.current.dataset.line));
  }
});

// Diagnostics while typing; the server also keeps what it compiled, so that Run starts at once.
const live = new Live({
  isReady: () => opened && !walking && !reading,
  check: () => send("check"),
  run: () => run(true),
});

// A paste that fills an editor, and any among the packets, is read by the server; what it becomes
// is put in as if it had been typed.
let reading = false;
for (const name of Object.keys(editors)) {
  byId(name).addEventListener("paste", ({ clipboardData }) => {
    const pasted = (clipboardData?.getData("text") ?? "").replace(/\r\n?/g, "\n").trim();
    setTimeout(() => {
      if (!opened || !pasted || (name !== "packets" && byId(name).value.trim() !== pasted)) return;
      reading = true;
      status.textContent = "Reading what you pasted…";
      question("paste", name);
    });
  });
}

/** Put texts into the editors, undoably; the focus stays where it is. */
function putTexts(texts) {
  const focused = document.activeElement;
  const { selectionStart, selectionEnd } = focused;
  live.hold(true);
  for (const name of Object.keys(editors)) {
    const area = byId(name);
    if (texts[name] === undefined || area.value === texts[name]) continue;
    const wasOpen = isOpen(name);
    openText(name); // what is hidden cannot be typed into
    replaceAll(area, texts[name]);
    openText(name, wasOpen);
    editors[name].changed();
  }
  if (texts.expect !== undefined) byId("expect").value = texts.expect;
  live.hold(false);
  focused.focus({ preventScroll: true });
  if (focused.matches(".editor textarea")) focused.setSelectionRange(selectionStart, selectionEnd);
  showChips(byId("host").value);
  showProposed();
}

/** A frame that has texts in it: of a run, of what was pasted, or fetched by a button. */
function putCame(isFetched = false) {
  const came = byId("came").dataset;
  if (came.why === undefined) return;
  const isNew = reading || isFetched; // no run has them yet
  reading = false;
  putTexts(came);
  const { why, aside } = came;
  const isAsked = "open" in came;
  for (const name of Object.keys(came)) delete byId("came").dataset[name];
  keepAsked(false);
  if (aside) taken();
  if (!isNew) follow();
  if (why || isNew) status.textContent = why;
  if (isNew && !isAsked) run();
  byId("announce").textContent = why; // behind the run, which begins with silence
}

/** What was pasted is sent with an answer to what it asked, and with nothing else. */
function keepAsked(isSent) {
  for (const one of form.querySelectorAll(".asked-of")) one.disabled = !isSent;
}
keepAsked(false);

/** What nobody but us wrote says so, until it is the person's. */
function showProposed() {
  for (const badge of document.querySelectorAll("[data-proposed]")) {
    badge.hidden = !byId(badge.dataset.proposed).value.startsWith("# Proposed from the rules");
  }
}
form.addEventListener("input", showProposed);
showProposed();

watchUndo((texts) => {
  putTexts(texts);
  run();
});

// "What would have let it through?" and "What would stop it?" answer in place.
document.body.addEventListener("htmx:beforeRequest", ({ detail: { target } }) => {
  if (target.matches(".whatif")) target.textContent = "Trying small changes…";
});

// A cell's packet is walked as the first one; the table stays, with its mark there.
byId("matrix").addEventListener("click", ({ target }) => {
  const cell = target.closest(".cell");
  if (!cell) return;
  for (const other of byId("matrix").querySelectorAll("[aria-current]")) other.removeAttribute("aria-current");
  cell.setAttribute("aria-current", "true");
  stopInMatrix();
  choice.wanted = 1;
});

// What is dropped anywhere: a capture is read like one that was chosen, other files like a paste.
const CAPTURES = /\.(pcap|pcapng|cap)$/i;
document.addEventListener("dragover", (event) => event.preventDefault());
document.addEventListener("drop", (event) => {
  const files = event.dataTransfer?.files;
  const chooser = form.querySelector("input[name=pcap]");
  if (!files?.length) return;
  event.preventDefault();
  if (isStart() || !chooser || !CAPTURES.test(files[0].name)) {
    takeFiles(files);
    return;
  }
  chooser.files = files;
  form.querySelector("button[formenctype]").click();
});

// A row's clauses: the table is made when it is asked for.
byId("trace").addEventListener("click", (event) => {
  const button = event.target.closest("button.clauses");
  if (!button) return;
  const isOpen = button.getAttribute("aria-expanded") === "true";
  button.setAttribute("aria-expanded", String(!isOpen));
  if (isOpen) button.nextElementSibling.remove();
  else button.after(tableOf(clausesOf(button)));
});

// A long fold comes without its rows; they are asked for when it is opened.
byId("trace").addEventListener("toggle", (event) => {
  const fold = event.target.closest(".fold");
  if (!fold || !event.target.open || fold.querySelector(".step") || !opened) return;
  question("rows", `${fold.dataset.from}-${fold.dataset.to}`);
}, { capture: true });

function showErrors() {
  for (const [name, editor] of Object.entries(editors)) {
    const found = new Map();
    for (const error of byId(`errors-${name}`).querySelectorAll(".error")) {
      const { line, from, to, says } = error.dataset;
      found.set(+line, [...(found.get(+line) || []), { from: +from, to: +to, says }]);
    }
    editor.mark(found, null);
    editor.textarea.setAttribute("aria-invalid", String(found.size > 0));
  }
}

const RULE = /^\s*(?:ip6?tables\S*\s.*)?-[AI]\s/;

function showHits() {
  const hits = new Map();
  for (const one of byId("hits").dataset.hits.split(",").filter(Boolean)) {
    const [line, tried, matched, undecided] = one.split(":").map(Number);
    hits.set(line, { tried, matched, undecided });
  }
  editors.rules.mark(null, hits);
  const rules = editors.rules.lines.filter((line) => RULE.test(line)).length;
  const matched = [...hits.values()].filter((hit) => hit.matched).length;
  const told = byId("rules-hit");
  told.dataset.before ||= told.textContent;
  told.textContent = hits.size ? `${matched} of ${rules} matched` : told.dataset.before;
}

document.body.addEventListener("htmx:wsOpen", () => {
  opened = true;
  if (waiting) {
    clearTimeout(waiting);
    waiting = 0;
    run();
  }
  else if (walking) send("run"); // the cursor says what is already here
  else if (isPutBack && isStart()) run(); // there is nothing else that it could show
  else if (isRestored()) send("check"); // typed before anybody listened
});
document.body.addEventListener("htmx:wsClose", () => {
  opened = false;
  reading = false;
  if (walking) status.textContent = "The connection broke; it goes on where it was as soon as it is back.";
});
document.body.addEventListener("htmx:wsAfterMessage", () => {
  choice.arrived();
  player.arrived();
  if (walking && cursor().dataset.done) { // not at later answers: the lines may have moved
    setWalking(false);
    live.end();
    if (cursor().dataset.done === "refused") byId("hits").dataset.hits = ""; // they were of another run
    showHits();
  }
  if (answering && byId("why").firstElementChild) {
    answering = false;
    inSight(byId("why"));
  }
  putCame();
  showErrors();
  live.arrived();
});

// What is to be mended leads to its place in the text.
byId("trace").addEventListener("click", (event) => {
  const link = event.target.closest(".mends a");
  const area = link && byId(link.dataset.text);
  if (!area) return;
  event.preventDefault();
  openTab(link.dataset.text);
  const { line, column } = link.dataset;
  openText(link.dataset.text);
  if (editors[area.id]) editors[area.id].edit(+line, +column);
  else {
    area.closest("details").open = true;
    area.focus();
  }
});

// A step and the line that it is about show each other.
const packets = editors.packets;
const marker = new Marker(byId("trace"));
const choice = new Choice();
let showing = false; // once the step itself has been painted: not all in one frame
const player = new Player(byId("result"), byId("player"), () => {
  if (showing) return;
  showing = true;
  requestAnimationFrame(() => setTimeout(() => {
    showing = false;
    const step = player.current;
    if (!step) return;
    editors.rules.show(ruleLine(step));
    packets.show(statementLine(+step.dataset.line));
    showRung(+step.id.slice(5));
    marker.show(step);
  }));
}, () => !walking, (step) => {
  if (choice.line !== +step.dataset.line) choice.choose(+step.dataset.line);
});

/** The line of the rule that a step is of, or that made it: of its target, its rewrite. */
function ruleLine(step) {
  for (let at = step; at && !at.matches(".of-hook, .fold"); at = before(at)) {
    if (at.dataset.source) return +at.dataset.source;
  }
  return 0;
}

/** The line of the packets text of a statement: blank lines and comments do not count. */
function statementLine(number) {
  let seen = 0;
  const at = packets.lines.findIndex((text) => {
    if (text.trim() && !text.trim().startsWith("#")) seen += 1;
    return seen === number;
  });
  return at + 1;
}

/** The rung of the conversation that a step is of: the last that began before it. */
function showRung(number) {
  for (const ladder of byId("ladder").querySelectorAll(".ladder")) {
    const old = ladder.querySelector(".is-now");
    const now = [...ladder.querySelectorAll(".rung")].findLast((rung) => +rung.dataset.step <= number);
    if (now === old) continue;
    old?.classList.remove("is-now");
    old?.removeAttribute("aria-current");
    now?.classList.add("is-now");
    now?.setAttribute("aria-current", "step");
  }
}

const MOST_LINKS = 64;

/** The steps that looked at a line, as [packet, step]; of folds whose rows are not here as well. */
function looks(line) {
  const found = [];
  for (const one of byId("trace").querySelectorAll(`.step[data-source="${line}"], .fold[data-sources]`)) {
    if (one.matches(".step")) found.push([one.dataset.line, +one.id.slice(5)]);
    else if (!one.querySelector(".step")) {
      let number = +one.dataset.from;
      for (const run of one.dataset.sources.split(",")) {
        const [first, last = first] = run.split("-").map(Number);
        if (line >= first && line <= last) found.push([one.dataset.line, number + line - first]);
        number += last - first + 1;
      }
    }
  }
  return found;
}

/** On a narrow screen what is told of a line may stand below it. */
function inSight(note) {
  if (isNarrow()) note.scrollIntoView({ block: "nearest" });
}
let answering = false; // the question why a rule matched, or not

// The caret on a rule: who looked at it, and the question why it did or did not match.
editors.rules.onLine = (line) => {
  const note = byId("line-note");
  for (const step of document.querySelectorAll(".is-looked")) step.classList.remove("is-looked");
  byId("why").replaceChildren();
  note.replaceChildren();
  if (!RULE.test(editors.rules.lines[line - 1] || "")) return;
  const hit = editors.rules.hits.get(line) || { tried: 0, matched: 0 };
  note.append(`Line ${line}: looked at ${hit.tried} time${hit.tried === 1 ? "" : "s"}, matched ${hit.matched}${hit.undecided ? `, could not be told ${hit.undecided}` : ""}. `);
  for (const [packet, number] of looks(line).slice(0, MOST_LINKS)) {
    byId(`step-${number}`)?.classList.add("is-looked");
    const link = document.createElement("a");
    link.href = `#step-${number}`;
    link.textContent = `packet ${packet}, step ${number}`;
    note.append(link, " ");
  }
  if (hit.tried > MOST_LINKS) note.append(`and ${hit.tried - MOST_LINKS} more. `);
  const ask = document.createElement("button");
  ask.type = "button";
  ask.className = "ask";
  ask.textContent = "Why did it match, or not?";
  ask.addEventListener("click", () => {
    question("why", line);
    answering = true;
  });
  note.append(ask);
  inSight(note);
};

// Texts that the browser put back (a reload, the way back to this page) have not been walked.
function isRestored() {
  return Object.values(editors).some(({ textarea }) => textarea.value !== textarea.defaultValue);
}
window.addEventListener("pageshow", () => {
  if (walking || cursor().dataset.done || !isRestored()) return;
  document.body.classList.add("is-stale");
  status.textContent = "Restored your unsaved text. These results are out of date: press Run.";
  for (const editor of Object.values(editors)) editor.changed();
});

watchStart((isWalked) => {
  for (const editor of Object.values(editors)) editor.changed();
  showChips(host.value);
  showProposed();
  if (isWalked) run();
  else {
    leaveStart();
    byId("rules").focus();
  }
});
showErrors();
showHits();
choice.arrived();
player.arrived();
