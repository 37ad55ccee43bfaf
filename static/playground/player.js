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
  m: "match", r: "rewrite", f: "fate", " ": "play",
};

export class Player {
  constructor(result, bar, shown) {
    this.result = result;
    this.bar = bar;
    this.shown = shown;
    this.current = null;
    this.timer = 0;
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
      if (step && !event.target.closest("a, summary, code")) this.go(step);
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
      this.current.removeAttribute("tabindex");
    }
    this.current = step;
    step.closest("details")?.setAttribute("open", "");
    step.classList.add("is-current");
    step.tabIndex = -1;
    step.focus({ preventScroll: true });
    step.scrollIntoView({ block: "nearest" });
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
      step = document.getElementById(`step-${number}`);
      if (!step) return null;
      if (step.matches(selector) && step.checkVisibility()) return step;
    }
  }

  first(selector) {
    return [...this.result.querySelectorAll(selector)].find((step) => step.checkVisibility());
  }
}
