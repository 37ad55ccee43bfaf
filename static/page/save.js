// The dialog that saves: a title is proposed until one is written; Esc and a click beside it close it.

const byId = (id) => document.getElementById(id);
const menu = byId("save");
const summary = menu.querySelector("summary");
const title = byId("save-title");
let isWritten = false;

function close(isFocused) {
  menu.open = false;
  if (isFocused) summary.focus();
}

menu.addEventListener("toggle", () => {
  if (!menu.open) return;
  if (!isWritten) title.value = byId("title").value || byId("titled").dataset.title;
  title.focus();
  title.select();
});
title.addEventListener("input", () => {
  isWritten = true;
  byId("title").value = title.value;
});
byId("title").addEventListener("input", () => {
  isWritten = false;
});
menu.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && event.target === title && !event.ctrlKey) {
    event.preventDefault(); // not the form's first button, which is Run
    menu.querySelector("button[type=submit]").click();
  }
  if (event.key !== "Escape") return;
  event.preventDefault();
  event.stopPropagation();
  close(true);
});
document.addEventListener("pointerdown", ({ target }) => {
  if (menu.open && !menu.contains(target)) close(false);
});
document.body.addEventListener("htmx:afterOnLoad", ({ detail }) => {
  if (detail.target.matches("#mask")) close(false); // what it made stands beside
});
document.querySelector("[data-fresh]")?.focus({ preventScroll: true }); // the link is what comes next
