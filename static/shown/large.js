// A large change of a text (a paste, a cut, their undo) in a page that has parts which are not
// laid out: closed details, what is far away in a trace. With one such part in the page Chromium
// asks for each line of a paste anew whether it must be laid out, and 10,000 lines take five
// seconds in place of half a one. So there are none for as long as the change takes; it is over
// before the page is painted again.

const LARGE = 10_000; // characters
const CHANGES = /^(insertFromPaste|insertFromDrop|deleteBy|deleteContent|history)/;
let pane = null;
let scrolled = 0;
const { classList } = document.documentElement;

/** Leave it; a pane of the trace that was scrolled is so again. */
function over() {
  classList.remove("is-changing");
  if (pane) pane.scrollTop = scrolled;
  pane = null;
}

function begin() {
  pane ??= document.querySelector(".group.is-chosen > .steps");
  scrolled = pane?.scrollTop;
  classList.add("is-changing");
}

/** Do a large change, with nothing left out of layout. */
export function whileLarge(change) {
  begin();
  change();
  over();
}

export function watchLarge(textarea) {
  textarea.addEventListener("beforeinput", ({ inputType, data }) => {
    if (!CHANGES.test(inputType) || textarea.value.length + (data?.length || 0) < LARGE) return;
    begin();
    setTimeout(over); // should nothing come of it
  });
  textarea.addEventListener("input", over);
}
