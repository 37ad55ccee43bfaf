// What the server says of the languages of the texts (playground/walks/reference.py), asked once.

const asked = new Map();

/** A promise of the reference; after a failure it is asked for again. */
export function reference(url) {
  if (!asked.has(url)) {
    const answer = fetch(url, { priority: "low" }).then((found) => found.json());
    asked.set(url, answer);
    answer.catch(() => asked.delete(url));
  }
  return asked.get(url);
}
