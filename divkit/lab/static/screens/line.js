// Two laws of the line: drag their components, see D* and D, read every divergence.
import { Chart } from "../chart.js";
import { button, choiceField, textField } from "../controls.js";
import { el, empty, set, svg } from "../dom.js";
import { where } from "../laws.js";
import { Lens } from "../lens.js";
import * as mixtures from "../mixtures.js";
import { Curve, Pen } from "../pen.js";
import { along } from "../ticks.js";
import { t } from "../words.js";

const POINTS = 321;
const MOST = 12;
const PARTS = 240;
const LEAST = 0.02;
const FEWEST = 8;
const DRAWN = 80;

export class Line {
  constructor(lab) {
    this.lab = lab;
    this.parts = { p: null, q: null };
    this.#build();
  }

  #build() {
    const dense = [
      { name: "p", colour: "p", area: true },
      { name: "q", colour: "q", dash: "dash", area: true }];
    const decide = [
      { name: "best", colour: "best" },
      { name: "trained", colour: "trained", dash: "dots" }];
    this.density = new Chart({ name: "density", height: 300, series: dense });
    this.decision = new Chart({ name: "decision", height: 190, series: decide, y: [0, 1] });
    this.integrand = new Chart({
      name: "integrand", height: 120, nats: true, series: [{ name: "integrand", colour: "integrand", area: true }],
    });
    this.charts = [this.density, this.decision, this.integrand];
    this.lens = new Lens(this.lab, this.#freehand());
    this.density.onredraw = () => this.#handles();
    this.density.tells = where(this.lab.figures, ["p", "q"]);
    this.knobs = svg("g", {});
    this.density.over.append(this.knobs);
    this.root = el("div", { class: "screen" },
      el("section", { class: "stage", "aria-label": t("page.pictures") },
        this.lens.root, this.charts.map((chart) => chart.root)),
      el("section", { class: "panel", "aria-label": t("page.numbers") },
        this.#laws(), this.#numbers()));
  }

  #freehand() {
    // A curve from left to right; the process fits normals to it, and they become p.
    this.pen = new Pen({ lab: this.lab, chart: this.density, key: "freehand", kind: "curve",
      sketch: () => new Curve([...this.density.x, ...this.density.y], this.curves?.p), done: (path) => this.#fit(path) });
    return this.pen.button;
  }

  #fit(path) {
    if (path.length < FEWEST) return void this.lab.say(() => t("line.one"), "refused");
    const every = Math.ceil(path.length / DRAWN);
    this.lab.ask("fit", { curve: path.filter((_, k) => k % every === 0).flat().map(mixtures.tidy) });
  }

  #laws() {
    const more = (name) => el("span", { class: "pair" },
      button("add", () => this.#add(name), { "aria-label": t("handles.add", { name }) }),
      button("remove", () => this.#remove(name), { "aria-label": t("handles.remove", { name }) }));
    return el("div", { class: "card" },
      el("div", { class: "law p" }, textField(this.lab, "p"), more("p")),
      el("div", { class: "law q" }, textField(this.lab, "q"), more("q")),
      choiceField(this.lab, "critic", ["quadratic", "spline", "cubic", "mlp"]));
  }

  #numbers() {
    const { figures } = this.lab;
    return el("div", { class: "card" },
      figures.table(["js", "gan", "value", "gap"], t("page.numbers")),
      el("p", { class: "actions" },
        button("train", () => this.lab.ask("train")),
        button("certify", () => this.lab.ask("certify", { digits: 30 }))),
      el("details", { class: "more", open: true }, el("summary", {}, t("line.others")),
        figures.table(["kl", "reverse_kl", "tv", "w1", "l2"], t("line.others"))),
      el("details", { class: "more" }, el("summary", {}, t("line.split")),
        el("p", { class: "means" }, t("line.splitMeans")),
        figures.table(["approximation", "estimation", "optimisation"], t("line.split"), { asked: true })),
      el("details", { class: "more" }, el("summary", {}, t("line.digits")),
        figures.table(["certified"], t("line.digits"), { asked: true })));
  }

  like({ parts, view, lens, curves, pen }) {
    // What is drawn before its process has said the same is kept, too.
    Object.assign(this, { parts, view, curves });
    if (lens.whole) this.lens.sees(lens.view, lens.whole);
    if (curves) this.#draw(true);
    if (pen.on) this.pen.turn(true);
  }

  fresh() {
    this.parts = { p: null, q: null };
  }

  frame({ head, arrays }, current) {
    this.lens.sees(head.view, head.whole);
    if (current) this.parts = { ...head.handles };
    else if (this.parts.p && this.parts.q && this.ahead) return;
    this.ahead = false;
    this.view = head.view;
    this.curves = along(arrays, head.view);
    this.#draw(!current);
    this.lab.figures.pictured(head.seq, head.step);
  }

  #draw(old) {
    this.decision.dim = old ? new Set(["trained"]) : new Set();
    for (const chart of this.charts) chart.draw(this.view, this.curves, { hold: this.dragging });
  }

  // Handles: a disc moves a component's centre and weight, a ring its width.

  #handles() {
    if (this.dragging) return void this.#place();
    const nodes = [];
    this.placed = [];
    for (const name of ["q", "p"]) {
      for (let k = 0; k < (this.parts[name]?.length ?? 0); k += 1) {
        for (const kind of ["width", "centre"]) {
          const knob = this.#knob(name, k, kind);
          nodes.push(knob);
          this.placed.push([knob, name, k, kind]);
        }
      }
    }
    const focus = document.activeElement?.dataset?.knob;
    empty(this.knobs, nodes);
    this.#place();
    if (focus) this.knobs.querySelector(`[data-knob="${focus}"]`)?.focus();
  }

  #knob(name, k, kind) {
    const shape = kind === "centre"
      ? svg("circle", { r: 6.5 }) : svg("rect", { x: -4.5, y: -4.5, width: 9, height: 9, transform: "rotate(45)" });
    return svg("g", {
      class: `knob ${name} ${kind}`, tabindex: 0, role: "slider", "data-knob": `${name}${k}${kind}`,
      "aria-label": t(`handles.${kind}`, { name, k: k + 1 }),
      onpointerdown: (event) => this.#grab(event, name, k, kind),
      onkeydown: (event) => this.#key(event, name, k, kind),
    }, svg("circle", { class: "reach", r: 16 }), shape);
  }

