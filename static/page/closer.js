// The rows of a drawing moved together: each as near to the one above as what hangs there lets it. It
// stays the same network: no place changes its side or its order.

const LEAST = 36; // px between two rows of one column
const ASLANT = 48; // px between two of different columns: both bends of a line fit in

const PART = /([MVHl])([\d.-]+)(?: ([\d.-]+))?/g;

/** How far down a line goes aslant until it is upright again, or ends. */
function drop(parts) {
  const end = parts.findIndex(([, kind]) => kind === "V" || kind === "M");
  const bends = end < 0 ? parts : parts.slice(0, end);
  return bends.reduce((sum, [, kind, , down]) => sum + (kind === "l" ? +down : 0), 0);
}

/** `used`: the places as they were drawn, with the count of their tables, which are `row` px apart.
    `at` gives the new height of one, `led` the path of a line between them. */
export function closer(used, row) {
  const rows = new Map();
  for (const y of [...new Set(used.map((one) => one.y))].sort((one, other) => one - other)) {
    let place = rows.size ? 0 : y;
    for (const [above, moved] of rows) {
      const here = used.filter((one) => one.y === above);
      const next = used.filter((one) => one.y === y);
      const apart = here.flatMap((one) => next.map(({ x }) => (x === one.x ? LEAST + one.tables * row : ASLANT)));
      place = Math.max(place, moved + Math.min(Math.max(...apart), y - above));
    }
    rows.set(y, place);
  }
  const known = [...rows];

  function at(y) {
    if (!known.length) return y;
    if (rows.has(y)) return rows.get(y);
    const below = known.find(([own]) => own > y);
    const above = known.findLast(([own]) => own < y);
    if (!above || !below) {
      const [own, place] = below || above;
      return place + y - own;
    }
    return above[1] + (below[1] - above[1]) * (y - above[0]) / (below[0] - above[0]);
  }

  function led(path) {
    const parts = [...path.matchAll(PART)];
    return parts.map(([all, kind, first, then], number) => {
      if (kind === "M") return `M${first} ${at(+then)}`;
      if (kind !== "V") return all;
      const down = drop(parts.slice(number + 1));
      return `V${at(+first + down) - down}`;
    }).join("");
  }

  return { at, led };
}
