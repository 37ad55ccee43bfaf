// The map of the bench: drawn as large as its place allows, of the part that this packet used. The
// whole network is one key away. All is reckoned from the drawing's own figures: nothing is measured.

import { closer } from "./closer.js";

const CHARACTER = 8.6; // px of the map's type, its bold names too
// px from one table of a stop to the next, and from a station to its first table: in the tall drawing
// so much that each is a place for a finger.
const TABLES = { wide: { row: 16, below: 30 }, tall: { row: 24, below: 28 } };
const { row: ROW, below: BELOW } = TABLES.wide;
const EDGE = { left: 16, right: 16, up: 48, down: 8 };
const MOST = { wide: 1.2, tall: 1 }; // so much larger than drawn at most
const LOWER = 200; // px: from here on a station of the wide drawing stands in the lower row
const BETWEEN = 150; // px: a line that goes so far down leads there
const OVER = [240, 520]; // px: between these, tables of the upper row hang over the lower one
const GAP = 148; // px between both rows as they were drawn
const LEAST = 72; // px between them where nothing hangs
const NAME = 34; // px that the lower row's names above it take

/** The box of a text: [left, right]. */
function spanOf(text) {
  const width = text.textContent.length * CHARACTER;
  const x = +text.getAttribute("x");
  const left = { middle: x - width / 2, end: x - width }[text.getAttribute("text-anchor")] ?? x;
  return [left, left + width];
}

/** The tables that were visited move up, so that none stands under a gap. */
function close(station, isTall) {
  let place = 0;
  for (const platform of station.querySelectorAll(":scope > .platform")) {
    const isUsed = platform.matches(".is-visited");
    platform.classList.toggle("is-unused", !isUsed);
    const nearest = +station.querySelector(":scope > .platform text").getAttribute("y");
    const first = isTall ? +station.dataset.own + TABLES.tall.below : nearest;
    const own = +platform.querySelector("text").getAttribute("y");
    const row = isTall ? TABLES.tall.row : ROW;
    platform.style.transform = isUsed ? `translateY(${first + place * row - own}px)` : "";
    place += isUsed;
  }
  return place;
}

/** The rows of a tall drawing stand as near to each other as what hangs below them lets them. */
function squeeze(drawing, used) {
  const move = closer(used.map(({ dataset, children }) => ({
    x: +dataset.x,
    y: +dataset.own,
    tables: [...children].filter((one) => one.matches(".platform.is-visited")).length,
  })), TABLES.tall.row);
  for (const station of drawing.querySelectorAll(".station")) {
    const up = move.at(+station.dataset.own) - station.dataset.own;
    station.dataset.y = +station.dataset.own + up;
    station.style.transform = up ? `translateY(${up}px)` : "";
  }
  for (const line of drawing.querySelectorAll(".line")) {
    line.dataset.own ||= line.getAttribute("d");
    line.setAttribute("d", move.led(line.dataset.own));
  }
}

/** The lower row of a wide drawing stands as far below the upper one as their tables need: there the
    whole network has room for more than this packet uses. */
function draw(drawing, used) {
  const wide = drawing.matches(".is-wide");
  const stations = drawing.querySelectorAll(".station");
  for (const { dataset } of stations) dataset.own ||= dataset.y;
  if (!wide) {
    squeeze(drawing, used);
    return;
  }
  const upper = used.filter(({ dataset }) => +dataset.own < LOWER);
  const above = upper.filter(({ dataset }) => +dataset.x > OVER[0] && +dataset.x < OVER[1]);
  const hanging = above.map((one) => one.querySelectorAll(":scope > .platform.is-visited").length);
  const gap = Math.max(LEAST, ...hanging.map((tables) => BELOW + tables * ROW + NAME));
  const rise = upper.length < used.length && upper.length ? Math.max(0, GAP - gap) : 0;
  for (const station of stations) {
    const isLower = +station.dataset.own >= LOWER;
    station.dataset.y = station.dataset.own - (isLower ? rise : 0);
    station.style.transform = isLower && rise ? `translateY(${-rise}px)` : "";
  }
  for (const line of drawing.querySelectorAll(".line")) {
    line.dataset.own ||= line.getAttribute("d");
    line.setAttribute("d", line.dataset.own.replace(/(M[\d.]+ |V)([\d.]+)/g, (all, to, y) =>
      +y > BETWEEN ? `${to}${y - rise}` : all));
  }
}

