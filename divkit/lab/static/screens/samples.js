// D from draws: what it earns on its own sample, on fresh draws, and on the population.
import { Chart } from "../chart.js";
import { choiceField, numberField, textField } from "../controls.js";
import { el, empty, svg } from "../dom.js";
import { texts } from "../figures.js";
import { where } from "../laws.js";
import { finite, typeset } from "../numerals.js";
import { along } from "../ticks.js";
import { language, t } from "../words.js";

const LOG2 = Math.LN2;
// What D earns, and the most that it can earn: where each stands, and how it is drawn.
const READ = { value_sample: "integrand", value_fresh: "trained", value: "trained", gan: "best" };
const DEEPEST = -4;
const SIZES = [1, 3, 10, 30, 100, 300, 1000, 3000, 10000];

export class Samples {
  constructor(lab) {
    this.lab = lab;
    this.#build();
  }

  #build() {
    const { lab } = this;
    this.density = new Chart({ name: "draws", height: 280, series: [
      { name: "p", colour: "p", area: true }, { name: "q", colour: "q", dash: "dash", area: true }] });
    this.decision = new Chart({ name: "decision", height: 220, y: [0, 1], series: [
      { name: "best", colour: "best" }, { name: "trained", colour: "trained", dash: "dots" }] });
    this.readings = new Chart({ name: "readings", height: 190, xs: false, nats: true, y: [DEEPEST, 0.25], series: [
      { name: "ceiling", colour: "other", dash: "dash" }, { name: "floor", colour: "best" }] });
    this.marks = svg("g", {});
    this.readings.over.append(this.marks);
    this.readings.onredraw = () => this.#mark();
    this.readings.tells = () => this.#told();
    this.readings.table.remove();  // its numbers stand beside it
    lab.figures.watch(() => this.#read());
    this.charts = [this.density, this.decision, this.readings];
    this.rug = svg("g", { class: "rug" });
    this.density.over.append(this.rug);
    this.density.onredraw = () => this.#draws();
    this.density.tells = where(lab.figures, ["p", "q"]);
    const sizes = SIZES.map((m) => el("button", { type: "button", onclick: () => lab.change({ m }) }, String(m)));
    this.root = el("div", { class: "screen" },
      el("section", { class: "stage", "aria-label": t("page.pictures") }, this.charts.map((chart) => chart.root)),
      el("section", { class: "panel", "aria-label": t("page.numbers") },
        el("div", { class: "card" },
          el("div", { class: "law p" }, textField(lab, "p")),
          el("div", { class: "law q" }, textField(lab, "q")),
          el("div", { class: "twins" },
            numberField(lab, "m", { low: 1, high: 10000, step: 1, whole: true }),
            numberField(lab, "seed", { low: 0, high: 1000000, step: 1, whole: true })),
          el("p", { class: "sizes", "aria-label": t("fields.m") }, sizes),
          choiceField(lab, "critic", ["quadratic", "spline", "mlp"])),
        el("div", { class: "card" },
          lab.figures.table(["value_sample", "value_fresh", "value", "gan", "gap"], t("page.numbers")),
          el("details", { class: "more", open: true }, el("summary", {}, t("samples.promise")),
            lab.figures.table(["js", "limit"], t("samples.promise"))))));
  }

  frame({ head, arrays }) {
    this.lab.figures.pictured(head.seq, head.step);
    const { p, q, ...logits } = along(arrays, head.view, ["p", "q", "best", "trained"]);
    this.drawn = { x: arrays.x, y: arrays.y };
    this.density.draw(head.view, { p, q });
    this.decision.draw(head.view, logits);
  }

  #read() {
    // The lines of JSD = log 2 and of JSD = 0, and what has been read at this state.
    const { figures } = this.lab;
    this.read = Object.keys(READ).map((name) => [name, figures.fresh(name) ? figures.known.get(name) : null]);
    const values = this.read.map(([, number]) => finite(number?.value)).filter(Number.isFinite);
    const low = Math.max(DEEPEST, Math.min(-2 * LOG2, ...values) - 0.25);
    this.readings.fixed = [low, 0.25];
    this.readings.draw([0, 1], { ceiling: [0, 0], floor: [-2 * LOG2, -2 * LOG2] });
  }

  #told() {
    const known = (this.read ?? []).filter(([, number]) => Number.isFinite(finite(number?.value)));
    return typeset(known.map(([name, number]) => {
      const said = texts(number, this.lab.figures.unit, -4);
      return `${t(`readings.${name}`)} ${said.value}\u00a0±\u00a0${said.error}`;
    }).join(language() === "zh" ? "；" : "; "));
  }

  #mark() {
    const { toX, toY, y, factor, height } = this.readings;
    const base = toY(y[0]);
    const nodes = (this.read ?? []).flatMap(([name, number], k) => {
      const x = toX((k + 0.5) / this.read.length);
      const label = svg("text", { class: "tick x", x, y: height - 7 }, t(`readings.${name}`));
      const value = finite(number?.value);
      if (value === undefined) return [label];
      if (value * factor < y[0]) return [label, svg("path", { class: `spot ${READ[name]}`, d: `M${x - 5} ${base - 9}h10l-5 8z` })];
      const [low, high] = number.interval.map((end) => toY(Math.max(y[0], Math.min(y[1], finite(end) * factor))));
      return [label, svg("path", { class: `line bar ${READ[name]}`, d: `M${x} ${low}V${high}` }),
        svg("circle", { class: `spot ${READ[name]}`, cx: x, cy: toY(value * factor), r: 4 })];
    });
    empty(this.marks, nodes);
  }

  #draws() {
    // A tick for each draw, of p above the axis, of q below.
    const { x, y } = this.drawn ?? {};
    if (!x) return;
    const base = this.density.toY(this.density.y[0]);
    const ticks = (places, from, colour) => svg("path", {
      class: `line ${colour}`, d: [...places].filter((at) => at >= this.density.x[0] && at <= this.density.x[1]).map((at) => `M${this.density.toX(at).toFixed(1)} ${base + from}v-9`).join(""),
    });
    empty(this.rug, ticks(x, -2, "p"), ticks(y, -13, "q"));
  }
}
