// The stepper of a frame, and its height told to the page around it. Everything reads without it.

(() => {
  const steps = [...document.querySelectorAll(".step")];
  const wanted = { match: ".is-matched", rewrite: ".is-rewritten", fate: ".of-fate", step: ".step" };
  const keys = { j: "step", ArrowDown: "step", k: "back", ArrowUp: "back", m: "match", r: "rewrite", f: "fate", " ": "play" };
  const open = document.getElementById("open");
  let current = -1;

  function go(at, quietly) {
    const step = steps[at];
    if (!step) return;
    steps[current]?.classList.remove("is-current");
    steps[current]?.removeAttribute("aria-current");
    current = at;
    point(step);
    step.closest(".fold details")?.setAttribute("open", "");
    step.classList.add("is-current");
    step.setAttribute("aria-current", "step");
    step.scrollIntoView({ block: "nearest" });
    if (open) open.hash = step.id;
    if (!quietly) document.getElementById("announce").textContent = step.querySelector(".text").textContent;
  }

  /** The stop where a step is, or the last before it that moves the packet, is the marked one. */
  function point(step) {
    const place = step.closest(".group")?.querySelector(".map-place");
    for (const one of document.querySelectorAll(".station.is-now")) one.classList.remove("is-now");
    if (!place) return;
    const inGroup = steps.filter((one) => place.parentElement.contains(one));
    const way = inGroup.slice(0, inGroup.indexOf(step) + 1).reverse();
    const found = way.find(({ dataset }) => dataset.at && place.querySelector(`[data-name="${dataset.at}"]`));
    if (!found) return;
    for (const station of place.querySelectorAll(`[data-name="${found.dataset.at}"]`)) {
      station.classList.add("is-now");
      if (!station.checkVisibility()) continue;
      const { top, height } = station.getBoundingClientRect();
      const here = place.getBoundingClientRect();
      place.scrollTop += top + height / 2 - here.top - here.height / 2;
    }
  }

  const player = document.querySelector("[data-act=play]");
  let timer = 0;
  function pause() {
    clearTimeout(timer);
    timer = 0;
    if (player) player.textContent = "▸ Play";
  }

  function play() {
    player.textContent = "❚❚ Pause";
    const tick = () => {
      if (current + 1 >= steps.length) pause();
      else {
        go(current + 1, true);
        timer = setTimeout(tick, 900);
      }
    };
    tick();
  }

  function act(name) {
    if (name === "play") {
      if (timer) pause();
      else play();
      return;
    }
    pause();
    if (name === "back") go(Math.max(current - 1, 0));
    else go(steps.findIndex((step, at) => at > current && step.matches(wanted[name])));
  }

  const bar = document.querySelector(".stepper");
  bar?.addEventListener("click", (event) => {
    const name = event.target.closest("[data-act]")?.dataset.act;
    if (!name) return;
    event.preventDefault();
    act(name);
  });
  document.addEventListener("keydown", (event) => {
    const name = keys[event.key];
    if (!name || event.ctrlKey || event.metaKey || event.altKey || event.target.closest("summary, a, button")) return;
    event.preventDefault();
    act(name);
  });
  const first = document.getElementById(`step-${document.body.dataset.step}`);
  if (first) go(steps.indexOf(first), true);

  // To whoever frames us: the height, in our own words and in those that readers' sites know.
  if (window.parent !== window) {
    const tell = () => {
      const height = Math.ceil(document.documentElement.getBoundingClientRect().height);
      window.parent.postMessage({ type: "chainwalk:height", height }, "*");
      window.parent.postMessage(JSON.stringify({ src: location.href, context: "iframe.resize", height }), "*");
    };
    new ResizeObserver(tell).observe(document.documentElement);
    window.addEventListener("message", (event) => {
      if (event.source !== window.parent || event.data?.type !== "chainwalk:theme") return;
      if (["auto", "light", "dark"].includes(event.data.theme)) document.documentElement.dataset.theme = event.data.theme;
    });
  }
})();
