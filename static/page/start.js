// The page that has nothing yet: one box for a paste or files, or the texts written by hand.

import { lastTexts, put } from "./kept.js";

const byId = (id) => document.getElementById(id);
const start = byId("start");
const enter = byId("enter");
const SAID = 60; // characters of a text, to know it again

export const isStart = () => document.body.classList.contains("is-start");

/** To the workbench, with whatever the editors hold. */
export function leaveStart() {
  if (!isStart()) return;
  document.body.classList.remove("is-start");
  const title = document.createElement("h1");
  title.textContent = byId("title").value || "Untitled";
  document.querySelector(".top .named").replaceWith(title);
  start.remove();
  const skip = document.querySelector(".skip");
  skip.href = "#result";
  skip.textContent = "Skip to the trace";
}

/** Files that were dropped are read like a paste; from the workbench they begin a new one. */
export function takeFiles(files) {
  const form = enter || newForm();
  form.querySelector("input[type=file]").files = files;
  form.submit();
}

function newForm() {
  const form = document.createElement("form");
  Object.assign(form, { method: "post", enctype: "multipart/form-data", hidden: true });
  form.setAttribute("action", document.querySelector("[data-reads]").dataset.reads);
  const token = document.querySelector("[name=csrfmiddlewaretoken]").cloneNode();
  const file = Object.assign(document.createElement("input"), { type: "file", name: "file" });
  form.append(token, file);
  document.body.append(form);
  return form;
}

/** `open`: what follows when the texts are to be written, or gone on with. */
export function watchStart(open) {
  if (!isStart()) return;
  const hand = byId("by-hand");
  hand.hidden = false;
  hand.addEventListener("click", () => open(false));
  const last = lastTexts();
  const onward = byId("go-on");
  onward.hidden = !last;
  if (last) {
    const said = last.title || (last.rules || last.host || last.packets).trim().split("\n")[0];
    onward.textContent = `Go on with your last texts: ${said.slice(0, SAID)}`;
  }
  onward.addEventListener("click", () => {
    put(last);
    open(true);
  });
  byId("file").addEventListener("change", () => byId("file").files.length && enter.requestSubmit());
  byId("paste").focus({ preventScroll: true });
}

export const submitPaste = () => enter.requestSubmit();
