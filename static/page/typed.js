// Put a text into a textarea as if it had been typed, so that the browser's own undo takes it back.

import { whileLarge } from "../shown/large.js";

const MOST = 2000; // characters; for a longer text insertText's time grows with its square

const escaped = (text) =>
  text.replace(/[&<>]/g, (one) => ({ "&": "&amp;", "<": "&lt;", ">": "&gt;" })[one]);

/** All of a text area's text anew. Where a browser cannot do it undoably it is set plainly. */
export function replaceAll(area, text) {
  area.focus({ preventScroll: true });
  area.select();
  // Chromium takes insertHTML in a textarea too, as one piece of plain text.
  if (!text) document.execCommand("delete");
  else if (text.length < MOST) document.execCommand("insertText", false, text);
  else whileLarge(() => document.execCommand("insertHTML", false, escaped(text)));
  if (area.value !== text) area.value = text;
}
