// Live: a run follows the typing where the last one was short and the texts have no error. What is
// shown of texts that have changed since looks so until then.

const BUDGET = 150; // ms that the last run may have taken
const MOST_LINES = 2000; // of rules
const REST = 400; // ms after the last key
const byId = (id) => document.getElementById(id);
const isTyped = (target) => target.matches("#rules, #host, #packets");

export class Live {
  /** `check` asks for the errors of the texts, which `checked` answers; `run` runs them. */
  constructor({ isReady, check, run }) {
    this.isReady = isReady;
    this.check = check;
    this.run = run;
    this.took = 0; // of the last run, ms
    this.began = 0;
    this.waiting = 0;
    this.isAsked = false;
    this.isTold = false; // are errors told at the foot, too? Not of texts that the browser put back
    byId("scenario").addEventListener("input", ({ target }) => {
      if (target.matches("textarea")) this.typed(isTyped(target));
    });
  }

  get isShort() {
    return this.took < BUDGET && byId("rules").value.split("\n", MOST_LINES + 1).length <= MOST_LINES;
  }

  /** Texts that are put in, not typed, are run by whoever puts them in. */
  hold(isHeld) {
    this.isHeld = isHeld;
  }

  typed(isWalked) {
    if (this.isHeld) return;
    clearTimeout(this.waiting);
    this.isAsked = false;
    if (isWalked) this.stale();
    this.waiting = setTimeout(() => {
      if (!this.isReady()) return;
      this.isAsked = isWalked && this.isShort;
      this.isTold = true;
      delete byId("checked").dataset.errors;
      this.check();
    }, REST);
  }

  stale() {
    document.body.classList.add("is-stale");
    if (!this.isShort) byId("status").textContent = "Changed: press Run.";
  }

  /** A message came: was it the answer, and does a run follow? */
  arrived() {
    const { errors } = byId("checked").dataset;
    if (this.isTold && errors !== undefined) {
      this.isTold = false;
      if (errors !== "0") byId("status").textContent = byId("checked").textContent;
    }
    if (!this.isAsked || errors === undefined) return;
    this.isAsked = false;
    if (errors === "0") this.run();
  }

  begin() {
    clearTimeout(this.waiting);
    this.isAsked = false;
    this.began = performance.now();
    document.body.classList.remove("is-stale");
    byId("cards").classList.add("is-old"); // until the advisor has seen this run too
  }

  end() {
    this.took = performance.now() - this.began;
  }
}
