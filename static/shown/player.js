// Stepping through a trace that is in the page, also while the rest still arrives. It never plays
// by itself. Keys work while the focus is in the trace, so that none is taken from the editors.
// Steps have consecutive numbers, so each is found by its id; folds and the steps that one jumps
// to are listed in order as they arrive, so that no key has to look through the whole trace. They
// are listed by their numbers: the browser's collector of garbage would visit each element.

import { wordsOf } from "./clauses.js";

const KINDS = {
  match: ".step.is-matched",
  rewrite: ".step.is-rewritten",
  fate: ".step.of-fate:not(.is-aside)",
};
const KEYS = {
  j: "step", ArrowDown: "step", k: "back", ArrowUp: "back",
  m: "match", r: "rewrite", f: "fate", Enter: "clauses", " ": "play", "/": "search", "?": "help",
};
const INNER = "button.clauses, summary"; // what of a row opens: Enter opens that of the current one
const NO_MORE = {
  step: "That was the last step.", back: "That was the first step.",
  match: "No more rule matched.", rewrite: "No more rewrite.", fate: "No more verdict.",
};
const FRAMES = 20; // so long what is near a step may still take its place
const SLICE = 8; // ms of searching before the page may paint again

const numberOf = (step) => +step.id.slice("step-".length);
const stepOf = (number) => document.getElementById(`step-${number}`);

/** The row, or fold, before one in the trace; none before a packet's first. */
export function before(one) {
  if (one.previousElementSibling) return one.previousElementSibling;
  const piece = one.parentElement;
  const fold = piece.closest(".fold");
  const block = fold ? null : piece.closest(".block");
  const last = piece.previousElementSibling || block?.previousElementSibling?.lastElementChild;
  return last?.lastElementChild || (fold && before(fold)) || null;
}

/** Do the words of a step, or of its rule's clauses, have this text (in small letters) in them? */
function holds(step, text) {
  return [step.textContent, wordsOf(step)].some((words) => words.toLowerCase().includes(text));
}

/** Does the page show a row? Asked of its words: to ask the layout costs a frame far away. */
function isShown(step) {
  if (step.classList.contains("is-missed") || step.closest("details:not([open])")) return false;
  const density = document.querySelector("input[name=density]:checked")?.value;
  if (density === "fates") return step.matches(".of-fate");
  return density !== "matched" || !step.matches(".is-skipped, .of-hook, .fold *");
}

/** What of a row is read out: of its table of connections the lines only while it is open. */
function spoken(part) {
  if (part.nodeName !== "DETAILS") return part.textContent.trim();
  const summary = part.querySelector("summary").textContent.trim();
  if (!part.open) return summary;
  const lines = part.querySelector("pre").textContent.trim().split("\n");
  return [summary.replace(/\.$/, ":"), lines.join("; ")].join(" ");
}

export class Player {
  constructor(result, bar, shown, isWhole = () => true, reveal = () => {}) {
    this.reveal = reveal; // bring the part of the page that a step is in out into the open
    this.isWhole = isWhole; // has all of the trace arrived
    this.pushes = false;
    this.result = result;
    this.bar = bar;
    this.shown = shown;
    this.current = null;
    this.timer = 0;
    this.forget();
    this.live = document.getElementById("announce");
    this.note = document.getElementById("player-note");
    this.help = document.getElementById("help");
    this.help?.addEventListener("keydown", ({ key }) => {
      if (key !== "Escape") return;
      this.help.open = false;
      result.focus({ preventScroll: true });
    });
    bar.addEventListener("click", (event) => {
      const act = event.target.closest("button")?.dataset.act;
      if (act) this.act(act);
    });
    result.addEventListener("keydown", (event) => this.key(event));
    result.addEventListener("click", (event) => {
      const step = event.target.closest(".step");
      if (!step || event.target.closest("a, summary, details, button, table")) return;
      this.go(step);
      if (!getSelection().toString()) this.result.focus({ preventScroll: true });
    });
    const search = document.getElementById("search");
    search.addEventListener("input", () => this.search(search.value));
    search.addEventListener("keydown", (event) => {
      if (event.key === "Enter") {
        event.preventDefault();
        this.go(this.first(".step:not(.is-missed)"));
        this.result.focus({ preventScroll: true });
      }
    });
    for (const name of ["wheel", "touchmove", "pointerdown", "keydown"]) { // who scrolls is not pulled back
      window.addEventListener(name, () => cancelAnimationFrame(this.keeping), { passive: true, capture: true });
    }
    // A link to a step is a step like any other: the browser's own way to a place in a document
    // so long takes more than a frame, and the step may be in a fold that has no rows yet.
    document.addEventListener("click", (event) => {
      const link = event.target.closest("a[href^='#step-']");
      if (!link || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
      event.preventDefault();
      this.pause();
      this.goTo(+link.getAttribute("href").slice(6), "push"); // the way back leads to where one was
    });
    window.addEventListener("hashchange", () => this.fromAddress());
    this.fromAddress();
  }

  key(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.target.closest("input, textarea, select")) return;
    // A focused link, fold or button keeps its own keys; letters still step.
    if (event.target.closest("a, button, summary") && [" ", "Enter"].includes(event.key)) return;
    const act = KEYS[event.key];
    if (!act) return;
    event.preventDefault();
    this.act(act);
  }

