import assert from "node:assert/strict";
import test from "node:test";
import { script } from "./static.mjs";

const { keepExpectations } = await script("page/expected.js");

/** What is expected after the packets of a page became others. */
function kept(expect, before, now, edited = expect) {
  const area = { value: edited, defaultValue: expect };
  keepExpectations(area, { value: now, defaultValue: before });
  return area.value;
}

test("what was expected of another packet is dropped", () => {
  assert.equal(kept("1: accepted\n2: dropped\nforwarded", "one\n# why\ntwo", "one\nthree"), "1: accepted\nforwarded");
});

test("comments and blanks make no other packet", () => {
  assert.equal(kept("1: accepted\n2: dropped", "one\ntwo", " one\n\n# new\ntwo "), "1: accepted\n2: dropped");
});

test("expectations that the reader edited are the reader's", () => {
  assert.equal(kept("1: accepted", "one", "other", "1: dropped"), "1: dropped");
});
