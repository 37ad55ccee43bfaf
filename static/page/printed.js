// On paper a textarea is cut off where its window ends; what is printed are the texts themselves.

const TEXTS = { rules: "Rules", host: "Host", packets: "Packets" };

const place = document.createElement("section");
place.className = "printed";
document.getElementById("result").before(place);

window.addEventListener("beforeprint", () => {
  const title = document.createElement("h1");
  title.textContent = document.querySelector("h1").textContent;
  const parts = Object.entries(TEXTS).flatMap(([id, name]) => {
    const head = document.createElement("h2");
    head.textContent = name;
    const text = document.createElement("pre");
    text.textContent = document.getElementById(id).value.trimEnd();
    return text.textContent ? [head, text] : [];
  });
  place.replaceChildren(title, ...parts);
});
window.addEventListener("afterprint", () => place.replaceChildren());
