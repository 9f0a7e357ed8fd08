// The page: one photo at a time, decided on by keys or buttons.

import { about, ask, picture } from "./api.js";
import { Canvas } from "./canvas.js";
import { decoded } from "./pictures.js";
import { bindTools, press } from "./tools.js";
import { Wall } from "./wall.js";

const $ = (id) => document.getElementById(id);
// Milliseconds between signs of life; the server gives a photo away after 150 seconds without.
const ALIVE = 20000;

const canvas = new Canvas($("canvas"), (step) => draw(step));
const tools = bindTools(canvas);
const wall = new Wall($("wall"), $("grid"), (id) => once(() => open(id)));
let photo = null; // what the server told of the photo that is shown
let steps = 0;
let visited = []; // ids in the order that they were opened
let busy = Promise.resolve();

// One thing after the other, in the order of the keys: nothing is lost, nothing overtakes.
function once(work) {
  busy = busy.then(work).then(() => complain(""), (error) => complain(error.message));
  return busy;
}

function complain(text) {
  $("message").textContent = text;
  $("message").hidden = !text;
}

const say = (text) => { $("live").textContent = text; };

function filter() {
  return {
    search: $("search").value,
    statuses: $("status").value ? [$("status").value] : [],
    confidence: [0, Number($("confidence").value)],
    shadow: [Number($("shadow").value), 1],
  };
}

function tellProgress({ all, done, waiting }) {
  $("bar").max = all;
  $("bar").value = done;
  $("left").textContent = `${done} of ${all} decided, ${all - done} left`;
  if (waiting?.length) throw new Error(waiting[0]);
}

// The pictures of a photo: itself, its cut-out, and the layers that it has.
async function load({ id, version, cut, layers }) {
  const kinds = ["shadows", "reflections"].filter((kind) => layers.includes(kind));
  const [whole, shown, ...found] = await Promise.all([
    picture("photo", id, 0), cut ? picture("cut", id, version) : null, ...kinds.map((kind) => picture(kind, id, version)),
  ]);
  return { whole, cut: shown, layers: Object.fromEntries(kinds.map((kind, number) => [kind, found[number]])) };
}

// All of a photo is shown at once, when its pictures are there: what is drawn or decided until then is for the former.
async function show(answer) {
  const coming = answer.photo;
  let pictures = null, broken = coming?.broken;
  $("stage").ariaBusy = "true";
  if (coming && !broken) pictures = await load(coming).catch(() => { broken = `${coming.id}: its pictures do not load`; });
  $("stage").ariaBusy = "false";
  photo = coming;
  steps = 0;
  for (const [id, on] of [["photo", photo], ["nothing", !photo], ["wall", false]]) $(id).hidden = !on;
  $("wall-button").setAttribute("aria-pressed", "false");
  if (!photo) { canvas.photo = null; say("No photo is left."); tellProgress(answer); return; }
  if (visited.at(-1) !== photo.id) visited.push(photo.id);
  tellPhoto();
  if (pictures) {
    canvas.show(pictures.whole, photo.width || pictures.whole.naturalWidth, photo.height || pictures.whole.naturalHeight);
    Object.assign(canvas, { cut: pictures.cut, layers: pictures.layers });
    ask("ahead", { filter: filter(), after: photo.id }).catch(() => {}); // it only saves time
  } else canvas.photo = null;
  for (const kind of ["shadows", "reflections"]) $(kind).disabled = !canvas.photo || !canvas.layers[kind];
  tellSteps([]);
  canvas.paint();
  tellProgress(answer);
  if (broken) throw new Error(broken);
}

function tellPhoto() {
  document.title = `${photo.id} – Review`;
  $("name").textContent = photo.id;
  const sure = photo.confidence === null ? "" : `, confidence ${photo.confidence.toFixed(2)}`;
  $("status-text").textContent = photo.status + sure + (photo.reviewer ? `, by ${photo.reviewer}` : "");
  $("doubt").textContent = photo.error;
  say(`${photo.id}: ${$("status-text").textContent}. ${photo.error}`);
}

function tellSteps(marks) {
  canvas.marks = marks;
  $("step-back").disabled = $("clear").disabled = !steps;
  $("accept").textContent = steps ? "Accept as corrected" : "Accept";
}

// What a person draws or decides is for the photo that is shown at that moment, and for no later one.
function forShown(work) {
  const id = photo?.id;
  return once(async () => { if (photo && photo.id === id && $("wall").hidden) await work(); });
}

