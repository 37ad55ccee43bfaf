import assert from "node:assert/strict";
import test from "node:test";
import { script } from "./static.mjs";

const { closer } = await script("page/closer.js");
// in, PREROUTING with two tables, routing, FORWARD with one: as the tall drawing has them.
const WAY = [[96, 20, 0], [96, 64, 2], [96, 188, 0], [96, 268, 1]].map(([x, y, tables]) => ({ x, y, tables }));

test("rows close up as far as their tables let them, in their order", () => {
  const { at } = closer(WAY, 24);
  assert.deepEqual(WAY.map(({ y }) => at(y)), [20, 56, 140, 176]);
});

test("rows that were near already stay so far apart", () => {
  const { at } = closer([{ x: 96, y: 20, tables: 3 }, { x: 96, y: 40, tables: 0 }], 24);
  assert.equal(at(40), 40);
});

test("what lies between two rows stays between them, and what is outside keeps its distance", () => {
  const { at } = closer(WAY, 24);
  assert.equal(at(126), 98);
  assert.equal(at(288), 196);
  assert.equal(at(0), 0);
});

test("an upright line ends at the moved row, one with bends too", () => {
  const { led, at } = closer([...WAY, { x: 228, y: 400, tables: 0 }], 24);
  assert.equal(led("M96 20V64"), `M96 20V${at(64)}`);
  const ends = led("M96 188l20 20H208l20 20V268");
  assert.equal(ends, `M96 ${at(188)}l20 20H208l20 20V${at(268)}`);
  assert.equal(led("M228 400V288l-20 20H116"), `M228 ${at(400)}V${at(308) - 20}l-20 20H116`);
});

test("without a way the drawing is as it was", () => {
  const { at, led } = closer([], 24);
  assert.equal(at(188), 188);
  assert.equal(led("M96 20V64"), "M96 20V64");
});
