// A chart in SVG: axes, curves, areas, handles; with a summary and a table of what it shows.
import { el, empty, set, svg } from "./dom.js";
import { drawn, exact, together, typeset } from "./numerals.js";
import { ticks } from "./ticks.js";
import { language, t } from "./words.js";

const LEFT = 44;
const RIGHT = 12;
const TOP = 10;
const BOTTOM = 24;
const ROWS = 25;
const STUB = 6;
const PLACES = 5;
const SINGLE = 2 ** -23;
const EXACT = 7;

export function labelled(places) {
  // Ticks as texts, all with as many decimals as the one that needs most.
  const texts = places.map(exact);
  if (texts.some((text) => text.includes("×"))) return texts;
  const most = Math.max(0, ...texts.map((text) => (text.split(".")[1] ?? "").length));
  return places.map((place) => place.toFixed(most).replace("-", "−").replace(/^−(0\.?0*)$/, "$1"));
}

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

  draw(x, curves, { hold = false, grow = false, errors = {} } = {}) {
    // Curves are heights at evenly spaced places of x, or {x, y} of their own; errors are those of
    // their heights where these are more than what is lost on the way here.
    // grow: the axis may become longer, and not shorter.
    this.given = [x, curves, { hold, grow, errors }];
    this.errors = errors;
    this.x = x;
    this.curves = this.factor === 1 ? curves : Object.fromEntries(Object.entries(curves).map(([name, each]) => [name, this.#scaled(each)]));
    if (this.fixed) this.y = this.fixed.map((each) => each * this.factor);
    else if (!hold) this.y = this.#range(grow ? this.y[1] : 0);
    this.redraw();
  }

  #scaled(curve) {
    const ys = Array.from(curve.y ?? curve, (each) => each * this.factor);
    return curve.y ? { x: curve.x, y: ys } : ys;
  }

  #range(least) {
    // Where nothing is drawn yet the axis stays as it is.
    if (!this.series.some(({ name }) => this.curves[name])) return this.y;
    let top = 0;
    for (const each of this.series) {
      const curve = this.curves[each.name];
      for (const value of curve?.y ?? curve ?? []) if (value > top && value < Infinity) top = value;
    }
    const steps = ticks(0, top || 1, 5);
    const step = steps[1] - steps[0];
    return [0, Math.max(least, Math.ceil((1.04 * (top || 1)) / step) * step)];
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
    // One place alone is a stub, for nothing else would be seen of it.
    return last === 0 && d ? `${d}h${STUB}` : d;
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
        svg("text", { x: LEFT - 8, y: py, class: "tick y" }, drawn(texts[k])));
    }
    const xs = ticks(...this.x, width < 500 ? 5 : 9);
    const below = labelled(xs);
    for (const [k, x] of xs.entries()) {
      if (!this.xs) break;
      const px = this.toX(x).toFixed(1);
      marks.push(svg("path", { class: "mark", d: `M${px} ${base}v4` }), svg("text", { x: px, y: base + 17, class: "tick x" }, drawn(below[k])));
    }
    marks.push(svg("path", { class: "base", d: `M${LEFT} ${base}H${width - RIGHT}` }));
    empty(this.grid, marks);
  }

  stands(how) {
    // Whether it is of the state of the page: "fresh", "stale", or "refused" where that has none.
    if (this.how === how) return;
    this.how = how;
    this.#describe();
  }

  #describe() {
    // What the screen says of it, or each curve's heights at the round places of the axis.
    if (this.how === "refused") return void (this.summary.textContent = t("charts.refused"));
    const told = this.tells ? this.tells((names) => this.#heights(names)) : this.#heights();
    empty(this.summary, told, this.#cut() && ` ${t("charts.cut")}`);
  }

  #heights(names = this.series.map(({ name }) => name)) {
    const places = ticks(...this.x, PLACES);
    const lines = names.filter((name) => this.curves[name]).map((name) => {
      const found = places.map((place) => [place, this.#at(this.curves[name], place)]).filter(([, y]) => y !== undefined);
      if (!found.length) return "";
      const most = Math.max(0, ...found.map(([, y]) => Math.abs(y)).filter(Number.isFinite));
      const error = (this.errors[name] === null ? Infinity : this.errors[name] ?? 0) * this.factor + most * SINGLE;
      const [ys, size] = together(found.map(([, y]) => y), error, coarsest(this.y[1] - this.y[0]));
      const texts = found.map(([place], k) => t("charts.height", { y: ys[k], x: exact(place) }));
      return t("charts.heights", { name: t(`series.${name}`), heights: texts.join(t("page.comma")),
        error: size === null ? t("figures.noerror") : `±\u00a0${size}` });
    });
    return typeset(lines.filter(Boolean).join(language() === "zh" ? "；" : "; "));
  }

  #at(curve, place) {
    // The height at a place, if it was calculated there.
    const ys = curve.y ?? curve;
    const [low, high] = this.x;
    const near = (high - low) * 1e-6;
    if (!curve.x) {
      const k = Math.round(((place - low) / (high - low)) * (ys.length - 1));
      return Math.abs(low + ((high - low) * k) / (ys.length - 1) - place) < near ? ys[k] : undefined;
    }
    const k = curve.x.findIndex((x) => Math.abs(x - place) < near);
    return k < 0 ? undefined : ys[k];
  }

  #cut() {
    // Whether a curve leaves the picture.
    return this.series.some(({ name, bars }) => !bars && [...(this.curves[name]?.y ?? this.curves[name] ?? [])].some((y) => y > this.y[1] || y < this.y[0]));
  }

  #tabulate() {
    if (!this.table.open) return;
    const shown = this.series.filter((each) => this.curves[each.name]);
    if (!shown.length) return;
    const first = this.curves[shown[0].name];
    const count = (first.y ?? first).length;
    const rows = [];
    const steps = Array.from({ length: Math.min(ROWS, count) }, (_, r) => Math.round((r * (count - 1)) / (Math.min(ROWS, count) - 1 || 1)));
    const columns = shown.map(({ name }) => column(steps.map((k) => (this.curves[name].y ?? this.curves[name])[k])));
    for (const [r, k] of steps.entries()) {
      const x = first.x ? first.x[k] : this.x[0] + ((this.x[1] - this.x[0]) * k) / (count - 1);
      rows.push(el("tr", {}, el("th", { scope: "row" }, typeset(exact(Number(x.toPrecision(EXACT))))), columns.map((texts) => el("td", {}, typeset(texts[r])))));
    }
    empty(this.body, el("table", {}, el("caption", {}, t("charts.rounded")),
      el("thead", {}, el("tr", {}, el("th", { scope: "col" }, this.axis),
        shown.map(({ name }) => el("th", { scope: "col" }, t(`series.${name}`))))),
      el("tbody", {}, rows)));
  }
}

// A hundredth of what is shown.
const coarsest = (most) => (most > 0 ? Math.floor(Math.log10(most)) - 2 : -2);

function column(ys) {
  // Heights with their points below one another: as many decimals as four digits of the largest take.
  const most = Math.max(0, ...ys.filter(Number.isFinite).map(Math.abs));
  const power = Math.min(0, coarsest(most) - 1);
  return together(ys.map((y) => y ?? NaN), 0, power)[0];
}
