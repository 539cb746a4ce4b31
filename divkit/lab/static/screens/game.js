// The ideal game: G descends against the exact D* of each step, maximum likelihood beside it.
import { Chart } from "../chart.js";
import { choiceField, numberField, rangeField, textField } from "../controls.js";
import { el } from "../dom.js";
import { where } from "../laws.js";
import { Lens } from "../lens.js";
import { Moving } from "../moving.js";
import { along } from "../ticks.js";
import { t } from "../words.js";

export class Game extends Moving {
  constructor(lab) {
    super(lab);
    this.#build();
  }

  #build() {
    const { lab } = this;
    this.follow((frame) => this.#show(frame), ["both"]);
    this.density = new Chart({ name: "game", height: 270, series: [
      { name: "p", colour: "p", area: true }, { name: "q", colour: "q", dash: "dash", area: true },
      { name: "likelihood", colour: "other", dash: "dots" }] });
    this.decision = new Chart({ name: "best", height: 150, y: [0, 1], series: [{ name: "best", colour: "best" }] });
    this.path = new Chart({ name: "path", height: 170, axis: "step", nats: true, series: [
      { name: "path", colour: "q" }, { name: "path_likelihood", colour: "other", dash: "dots" }] });
    this.density.tells = where(lab.figures, ["p", "q", "likelihood"]);
    this.charts = [this.density, this.decision, this.path];
    this.lens = new Lens(lab);
    this.root = el("div", { class: "screen" },
      el("section", { class: "stage", "aria-label": t("page.pictures") },
        this.playback.root, this.charts.map((chart) => chart.root)),
      el("section", { class: "panel", "aria-label": t("page.numbers") },
        el("div", { class: "card" },
          el("div", { class: "law p" }, textField(lab, "p")),
          el("div", { class: "twins" },
            numberField(lab, "loc", { low: -50, high: 50, step: 0.1 }),
            numberField(lab, "scale", { low: 0.02, high: 50, step: 0.1 })),
          choiceField(lab, "loss", ["minimax", "non_saturating"]),
          rangeField(lab, "rate", { low: 0.05, high: 3, step: 0.05 }),
          rangeField(lab, "inner", { low: 1, high: 40, step: 1, whole: true }),
          this.lens.root),
        el("div", { class: "card" },
          lab.figures.table(["js", "gan", "slope_loc", "slope_scale"], t("page.numbers")),
          el("details", { class: "more", open: true }, el("summary", {}, t("game.losses")),
            lab.figures.table(["loss_minimax", "loss_non_saturating"], t("game.losses"))),
          el("details", { class: "more", open: true }, el("summary", {}, t("game.beside")),
            lab.figures.table(["js_likelihood", "kl_likelihood"], t("game.beside"))))));
  }

  #show({ head, arrays }) {
    const { path, path_likelihood } = arrays;
    const { best, ...laws } = along(arrays, head.view, ["p", "q", "likelihood", "best"]);
    this.lens.sees(head.view, head.whole);
    this.density.draw(head.view, laws);
    this.decision.draw(head.view, { best });
    const last = Math.max(10, path.length - 1);
    const steps = Float32Array.from(path, (_, k) => k);
    this.path.draw([0, last], { path: { x: steps, y: path }, path_likelihood: { x: steps, y: path_likelihood } }, { errors: head.errors });
  }
}
