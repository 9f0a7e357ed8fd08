// The photo and its cut-out on a canvas, and what is drawn on it with mouse, pen, finger or keys.

const PRODUCT = "#00a86b", OTHER = "#e0402a";
// Over what is not product, in the look that shows the photo as well; as dark as overlays of the commands.
const DIM = "#283c78a6";
// Steps of the keyboard's cross, in pixels of the screen.
const STEP = 8, FAR = 40;

export class Canvas {
  constructor(element, drawn) {
    this.element = element;
    this.drawn = drawn; // called with each step
    this.context = element.getContext("2d");
    this.tool = "product";
    this.size = 20;
    this.split = 100;
    this.layers = {};
    this.shown = new Set();
    new ResizeObserver(() => this.paint()).observe(element);
    element.addEventListener("pointerdown", (event) => this.begin(event));
    element.addEventListener("pointermove", (event) => this.move(event));
    element.addEventListener("pointerup", (event) => this.end(event));
    element.addEventListener("pointercancel", () => this.drop());
    element.addEventListener("contextmenu", (event) => event.preventDefault());
    element.addEventListener("keydown", (event) => this.key(event));
    element.addEventListener("blur", () => { this.cross = null; this.paint(); });
  }

  show(photo, width, height) {
    Object.assign(this, { photo, width, height, cut: null, compared: null, marks: [], layers: {}, path: null, cross: null });
    this.paint();
  }

  // Scale and offset from the photo's pixels to the canvas's.
  get fit() {
    const scale = Math.min(this.element.clientWidth / this.width, this.element.clientHeight / this.height);
    const left = (this.element.clientWidth - this.width * scale) / 2, top = (this.element.clientHeight - this.height * scale) / 2;
    return { scale, left, top };
  }

  get radius() { return (this.size / 1000) * Math.max(this.width, this.height); }

  place(event) {
    const box = this.element.getBoundingClientRect();
    return this.inPhoto(event.clientX - box.left, event.clientY - box.top);
  }

  inPhoto(x, y) {
    const { scale, left, top } = this.fit;
    const clamp = (value, most) => Math.min(Math.max(value, 0), most - 0.01);
    return [clamp((x - left) / scale, this.width), clamp((y - top) / scale, this.height)];
  }

  begin(event) {
    if (!this.photo || event.button === 1) return;
    event.preventDefault();
    this.element.focus({ preventScroll: true });
    this.element.setPointerCapture(event.pointerId);
    this.path = [this.place(event)];
    this.other = event.shiftKey || event.button === 2;
    this.paint();
  }

  move(event) {
    if (!this.path) return;
    if (this.tool === "box") this.path = [this.path[0], this.place(event)];
    else if (this.isBrush) this.path.push(this.place(event));
    this.paint();
  }

  end() {
    if (!this.path) return;
    const path = this.path;
    this.path = null;
    this.finish(path);
    this.paint();
  }

  drop() { this.path = null; this.paint(); }

  get isBrush() { return this.tool === "add" || this.tool === "erase"; }

  finish(path) {
    if (this.isBrush) {
      const label = Number((this.tool === "add") !== this.other);
      this.drawn({ kind: "stroke", places: path, radius: this.radius, label });
    } else if (this.tool === "box") {
      const [[x0, y0], [x1, y1]] = [path[0], path[path.length - 1]];
      const place = [Math.min(x0, x1), Math.min(y0, y1), Math.max(x0, x1), Math.max(y0, y1)];
      if (place[2] - place[0] > 1 && place[3] - place[1] > 1) this.drawn({ kind: "box", place });
    } else {
      this.drawn({ kind: "point", place: path[0], label: Number((this.tool === "product") !== this.other) });
    }
  }

