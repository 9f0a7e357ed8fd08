// All photos as thumbnails, of which only those in view are in the page.

import { pictureUrl } from "./api.js";

// Size of a tile with its gap, and rows beside those in view, in tiles.
const WIDTH = 136, HEIGHT = 158, AROUND = 2;

export class Wall {
  constructor(section, grid, chosen) {
    Object.assign(this, { section, grid, chosen, rows: [], tiles: new Map() });
    section.addEventListener("scroll", () => this.draw());
    new ResizeObserver(() => this.draw()).observe(section);
  }

  show(rows) {
    this.rows = rows;
    this.tiles.forEach((tile) => tile.remove());
    this.tiles.clear();
    this.draw();
  }

  draw() {
    if (this.section.hidden) return;
    const columns = Math.max(1, Math.floor((this.section.clientWidth - 8) / WIDTH));
    this.grid.style.height = `${Math.ceil(this.rows.length / columns) * HEIGHT + 8}px`;
    const from = Math.max(0, Math.floor(this.section.scrollTop / HEIGHT) - AROUND) * columns;
    const lines = Math.ceil(this.section.clientHeight / HEIGHT) + 2 * AROUND;
    const wanted = new Set(this.rows.slice(from, from + lines * columns).map((_, number) => from + number));
    for (const [number, tile] of this.tiles) if (!wanted.has(number)) { tile.remove(); this.tiles.delete(number); }
    for (const number of wanted) {
      const tile = this.tiles.get(number) ?? this.tile(number);
      tile.style.left = `${8 + (number % columns) * WIDTH}px`;
      tile.style.top = `${8 + Math.floor(number / columns) * HEIGHT}px`;
    }
  }

  tile(number) {
    const [id, status, confidence, , version] = this.rows[number];
    const tile = document.createElement("button");
    tile.className = `tile ${status}`;
    const image = Object.assign(document.createElement("img"), { loading: "lazy", alt: "" });
    image.src = pictureUrl("thumbnail", id, version);
    const name = Object.assign(document.createElement("b"), { textContent: id, title: id });
    const sure = confidence === null ? "" : ` ${confidence.toFixed(2)}`;
    tile.append(image, name, Object.assign(document.createElement("small"), { textContent: status + sure }));
    tile.addEventListener("click", () => this.chosen(id));
    this.grid.append(tile);
    this.tiles.set(number, tile);
    return tile;
  }
}
