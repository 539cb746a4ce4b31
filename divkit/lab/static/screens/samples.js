// D from draws: what it earns on its own sample, on fresh draws, and on the population.
import { Chart } from "../chart.js";
import { choiceField, numberField, textField } from "../controls.js";
import { el, empty, svg } from "../dom.js";
import { t } from "../words.js";

const SIZES = [1, 3, 10, 30, 100, 300, 1000, 3000, 10000];

export class Samples {
  constructor(lab) {
    this.lab = lab;
    this.presets = {
      memorise: { p: "normal(0, 1)", q: "normal(0, 1)", m: 10, critic: "spline" },
      quadratic: { p: "normal(-0.5, 1)", q: "normal(0.5, 1)", m: 100, critic: "quadratic" },
      many: { p: "normal(-0.5, 1)", q: "normal(0.5, 1)", m: 10000, critic: "spline" },
    };
    this.#build();
  }

  #build() {
    const { lab } = this;
    this.density = new Chart({ name: "draws", height: 280, series: [
      { name: "p", colour: "p", area: true }, { name: "q", colour: "q", dash: "dash", area: true }] });
    this.decision = new Chart({ name: "decision", height: 220, y: [0, 1], series: [
      { name: "best", colour: "best" }, { name: "trained", colour: "trained", dash: "dots" }] });
    this.charts = [this.density, this.decision];
    this.rug = svg("g", { class: "rug" });
    this.density.over.append(this.rug);
    this.density.onredraw = () => this.#draws();
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
    const { p, q, best, trained, x, y } = arrays;
    this.drawn = { x, y };
    this.density.draw(head.view, { p, q });
    this.decision.draw(head.view, { best, ...(trained && { trained }) });
  }

  #draws() {
    // A tick for each draw, of p above the axis, of q below.
    const { x, y } = this.drawn ?? {};
    if (!x) return;
    const base = this.density.toY(this.density.y[0]);
    const ticks = (places, from, colour) => svg("path", {
      class: `line ${colour}`, d: [...places].map((at) => `M${this.density.toX(at).toFixed(1)} ${base + from}v-9`).join(""),
    });
    empty(this.rug, ticks(x, -2, "p"), ticks(y, -13, "q"));
  }
}
