// A chart in SVG: axes, curves, areas, handles; with a summary and a table of what it shows.
import { el, empty, set, svg } from "./dom.js";
import { language, t } from "./words.js";

const LEFT = 44;
const RIGHT = 12;
const TOP = 10;
const BOTTOM = 24;
const ROWS = 25;

export function ticks(low, high, count) {
  const raw = (high - low) / count;
  const power = 10 ** Math.floor(Math.log10(raw));
  const step = power * ([1, 2, 5, 10].find((m) => m * power >= 0.75 * raw) ?? 10);
  const made = [];
  for (let k = Math.ceil(low / step); k * step <= high + 1e-9 * step; k += 1) made.push(k * step);
  return made;
}

export const raised = (n) => [...String(n)].map((d) => "⁰¹²³⁴⁵⁶⁷⁸⁹"[d] ?? "⁻").join("");

export function powered(text) {
  // 1.2e-7 as it is written by hand.
  const [lead, power] = text.split("e");
  return `${lead.replace("-", "−")} × 10${raised(Number(power))}`;
}

export function labelled(places) {
  // Ticks as texts, all with as many decimals as the one that needs most.
  const texts = places.map(short);
  if (texts.some((text) => text.includes("×"))) return texts;
  const most = Math.max(0, ...texts.map((text) => (text.split(".")[1] ?? "").length));
  return places.map((place) => place.toFixed(most).replace("-", "−").replace(/^−(0\.?0*)$/, "$1"));
}

export const short = (x) => {
  const size = Math.abs(x);
  if (x === 0) return "0";
  if (size < 1e5 && size >= 1e-4) return String(Number(x.toPrecision(4))).replace("-", "−");
  return powered(x.toExponential(1));
};

function sign({ colour, dash = "", bars, square }) {
  // The mark of a series in the legend: a stretch of its line, or its point.
  if (!bars) return svg("path", { class: `line ${colour} ${dash}`, d: "M1 4H25" });
  return square ? svg("rect", { class: `spot ${colour}`, x: 9.5, y: 0.5, width: 7, height: 7 })
    : svg("circle", { class: `spot ${colour}`, cx: 13, cy: 4, r: 3.8 });
}

export class Chart {
  // series: [{name, colour class, dash, area}], names as in the words "series.NAME".
  // nats: heights are in nats, and follow the page's unit.
  constructor({ name, height, series, axis = "x", xs = true, y = null, nats = false }) {
    Object.assign(this, { name, height, series, axis, xs, fixed: y, nats, unit: "nats" });
    this.x = [0, 1];
    this.y = y ?? [0, 1];
    this.curves = {};
    this.dim = new Set();
    this.width = 600;
    this.#build();
  }

  #build() {
    const title = t(`charts.${this.name}`);
    this.caption = el("span", { class: "title" });
    this.#entitle();
    this.grid = svg("g", { class: "axes" });
    this.lines = svg("g", { class: "curves", "clip-path": `url(#clip-${this.name})` });
    this.over = svg("g", { class: "over" });
    this.frame = svg("rect", { x: LEFT, y: TOP });
    this.svg = svg("svg", { class: "chart", role: "group", "aria-label": title },
      svg("defs", {}, svg("clipPath", { id: `clip-${this.name}` }, this.frame)),
      this.grid, this.lines, this.over);
    this.paths = new Map();
    for (const each of this.series) {
      if (each.area) this.paths.set(`${each.name}-area`, this.#path(`area ${each.colour}`));
      this.paths.set(each.name, this.#path(`line ${each.colour} ${each.dash ?? ""}`));
    }
    this.summary = el("p", { class: "summary" });
    this.body = el("div", { class: "rows", tabindex: 0, role: "group", "aria-label": `${t("charts.table")}: ${t(`charts.${this.name}`)}` });
    this.table = el("details", { class: "data", ontoggle: () => this.#tabulate() },
      el("summary", {}, t("charts.table")), this.body);
    this.root = el("figure", { class: "plot" },
      el("figcaption", {}, this.caption, this.#legend()),
      this.svg, this.summary, this.table);
    new ResizeObserver(([entry]) => {
      const width = Math.round(entry.contentRect.width);
      if (width > 0 && width !== this.width) {
        this.width = width;
        this.redraw();
      }
    }).observe(this.root);
  }

  get factor() {
    return this.nats && this.unit === "bits" ? 1 / Math.LN2 : 1;
  }

  measured(unit) {
    // Values of games whose payoff is no entropy have no unit.
    if (this.nats === (unit === "nats")) return;
    this.nats = unit === "nats";
    this.#entitle();
  }

  inUnits(unit) {
    this.unit = unit;
    this.#entitle();
    if (this.given) this.draw(...this.given);
  }

  #entitle() {
    const title = t(`charts.${this.name}`);
    this.caption.textContent = this.nats ? t("charts.inUnit", { title, unit: t(`units.${this.unit}`) }) : title;
  }

  #path(kind) {
    const path = svg("path", { class: kind });
    this.lines.append(path);
    return path;
  }

  #legend() {
    const keys = this.series.filter((each) => !each.quiet).map((each) =>
      el("span", { class: "key" },
        svg("svg", { class: "swatch", viewBox: "0 0 26 8", "aria-hidden": "true" }, sign(each)),
        t(`series.${each.name}`)));
    return el("span", { class: "legend" }, keys);
  }