const draw = (step) => forShown(async () => {
  $("stage").ariaBusy = "true";
  try {
    const answer = await ask("draw", { id: photo.id, step });
    steps = answer.steps;
    canvas.cut = steps || photo.cut ? await decoded(answer.cut) : null;
    tellSteps(answer.marks);
    canvas.paint();
    say(`${steps} steps drawn.`);
  } finally {
    $("stage").ariaBusy = "false";
  }
});

const next = async () => show(await ask("next", { filter: filter(), after: photo?.id ?? "" }));
const open = async (id) => show(await ask("open", { id }));

const decide = (verdict) => forShown(async () => {
  const answer = await ask(verdict, { id: photo.id, version: photo.version, reviewer: $("reviewer").value });
  say(`${answer.id}: ${answer.status}.`);
  await next();
});

const undo = () => once(async () => show(await ask("undo", { reviewer: $("reviewer").value })));

const previous = () => once(async () => {
  if (visited.length < 2) return;
  visited.pop();
  await open(visited.at(-1));
});

const toggleWall = () => once(async () => {
  if (!$("wall").hidden) return photo ? open(photo.id) : next();
  const answer = await ask("rows", { filter: filter() });
  for (const id of ["photo", "nothing"]) $(id).hidden = true;
  $("wall").hidden = false;
  $("wall-button").setAttribute("aria-pressed", "true");
  wall.show(answer.rows);
  say(`${answer.rows.length} photos.`);
  tellProgress(answer);
});

function background(kind) {
  $("stage").style.background = {
    checker: "repeating-conic-gradient(var(--square) 0 25%, var(--ground) 0 50%) 0 0 / 20px 20px",
    white: "#fff",
    colour: $("colour").value,
  }[kind];
  press("back", kind);
}

function layer(kind) {
  if ($(kind).disabled) return;
  canvas.shown.has(kind) ? canvas.shown.delete(kind) : canvas.shown.add(kind);
  $(kind).setAttribute("aria-pressed", String(canvas.shown.has(kind)));
  canvas.paint();
}

const KEYS = {
  a: () => decide("accept"), Enter: () => decide("accept"), r: () => decide("reject"), u: undo,
  n: () => once(next), ArrowRight: () => once(next), p: previous, ArrowLeft: previous,
  Backspace: () => draw({ kind: "undo" }), s: () => layer("shadows"), l: () => layer("reflections"), w: toggleWall,
  ...tools.keys,
};

// A key that is held down decides on one photo, not on one after the other.
const ONCE = new Set(["a", "enter", "r", "u"]);

addEventListener("keydown", (event) => {
  if ($("help").open || event.altKey || event.metaKey) return;
  if (event.ctrlKey) {
    if (event.key === "z") { event.preventDefault(); draw({ kind: "undo" }); }
    return;
  }
  const typed = event.target.closest("input:not([type=range]), select");
  const pressed = event.key === "Enter" && event.target.closest("button"); // the button does what it says
  if (typed || pressed || (event.target.type === "range" && event.key.startsWith("Arrow"))) return;
  const work = KEYS[event.key.length === 1 ? event.key.toLowerCase() : event.key];
  if (!work) return;
  event.preventDefault();
  if (!(event.repeat && ONCE.has(event.key.toLowerCase()))) work();
});

for (const [id, work] of Object.entries({
  accept: () => decide("accept"), reject: () => decide("reject"), undo, next: () => once(next), previous,
  "wall-button": toggleWall,
  "step-back": () => draw({ kind: "undo" }), clear: () => draw({ kind: "clear" }),
  shadows: () => layer("shadows"), reflections: () => layer("reflections"),
})) $(id).addEventListener("click", work);
for (const button of document.querySelectorAll("[data-back]")) button.addEventListener("click", () => background(button.dataset.back));
$("colour").addEventListener("input", () => background("colour"));
$("reviewer").addEventListener("change", () => localStorage.setItem("reviewer", $("reviewer").value));
$("filter").addEventListener("submit", (event) => event.preventDefault());
$("filter").addEventListener("change", () => once(async () => {
  if ($("wall").hidden) { photo = null; await next(); return; }
  wall.show((await ask("rows", { filter: filter() })).rows);
}));
setInterval(() => photo && ask("keep", { id: photo.id }).catch((error) => complain(error.message)), ALIVE);

once(async () => {
  const told = await about();
  $("folder").textContent = told.folder;
  $("reviewer").value = localStorage.getItem("reviewer") || told.reviewer;
  background("checker");
  await show(await ask("next", { filter: filter() }));
});
