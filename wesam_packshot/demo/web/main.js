// The page: photos with their steps, of which one is shown.

import { Answers } from "./answers.js";
import { about, example, file } from "./api.js";
import { Canvas } from "./canvas.js";
import { dropped, made, picture, save, words } from "./photos.js";
import { drop, keep, kept } from "./store.js";
import { Strip } from "./strip.js";
import { bindTools, press } from "./tools.js";

const $ = (id) => document.getElementById(id);
// Controls whose values survive a reload.
const KEPT = ["adapter", "refine", "colour", "format", "shadow", "crop"];
// Milliseconds after a step until it is written to the browser's database, and between looks at a loading model.
const SETTLED = 300, LOADING = 500;
const ENDINGS = { PNG: "png", WEBP: "webp", JPEG: "jpg" };

const canvas = new Canvas($("canvas"), (step) => draw(step));
const tools = bindTools(canvas);
const strip = new Strip($("strip"), (item) => open(item));
const page = {
  items: [], current: null, comparing: false, limit: Infinity, background: "checker",
  settings: () => ({ adapter: $("adapter").value || null, refine: $("refine").value, shadow: $("shadow").checked }),
  begun(item) {
    $("working").hidden = item !== page.current;
    tell();
  },
  shown(item, refine) {
    if (item === page.current) {
      canvas.cut = item.cut;
      $("stage").dataset.turn = Number($("stage").dataset.turn ?? 0) + 1;
      $("stage").dataset.refine = refine;
      complain("");
      say(`${item.name}: cut out, ${item.steps.length} steps.`);
    }
    tell();
  },
  compared(item, shown) {
    if (item === page.current && page.comparing) canvas.compared = shown;
    canvas.paint();
  },
  failed(item, message) {
    if (!item.cut) item.state = "failed";
    item.complaint = message;
    if (item === page.current) complain(message);
    tell();
  },
  rested() {
    $("working").hidden = true;
    tell();
  },
};
const answers = new Answers(page);

const say = (text) => { $("live").textContent = text; };

function complain(text) {
  $("message").textContent = text;
  $("message").hidden = !text;
}

// Photos

function add(files) {
  const items = [...files].map(made);
  if (!items.length) return;
  page.items.push(...items);
  items.forEach(keep);
  open(items[0]);
  answers.want(...items.slice(1));
}

async function open(item) {
  Object.assign(page, { current: item, comparing: false });
  complain(item?.complaint ?? "");
  $("compare").setAttribute("aria-pressed", "false");
  $("empty").hidden = Boolean(item);
  $("photo").hidden = !item;
  document.title = item ? `${item.name} – Packshot cut-outs` : "Packshot cut-outs";
  canvas.photo = null;
  canvas.paint();
  tools.slide(100);
  tell();
  if (!item) return;
  if (!item.wanted) answers.want(item);
  const photo = await picture(item, page.limit).catch((error) => page.failed(item, error.message));
  if (!photo || page.current !== item) return;
  canvas.show(photo, item.width ?? photo.width, item.height ?? photo.height);
  canvas.cut = item.cut;
  tell();
}

function remove() {
  if (!page.current) return;
  const place = page.items.indexOf(page.current);
  drop(page.current.key);
  page.items.splice(place, 1);
  open(page.items[Math.min(place, page.items.length - 1)] ?? null);
}

function turn(by) {
  const { items, current } = page;
  if (items.length > 1) open(items[(items.indexOf(current) + by + items.length) % items.length]);
}

// Steps

let settling;
function change(steps, redo) {
  const item = Object.assign(page.current, { steps, redo });
  clearTimeout(settling);
  settling = setTimeout(() => keep(item), SETTLED);
  tell();
  answers.want(item);
}

const draw = (step) => page.current && change([...page.current.steps, step], []);

function undo() {
  const { steps, redo: undone } = page.current ?? { steps: [] };
  if (steps.length) change(steps.slice(0, -1), [steps.at(-1), ...undone]);
}

function redo() {
  const { steps, redo: undone } = page.current ?? { redo: [] };
  if (undone.length) change([...steps, undone[0]], undone.slice(1));
}

function clear() {
  const { steps, redo: undone } = page.current ?? { steps: [] };
  if (steps.length) change([], [...steps, ...undone]);
}

// What is shown

function tell() {
  strip.show(page.items, page.current);
  $("download-all").hidden = page.items.length < 2;
  if (!page.current) return;
  const { name, steps, redo: undone, confidence, doubt, state, cut } = page.current;
  const sure = confidence === undefined ? "" : `confidence ${confidence.toFixed(2)}`;
  const told = { waiting: "waiting", working: "cutting out …", failed: "failed" }[state];
  $("name").textContent = name;
  const plain = steps.length ? `${steps.length} ${steps.length > 1 ? "steps" : "step"}` : doubt ? "" : sure;
  $("status-text").textContent = told ?? plain;
  $("doubt").textContent = !told && !steps.length && doubt ? `look at it: ${doubt}` : "";
  $("undo").disabled = $("clear").disabled = !steps.length;
  $("redo").disabled = !undone.length;
  $("download").disabled = !cut;
  canvas.marks = steps.flatMap(({ kind, place, label }) => ({ point: [{ point: [...(place ?? []), label] }], box: [{ box: place }] }[kind] ?? []));
  canvas.paint();
}

