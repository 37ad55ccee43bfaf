// Expectations are about numbered packets. Who puts other packets where an example's stood must not
// be refused, or told of failures, because of what the example expected of its own.

function statements(text) {
  return text.split("\n").map((line) => line.trim()).filter((line) => line && !line.startsWith("#"));
}

/** Drop what was expected of packets that are others now, unless the expectations were edited. */
export function keepExpectations(expect, packets) {
  if (!expect.value || expect.value !== expect.defaultValue) return;
  if (packets.value === packets.defaultValue) return;
  const before = statements(packets.defaultValue);
  const now = statements(packets.value);
  const isKept = (line) => {
    const number = +(/^\s*(\d+)\s*:/.exec(line)?.[1] || 0);
    return !number || before[number - 1] === now[number - 1];
  };
  expect.value = expect.value.split("\n").filter(isKept).join("\n");
}
