// The packet on the map: a marker at the station of the shown step, with the packet's ends as its
// label; and what a station does, told when it is pointed at or has the focus.

import { label } from "./plate.js";
import { before } from "./player.js";

const SIDES = {
  bridge: (before) => (["POSTROUTING", "ipsec out", "process"].includes(before) ? "bridge out" : "bridge"),
  ipsec: (before) => ({ INPUT: "ipsec in", POSTROUTING: "ipsec out", routing: "ipsec fwd" })[before] || before,
};
const GAP = 8; // px
const MOST_BACK = 400; // steps to look back for the place of one that does not move the packet

/** The step's own place, or that of the nearest before it. */
function placeOf(step) {
  let one = step;
  for (let back = 0; one && back < MOST_BACK; back += 1) {
    const at = one.dataset?.at;
    if (at && !(at in SIDES)) return at;
    if (at) return SIDES[at](placeOf(before(one)));
    one = before(one);
  }
  return "";
}

/** The ends of the packet as a step shows it, or the nearest before it. */
function packetOf(step) {
  let one = step;
  for (let back = 0; one && back < MOST_BACK; back += 1) {
    if (one.dataset?.packet) return one.dataset.packet;
    one = before(one);
  }
  return "";
}

export class Marker {
  constructor(trace) {
    this.trace = trace;
    this.last = null;
    for (const name of ["pointerover", "focusin"]) {
      trace.addEventListener(name, (event) => this.tell(event.target));
    }
    this.said = document.createElement("p");
    this.said.className = "about";
    this.said.hidden = true;
    this.said.ariaHidden = "true"; // the station's own name says it to who does not see
    document.body.append(this.said);
    for (const place of [trace, this.said]) {
      place.addEventListener("pointerout", (event) => {
        if (event.pointerType === "touch") return; // the finger is gone before one has read it
        if (!event.relatedTarget?.closest?.("[data-about], .about")) this.hush();
      });
    }
    trace.addEventListener("focusout", () => this.hush());
    document.addEventListener("pointerdown", (event) => {
      if (!event.target.closest("[data-about], .about")) this.hush();
    });
    document.addEventListener("keydown", ({ key }) => {
      if (key === "Escape") this.hush();
    });
    window.addEventListener("scroll", () => this.place(), { passive: true });
  }

  show(step) {
    const map = document.getElementById(`map-${step.dataset.line}`);
    const at = placeOf(step);
    if (this.map && this.map !== map) this.hide(this.map);
    this.map = map;
    if (!map || !at) return;
    const scrolls = map.scrollHeight > map.clientHeight; // asked before the map is changed
    for (const drawing of map.querySelectorAll("svg.map")) {
      const station = drawing.querySelector(`.station[data-name="${at}"]`);
      const marker = drawing.querySelector(".marker");
      if (!station || !marker) continue;
      drawing.querySelector(".is-now")?.classList.remove("is-now");
      station.classList.add("is-now");
      this.move(drawing, marker, station, step);
    }
    if (scrolls) this.bring(map);
  }

  move(drawing, marker, { dataset }, step) {
    marker.style.transform = `translate(${dataset.x}px, ${dataset.y}px)`;
    marker.setAttribute("visibility", "visible");
    label(drawing, marker, packetOf(step), { x: +dataset.x, y: +dataset.y });
    marker.classList.toggle("is-rewritten", step.classList.contains("is-rewritten"));
  }

  hide(map) {
    for (const marker of map.querySelectorAll(".marker")) marker.setAttribute("visibility", "hidden");
    for (const station of map.querySelectorAll(".is-now")) station.classList.remove("is-now");
  }

  /** On a narrow screen the map scrolls in its own place. */
  bring(map) {
    const now = [...map.querySelectorAll(".is-now .mark")].find((mark) => mark.checkVisibility());
    if (!now) return;
    const offset = now.getBoundingClientRect().top - map.getBoundingClientRect().top;
    map.scrollTop += offset - map.clientHeight / 2;
  }

  /** What a station does, close by it and wherever the map is scrolled to in sight. */
  tell(target) {
    const about = target.closest?.("[data-about]");
    if (!about) return;
    this.about = about;
    this.said.textContent = about.dataset.about;
    this.said.hidden = false;
    this.place();
  }

  place() {
    if (this.said.hidden) return;
    const place = this.about.getBoundingClientRect();
    const { width, height } = this.said.getBoundingClientRect();
    const below = Math.max(place.bottom + GAP, GAP);
    const { clientWidth } = document.documentElement; // innerWidth grows with what sticks out
    const fits = below + height + GAP <= innerHeight;
    this.said.style.left = `${Math.max(GAP, Math.min(place.left, clientWidth - width - GAP))}px`;
    this.said.style.top = `${fits ? below : Math.max(GAP, Math.min(place.top, innerHeight) - height - GAP)}px`;
  }

  hush() {
    this.said.hidden = true;
  }
}
