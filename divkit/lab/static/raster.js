// The plane: a map of colours, points, the warped grid and arrows, in one square of SVG.
import { el, empty, set, svg } from "./dom.js";
import { drawn, exact, short } from "./numerals.js";
import { own } from "./own.js";
import { ticks } from "./ticks.js";
import { t } from "./words.js";

const LEFT = 44;
const RIGHT = 12;
const TOP = 8;
const BOTTOM = 24;
const MOST = 620;
export const WHOLE = 65535;
const ROWS = 7;
const BLUE = [0, 114, 178];
const RED = [213, 94, 0];
const VIOLET = [110, 60, 140];

function mixed(ink, share) {
  return ink.map((part) => Math.round(255 + (part - 255) * share));
}

// D from 0 (orange: fake) over white (1/2) to 1 (blue: real); a difference from white to violet.
export const PALETTES = {
  d: (s) => (s < 0.5 ? mixed(RED, 0.75 * (1 - 2 * s)) : mixed(BLUE, 0.75 * (2 * s - 1))),
  away: (s) => mixed(VIOLET, 0.9 * s),
};
PALETTES.best = PALETTES.d;

export class Raster {
  // name: of the words "charts.NAME"; layers: the names of what can be hidden.
  constructor({ name, layers, most = MOST }) {
    this.name = name;
    this.most = most;
    this.layers = new Map(layers.map((each) => [each, true]));
    this.width = 600;
    this.square = [-1, 1, -1, 1];
    this.arrays = {};
    this.canvas = document.createElement("canvas");
    this.#build();
  }

  get height() {
    return this.side + TOP + BOTTOM;
  }

  get side() {
    return Math.max(120, Math.min(this.most, this.width - LEFT - RIGHT));
  }

  #build() {
    this.grid = svg("g", { class: "axes" });
    this.image = svg("image", { preserveAspectRatio: "none", "image-rendering": "auto" });
    this.frame = svg("rect");
    const clip = svg("clipPath", { id: `clip-${this.name}` }, this.frame);
    const path = (kind) => svg("path", { class: kind });
    this.paths = {
      grid: path("warp"), real: path("dots p"), fake: path("dots q"), arrows: path("arrows"),
      codes: path("dots best"), links: path("links"),
    };
    this.ink = svg("g", { "clip-path": `url(#clip-${this.name})` }, this.image,
      this.paths.grid, this.paths.links, this.paths.real, this.paths.fake, this.paths.codes, this.paths.arrows);
    this.over = svg("g", { class: "over" });
    this.border = svg("rect", { class: "border" });
    this.svg = svg("svg", { class: "chart raster", role: "group", "aria-label": t(`charts.${this.name}`) },
      svg("defs", {}, clip), this.ink, this.border, this.grid, this.over);
    this.summary = el("p", { class: "summary" });
    this.body = el("div", { class: "rows", tabindex: 0, role: "group", "aria-label": `${t("charts.table")}: ${t(`charts.${this.name}`)}` });
    this.table = el("details", { class: "data", ontoggle: () => this.#tabulate() },
      el("summary", {}, t("charts.table")), this.body);
    this.legend = el("span", { class: "legend" });
    this.caption = el("figcaption", {}, el("span", { class: "title" }, t(`charts.${this.name}`)), this.legend);
    this.root = el("figure", { class: "plot" },
      this.caption,
      this.svg, this.summary, this.table);
    new ResizeObserver(([entry]) => {
      const width = Math.round(entry.contentRect.width);
      if (width > 0 && width !== this.width) {
        this.width = width;
        this.redraw();
      }
    }).observe(this.root);
  }

  toX = (x) => LEFT + ((x - this.square[0]) / (this.square[1] - this.square[0])) * this.side;
  toY = (y) => TOP + (1 - (y - this.square[2]) / (this.square[3] - this.square[2])) * this.side;

  at(event) {
    const box = this.svg.getBoundingClientRect();
    const factor = this.width / box.width;
    const [px, py] = [(event.clientX - box.left) * factor, (event.clientY - box.top) * factor];
    const [x0, x1, y0, y1] = this.square;
    return [x0 + ((px - LEFT) / this.side) * (x1 - x0), y0 + (1 - (py - TOP) / this.side) * (y1 - y0)];
  }

