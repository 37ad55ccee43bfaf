// How much of a trace is shown is remembered in this browser.

const KEY = "chainwalk:density";
const choices = [...document.querySelectorAll("input[name=density]")];

try {
  const kept = localStorage.getItem(KEY);
  for (const one of choices) if (one.value === kept) one.checked = true;
} catch { /* storage may be closed to pages */ }

for (const one of choices) {
  one.addEventListener("change", () => {
    try {
      localStorage.setItem(KEY, one.value);
    } catch { /* as above */ }
  });
}