  toX = (x) => LEFT + ((x - this.x[0]) / (this.x[1] - this.x[0])) * (this.width - LEFT - RIGHT);
  toY = (y) => {
    const share = (y - this.y[0]) / (this.y[1] - this.y[0]);
    return TOP + (1 - share) * (this.height - TOP - BOTTOM);
  };
  fromX = (px) => this.x[0]
    + ((px - LEFT) / (this.width - LEFT - RIGHT)) * (this.x[1] - this.x[0]);
  fromY = (py) => this.y[0]
    + (1 - (py - TOP) / (this.height - TOP - BOTTOM)) * (this.y[1] - this.y[0]);

  at(event) {
    const box = this.svg.getBoundingClientRect();
    const factor = this.width / box.width;
    return [this.fromX((event.clientX - box.left) * factor),
      this.fromY((event.clientY - box.top) * factor)];
  }

  draw(x, curves, { hold = false } = {}) {
    // Curves are heights at evenly spaced places of x, or {x, y} of their own.
    this.given = [x, curves, { hold }];
    this.x = x;
    this.curves = this.factor === 1 ? curves : Object.fromEntries(Object.entries(curves).map(([name, each]) => [name, this.#scaled(each)]));
    if (this.fixed) this.y = this.fixed.map((each) => each * this.factor);
    else if (!hold) this.y = this.#range();
    this.redraw();
  }

  #scaled(curve) {
    const ys = Array.from(curve.y ?? curve, (each) => each * this.factor);
    return curve.y ? { x: curve.x, y: ys } : ys;
  }

  #range() {
    let top = 0;
    for (const each of this.series) {
      const curve = this.curves[each.name];
      for (const value of curve?.y ?? curve ?? []) if (value > top && value < Infinity) top = value;
    }
    const steps = ticks(0, top || 1, 5);
    const step = steps[1] - steps[0];
    return [0, Math.ceil((1.04 * (top || 1)) / step) * step];
  }

  redraw() {
    const { width, height } = this;
    set(this.svg, { viewBox: `0 0 ${width} ${height}`, width, height });
    set(this.frame, { width: Math.max(1, width - LEFT - RIGHT), height: height - TOP - BOTTOM });
    this.#axes();
    for (const each of this.series) {
      const curve = this.curves[each.name];
      const path = this.paths.get(each.name);
      const d = curve && !each.bars ? this.#trace(curve) : "";
      set(path, { d, "data-dim": this.dim.has(each.name) ? "yes" : null });
      if (!this.dim.has(each.name)) path.removeAttribute("data-dim");
      const area = this.paths.get(`${each.name}-area`);
      if (area) set(area, { d: d && this.#closed(d) });
    }
    this.onredraw?.();
    this.#describe();
    if (this.table.open) this.#tabulate();
  }

  #trace(curve) {
    const ys = curve.y ?? curve;
    const last = ys.length - 1;
    const places = curve.x ?? null;
    let d = "";
    let pen = "M";
    for (let k = 0; k <= last; k += 1) {
      const x = places ? places[k] : this.x[0] + ((this.x[1] - this.x[0]) * k) / last;
      if (Number.isNaN(ys[k])) {
        pen = "M";
        continue;
      }
      const y = Math.max(-1e4, Math.min(1e4, this.toY(ys[k])));
      d += `${pen}${this.toX(x).toFixed(1)} ${y.toFixed(1)}`;
      pen = "L";
    }
    return d;
  }

  #closed(d) {
    const base = this.toY(this.y[0]).toFixed(1);
    return `${d}L${this.toX(this.x[1]).toFixed(1)} ${base}L${this.toX(this.x[0]).toFixed(1)} ${base}Z`;
  }

  #axes() {
    const { width, height } = this;
    const marks = [];
    const base = height - BOTTOM;
    const ys = ticks(...this.y, height < 150 ? 3 : 4);
    const texts = labelled(ys);
    for (const [k, y] of ys.entries()) {
      const py = this.toY(y).toFixed(1);
      marks.push(svg("path", { class: "rule", d: `M${LEFT} ${py}H${width - RIGHT}` }),
        svg("text", { x: LEFT - 8, y: py, class: "tick y" }, texts[k]));
    }
    const xs = ticks(...this.x, width < 500 ? 5 : 9);
    const below = labelled(xs);
    for (const [k, x] of xs.entries()) {
      const px = this.toX(x).toFixed(1);
      marks.push(svg("path", { class: "mark", d: `M${px} ${base}v4` }));
      if (this.xs) marks.push(svg("text", { x: px, y: base + 17, class: "tick x" }, below[k]));
    }
    marks.push(svg("path", { class: "base", d: `M${LEFT} ${base}H${width - RIGHT}` }));
    empty(this.grid, marks);
  }