  stands(how) {
    // As of a chart: what is said of a state that was refused is nothing.
    this.how = how;
    if (how === "refused") this.summary.textContent = t("charts.refused");
    else this.summary.textContent = this.told ?? "";
  }

  says(told) {
    this.told = told;
    this.stands(this.how);
  }

  show(layer, on) {
    this.layers.set(layer, on);
    this.redraw();
  }

  draw(square, arrays, map) {
    // arrays: real, fake, codes (n × 2 of 65535), arrows (n × 2 of 32767), grid [rows, columns], map.
    Object.assign(this, { square, arrays, map });
    this.redraw();
  }

  redraw() {
    const { width, height, side } = this;
    set(this.svg, { viewBox: `0 0 ${width} ${height}`, width, height });
    this.caption.style.setProperty("max-width", `${side + LEFT + RIGHT}px`);
    for (const box of [this.frame, this.border, this.image]) set(box, { x: LEFT, y: TOP, width: side, height: side });
    this.#axes();
    this.#colour();
    const on = (layer) => this.layers.get(layer) !== false;
    const { real, fake, codes, links } = this.arrays;
    set(this.paths.real, { d: real && on("real") ? this.#dots(real) : "" });
    set(this.paths.fake, { d: fake && on("fake") ? this.#crosses(fake) : "" });
    set(this.paths.codes, { d: codes ? this.#dots(codes) : "" });
    set(this.paths.links, { d: links ? this.#links(links) : "" });
    set(this.paths.grid, { d: this.arrays.grid && on("grid") ? this.#warp() : "" });
    set(this.paths.arrows, { d: this.arrays.arrows && on("arrows") ? this.#arrows() : "" });
    this.onredraw?.();
    if (this.table.open) this.#tabulate();
  }

  #place(array, k) {
    const x = LEFT + (array[2 * k] / WHOLE) * this.side;
    const y = TOP + (1 - array[2 * k + 1] / WHOLE) * this.side;
    return [x, y];
  }

  #dots(array) {
    let d = "";
    for (let k = 0; k < array.length / 2; k += 1) {
      const [x, y] = this.#place(array, k);
      d += `M${x.toFixed(1)} ${y.toFixed(1)}h.01`;
    }
    return d;
  }

  #crosses(array) {
    let d = "";
    for (let k = 0; k < array.length / 2; k += 1) {
      const [x, y] = this.#place(array, k);
      d += `M${(x - 2.6).toFixed(1)} ${(y - 2.6).toFixed(1)}l5.2 5.2m0 -5.2l-5.2 5.2`;
    }
    return d;
  }

  #links(array) {
    let d = "";
    for (let k = 0; k < array.length / 4; k += 1) {
      const [a, b] = [this.#place(array, 2 * k), this.#place(array, 2 * k + 1)];
      d += `M${a.map((each) => each.toFixed(1)).join(" ")}L${b.map((each) => each.toFixed(1)).join(" ")}`;
    }
    return d;
  }

  #warp() {
    const { grid } = this.arrays;
    const [rows, columns] = this.shape ?? [17, 17];
    const lines = [];
    for (let r = 0; r < rows; r += 1) lines.push(Array.from({ length: columns }, (_, c) => r * columns + c));
    if (rows > 1) for (let c = 0; c < columns; c += 1) lines.push(Array.from({ length: rows }, (_, r) => r * columns + c));
    return lines.map((line) => `M${line.map((k) => this.#place(grid, k).map((each) => each.toFixed(1)).join(" ")).join("L")}`).join("");
  }

  #arrows() {
    const { arrows, fake } = this.arrays;
    let d = "";
    for (let k = 0; k < Math.min(arrows.length, fake.length) / 2; k += 1) {
      const [x, y] = this.#place(fake, k);
      const [u, v] = [(arrows[2 * k] / 32767) * 34, (-arrows[2 * k + 1] / 32767) * 34];
      const size = Math.hypot(u, v);
      if (size < 1) continue;
      const [a, b] = [(u / size) * 3, (v / size) * 3];
      d += `M${x.toFixed(1)} ${y.toFixed(1)}l${u.toFixed(1)} ${v.toFixed(1)}m${(-a - b * 0.6).toFixed(1)} ${(-b + a * 0.6).toFixed(1)}`
        + `l${(a + b * 0.6).toFixed(1)} ${(b - a * 0.6).toFixed(1)}l${(-a + b * 0.6).toFixed(1)} ${(-b - a * 0.6).toFixed(1)}`;
    }
    return d;
  }

  #colour() {
    const { map } = this.arrays;
    const palette = own(PALETTES, this.map);
    if (!map || !palette) {
      this.image.removeAttribute("href");
      return;
    }
    const cells = Math.round(Math.sqrt(map.length));
    Object.assign(this.canvas, { width: cells, height: cells });
    const pen = this.canvas.getContext("2d");
    const pixels = pen.createImageData(cells, cells);
    for (let row = 0; row < cells; row += 1) {
      for (let column = 0; column < cells; column += 1) {
        const [r, g, b] = palette(map[(cells - 1 - row) * cells + column] / 255);
        pixels.data.set([r, g, b, 255], 4 * (row * cells + column));
      }
    }
    pen.putImageData(pixels, 0, 0);
    set(this.image, { href: this.canvas.toDataURL() });
  }

  #axes() {
    const marks = [];
    const base = TOP + this.side;
    const count = this.side < 300 ? 5 : 7;
    for (const x of ticks(this.square[0], this.square[1], count)) {
      marks.push(svg("path", { class: "mark", d: `M${this.toX(x).toFixed(1)} ${base}v4` }),
        svg("text", { x: this.toX(x).toFixed(1), y: base + 17, class: "tick x" }, drawn(exact(x))));
    }
    for (const y of ticks(this.square[2], this.square[3], count)) {
      marks.push(svg("path", { class: "mark", d: `M${LEFT - 4} ${this.toY(y).toFixed(1)}h4` }),
        svg("text", { x: LEFT - 8, y: this.toY(y).toFixed(1), class: "tick y" }, drawn(exact(y))));
    }
    empty(this.grid, marks);
  }

  #tabulate() {
    // The map on a coarse grid; without one, the first points.
    if (!this.table.open) return;
    const { map, real, fake } = this.arrays;
    empty(this.body, map ? this.#cells(map) : this.#places(real ?? this.arrays.codes, fake));
  }

  #cells(map) {
    const cells = Math.round(Math.sqrt(map.length));
    const [x0, x1, y0, y1] = this.square;
    const at = (k) => Math.round(((k + 0.5) / ROWS) * cells - 0.5);
    const middle = (low, high, k) => short(Number((low + ((at(k) + 0.5) / cells) * (high - low)).toPrecision(3)));
    const order = Array.from({ length: ROWS }, (_, k) => k);
    return el("table", {},
      el("thead", {}, el("tr", {}, el("th", { scope: "col" }, "y \\ x"), order.map((c) => el("th", { scope: "col" }, middle(x0, x1, c))))),
      el("tbody", {}, [...order].reverse().map((r) => el("tr", {}, el("th", { scope: "row" }, middle(y0, y1, r)),
        order.map((c) => el("td", {}, (map[at(r) * cells + at(c)] / 255).toFixed(2)))))));
  }

  #places(real, fake) {
    const [x0, x1, y0, y1] = this.square;
    const said = (array, k) => (array && 2 * k + 1 < array.length
      ? `${short(Number((x0 + (array[2 * k] / WHOLE) * (x1 - x0)).toPrecision(3)))}, ${short(Number((y0 + (array[2 * k + 1] / WHOLE) * (y1 - y0)).toPrecision(3)))}` : "");
    const rows = Array.from({ length: 12 }, (_, k) => el("tr", {}, el("td", {}, said(real, k)), el("td", {}, said(fake, k))));
    return el("table", {}, el("thead", {}, el("tr", {}, el("th", { scope: "col" }, t("series.real")), el("th", { scope: "col" }, t("series.fake")))),
      el("tbody", {}, rows));
  }
}
