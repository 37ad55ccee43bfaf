// An example is there to be changed, line by line. Whoever puts rules of their own in its place gets
// no verdicts about its packets on its host: those are named to the server with the next run, which
// proposes others.

const byId = (id) => document.getElementById(id);
const SAME = 0.2; // share of the text before that is left when it was replaced
const form = byId("scenario");
const rules = byId("rules");
const named = byId("own");
let before = rules.value;
let isEmptied = false;
let left = []; // texts of the example that have not been set aside yet

function isReplaced(old, now) {
  if (!now.trim() || now.trim() === rules.defaultValue.trim()) return false;
  let head = 0;
  const most = Math.min(old.length, now.length);
  while (head < most && old[head] === now[head]) head += 1;
  let tail = 0;
  while (tail < most - head && old[old.length - 1 - tail] === now[now.length - 1 - tail]) tail += 1;
  return isEmptied || head + tail < old.length * SAME;
}

function take() {
  delete form.dataset.others;
  byId("example")?.remove();
  const unchanged = (name) => byId(name).value.trim() && byId(name).value === byId(name).defaultValue;
  left = ["host", "packets"].filter(unchanged);
  if (unchanged("packets")) byId("expect").value = "";
  for (const name of ["title", "description"]) if (unchanged(name)) byId(name).value = "";
  document.querySelector(".top h1").textContent = byId("title").value || "Untitled";
  for (const said of document.querySelectorAll(".strip > :not(#receipt)")) said.hidden = true;
}

rules.addEventListener("input", () => {
  if (!("others" in form.dataset)) return;
  const now = rules.value;
  if (!now.trim()) isEmptied = true;
  else if (now === rules.defaultValue) isEmptied = false;
  else if (isReplaced(before, now)) take();
  before = now;
});

/** Before anything is sent: what is the person's by now is no example's. */
export function nameLeft() {
  left = left.filter((name) => byId(name).value === byId(name).defaultValue);
  named.value = left.join(" ");
}

/** Texts came in place of the example's. */
export function taken() {
  left = [];
}