  key(event) {
    const by = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key];
    if ((!by && event.key !== " ") || event.ctrlKey || event.metaKey || !this.photo) return;
    event.preventDefault();
    event.stopPropagation();
    this.cross ??= [this.element.clientWidth / 2, this.element.clientHeight / 2];
    const step = event.shiftKey ? FAR : STEP;
    if (by) this.cross = [this.cross[0] + by[0] * step, this.cross[1] + by[1] * step];
    else this.press();
    this.paint();
  }

  press() {
    const place = this.inPhoto(...this.cross);
    this.other = false;
    if (this.tool !== "box") this.finish([place]);
    else if (this.corner) { this.finish([this.corner, place]); this.corner = null; }
    else this.corner = place;
  }

  paint() {
    const { context, element } = this, density = devicePixelRatio || 1;
    element.width = Math.round(element.clientWidth * density);
    element.height = Math.round(element.clientHeight * density);
    if (!this.photo) return;
    const { scale, left, top } = this.fit, width = this.width * scale, height = this.height * scale;
    context.setTransform(density, 0, 0, density, 0, 0);
    const edge = left + (width * this.split) / 100;
    const put = (picture) => context.drawImage(picture, left, top, width, height);
    this.clipped(edge, left + width, top, height, () => put(this.compared ?? this.photo));
    this.clipped(left, edge, top, height, () => {
      if (this.dimmed || !this.cut) put(this.photo);
      if (this.dimmed && this.cut) { context.fillStyle = DIM; context.fillRect(left, top, width, height); }
      if (this.cut) put(this.cut);
    });
    for (const kind of this.shown) if (this.layers[kind]) context.drawImage(this.layers[kind], left, top, width, height);
    context.strokeStyle = "#8888"; context.lineWidth = 1;
    context.strokeRect(left, top, width, height);
    if (this.split > 0 && this.split < 100) this.line([[edge, top], [edge, top + height]], "#fff", 2);
    const at = ([x, y]) => [left + x * scale, top + y * scale];
    for (const mark of this.marks) mark.box ? this.box(mark.box, at) : this.dot(at(mark.point), mark.point[2]);
    if (this.path && this.isBrush) this.line(this.path.map(at), this.tool === "add" ? "#00a86b99" : "#e0402a99", 2 * this.radius * scale);
    if (this.path?.length === 2 && this.tool === "box") this.box([...this.path[0], ...this.path[1]], at);
    if (this.cross) this.drawCross(this.isBrush ? this.radius * scale : 9);
  }

  clipped(from, to, top, height, draw) {
    this.context.save();
    this.context.beginPath();
    this.context.rect(from, top, Math.max(to - from, 0), height);
    this.context.clip();
    draw();
    this.context.restore();
  }

  line(places, colour, width) {
    const { context } = this;
    context.strokeStyle = colour; context.lineWidth = width; context.lineCap = context.lineJoin = "round";
    context.beginPath();
    places.forEach((place) => context.lineTo(...place));
    if (places.length === 1) context.lineTo(places[0][0] + 0.1, places[0][1]);
    context.stroke();
  }

  box([x0, y0, x1, y1], at) {
    this.line([[x0, y0], [x1, y0], [x1, y1], [x0, y1], [x0, y0]].map(at), PRODUCT, 2);
  }

  // A plus or a minus, so that colour is not all that tells them apart.
  dot([x, y], label) {
    const { context } = this;
    context.fillStyle = label ? PRODUCT : OTHER;
    context.beginPath(); context.arc(x, y, 8, 0, 2 * Math.PI); context.fill();
    this.line([[x - 4, y], [x + 4, y]], "#fff", 2);
    if (label) this.line([[x, y - 4], [x, y + 4]], "#fff", 2);
  }

  drawCross(radius) {
    const { context } = this, [x, y] = this.cross;
    for (const [colour, width] of [["#000", 4], ["#fff", 2]]) {
      context.strokeStyle = colour; context.lineWidth = width;
      context.beginPath(); context.arc(x, y, Math.max(radius, 3), 0, 2 * Math.PI);
      context.moveTo(x - 14, y); context.lineTo(x + 14, y); context.moveTo(x, y - 14); context.lineTo(x, y + 14);
      context.stroke();
    }
  }
}
