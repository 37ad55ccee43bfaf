// The playground page: run over the socket, resume after a break, step with the keyboard.
// Without this file Run is a form post and the page comes back with the whole trace.

const form = document.getElementById("scenario");
const runButton = document.getElementById("run");
const stopButton = document.getElementById("stop");
const status = document.getElementById("status");
let walking = false;
let opened = false;

const cursor = () => document.getElementById("cursor");

function setWalking(now) {
  walking = now;
  stopButton.hidden = !now;
}

function send(action) {
  document.getElementById("action").value = action;
  form.dispatchEvent(new Event("chainwalk:run"));
  document.getElementById("action").value = "run";
}

function run() {
  if (!opened) {
    form.submit(); // no socket here: the form does the same, in one page
    return;
  }
  cursor().value = "0";
  setWalking(true);
  performance.mark("chainwalk:run");
  send("run");
}

form.addEventListener("submit", (event) => {
  if (event.submitter && event.submitter.hasAttribute("formaction")) return;
  event.preventDefault();
  run();
});
stopButton.addEventListener("click", () => {
  send("stop");
  setWalking(false);
  status.textContent = "Stopped. Run starts it again.";
});

document.body.addEventListener("htmx:wsOpen", () => {
  opened = true;
  if (walking) send("run"); // the cursor says what is already here
});
document.body.addEventListener("htmx:wsClose", () => {
  if (walking) status.textContent = "The connection broke; it goes on where it was as soon as it is back.";
});
document.body.addEventListener("htmx:wsAfterMessage", () => {
  if (cursor().dataset.done) setWalking(false);
});

// Stepping. Keys work while the trace has the focus, so that none is taken from the editors.
const result = document.getElementById("result");
let current = null;

function visible(selector) {
  return [...result.querySelectorAll(selector)].filter((step) => step.offsetParent !== null);
}

function go(step) {
  if (!step) return;
  if (current) {
    current.classList.remove("is-current");
    current.removeAttribute("tabindex");
  }
  current = step;
  current.classList.add("is-current");
  current.tabIndex = -1;
  current.focus({ preventScroll: true });
  current.scrollIntoView({ block: "nearest" });
  history.replaceState(null, "", `#${current.id}`);
}

function beside(selector, direction) {
  const steps = visible(selector);
  if (!current || !current.isConnected) return direction > 0 ? steps[0] : steps.at(-1);
  const before = Node.DOCUMENT_POSITION_PRECEDING;
  const after = Node.DOCUMENT_POSITION_FOLLOWING;
  const wanted = direction > 0 ? after : before;
  const candidates = steps.filter((step) => current.compareDocumentPosition(step) & wanted);
  return direction > 0 ? candidates[0] : candidates.at(-1);
}

const keys = {
  j: () => go(beside(".step", 1)),
  ArrowDown: () => go(beside(".step", 1)),
  k: () => go(beside(".step", -1)),
  ArrowUp: () => go(beside(".step", -1)),
  m: () => go(beside(".step.is-matched", 1)),
  r: () => go(beside(".step.is-rewritten", 1)),
  f: () => go(beside(".step.of-fate", 1)),
};

result.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.target.matches("input, textarea, summary, a")) return;
  const act = keys[event.key];
  if (!act) return;
  event.preventDefault();
  act();
});
result.addEventListener("click", (event) => {
  const step = event.target.closest(".step");
  if (step && !event.target.closest("a, summary, code")) go(step);
});
document.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
    event.preventDefault();
    run();
  }
});
