// A list is one stop of the Tab key; the arrow keys go about inside it. Without script each of its
// links is a stop of its own.

const STEPS = { ArrowDown: 1, ArrowUp: -1, ArrowRight: 1, ArrowLeft: -1 };

/** The one of these that Tab stops at; those that came since the last time are none. */
export function stopAt(one, list, items) {
  if (!one) return;
  for (const other of list.querySelectorAll(`:is(${items}):is(:not([tabindex]), [tabindex="0"])`)) {
    if (other !== one) other.setAttribute("tabindex", "-1");
  }
  one.setAttribute("tabindex", "0");
}

/** The one in sight that a key leads to from another; a table has `across` in each of its rows. */
function towards(key, from, seen, across) {
  const at = seen.indexOf(from);
  if (key === "Home") return seen[0];
  if (key === "End") return seen.at(-1);
  const vertical = key === "ArrowDown" || key === "ArrowUp";
  return STEPS[key] && seen[at + STEPS[key] * (vertical ? across : 1)];
}

/** Let the arrow keys lead through the `items` of each list in a place; `moved` hears where to. */
export function watchStops(place, lists, items, { moved = () => {}, across = () => 1 } = {}) {
  place.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.shiftKey) return;
    const list = event.target.closest(lists);
    const from = event.target.closest(items);
    if (!list || !from) return;
    const seen = [...list.querySelectorAll(items)].filter((one) => one.checkVisibility());
    const to = towards(event.key, from, seen, across(list));
    if (event.key in STEPS || to) { // also at the end of a list they are the list's
      event.preventDefault();
      event.stopPropagation();
    }
    if (!to) return;
    stopAt(to, list, items);
    to.focus();
    moved(to);
  });
}
