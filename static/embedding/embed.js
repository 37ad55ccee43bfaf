// <script async src="https://HOST/embed.js" data-id="ID" [data-step] [data-theme] [data-from] [data-to]>
// puts a frame where it stands and keeps it as high as what is in it.

(() => {
  const script = document.currentScript;
  const id = script?.dataset.id;
  if (!id || !/^[1-9A-HJ-NP-Za-km-z]{9,43}(\/\d{1,9})?$/.test(id)) return;
  const site = new URL(script.src).origin;
  const address = new URL(`/e/${id}`, site);
  for (const name of ["step", "from", "to", "theme", "chrome"]) {
    if (script.dataset[name]) address.searchParams.set(name, script.dataset[name]);
  }
  const frame = document.createElement("iframe");
  frame.src = address;
  frame.title = script.dataset.title || "A packet's walk through netfilter";
  frame.loading = "lazy";
  frame.width = "100%";
  frame.height = script.dataset.height || "480";
  frame.style.border = "0";
  const most = Number(script.dataset.most) || 1200;
  window.addEventListener("message", (event) => {
    // Only what our own frame says, from our own site, and only a number.
    if (event.source !== frame.contentWindow || event.origin !== site) return;
    const { type, height } = event.data ?? {};
    if (type === "chainwalk:height" && Number.isFinite(height) && height > 0) {
      frame.height = String(Math.min(Math.ceil(height), most));
    }
  });
  // A script in the head stands nowhere that is seen: then the frame goes to the end of the page.
  const put = () => (script.closest("head") ? document.body.append(frame) : script.after(frame));
  if (document.body) put();
  else document.addEventListener("DOMContentLoaded", put);
})();