function lay(kind) {
  page.background = $("stage").dataset.back = kind;
  $("stage").style.setProperty("--own", $("colour").value);
  canvas.dimmed = kind === "photo";
  press("back", kind);
  localStorage.setItem("background", kind);
  canvas.paint();
}

function compare() {
  page.comparing = !page.comparing;
  canvas.compared = null;
  $("compare").setAttribute("aria-pressed", String(page.comparing));
  tools.slide(page.comparing ? 50 : 100);
  if (page.comparing) answers.want(page.current);
}

// Files

async function download(item) {
  const background = { white: "white", colour: $("colour").value }[page.background];
  const format = $("format").value;
  const asked = { ...page.settings(), steps: item.steps, format, crop: $("crop").checked, background };
  $("download").textContent = "Cutting out all pixels …";
  try {
    save(await file(item, asked, page.limit), `${item.name.replace(/\.[^.]*$/, "")}.${ENDINGS[format]}`);
  } catch (error) {
    complain(error.message);
  }
  $("download").textContent = "Download";
}

async function downloadAll() {
  for (const item of page.items) if (item.state !== "failed") await download(item);
}

// Keys, buttons, drops

const KEYS = {
  Backspace: undo, Delete: remove, v: compare, d: () => $("download").click(),
  n: () => turn(1), ArrowRight: () => turn(1), p: () => turn(-1), ArrowLeft: () => turn(-1), ...tools.keys,
};

addEventListener("keydown", (event) => {
  if ($("help").open || event.altKey) return;
  const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
  if (event.ctrlKey || event.metaKey) {
    if (key !== "z" && key !== "y") return;
    event.preventDefault();
    if (key === "y" || event.shiftKey) redo();
    else undo();
    return;
  }
  if (event.target.closest("input:not([type=range], [type=checkbox]), select")) return;
  if (event.target.type === "range" && key.startsWith("Arrow")) return;
  if (!KEYS[key] || (!page.current && !"?h".includes(key))) return;
  event.preventDefault();
  KEYS[key]();
});

for (const [id, work] of Object.entries({
  add: () => $("files").click(), choose: () => $("files").click(),
  undo, redo, clear, compare, remove, download: () => download(page.current), "download-all": downloadAll,
})) $(id).addEventListener("click", work);
for (const button of document.querySelectorAll("button[data-back]")) button.addEventListener("click", () => lay(button.dataset.back));
for (const id of ["adapter", "refine", "shadow"]) $(id).addEventListener("change", () => answers.want(...page.items));
for (const id of KEPT) $(id).addEventListener("change", () => localStorage.setItem(id, value($(id))));
$("colour").addEventListener("input", () => lay("colour"));
$("files").addEventListener("change", () => { add($("files").files); $("files").value = ""; });
addEventListener("paste", (event) => add(event.clipboardData?.files ?? []));
for (const name of ["dragover", "dragleave", "drop"]) {
  addEventListener(name, async (event) => {
    event.preventDefault();
    document.body.classList.toggle("over", name === "dragover");
    if (name === "drop") add(await dropped(event.dataTransfer));
  });
}

// Start

const value = (control) => (control.type === "checkbox" ? String(control.checked) : control.value);

function recall(control, known) {
  if (known === null) return;
  if (control.type === "checkbox") control.checked = known === "true";
  else if (!control.options || [...control.options].some((option) => option.value === known)) control.value = known;
}

function exampleButton(name) {
  const button = document.createElement("button");
  button.append(Object.assign(document.createElement("img"), { src: `/api/example/${name}`, alt: "", loading: "lazy" }), words(name));
  button.dataset.example = name;
  button.addEventListener("click", () => example(name).then((photo) => add([photo]), (error) => complain(error.message)));
  return button;
}

async function wait() {
  $("loading").hidden = false;
  while ((await about()).loading) await new Promise((resolve) => setTimeout(resolve, LOADING));
  $("loading").hidden = true;
}

try {
  const known = await about();
  page.limit = known.limit;
  $("adapter").replaceChildren(...known.adapters.map((name) => new Option(name, name)));
  $("adapter-label").hidden = $("compare").hidden = !known.adapters.length;
  $("no-adapter").hidden = known.adapters.length > 0;
  $("examples").replaceChildren(...known.examples.map(exampleButton));
  for (const id of KEPT) recall($(id), localStorage.getItem(id));
  lay(localStorage.getItem("background") ?? "checker");
  if (known.loading) wait().catch((error) => complain(error.message));
  page.items = (await kept()).map((item) => ({ ...item, state: "waiting" }));
  await open(page.items[0] ?? null);
  answers.want(...page.items.slice(1));
} catch (error) {
  complain(error.message);
}
