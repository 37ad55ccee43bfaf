import assert from "node:assert/strict";
import test from "node:test";
import { reference, script } from "./static.mjs";

const { Words } = await script("page/words.js");

/** The completion at the end of a text, without its list on the page. */
function at(text) {
  const words = Object.create(Words.prototype);
  words.area = { value: text, selectionStart: text.length };
  words.editor = { lines: text.split("\n") };
  words.known = reference();
  return words;
}

function offered(text) {
  const words = at(text);
  return words.candidates(words.place()).map(({ flag }) => flag);
}

test("the word at the caret and its line are found", () => {
  const words = at("-A INPUT\n-A FORWARD -p tc and more");
  words.area.selectionStart = "-A INPUT\n-A FORWARD -p tc".length;
  assert.deepEqual(words.place(), { line: "-A FORWARD -p tc and more", before: "-A FORWARD -p tc", word: "tc", row: 2 });
});

test("behind -j stand targets and the text's own chains", () => {
  const found = offered("*filter\n:INPUT ACCEPT [0:0]\n:LAN - [0:0]\niptables -N WAN\n-A INPUT -j ");
  for (const name of ["ACCEPT", "DNAT", "LAN", "WAN"]) assert.ok(found.includes(name), name);
  assert.ok(!found.includes("INPUT"));
});

test("behind -m stand matches, behind -g only chains", () => {
  assert.ok(offered("-A INPUT -m ").includes("conntrack"));
  assert.deepEqual(offered(":LAN - [0:0]\n-A INPUT -g "), ["LAN"]);
});

test("an option is offered when its match or target is in the rule", () => {
  assert.ok(offered("-A INPUT -m conntrack --").includes("--ctstate"));
  assert.ok(!offered("-A INPUT --").includes("--ctstate"));
  assert.ok(offered("-A INPUT -p tcp --").includes("--dport"));
  assert.ok(offered("-A PREROUTING -j DNAT --").includes("--to-destination"));
});

test("a word that is no option is not completed", () => {
  assert.deepEqual(offered("-A INPUT -p t"), []);
});

test("ebtables' line has ebtables' words", () => {
  const found = offered("ebtables -A FORWARD -j ");
  assert.ok(found.includes("snat"));
  assert.ok(!found.includes("SNAT"));
});
