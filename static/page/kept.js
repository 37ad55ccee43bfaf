// What was typed survives every way out of the page and back, and a reload: it stays in this tab,
// by the page's entry in the tab's history. The last texts of all stay in this browser, for the
// first page to offer.

const NAMES = ["rules", "host", "packets", "title", "description", "expect", "parent"];
const TAB = "chainwalk:work";
const LAST = "chainwalk:last";
const MOST = 12; // entries of a tab
const form = document.getElementById("scenario");
const fields = NAMES.map((name) => form.elements.namedItem(name)).filter(Boolean);
const isPosted = "posted" in form.dataset;
const isBack = ["reload", "back_forward"].includes(performance.getEntriesByType("navigation")[0]?.type);
const id = (isBack && history.state?.work) || `${Date.now()}-${Math.random()}`;
let isKept = isPosted; // are these texts of the person's own, which no address brings back?

const textsOf = () => Object.fromEntries(fields.map(({ name, value }) => [name, value]));
const isOwn = () => fields.some(({ name, value, defaultValue }) => name !== "parent" && value !== defaultValue);

function entries() {
  try {
    return JSON.parse(sessionStorage.getItem(TAB)) || [];
  } catch {
    return []; // storage may be closed to pages
  }
}

export function put(texts) {
  for (const field of fields) if (typeof texts[field.name] === "string") field.value = texts[field.name];
}

/** Put back what stood here; says whether anything did. */
export function putBack() {
  // The answer to a form has no address: the way back to it would ask to send the form again.
  history.replaceState({ ...history.state, work: id }, "", isPosted ? form.getAttribute("action") : location.href);
  const [, texts] = entries().find(([one]) => one === id) || [];
  if (!texts || !isBack || isPosted) return false;
  put(texts);
  isKept = true;
  return true;
}

/** The last texts of a person's own in this browser, or null. */
export function lastTexts() {
  try {
    return JSON.parse(localStorage.getItem(LAST));
  } catch {
    return null;
  }
}

function keep() {
  if (!isKept && !isOwn()) return;
  const texts = textsOf();
  if (!NAMES.slice(0, 3).some((name) => texts[name].trim())) return;
  try {
    const others = entries().filter(([one]) => one !== id);
    sessionStorage.setItem(TAB, JSON.stringify([...others, [id, texts]].slice(-MOST)));
  } catch { /* more than may be stored */ }
  try {
    localStorage.setItem(LAST, JSON.stringify(texts));
  } catch { /* as above */ }
}

window.addEventListener("pagehide", keep);
document.addEventListener("visibilitychange", () => { // a phone may end a page that is not seen
  if (document.visibilityState === "hidden") keep();
});
