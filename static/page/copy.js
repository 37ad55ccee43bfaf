// A button that copies the text of another element; where the clipboard is closed the text is
// selected, for the person to copy.

const SAID = 2000; // ms

for (const button of document.querySelectorAll("[data-copies]")) {
  const says = button.textContent;
  const from = document.getElementById(button.dataset.copies);
  button.hidden = false;
  button.addEventListener("click", async () => {
    getSelection().selectAllChildren(from);
    try {
      await navigator.clipboard.writeText(from.textContent);
      button.textContent = "Copied";
    } catch {
      button.textContent = "Selected: press Ctrl C";
    }
    setTimeout(() => { button.textContent = says; }, SAID);
  });
}
