// What was typed survives a reload. The way back to the page needs no help: there the browser puts
// the texts back itself. They stay in this tab, and are forgotten with it.

const NAMES = ["rules", "host", "packets", "title", "description", "expect"];
const KEY = `chainwalk:${location.pathname}`;
const areas = NAMES.map((name) => document.getElementById(name)).filter(Boolean);

export function putBack() {
  try {
    const texts = JSON.parse(sessionStorage.getItem(KEY) || "{}");
    sessionStorage.removeItem(KEY);
    if (performance.getEntriesByType("navigation")[0]?.type !== "reload") return;
    for (const area of areas) if (typeof texts[area.id] === "string") area.value = texts[area.id];
  } catch { /* storage may be closed to pages */ }
}

window.addEventListener("pagehide", () => {
  const changed = areas.filter(({ value, defaultValue }) => value !== defaultValue);
  if (!changed.length) return;
  try {
    sessionStorage.setItem(KEY, JSON.stringify(Object.fromEntries(changed.map(({ id, value }) => [id, value]))));
  } catch { /* more than may be stored */ }
});