  #place() {
    const chart = this.density;
    for (const [knob, name, k, kind] of this.placed ?? []) {
      const part = this.parts[name]?.[k];
      if (!part) continue;
      const [w, c, s] = part;
      const wide = kind === "width";
      const top = mixtures.height(part) * (wide ? Math.exp(-0.5) : 1);
      const x = chart.toX(wide ? c + s : c);
      const y = Math.max(chart.toY(chart.y[1]), chart.toY(top));
      set(knob, {
        transform: `translate(${x.toFixed(1)} ${y.toFixed(1)})`,
        visibility: x < 40 || x > chart.width - 8 ? "hidden" : "visible",
        "aria-valuemin": wide ? LEAST : Math.min(c, chart.x[0]), "aria-valuemax": wide ? Math.max(s, chart.x[1] - chart.x[0]) : Math.max(c, chart.x[1]),
        "aria-valuenow": wide ? s : c, "aria-valuetext": t("handles.says", { w, c, s }),
      });
    }
  }

  #grab(event, name, k, kind) {
    event.preventDefault();
    const knob = event.currentTarget;
    knob.focus();
    knob.setPointerCapture(event.pointerId);
    this.dragging = true;
    const move = (moved) => {
      const [x, y] = this.density.at(moved);
      this.#drag(name, k, kind, x, Math.max(0, y));
    };
    const end = () => {
      knob.removeEventListener("pointermove", move);
      this.dragging = false;
      this.#draw(true);
    };
    knob.addEventListener("pointermove", move);
    knob.addEventListener("lostpointercapture", end, { once: true });
  }

  #drag(name, k, kind, x, y) {
    const [, c, s] = this.parts[name][k];
    if (kind === "width") return void this.#alter(name, k, { s: x - c });
    const w = y * s * Math.sqrt(2 * Math.PI);
    this.#alter(name, k, this.parts[name].length > 1 ? { c: x, w } : { c: x });
  }

  #key(event, name, k, kind) {
    const way = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] }[event.key];
    if (!way) return;
    event.preventDefault();
    const size = ((this.view[1] - this.view[0]) / PARTS) * (event.shiftKey ? 10 : 1);
    const [w, c, s] = this.parts[name][k];
    if (kind === "width") this.#alter(name, k, { s: s + (way[0] + way[1]) * size });
    else this.#alter(name, k, { c: c + way[0] * size, w: w + way[1] * (event.shiftKey ? 0.5 : 0.05) * (1 - w) });
  }

  #alter(name, k, { c, s, w }) {
    // Change one component; the others share what is left of the weight.
    const parts = this.parts[name].map((part) => [...part]);
    const part = parts[k];
    if (c !== undefined) part[1] = Math.max(-1e6, Math.min(1e6, c));
    if (s !== undefined) part[2] = Math.max(LEAST, Math.min(1e6, s));
    if (w !== undefined && parts.length > 1) {
      const most = 1 - LEAST * (parts.length - 1);
      const mine = Math.max(LEAST, Math.min(most, w));
      const rest = parts.reduce((sum, [each], j) => (j === k ? sum : sum + each), 0);
      parts.forEach((each, j) => { each[0] = j === k ? mine : (each[0] * (1 - mine)) / rest; });
    }
    this.#become(name, parts);
  }

  #add(name) {
    const parts = this.parts[name];
    if (!parts) return void this.lab.say(t("handles.none", { name }), "refused");
    if (parts.length >= MOST) return void this.lab.say(t("handles.most", { most: MOST }), "refused");
    const share = 1 / (parts.length + 1);
    const [low, high] = this.view;
    const centre = low + (high - low) * (0.25 + 0.5 * ((parts.length * 0.618) % 1));
    this.#become(name, [...parts.map(([w, c, s]) => [w * (1 - share), c, s]), [share, centre, (high - low) / 16]]);
  }

  #remove(name) {
    const parts = this.parts[name];
    if (!parts || parts.length < 2) return void this.lab.say(t("handles.last", { name }), "refused");
    this.#become(name, parts.slice(0, -1));
  }

  #become(name, parts) {
    // The curves follow at once; the numbers when they are calculated.
    this.parts[name] = mixtures.normalised(parts);
    this.lab.change({ [name]: mixtures.text(parts) });
    if (this.parts.p && this.parts.q) {
      this.ahead = true;
      const trained = this.curves?.trained;
      const { p, q } = this.parts;
      const x = mixtures.places(p, q, this.view, POINTS);
      const drawn = Object.entries(mixtures.heights(p, q, x)).map(([each, y]) => [each, { x, y }]);
      this.curves = { ...Object.fromEntries(drawn), ...(trained && { trained }) };
      this.#draw(true);
      this.lab.figures.pictured(this.lab.seq, 0);
    }
  }
}
