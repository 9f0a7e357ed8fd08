// The cut-outs: SAM as published and with the adapter under a slider, on a background that needs no server.
const find = (selector) => element.querySelector(selector);
const frame = find(".frame"), pair = find(".pair"), note = find(".note");
const before = find(".before"), after = find(".after"), slider = find("input[type=range]"), colour = find("input[type=color]");
let shown = 0;

async function decoded(url) {
  const picture = new Image();
  picture.src = url;
  await picture.decode();
  return url;
}

function lay(background) {
  frame.dataset.background = background;
  element.querySelectorAll("button[data-background]").forEach((button) => {
    button.setAttribute("aria-pressed", button.dataset.background === background);
  });
}

slider.addEventListener("input", () => pair.style.setProperty("--at", `${slider.value}%`));
element.addEventListener("click", (event) => {
  const button = event.target.closest("button[data-background]");
  if (button) lay(button.dataset.background);
});
for (const name of ["input", "click"]) {
  colour.addEventListener(name, () => {
    pair.style.setProperty("--own", colour.value);
    lay("own");
  });
}

watch("value", async () => {
  const told = props.value;
  if (!told) return;
  shown += 1;
  const turn = shown;
  const urls = [told.after, told.before].filter(Boolean);
  await Promise.all(urls.map(decoded)); // swapped when ready, so that nothing flickers
  if (turn !== shown) return;
  after.src = told.after;
  before.hidden = !told.before;
  if (told.before) before.src = told.before;
  pair.classList.toggle("both", Boolean(told.before));
  find(".left").textContent = told.left;
  find(".right").textContent = told.right;
  note.textContent = told.note;
  frame.dataset.state = told.state;
  frame.dataset.turn = turn;
});
