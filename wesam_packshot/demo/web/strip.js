// The photos as a row of thumbnails with their states.

const TOLD = { waiting: "waiting", working: "working …", failed: "failed" };

export class Strip {
  constructor(element, chosen) {
    Object.assign(this, { element, chosen });
  }

  show(items, current) {
    this.element.hidden = items.length < 2;
    this.element.replaceChildren(...items.map((item) => this.thumb(item, item === current)));
    this.element.querySelector("[aria-current=true]")?.scrollIntoView({ block: "nearest", inline: "nearest" });
  }

  thumb(item, current) {
    const thumb = document.createElement("button");
    const state = item.state === "done" && item.doubt ? "doubtful" : item.state;
    thumb.className = `thumb ${state}`;
    thumb.setAttribute("aria-current", String(current));
    thumb.title = item.doubt || item.complaint || item.name;
    const sure = item.confidence === undefined ? "done" : `sure ${item.confidence.toFixed(2)}`;
    const mended = item.steps.length ? "mended" : sure;
    const words = state === "doubtful" ? "look at it" : TOLD[state] ?? mended;
    const image = Object.assign(document.createElement("img"), { alt: "" });
    if (item.thumb) image.src = item.thumb;
    else image.hidden = true;
    const [name, told] = [document.createElement("b"), document.createElement("small")];
    [name.textContent, told.textContent] = [item.name, words];
    thumb.append(image, name, told);
    thumb.addEventListener("click", () => this.chosen(item));
    return thumb;
  }
}
