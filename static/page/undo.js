// One button leads back to the texts of the run before: whatever changed them since, a fix that was
// applied, a paste that was read, or the person.

const NAMES = ["rules", "host", "packets", "expect"];
const MOST = 20; // runs
const byId = (id) => document.getElementById(id);
const button = byId("undo");
const texts = () => Object.fromEntries(NAMES.map((name) => [name, byId(name).value]));
const isSame = (one, other) => NAMES.every((name) => one[name] === other[name]);
const isBlank = (one) => NAMES.every((name) => !one[name].trim());

const before = [];
let ran = texts();

/** A run begins with the texts as they are now. */
export function note() {
  const now = texts();
  if (isSame(now, ran)) return;
  if (!isBlank(ran)) before.push(ran);
  if (before.length > MOST) before.shift();
  ran = now;
  button.hidden = !before.length;
}

/** Texts came that belong to the run that is on: no step of its own. */
export function follow() {
  ran = texts();
}

/** `put` shows the texts of the run before, and runs them. */
export function watchUndo(put) {
  button.addEventListener("click", () => {
    const last = before.pop();
    if (!last) return;
    ran = last;
    button.hidden = !before.length;
    put(last);
  });
}
