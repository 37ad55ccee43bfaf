// Stepping through a trace that is in the page, also while the rest still arrives. It never plays
// by itself. Keys work while the focus is in the trace, so that none is taken from the editors.

const KINDS = {
  step: ".step",
  match: ".step.is-matched",
  rewrite: ".step.is-rewritten",
  fate: ".step.of-fate",
};
const KEYS = {
  j: "step", ArrowDown: "step", k: "back", ArrowUp: "back",
  m: "match", r: "rewrite", f: "fate", " ": "play", "/": "search", "?": "help",
};

export class Player {
  constructor(result, bar, shown) {
    this.result = result;
    this.bar = bar;
    this.shown = shown;
    this.current = null;
    this.timer = 0;
    this.live = document.getElementById("announce");
    bar.addEventListener("click", (event) => {
      const act = event.target.closest("button")?.dataset.act;
      if (act) this.act(act);
    });
    result.addEventListener("keydown", (event) => {
      if (event.ctrlKey || event.metaKey || event.altKey) return;
      if (event.target.closest("input, textarea, select, summary, a, button")) return;
      const act = KEYS[event.key];
      if (!act) return;
      event.preventDefault();
      this.act(act);
    });
    result.addEventListener("click", (event) => {
      const step = event.target.closest(".step");
      if (!step || event.target.closest("a, summary, details")) return;
      this.go(step);
      if (!getSelection().toString()) this.result.focus({ preventScroll: true });
    });
    const search = document.getElementById("search");
    search.addEventListener("input", () => this.search(search.value));
    search.addEventListener("keydown", (event) => {
      if (event.key === "Enter") {
        event.preventDefault();
        this.go(this.first(".step"));
        this.result.focus({ preventScroll: true });
      }
    });
    window.addEventListener("hashchange", () => this.fromAddress());
    this.fromAddress();
  }

  /** More of the trace is there. */
  arrived() {
    this.bar.hidden = !this.result.querySelector(".step");
    if (this.current && !this.current.isConnected) this.current = null;
  }

  fromAddress() {
    const step = /^#step-\d+$/.test(location.hash) && document.querySelector(location.hash);
    if (step) this.go(step, false);
  }

  act(name) {
    if (name === "search") {
      document.getElementById("search").focus();
      return;
    }
    if (name === "help") {
      document.getElementById("help").open = true;
      document.querySelector("#help summary").focus();
      return;
    }
    if (name === "play") {
      if (this.timer) this.pause();
      else this.play();
      return;
    }
    this.pause();
    this.go(name === "back" ? this.beside(KINDS.step, -1) : this.beside(KINDS[name], 1));
  }

  play() {
    this.bar.querySelector("[data-act=play]").textContent = "❚❚ Pause";
    const tick = () => {
      const next = this.beside(KINDS.step, 1);
      if (!next) {
        this.pause();
        return;
      }
      this.go(next);
      this.timer = setTimeout(tick, +document.getElementById("speed").value);
    };
    this.timer = setTimeout(tick, 0);
  }

  pause() {
    clearTimeout(this.timer);
    this.timer = 0;
    this.bar.querySelector("[data-act=play]").textContent = "▸ Play";
  }

  go(step, remember = true) {
    if (!step) return;
    if (this.current) {
      this.current.classList.remove("is-current");
      this.current.removeAttribute("aria-current");
    }
    this.current = step;
    step.closest(".fold details")?.setAttribute("open", "");
    step.classList.add("is-current");
    step.setAttribute("aria-current", "step");
    step.scrollIntoView({ block: "nearest" });
    // The focus stays where it is (a button can be pressed again); one polite announcement.
    if (!this.timer) this.live.textContent = step.querySelector(".text").textContent;
    if (remember) history.replaceState(null, "", `#${step.id}`);
    this.shown(step);
  }

  /** The next step of a kind before or behind the current one, folded and hidden ones left out. */
  beside(selector, direction) {
    let step = this.current;
    if (!step) return direction > 0 ? this.first(selector) : null;
    let number = +step.id.slice(5);
    for (;;) {
      number += direction;
      step = document.getElementById(`step-${number}`) || this.foldWith(number);
      if (!step) return null;
      if (step.classList.contains("fold")) {
        number = +(direction > 0 ? step.dataset.to : step.dataset.from);
        continue;
      }
      if (step.matches(selector) && step.checkVisibility()) return step;
    }
  }

  /** Show only steps whose words hold the text; empty shows all. */
  search(text) {
    const wanted = text.trim().toLowerCase();
    for (const step of this.result.querySelectorAll(".step")) {
      step.classList.toggle("is-missed", Boolean(wanted) && !step.textContent.toLowerCase().includes(wanted));
    }
    for (const fold of this.result.querySelectorAll(".fold")) {
      const hit = fold.querySelector(".step:not(.is-missed)");
      fold.classList.toggle("is-missed", Boolean(wanted) && !hit);
      if (wanted && hit) fold.querySelector("details").open = true;
    }
  }

  /** The fold that a step is in whose rows are not here. */
  foldWith(number) {
    const folds = this.result.querySelectorAll(".fold:not(:has(.step))");
    return [...folds].find(({ dataset }) => number >= +dataset.from && number <= +dataset.to);
  }

  first(selector) {
    return [...this.result.querySelectorAll(selector)].find((step) => step.checkVisibility());
  }
}