  /** More of the trace is there. */
  arrived() {
    this.bar.hidden = !document.querySelector("#trace .step, #trace .fold");
    document.querySelector(".density").hidden = this.bar.hidden;
    if (this.current && !this.current.isConnected) this.current = null;
    this.gather();
    if (!this.current) this.fromAddress();
    if (this.wanted && stepOf(this.wanted)) this.goTo(this.wanted);
  }

  /** Another walk begins: nothing of the one before is looked for in it. */
  restart() {
    this.pause();
    cancelAnimationFrame(this.keeping);
    clearTimeout(this.noting);
    this.noting = 0;
    this.pushes = false;
    this.wanted = 0;
    document.getElementById("search").value = "";
    this.searching = null;
    this.current = null;
    this.live.textContent = "";
    this.note.textContent = "";
    if (location.hash.startsWith("#step-")) history.replaceState(history.state, "", location.pathname + location.search);
  }

  forget() {
    this.folds = []; // the first and the last step of each
    this.kinds = Object.fromEntries(Object.keys(KINDS).map((kind) => [kind, []]));
    this.last = null; // the last piece that is listed
  }

  /** List what has come since: whole pieces, behind those that were here. */
  gather() {
    if (this.last && !this.last.isConnected) this.forget();
    const behind = (one) =>
      one.nextElementSibling || one.parentElement.nextElementSibling?.firstElementChild
      || one.closest(".group").nextElementSibling?.querySelector(".piece");
    let piece = this.last ? behind(this.last) : document.querySelector("#trace .piece");
    for (; piece; piece = behind(piece)) {
      this.last = piece;
      for (const inner of piece.getElementsByTagName("summary")) {
        if (inner.closest(".step")) inner.tabIndex = -1;
      }
      for (const item of piece.children) {
        if (item.classList.contains("fold")) {
          this.folds.push([+item.dataset.from, +item.dataset.to]);
          continue;
        }
        for (const kind in KINDS) if (item.matches(KINDS[kind])) this.kinds[kind].push(numberOf(item));
      }
    }
  }

