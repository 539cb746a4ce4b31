// Drawing by hand in a picture: by a pointer, or by keys that move a pen.
import { button } from "./controls.js";
import { set, svg } from "./dom.js";
import { short } from "./numerals.js";
import { t } from "./words.js";

const PLACES = 41;
const PARTS = 40;
const FAST = 5;
const WAYS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1], PageUp: [0, FAST], PageDown: [0, -FAST] };
const within = (low, value, high) => Math.max(low, Math.min(high, value));

function height(curve, x, [x0, x1]) {
  const ys = curve?.y ?? curve ?? [];
  if (!ys.length) return 0;
  if (!curve.x) return ys[Math.round(((x - x0) / (x1 - x0)) * (ys.length - 1))];
  let k = 0;
  while (k < ys.length - 1 && curve.x[k] < x) k += 1;
  return ys[k];
}

export class Curve {
  // A height at each place from left to right: keys choose the place, and raise and lower it.
  // It begins as the curve that is drawn there, {x, y} or heights at even places.
  constructor([x0, x1, y0, y1], curve = null) {
    this.places = Array.from({ length: PLACES }, (_, k) => x0 + ((x1 - x0) * k) / (PLACES - 1));
    this.heights = this.places.map((x) => height(curve, x, [x0, x1]));
    Object.assign(this, { k: (PLACES - 1) / 2, top: y1, step: (y1 - y0) / PARTS });
  }

  add(path, [x, y]) {
    if (!path.length || x > path[path.length - 1][0]) path.push([x, Math.max(0, y)]);
  }

  move(right, up) {
    this.k = within(0, this.k + right, PLACES - 1);
    // What is near goes along, so that a hill is smooth.
    if (up) this.heights = this.heights.map((y, j) => within(0, y + up * this.step * Math.exp(-0.25 * (j - this.k) ** 2), this.top));
  }

  mark() {}

  get tip() {
    return [this.places[this.k], this.heights[this.k]];
  }

  get path() {
    return this.places.map((x, k) => [x, this.heights[k]]);
  }
}

export class Stroke {
  // A line through the corners that are set, to where the pen is.
  constructor(square) {
    const [x0, x1, y0, y1] = square;
    Object.assign(this, { square, tip: [(x0 + x1) / 2, (y0 + y1) / 2], corners: [] });
  }

  add(path, point) {
    path.push(point);
  }

  move(right, up) {
    const [x0, x1, y0, y1] = this.square;
    this.tip = [within(x0, this.tip[0] + (right * (x1 - x0)) / PARTS, x1), within(y0, this.tip[1] + (up * (y1 - y0)) / PARTS, y1)];
  }

  mark() {
    this.corners.push(this.tip);
  }

  get path() {
    return [...this.corners, this.tip];
  }
}

export class Pen {
  // key: of the button's word; kind: of the words "pen.KIND"; sketch() begins one; done(path) takes it.
  constructor({ lab, chart, key, kind, sketch, done }) {
    Object.assign(this, { lab, chart, kind, sketch, done, on: false });
    this.button = button(key, () => this.turn(!this.on), { "aria-pressed": "false" });
    this.trace = svg("path", { class: "trace" });
    this.tip = svg("g", { class: "knob tip", tabindex: 0, role: "slider", "aria-label": t(`pen.${kind}`) },
      svg("circle", { class: "reach", r: 16 }), svg("circle", { r: 5 }));
    chart.over.append(this.trace);
    // Before the handles of the picture hear of it.
    chart.svg.addEventListener("pointerdown", (event) => this.#ink(event), true);
    for (const node of [this.button, this.tip]) node.addEventListener("keydown", (event) => this.#key(event));
  }

  turn(on) {
    this.on = on;
    this.button.setAttribute("aria-pressed", String(on));
    this.chart.svg.classList.toggle("drawing", on);
    this.#trace([]);
    if (!on) return void this.tip.remove();
    this.chart.over.append(this.tip);
    this.drawn = this.sketch();
    this.lab.say(() => `${t(`pen.${this.kind}_told`)} ${t(`pen.${this.kind}_keys`)}`);
    this.#place();
    this.tip.focus({ preventScroll: true });
  }

  #take(path) {
    this.turn(false);
    this.lab.say("");
    this.done(path);
  }

  #ink(event) {
    if (!this.on) return;
    event.preventDefault();
    event.stopPropagation();
    const { svg: box } = this.chart;
    const path = [];
    const move = (moved) => {
      this.drawn.add(path, this.chart.at(moved));
      this.#trace(path);
    };
    move(event);
    box.setPointerCapture(event.pointerId);
    box.addEventListener("pointermove", move);
    box.addEventListener("lostpointercapture", () => {
      box.removeEventListener("pointermove", move);
      this.#take(path);
    }, { once: true });
  }

  #key(event) {
    if (!this.on) return;
    const moved = event.currentTarget === this.tip;
    const way = moved && WAYS[event.key];
    if (event.key === "Escape") {
      this.turn(false);
      this.lab.say("");
    } else if (moved && event.key === "Enter") this.#take(this.drawn.path);
    else if (moved && event.key === " ") this.drawn.mark();
    else if (way) this.drawn.move(...way.map((each) => each * (event.shiftKey ? FAST : 1)));
    else return;
    event.preventDefault();
    if (!this.on) return void this.button.focus();
    this.#trace(this.drawn.path);
    this.#place();
  }

  #trace(path) {
    const { toX, toY } = this.chart;
    set(this.trace, { d: path.length ? `M${path.map(([x, y]) => `${toX(x).toFixed(1)} ${toY(y).toFixed(1)}`).join("L")}` : "" });
  }

  #place() {
    const [x, y] = this.drawn.tip;
    const [low, high] = this.chart.square ?? this.chart.x;
    set(this.tip, {
      transform: `translate(${this.chart.toX(x).toFixed(1)} ${this.chart.toY(y).toFixed(1)})`,
      "aria-valuemin": low, "aria-valuemax": high, "aria-valuenow": x, "aria-valuetext": t("pen.at", { x: short(x), y: short(y) }),
    });
  }
}
