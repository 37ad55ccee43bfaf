// The plate with the packet's ends over its marker: where it hides no name of the map. Everything
// is reckoned from the drawing's own figures, since to ask the layout would cost a frame.

const CHARACTER = 7.9; // px, of the map's monospaced type
const LINE = 16;
const PAD = 4;
const NEAR = 14; // px between a station and the plate
const HEIGHTS = [0, 14, 25, 31, 46]; // px further away: over the names, over the line above them
const ASIDE = 8; // px, so finely it is moved to the side
const ABOVE = 26; // px over the drawing that are still in sight
const NAME = { up: 12, down: 4 }; // of the line that a name stands on
const NO_SHIFT = 1e-3; // of two places as good, the plain one

const known = new WeakMap(); // the boxes of each drawing: [left, top, right, bottom]

function boxOf(text) {
  const width = text.textContent.length * CHARACTER;
  const x = +text.getAttribute("x");
  const left = { middle: x - width / 2, end: x - width }[text.getAttribute("text-anchor")] ?? x;
  const y = +text.getAttribute("y");
  return [left - PAD, y - NAME.up, left + width + PAD, y + NAME.down];
}

function boxesOf(drawing) {
  if (!known.has(drawing)) {
    known.set(drawing, [...drawing.querySelectorAll(".station text")].map(boxOf));
  }
  return known.get(drawing);
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
  const { x: from, width: most } = drawing.viewBox.baseVal;
  let best = null;
  for (const far of HEIGHTS) {
    const top = -NEAR - far - height;
    if (best && y + top < -ABOVE) break;
    for (let aim = NEAR - width; aim <= -NEAR; aim += ASIDE) {
      const left = Math.min(Math.max(aim, from + 1 - x), from + most - 1 - width - x);
      const plate = [x + left, y + top, x + left + width, y + top + height];
      const cost = boxesOf(drawing).reduce((sum, box) => sum + covered(plate, box), 0)
        + NO_SHIFT * (far + Math.abs(aim + width / 2));
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
  marker.querySelector(".stem").setAttribute("d", `M0 -11V${top + height}`);
}
