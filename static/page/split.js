// The line between the two sides: dragged, or moved with the arrow keys, and remembered.

const LEAST = 25; // per cent of the page's width
const MOST = 70;
const STEP = 2;
const KEY = "chainwalk:split";
const split = document.getElementById("split");

function put(share, keep = true) {
  const width = Math.max(LEAST, Math.min(MOST, share));
  document.body.style.setProperty("--split", `${width}%`);
  split.setAttribute("aria-valuenow", String(Math.round(width)));
  try {
    if (keep) localStorage.setItem(KEY, String(width));
  } catch { /* storage may be closed to pages */ }
}

split.hidden = false;
try {
  const kept = parseFloat(localStorage.getItem(KEY));
  if (kept) put(kept, false);
} catch { /* as above */ }

split.addEventListener("pointerdown", (event) => {
  event.preventDefault();
  split.setPointerCapture(event.pointerId);
});
split.addEventListener("pointermove", (event) => {
  if (split.hasPointerCapture(event.pointerId)) put((event.clientX / document.documentElement.clientWidth) * 100);
});
split.addEventListener("keydown", (event) => {
  const now = +split.getAttribute("aria-valuenow");
  const to = { ArrowLeft: now - STEP, ArrowRight: now + STEP, Home: LEAST, End: MOST }[event.key];
  if (to === undefined) return;
  event.preventDefault();
  put(to);
});
