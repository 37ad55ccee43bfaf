// Walking together: the leader's steps go out, everybody else's page follows until they step
// themselves. The server's word is "now at step N"; it is resent, so nothing here keeps a queue.

import { Editor } from "../shown/editor.js";
import { Marker } from "../shown/marker.js";
import { Player } from "../shown/player.js";

const byId = (id) => document.getElementById(id);
const band = byId("band");
const last = +band.dataset.last;
const REFUSED = {
  4400: "The server did not understand this page. Reload it.",
  4404: "There is no walk under this link.",
  4410: "This walk is over. The trace stays here until you leave the page.",
  4429: "This walk is full, or you sent too much at once. Reload in a minute.",
};
const MOST_WAIT = 30_000; // ms before another try
const SEND_EVERY = 120; // ms; the newest step wins
const SAY_AFTER = 1000; // ms of rest before a followed step is read out

let socket = null;
let tries = 0;
let at = 0; // where the leader is
let leads = false;
let known = false; // were we told anything yet
let following = true;
let led = false; // is this move the leader's
let people = []; // those that are named
let here = 0; // as many are here

// ---- the trace -------------------------------------------------------------------------------

const rules = new Editor(byId("rules"));
const packets = new Editor(byId("packets"));
new Editor(byId("host"));
const marker = new Marker(byId("trace"));
const player = new Player(byId("result"), byId("player"), shown);
player.arrived();

function shown(step) {
  if (step.dataset.source) rules.show(+step.dataset.source);
  packets.show(statementLine(+step.dataset.line));
  marker.show(step);
  if (led || !known) return;
  if (leads) lead(+step.id.slice(5));
  else apart(true);
}

/** The line of the packets text of a statement: blank lines and comments do not count. */
function statementLine(number) {
  let seen = 0;
  return packets.lines.findIndex((text) => {
    if (text.trim() && !text.trim().startsWith("#")) seen += 1;
    return seen === number;
  }) + 1;
}

/** Be where the leader is. A hidden or missing step leaves the page where it was. */
function follow() {
  const step = byId(`step-${at}`);
  if (!step || step === player.current) return;
  led = true;
  player.pause();
  player.go(step, leads ? "replace" : "", false);
  led = false;
  clearTimeout(follow.saying);
  follow.saying = setTimeout(() => player.say(), SAY_AFTER);
}

function apart(now) {
  following = !now;
  band.classList.toggle("is-apart", now);
  byId("follow").hidden = !now;
  tell();
}

byId("follow").addEventListener("click", () => {
  apart(false);
  follow();
  byId("result").focus({ preventScroll: true });
});

// ---- what goes out ---------------------------------------------------------------------------

let wanted = 0;
let waiting = 0;

function lead(step) {
  at = step;
  wanted = step;
  tell();
  if (waiting) return;
  waiting = setTimeout(() => {
    waiting = 0;
    say({ step: wanted });
  }, SEND_EVERY);
}

function say(message) {
  if (socket?.readyState === WebSocket.OPEN) socket.send(JSON.stringify(message));
}

byId("naming").addEventListener("submit", (event) => {
  event.preventDefault();
  const name = byId("name").value.trim();
  if (!name) return;
  say({ name });
  byId("said").textContent = `The others see you as ${name}.`;
});

byId("copy").addEventListener("click", async () => {
  try {
    await navigator.clipboard.writeText(byId("link").href);
    byId("said").textContent = "Copied.";
  } catch {
    getSelection().selectAllChildren(byId("link"));
    byId("said").textContent = "Selected: copy it with the keyboard.";
  }
});

byId("people").addEventListener("click", (event) => {
  const number = event.target.closest("button")?.dataset.number;
  if (number) say({ hand: +number });
});

// ---- what comes in ---------------------------------------------------------------------------

function heard(message) {
  if (message.people) {
    people = message.people;
    here = message.here;
    showPeople();
  }
  if (message.at !== undefined) {
    const began = message.leads && !leads;
    leads = message.leads;
    at = message.at;
    known = true;
    if (leads) apart(false);
    // Who leads may have stepped before the server's first word: that is where the walk begins.
    if (leads && !at && player.current) lead(+player.current.id.slice(5));
    else if (following) follow();
    byId("ending").hidden = !leads;
    showPeople();
    if (began && people.length > 1) byId("result").focus({ preventScroll: true });
  }
  tell();
}

const nameOfLeader = () => people.find(([, , one]) => one)?.[1];

/** Who leads, said aloud when it changes; where they are stands beside it and is not. */
function tell(broken = "") {
  const name = nameOfLeader();
  const who = name || "The leader";
  let text = `${who} leads`;
  if (broken) text = broken;
  else if (leads) text = "You lead";
  else if (!following) text = "You look around by yourself";
  else if (!name && people.length) text = "The leader is away";
  let where = at ? `, at step ${at} of ${last}` : ": step through the trace, everyone's page follows";
  if (!leads && following) where = at ? where : " and has not begun";
  if (!leads && !following) where = at ? `; ${who} is at step ${at} of ${last}` : `; ${who} has not begun`;
  put("led", text);
  put("where", broken ? "" : where);
}

function put(id, text) {
  if (byId(id).textContent !== text) byId(id).textContent = text;
}

function showPeople() {
  const list = byId("people");
  const focused = list.contains(document.activeElement) && document.activeElement.dataset.number;
  list.replaceChildren(...people.map(([number, name, isLeader, isMe]) => {
    const item = document.createElement("li");
    if (isLeader) {
      const sign = Object.assign(document.createElement("span"), { className: "leads", textContent: "◆" });
      sign.ariaHidden = "true";
      item.append(sign);
    }
    item.append(name);
    const notes = [isLeader && "leads", isMe && "you"].filter(Boolean).join(", ");
    if (notes) item.append(Object.assign(document.createElement("small"), { textContent: ` ${notes}` }));
    if (leads && !isMe) {
      const button = Object.assign(document.createElement("button"), { type: "button", textContent: "let lead" });
      button.dataset.number = number;
      button.ariaLabel = `Let ${name} lead`;
      item.append(button);
    }
    return item;
  }));
  if (here > people.length) {
    const rest = document.createElement("li");
    rest.append(`and ${here - people.length} more`);
    list.append(rest);
  }
  if (focused) list.querySelector(`[data-number="${focused}"]`)?.focus();
  byId("count").textContent = here === 1 ? "Nobody else is here yet." : `${here} people here.`;
  const me = people.find(([, , , isMe]) => isMe);
  if (me && document.activeElement !== byId("name")) byId("name").value = me[1];
}

function connect() {
  const { protocol, host, pathname } = location;
  socket = new WebSocket(`${protocol === "https:" ? "wss" : "ws"}://${host}${pathname}socket`);
  socket.addEventListener("open", () => {
    tries = 0;
    for (const id of ["naming", "copy"]) byId(id).hidden = false;
  });
  socket.addEventListener("message", (event) => heard(JSON.parse(event.data)));
  socket.addEventListener("close", ({ code }) => {
    if (REFUSED[code]) {
      leads = false;
      people = [];
      here = 0;
      showPeople();
      byId("count").textContent = "";
      byId("follow").hidden = true;
      tell(REFUSED[code]);
      return;
    }
    tell("The connection broke; it comes back by itself.");
    tries += 1;
    setTimeout(connect, Math.min(MOST_WAIT, 500 * 2 ** tries) * (0.5 + Math.random() / 2));
  });
}

// What sticks below the band needs its height.
new ResizeObserver(() => {
  document.documentElement.style.setProperty("--band", `${band.offsetHeight}px`);
}).observe(band);
connect();
