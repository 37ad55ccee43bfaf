// A large change of a text (a paste, a cut, their undo) in a page that has parts which are not
// laid out: closed details, what is far away in a trace. With one such part in the page Chromium
// asks for each line of a paste anew whether it must be laid out, and 10,000 lines take five
// seconds in place of half a one. So there are none for as long as the change takes; it is over
// before the page is painted again.

const LARGE = 10_000; // characters
const CHANGES = /^(insertFromPaste|insertFromDrop|deleteBy|deleteContent|history)/;
const { classList } = document.documentElement;

/** Do a large change, with nothing left out of layout. */
export function whileLarge(change) {
  classList.add("is-changing");
  change();
  classList.remove("is-changing");
}

export function watchLarge(textarea) {
  textarea.addEventListener("beforeinput", ({ inputType, data }) => {
    if (!CHANGES.test(inputType) || textarea.value.length + (data?.length || 0) < LARGE) return;
    classList.add("is-changing");
    setTimeout(() => classList.remove("is-changing")); // should nothing come of it
  });
  textarea.addEventListener("input", () => classList.remove("is-changing"));
}