  #describe() {
    // What the screen says of it, or the highest place of each curve in words.
    if (this.tells) return void (this.summary.textContent = this.tells());
    const lines = [];
    for (const each of this.series) {
      const curve = this.curves[each.name];
      if (!curve) continue;
      const ys = curve.y ?? curve;
      let top = -1;
      for (let k = 0; k < ys.length; k += 1) if (top < 0 || ys[k] > ys[top]) top = k;
      if (top < 0) continue;
      const x = curve.x ? curve.x[top] : this.x[0] + ((this.x[1] - this.x[0]) * top) / (ys.length - 1);
      // A place that is 0 but for rounding is 0.
      const place = Math.abs(x) < 1e-9 * (this.x[1] - this.x[0]) ? 0 : x;
      lines.push(t("charts.peak", { name: t(`series.${each.name}`), y: short(ys[top]), x: short(place) }));
    }
    this.summary.textContent = lines.join(language() === "zh" ? "；" : "; ");
  }

  #tabulate() {
    if (!this.table.open) return;
    const shown = this.series.filter((each) => this.curves[each.name]);
    if (!shown.length) return;
    const first = this.curves[shown[0].name];
    const count = (first.y ?? first).length;
    const rows = [];
    for (let r = 0; r < ROWS; r += 1) {
      const k = Math.round((r * (count - 1)) / (ROWS - 1));
      const x = first.x ? first.x[k] : this.x[0] + ((this.x[1] - this.x[0]) * k) / (count - 1);
      const cells = shown.map(({ name }) => {
        const y = (this.curves[name].y ?? this.curves[name])[k];
        return el("td", {}, y === undefined ? "" : short(y));
      });
      rows.push(el("tr", {}, el("th", { scope: "row" }, short(x)), cells));
    }
    empty(this.body, el("table", {},
      el("thead", {}, el("tr", {}, el("th", { scope: "col" }, this.axis),
        shown.map(({ name }) => el("th", { scope: "col" }, t(`series.${name}`))))),
      el("tbody", {}, rows)));
  }
}