/** Show what was used of one drawing, as large as a place of this size lets it; a height of
    Infinity: the drawing may be as high as it wants to be. What is at its top, and its scale. */
export function crop(drawing, width, height) {
  const used = [...drawing.querySelectorAll(".station.is-visited")];
  if (!used.length || !width || !height) return null;
  draw(drawing, used);
  const isTall = drawing.matches(".is-tall");
  const { row, below } = TABLES[isTall ? "tall" : "wide"];
  const box = { left: Infinity, right: -Infinity, top: Infinity, bottom: -Infinity };
  for (const station of used) {
    const tables = close(station, isTall);
    const y = +station.dataset.y;
    const spans = [...station.querySelectorAll(".name, .platform.is-visited text")].map(spanOf);
    box.left = Math.min(box.left, +station.dataset.x, ...spans.map(([left]) => left));
    box.right = Math.max(box.right, +station.dataset.x, ...spans.map(([, right]) => right));
    box.top = Math.min(box.top, y);
    box.bottom = Math.max(box.bottom, y + (tables ? below + tables * row : ROW * 1.5));
  }
  const left = box.left - EDGE.left;
  const top = box.top - EDGE.up;
  const wide = box.right + EDGE.right - left;
  const high = box.bottom + EDGE.down - top;
  const scale = Math.min(MOST[isTall ? "tall" : "wide"], width / wide, height / high);
  drawing.dataset.whole ||= drawing.getAttribute("viewBox");
  drawing.setAttribute("viewBox", `${left} ${top} ${width / scale} ${Math.min(high, height / scale)}`);
  drawing.classList.add("is-cropped");
  return { top, scale };
}

/** The network as it was drawn. */
function uncrop(drawing) {
  if (!drawing.dataset.whole) return;
  drawing.setAttribute("viewBox", drawing.dataset.whole);
  drawing.classList.remove("is-cropped");
  draw(drawing, []);
  for (const platform of drawing.querySelectorAll(".platform")) platform.style.transform = "";
}

const button = document.getElementById("whole");
const isWhole = () => button.getAttribute("aria-pressed") === "true";
button.addEventListener("click", () => {
  button.setAttribute("aria-pressed", String(!isWhole()));
  document.body.classList.toggle("is-whole", isWhole());
  for (const place of document.querySelectorAll(".group.is-chosen .map-place")) fit(place);
});

const sizes = new WeakMap(); // of the drawings' places
const observer = new ResizeObserver((entries) => {
  for (const { target, contentRect } of entries) {
    sizes.set(target, contentRect);
    fit(target);
  }
});

function fit(place) {
  const { width, height } = sizes.get(place) ?? {};
  // One of both is in sight, by the page's width. Asked before anything is changed, while it costs
  // nothing.
  const shown = [...place.querySelectorAll("svg.map")].filter((one) => one.getClientRects().length);
  for (const drawing of shown) {
    const isTall = drawing.matches(".is-tall");
    if (isWhole()) uncrop(drawing);
    else showEnd(place, drawing, crop(drawing, width, isTall ? Infinity : height), height);
  }
}

/** A map that is higher than its place, as on a phone: the stop where the packet ended is seen. */
function showEnd(place, drawing, shown, height) {
  const end = drawing.querySelector(".station.is-end");
  if (!end || !shown) return;
  place.scrollTop = (end.dataset.y - shown.top) * shown.scale - height / 2;
}

/** The maps of packets that nobody looks at yet are text, as those without script read them: half of
    what a page has is maps. */
function unpack(place) {
  const kept = place.querySelector(":scope > noscript");
  if (kept) kept.outerHTML = kept.textContent;
}

window.addEventListener("beforeprint", () => {
  for (const place of document.querySelectorAll(".map-place")) unpack(place);
});

/** Watch a place whose map comes, and may come again. */
export function watchMap(place) {
  unpack(place);
  if (sizes.has(place)) fit(place);
  else observer.observe(place);
}
