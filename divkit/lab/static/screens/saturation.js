// A distance: the JSD goes to log 2, W₁ stays straight, and each loss of G keeps or loses its slope.
import { Chart } from "../chart.js";
import { rangeField } from "../controls.js";
import { el, set, svg } from "../dom.js";
import { where } from "../laws.js";
import { along } from "../ticks.js";
import { t } from "../words.js";

export class Saturation {
  constructor(lab) {
    this.lab = lab;
    this.#build();
  }

  #build() {
    const { lab } = this;
    this.density = new Chart({ name: "pair", height: 210, series: [
      { name: "p", colour: "p", area: true }, { name: "q", colour: "q", dash: "dash", area: true },
      { name: "best", colour: "best" }] });
    this.values = new Chart({ name: "along", height: 150, axis: "μ", nats: true, y: [0, 0.75], series: [
      { name: "along_js", colour: "p" }] });
    this.way = new Chart({ name: "along_w1", height: 120, axis: "μ", series: [
      { name: "along_w1", colour: "trained" }] });
    this.slopes = new Chart({ name: "slopes", height: 190, axis: "μ", series: [
      { name: "along_slope_minimax", colour: "q" }, { name: "along_slope_non_saturating", colour: "integrand", dash: "dash" }] });
    this.density.tells = where(lab.figures, ["p", "q"], ["best"]);
    this.charts = [this.density, this.values, this.way, this.slopes];
    for (const chart of [this.values, this.way, this.slopes]) {
      const mark = svg("path", { class: "here" });
      chart.over.append(mark);
      chart.onredraw = () => this.#mark(chart, mark);
    }
    this.root = el("div", { class: "screen", onchange: () => this.last && this.#show(this.last) },
      el("section", { class: "stage", "aria-label": t("page.pictures") }, this.charts.map((chart) => chart.root)),
      el("section", { class: "panel", "aria-label": t("page.numbers") },
        el("div", { class: "card" },
          rangeField(lab, "distance", { low: 0, high: 12, step: 0.05 }),
          rangeField(lab, "scale", { low: 0.2, high: 5, step: 0.1 })),
        el("div", { class: "card" },
          lab.figures.table(["js", "gan", "w1", "slope_minimax", "slope_non_saturating"], t("page.numbers")),
          el("details", { class: "more" }, el("summary", {}, t("line.others")),
            lab.figures.table(["kl", "tv"], t("line.others"))))));
  }

  #mark(chart, mark) {
    const x = chart.toX(this.lab.state.distance ?? 0).toFixed(1);
    set(mark, { d: `M${x} ${chart.toY(chart.y[1])}V${chart.toY(chart.y[0])}` });
  }

  frame(frame) {
    this.lab.figures.pictured(frame.head.seq, frame.head.step);
    this.#show(frame);
  }

  #show({ head, arrays }) {
    const { along_js, along_w1 } = arrays;
    this.density.draw(head.view, along(arrays, head.view, ["p", "q", "best"]));
    const way = [0, head.farthest];
    // While one drags an axis may grow, and does not shrink under the hand.
    const grow = this.root.querySelector("input[type=range]:active") !== null;
    const options = { errors: head.errors, grow };
    this.values.draw(way, along_js ? { along_js } : {}, options);
    this.way.draw(way, along_w1 ? { along_w1 } : {}, options);
    const { along_slope_minimax, along_slope_non_saturating } = arrays;
    this.slopes.draw(way, along_slope_minimax ? { along_slope_minimax, along_slope_non_saturating } : {}, options);
    this.last = { head, arrays };
  }
}
