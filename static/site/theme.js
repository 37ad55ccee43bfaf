// Light or dark as the system says, until the reader forces one. Kept in this browser only; runs
// before the first paint, so that nothing flashes.

(() => {
  const NEXT = { auto: "light", light: "dark", dark: "auto" };
  const GLYPHS = { auto: "◐", light: "○", dark: "●" };
  const root = document.documentElement;
  const kept = () => {
    try {
      const found = localStorage.getItem("chainwalk-theme");
      return found in NEXT ? found : "auto";
    } catch {
      return "auto"; // storage is forbidden here
    }
  };

  function put(theme) {
    if (theme === "auto") delete root.dataset.theme;
    else root.dataset.theme = theme;
    const button = document.getElementById("scheme");
    if (!button) return;
    button.hidden = false;
    button.textContent = GLYPHS[theme];
    button.ariaLabel = `Theme: ${theme}. Press for ${NEXT[theme]}`;
    button.title = `Theme: ${theme}`;
  }

  put(kept());
  document.addEventListener("DOMContentLoaded", () => {
    put(kept());
    document.getElementById("scheme")?.addEventListener("click", () => {
      const theme = NEXT[kept()];
      try {
        localStorage.setItem("chainwalk-theme", theme);
      } catch {
        // it holds for this page only
      }
      put(theme);
    });
  });
})();
