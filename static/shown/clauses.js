// The clauses of a rule, which a row carries as text: as tables they would be most of a long trace,
// and whatever the browser does with the document (to note the address, say) would be slow.

const HEADS = ["match", "wanted", "packet has", ""];

/** The rows of the table that a row's button opens: match, wanted, seen, the answer. */
export function clausesOf(button) {
  return JSON.parse(button.dataset.cells);
}

/** All words of the clauses of a step, to be searched. */
export function wordsOf(step) {
  const button = step.querySelector("button.clauses");
  return button ? clausesOf(button).flat().join(" ") : "";
}

export function tableOf(rows) {
  const table = document.createElement("table");
  const heads = table.createTHead().insertRow();
  for (const head of HEADS) {
    const cell = document.createElement("th");
    cell.textContent = head;
    heads.append(cell);
  }
  const body = table.createTBody();
  for (const row of rows) {
    const line = body.insertRow();
    for (const words of row) line.insertCell().textContent = words;
  }
  return table;
}
