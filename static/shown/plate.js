// The plate with the packet's ends over its marker: where it hides no name of the map. Everything
// is reckoned from the drawing's own figures, since to ask the layout would cost a frame.

const CHARACTER = 7.9; // px, of the map's monospaced type
const LINE = 16;
const PAD = 4;
const NEAR = 14; // px between a station and the plate
const REACH = 6; // px that the plate goes beyond its stem on either side, at least
const HEIGHTS = [0, 14, 25, 31, 46]; // px further away: over the names, over the line above them
const UNDER = { top: 33, cost: 40 }; // px, under a station's name; the stem crosses that
const ASIDE = 8; // px, so finely it is moved to the side
const ABOVE = 26; // px over the drawing that are still in sight
const NAME = { up: 10, down: 2 }; // of the line that a name stands on: as far as letters go
const NO_SHIFT = 1e-3; // of two places as good, the plain one

const known = new WeakMap(); // by drawing: what was shown of it, and its boxes there

/** How far a part of the drawing was moved down, or up. */
const moved = (part) => +(/translateY\((-?[\d.]+)px\)/.exec(part?.style.transform ?? "")?.[1] ?? 0);

/** [left, top, right, bottom] */
function boxOf(text) {
  const width = text.textContent.length * CHARACTER;
  const x = +text.getAttribute("x");
  const left = { middle: x - width / 2, end: x - width }[text.getAttribute("text-anchor")] ?? x;
  const y = +text.getAttribute("y")
    + moved(text.closest(".station")) + moved(text.closest(".platform"));
  return [left - PAD, y - NAME.up, left + width + PAD, y + NAME.down];
}

/** Of the names that are in sight: a cropped drawing shows what the packet used. */
const SEEN = ".station.is-visited :is(.name, .platform.is-visited text)";

function boxesOf(drawing) {
  const texts = drawing.querySelectorAll(drawing.matches(".is-cropped") ? SEEN : ".station text");
  const shown = `${drawing.getAttribute("viewBox")} ${texts.length}`;
  if (known.get(drawing)?.shown !== shown) {
    known.set(drawing, { shown, boxes: [...texts].map(boxOf) });
  }
  return known.get(drawing).boxes;
}

const covered = (plate, box) =>
  Math.max(0, Math.min(plate[2], box[2]) - Math.max(plate[0], box[0]))
  * Math.max(0, Math.min(plate[3], box[3]) - Math.max(plate[1], box[1]));

/** Lines no wider than the drawing: both ends in one, else one each, else drawn together. */
function linesOf(words, width) {
  if (words.length * CHARACTER <= width) return [words];
  const [from, to] = words.split(" → ");
  return to ? [from, `→ ${to}`] : [words];
}

/** Where the plate hides least: [left, top], seen from the station. */
function placed(drawing, x, y, width, height) {
  const { x: from, y: upper, width: most, height: deep } = drawing.viewBox.baseVal;
  const places = HEIGHTS.map((far) => ({ top: -NEAR - far - height, extra: NO_SHIFT * far }))
    .filter(({ top }, nth) => !nth || y + top >= -ABOVE);
  if (y + UNDER.top + height <= upper + deep) places.push({ top: UNDER.top, extra: UNDER.cost });
  let best = null;
  for (const { top, extra } of places) {
    for (let aim = REACH - width; aim <= -REACH; aim += ASIDE) {
      const left = Math.min(Math.max(aim, from + 1 - x), from + most - 1 - width - x);
      const plate = [x + left, y + top, x + left + width, y + top + height];
      const cost = boxesOf(drawing).reduce((sum, box) => sum + covered(plate, box), 0)
        + extra + NO_SHIFT * Math.abs(aim + width / 2);
      if (!best || cost < best.cost) best = { cost, left, top };
    }
  }
  return best;
}

/** Put the words over a marker that stands at a station. */
export function label(drawing, marker, words, { x, y }) {
  const text = marker.querySelector("text");
  const most = drawing.viewBox.baseVal.width - 2 * PAD - 2;
  const lines = linesOf(words, most);
  const wide = Math.min(most, Math.max(...lines.map((line) => line.length)) * CHARACTER);
  const width = wide + 2 * PAD;
  const height = lines.length * LINE + PAD + 1;
  const { left, top } = placed(drawing, x, y, width, height);
  text.replaceChildren(...lines.map((line, number) => {
    const span = document.createElementNS("http://www.w3.org/2000/svg", "tspan");
    span.textContent = line;
    span.setAttribute("x", String(left + width / 2));
    span.setAttribute("y", String(top + LINE * (number + 1) - 1));
    if (line.length * CHARACTER > most) {
      span.setAttribute("textLength", String(most));
      span.setAttribute("lengthAdjust", "spacingAndGlyphs");
    }
    return span;
  }));
  const plate = marker.querySelector("rect");
  for (const [name, value] of Object.entries({ x: left, y: top, width, height })) {
    plate.setAttribute(name, String(value));
  }
  marker.querySelector(".stem").setAttribute("d", top > 0 ? `M0 11V${top}` : `M0 -11V${top + height}`);
}
