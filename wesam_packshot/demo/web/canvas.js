// The photo: takes files, clicks and drags, and draws points and box. Coordinates are the photo's own pixels.
const find = (selector) => element.querySelector(selector);
const stage = find(".stage"), picture = find(".picture"), image = find("img"), marks = find("svg");
const files = find("input[type=file]"), alert = find(".alert");
const DRAG = 5; // pixels of the screen; shorter ways are clicks
let size = [1, 1], points = [], box = null, sent = 0, label = 1, start = null;

function ask(asked) {
  sent += 1;
  stage.classList.add("working");
  alert.textContent = "";
  trigger("ask", { ...asked, serial: sent });
}

async function open(file) {
  if (!file) return;
  const limit = Number(stage.dataset.limit); // the server refuses more, but some browsers do not show what it says
  if (file.size > limit) {
    alert.textContent = `${file.name}: larger than ${limit / 1e6} MB; take a smaller file`;
    return;
  }
  stage.classList.add("working");
  try {
    const { path } = await upload(file);
    ask({ kind: "photo", path });
  } catch (error) {
    stage.classList.remove("working");
    alert.textContent = `${file.name}: could not be uploaded (${error.message || error}); take a smaller file`;
  }
}

function place(event) {
  const frame = image.getBoundingClientRect();
  const clamp = (value, most) => Math.round(10 * Math.min(Math.max(value, 0), 1) * most) / 10;
  return [
    clamp((event.clientX - frame.left) / frame.width, size[0]),
    clamp((event.clientY - frame.top) / frame.height, size[1]),
  ];
}

function between(first, second) {
  const [xs, ys] = [0, 1].map((axis) => [first[axis], second[axis]].sort((a, b) => a - b));
  return [xs[0], ys[0], xs[1], ys[1]];
}

function draw() {
  const unit = size[0] / (image.clientWidth || size[0]); // one pixel of the screen
  const shape = (name, values) => {
    const node = document.createElementNS("http://www.w3.org/2000/svg", name);
    Object.entries(values).forEach(([key, value]) => node.setAttribute(key, value));
    marks.append(node);
  };
  marks.setAttribute("viewBox", `0 0 ${size[0]} ${size[1]}`);
  marks.replaceChildren();
  if (box) {
    const [x, y] = box, rectangle = { x, y, width: box[2] - x, height: box[3] - y, fill: "none" };
    shape("rect", { ...rectangle, stroke: "black", "stroke-opacity": 0.6, "stroke-width": 4 * unit });
    shape("rect", { ...rectangle, stroke: "#f0e442", "stroke-width": 2 * unit });
  }
  for (const [cx, cy, on] of points) {
    const fill = on ? "#009e73" : "#d55e00", arm = 3.5 * unit;
    shape("circle", { cx, cy, r: 7 * unit, fill, stroke: "white", "stroke-width": 2 * unit });
    const cross = `M${cx - arm} ${cy}h${2 * arm}` + (on ? `M${cx} ${cy - arm}v${2 * arm}` : "");
    shape("path", { d: cross, stroke: "white", "stroke-width": 1.5 * unit });
  }
  element.querySelectorAll("[data-kind]").forEach((button) => (button.disabled = !points.length && !box));
}

function mark(event, on) {
  const [x, y] = place(event);
  points = [...points, [x, y, on]];
  ask({ kind: "point", place: [x, y], label: on });
  draw();
}

picture.addEventListener("pointerdown", (event) => {
  if (event.button !== 0) return;
  picture.setPointerCapture(event.pointerId);
  start = { at: place(event), x: event.clientX, y: event.clientY, earlier: box, moved: false };
});
picture.addEventListener("pointermove", (event) => {
  if (!start) return;
  start.moved ||= Math.hypot(event.clientX - start.x, event.clientY - start.y) > DRAG;
  if (!start.moved) return;
  box = between(start.at, place(event));
  draw();
});
picture.addEventListener("pointerup", (event) => {
  if (!start) return;
  const { at, moved, earlier } = start;
  start = null;
  if (!moved) return mark(event, event.shiftKey ? 0 : label);
  box = between(at, place(event));
  if (box[0] === box[2] || box[1] === box[3]) box = earlier;
  else ask({ kind: "box", place: box });
  draw();
});
picture.addEventListener("pointercancel", () => {
  if (start) box = start.earlier;
  start = null;
  draw();
});
picture.addEventListener("contextmenu", (event) => {
  event.preventDefault();
  mark(event, 0);
});

element.addEventListener("click", (event) => {
  const button = event.target.closest("button");
  if (!button) return;
  if (button.matches(".pick, .another")) files.click();
  if (button.dataset.example) ask({ kind: "example", name: button.dataset.example });
  if (button.dataset.kind) ask({ kind: button.dataset.kind });
  if (button.dataset.label) {
    label = Number(button.dataset.label);
    const both = element.querySelectorAll("[data-label]");
    both.forEach((other) => other.setAttribute("aria-pressed", other === button));
  }
});
files.addEventListener("change", () => {
  open(files.files[0]);
  files.value = "";
});
document.addEventListener("paste", (event) => open(event.clipboardData?.files[0]));
for (const name of ["dragover", "drop", "dragleave"]) {
  document.addEventListener(name, (event) => {
    event.preventDefault();
    stage.classList.toggle("over", name === "dragover");
    if (name === "drop") open(event.dataTransfer?.files[0]);
  });
}
new ResizeObserver(draw).observe(image);

watch("value", () => {
  const told = props.value;
  if (!told) return;
  if (told.photo) {
    image.src = told.photo;
    size = [told.width, told.height];
    stage.dataset.state = "photo";
  }
  if (told.serial !== sent) return; // a later click is on its way
  alert.textContent = told.alert || "";
  if (told.points) [points, box] = [told.points, told.box];
  stage.classList.remove("working");
  draw();
});
