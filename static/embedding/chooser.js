// Copy buttons; where the clipboard is closed the text is selected for the person to copy.

for (const button of document.querySelectorAll(".copy")) {
  const area = button.closest(".snippet").querySelector("textarea");
  button.hidden = false;
  button.addEventListener("click", async () => {
    area.select();
    try {
      await navigator.clipboard.writeText(area.value);
      button.textContent = "Copied";
    } catch {
      button.textContent = "Selected: press Ctrl C";
    }
  });
}