  fromAddress() {
    const number = +(/^#step-(\d+)$/.exec(location.hash)?.[1] || 0);
    if (number && this.current?.id !== `step-${number}`) this.goTo(number, "");
  }

  /** To a step by its number; if its fold has no rows yet, as soon as they are there. */
  goTo(number, remember = "replace") {
    const step = stepOf(number);
    this.wanted = step ? 0 : number;
    if (step) {
      this.go(step, remember);
      return;
    }
    const fold = this.foldWith(number);
    fold?.querySelector("details").setAttribute("open", "");
    if (!fold && this.isWhole()) this.note.textContent = `This trace has no step ${number}.`;
  }

  act(name) {
    if (name === "search") {
      document.getElementById("search").focus();
      return;
    }
    if (name === "help") {
      this.help?.setAttribute("open", "");
      this.help?.querySelector("summary").focus({ preventScroll: true });
      return;
    }
    if (name === "clauses") {
      this.current?.querySelector(INNER)?.click();
      return;
    }
    if (name === "play") {
      if (this.timer) this.pause();
      else this.play();
      return;
    }
    this.pause();
    const beside = { step: 1, back: -1 }[name];
    const step = beside ? this.beside(beside) : this.next(name);
    this.note.textContent = step ? "" : NO_MORE[name];
    this.go(step);
  }

  play() {
    this.bar.querySelector("[data-act=play]").textContent = "❚❚ Pause";
    const tick = () => {
      const next = this.beside(1);
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

  go(step, remember = "replace", aloud = true) {
    if (!step) return;
    if (this.current) {
      this.current.classList.remove("is-current");
      this.current.removeAttribute("aria-current");
      this.current.querySelector(INNER)?.setAttribute("tabindex", "-1");
    }
    this.current = step;
    step.querySelector(INNER)?.setAttribute("tabindex", "0"); // Tab stops at no other's
    this.reveal(step);
    step.closest(".fold details")?.setAttribute("open", "");
    step.classList.add("is-current");
    step.setAttribute("aria-current", "step");
    step.scrollIntoView({ block: "nearest", behavior: "instant" });
    this.keep(step, FRAMES);
    // The focus stays where it is (a button can be pressed again); one polite announcement.
    if (aloud && !this.timer) this.say();
    if (remember) this.remember(step.id, remember);
    this.shown(step);
  }

  /** What is laid out near a step that was jumped to pushes it away: keep it in sight. */
  keep(step, frames) {
    cancelAnimationFrame(this.keeping);
    if (!frames) return;
    const map = step.closest(".group")?.querySelector(".map-place"); // it stays in sight above
    this.keeping = requestAnimationFrame(() => {
      const { top, bottom } = step.getBoundingClientRect();
      const least = map ? map.getBoundingClientRect().bottom : 0;
      if (top < least || bottom > innerHeight) step.scrollIntoView({ block: "nearest", behavior: "instant" });
      this.keep(step, frames - 1);
    });
  }

  say() {
    const parts = this.current?.querySelector(".text").childNodes ?? [];
    this.live.textContent = [...parts].map(spoken).filter(Boolean).join(" ");
  }

  /** The address follows when the steps come to rest: browsers refuse more, and in a long document
      it costs them tens of milliseconds, which no frame should have to wait for. */
  remember(id, how) {
    clearTimeout(this.noting);
    if (how === "push") this.pushes = true; // also if one steps on before it is noted
    const idle = window.requestIdleCallback || setTimeout;
    const noting = setTimeout(() => idle(() => {
      if (noting !== this.noting) return;
      if (this.pushes && location.hash !== `#${id}`) history.pushState(history.state, "", `#${id}`);
      else history.replaceState(history.state, "", `#${id}`);
      this.pushes = false;
    }, { timeout: 1000 }), 200);
    this.noting = noting;
  }

  /** The step before or behind the current one, folded and hidden ones left out. */
  beside(direction) {
    let step = this.current;
    let number = step ? numberOf(step) : 0;
    for (;;) {
      number += direction;
      step = stepOf(number) || this.foldWith(number);
      if (!step) return null;
      const fold = step.closest(".fold");
      if (fold && !fold.querySelector("details").open) {
        number = +(direction > 0 ? fold.dataset.to : fold.dataset.from);
        continue;
      }
      if (step.matches(".step") && isShown(step)) return step;
    }
  }

  /** The next step of a kind, behind the current one. */
  next(kind) {
    const numbers = this.kinds[kind];
    const here = this.current ? numberOf(this.current) : 0;
    let low = 0;
    let high = numbers.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (numbers[middle] <= here) low = middle + 1;
      else high = middle;
    }
    for (; low < numbers.length; low += 1) {
      const step = stepOf(numbers[low]);
      if (step && isShown(step)) return step;
    }
    return null;
  }

  /** Show only steps whose words hold the text; empty shows all. A long trace takes slices. */
  search(text) {
    const wanted = text.trim().toLowerCase();
    const run = Symbol("search");
    this.searching = run;
    const steps = this.result.querySelectorAll(".step");
    let at = 0;
    const slice = () => {
      if (this.searching !== run) return; // more was typed
      const end = performance.now() + SLICE;
      for (; at < steps.length && performance.now() < end; at += 1) {
        const misses = Boolean(wanted) && !holds(steps[at], wanted);
        steps[at].classList.toggle("is-missed", misses);
      }
      if (at < steps.length) setTimeout(slice);
      else this.fold(wanted);
    };
    slice();
  }

  fold(wanted) {
    const hits = wanted ? this.result.querySelectorAll(".step:not(.is-missed)").length : 0;
    const found = hits === 1 ? "1 step" : `${hits || "no"} steps`;
    this.note.textContent = wanted ? `${found} with these words` : "";
    for (const group of this.result.querySelectorAll(".group")) {
      const isMissed = Boolean(wanted) && !group.querySelector(".step:not(.is-missed)");
      group.classList.toggle("is-missed", isMissed);
    }
    const first = wanted && this.result.querySelector(".step:not(.is-missed)");
    if (first && this.result.querySelector(".group.is-chosen.is-missed")) this.reveal(first);
    for (const fold of this.result.querySelectorAll(".fold")) {
      const hit = fold.querySelector(".step:not(.is-missed)");
      fold.classList.toggle("is-missed", Boolean(wanted) && !hit);
      if (wanted && hit) fold.querySelector("details").open = true;
    }
  }

  /** The fold that a step is in whose rows are not here. */
  foldWith(number) {
    let low = 0;
    let high = this.folds.length - 1;
    while (low <= high) {
      const middle = (low + high) >> 1;
      const [from, to] = this.folds[middle];
      if (number < from) high = middle - 1;
      else if (number > to) low = middle + 1;
      else return document.getElementById(`rows-${from}`)?.closest(".fold");
    }
    return null;
  }

  first(selector) {
    for (const step of document.getElementById("trace").querySelectorAll(selector)) {
      if (isShown(step)) return step;
    }
    return null;
  }
}
