// A scenario in the fragment of a link: raw deflate of JSON, in URL-safe base64, behind "#v1.".
// The same as playground/links/fragment.py; what was ever handed out is read for ever.

const PREFIX = "v1.";
const NAMES = ["title", "description", "rules", "host", "packets", "expect"];

async function through(stream, bytes) {
  return new Uint8Array(await new Response(new Blob([bytes]).stream().pipeThrough(stream)).arrayBuffer());
}

/** The fragment of these texts, without its #. */
export async function written(texts) {
  const body = Object.fromEntries(NAMES.filter((name) => texts[name]).map((name) => [name, texts[name]]));
  const packed = await through(new CompressionStream("deflate-raw"), new TextEncoder().encode(JSON.stringify(body)));
  let binary = "";
  for (const byte of packed) binary += String.fromCharCode(byte);
  return PREFIX + btoa(binary).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

/** The texts of a fragment; throws for one that holds none. */
export async function read(fragment) {
  const text = fragment.replace(/^#/, "");
  if (!text.startsWith(PREFIX)) throw new Error("no scenario");
  const binary = atob(text.slice(PREFIX.length).replaceAll("-", "+").replaceAll("_", "/"));
  const packed = Uint8Array.from(binary, (char) => char.charCodeAt(0));
  const body = JSON.parse(new TextDecoder().decode(await through(new DecompressionStream("deflate-raw"), packed)));
  return Object.fromEntries(NAMES.map((name) => [name, typeof body[name] === "string" ? body[name] : ""]));
}

const form = document.getElementById("scenario");
const field = (name) => form.elements.namedItem(name);

async function open() {
  if (!location.hash.startsWith(`#${PREFIX}`)) return;
  const said = document.getElementById("status");
  try {
    const texts = await read(location.hash);
    for (const name of NAMES) {
      const area = field(name);
      if (!area) continue;
      area.value = texts[name];
      area.dispatchEvent(new Event("input", { bubbles: true }));
      area.dispatchEvent(new Event("chainwalk:set"));
    }
    form.requestSubmit(document.getElementById("run"));
  } catch {
    said.textContent = "This link is damaged or cut short: ask for it again.";
  }
}

const copy = document.getElementById("copy-fragment");
if (copy && "CompressionStream" in window) {
  copy.hidden = false;
  copy.addEventListener("click", async () => {
    const said = document.getElementById("copied");
    const texts = Object.fromEntries(NAMES.map((name) => [name, field(name)?.value ?? ""]));
    const fragment = await written(texts);
    const most = Number(copy.dataset.most);
    if (fragment.length > most) {
      said.textContent = `It would have ${fragment.length} characters; many programs cut links longer than ${most}. Save it instead.`;
      return;
    }
    const link = `${location.origin}${copy.dataset.at}#${fragment}`;
    try {
      await navigator.clipboard.writeText(link);
      said.textContent = "Copied. Everything is in the link itself; nothing was stored.";
    } catch {
      said.replaceChildren("Copy this: ", Object.assign(document.createElement("a"), { href: link, textContent: link }));
    }
  });
}
window.addEventListener("hashchange", open);
open();
