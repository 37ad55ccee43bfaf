// The advisor's panel: asks for advice when the texts or the run have changed, moves the editor
// to a line, and makes a fix as if it were typed, so that the browser's undo takes it back.

import { openTab, openText } from "./bench.js";

const byId = (id) => document.getElementById(id);
const form = byId("scenario");
const TEXTS = ["rules", "host", "packets"];
const state = () => [...TEXTS.map((name) => byId(name).value), byId("cursor").dataset.done].join("\0");
const REST = 250; // ms in which nothing more is asked: a run must not wait for advice
let asked = state();
const SLOW = 400; // ms behind which the page says that it still looks for causes
const searching = byId("searching");
let waiting = 0;
let slow = 0;

function ask(action) {
  byId("action").value = action;
  form.dispatchEvent(new Event("chainwalk:run"));
  byId("action").value = "run";
}

function showSearch(now) {
  clearTimeout(slow);
  searching.hidden = true;
  if (now) slow = setTimeout(() => (searching.hidden = false), SLOW);
}

searching.querySelector("button").addEventListener("click", () => {
  ask("stop");
  showSearch(false);
  byId("announce").textContent = "The search is stopped. Run starts it again.";
});

document.body.addEventListener("htmx:wsAfterMessage", () => {
  clearTimeout(waiting);
  showSearch(false);
  waiting = setTimeout(() => {
    if (!byId("stop").hidden || state() === asked) return;
    asked = state();
    ask("advise");
    showSearch(true);
  }, REST);
});

/** Where a line and column are in a text; behind the end is the end. */
function offset(text, line, column) {
  const lines = text.split("\n");
  if (line > lines.length) return text.length;
  const before = lines.slice(0, line - 1).reduce((sum, one) => sum + one.length + 1, 0);
  return before + Math.min(column - 1, lines[line - 1].length);
}

function make(edits) {
  const last = (one, other) => other.line - one.line || other.column - one.column;
  for (const edit of edits.sort(last)) {
    const area = byId(edit.where);
    openText(edit.where); // what is hidden cannot be typed into
    const start = offset(area.value, edit.line, edit.column);
    const end = Math.max(start, offset(area.value, edit.end_line, edit.end_column));
    area.focus();
    area.setSelectionRange(start, end);
    const done = edit.text
      ? document.execCommand("insertText", false, edit.text)
      : start === end || document.execCommand("delete");
    if (!done) {
      area.setRangeText(edit.text, start, end, "end");
      area.dispatchEvent(new Event("input", { bubbles: true }));
    }
  }
}

document.addEventListener("click", (event) => {
  if (!event.target.closest("#advice, #cards, .whatif")) return;
  const place = event.target.closest(".place");
  const apply = event.target.closest(".apply");
  if (place) {
    event.preventDefault();
    const area = byId(place.dataset.where);
    openTab(place.dataset.where);
    openText(place.dataset.where);
    const line = +place.dataset.line;
    area.focus();
    area.setSelectionRange(offset(area.value, line, 1), offset(area.value, line, 1e6));
    area.scrollTop = Math.max(0, (line - 1) * 20 - area.clientHeight / 2);
  } else if (apply) {
    event.preventDefault();
    make(JSON.parse(apply.dataset.edits));
    if ("rerun" in apply.dataset) {
      byId("announce").textContent = "The fix is made and runs. Undo takes it back.";
      byId("run").click();
    } else {
      byId("announce").textContent = "The fix is made. Undo takes it back; Run walks with it.";
    }
  }
});
