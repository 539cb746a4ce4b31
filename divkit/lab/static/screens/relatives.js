// Relatives of the game: likelihood, VAE, auto-encoder; what each lowers, its codes, the true JSD.
import { Bars } from "../bars.js";
import { Chart } from "../chart.js";
import { choiceField, numberField, only, rangeField } from "../controls.js";
import { el } from "../dom.js";
import { Moving } from "../moving.js";
import { Raster } from "../raster.js";
import { t } from "../words.js";

export class Relatives extends Moving {
  constructor(lab) {
    super(lab);
    this.#build();
  }

  #build() {
    const { lab } = this;
    this.plane = new Raster({ name: "relative", layers: [], most: 460 });
    this.rival = new Raster({ name: "rival", layers: [], most: 460 });
    this.codes = new Chart({ name: "codes", height: 150, axis: "z", series: [
      { name: "codes", colour: "best", area: true }, { name: "prior", colour: "other", dash: "dots" }] });
    this.truth = new Bars({ name: "truth", height: 170, kinds: [
      { name: "js", series: "js", colour: "best", square: true },
      { name: "js_gan", series: "js_gan", colour: "q" }] });
    this.follow((frame) => this.#show(frame), ["both"], [this.truth]);
    this.charts = [this.plane, this.rival, this.codes, this.truth.chart];
    this.root = el("div", { class: "screen" },
      el("section", { class: "stage", "aria-label": t("page.pictures") }, this.playback.root,
        el("div", { class: "pairs" }, this.plane.root, this.rival.root),
        this.codes.root, this.truth.chart.root),
      el("section", { class: "panel", "aria-label": t("page.numbers") },
        el("div", { class: "card" },
          lab.figures.table(["objective", "js", "js_gan"], t("page.numbers"))),
        el("div", { class: "card" },
          choiceField(lab, "system", ["likelihood", "vae", "autoencoder"]),
          choiceField(lab, "target", ["ring8-wide", "ring8", "grid25", "spiral", "moons", "checkerboard"]),
          rangeField(lab, "speed", { low: 1, high: 50, step: 1, whole: true }),
          el("div", { class: "twins" },
            numberField(lab, "rate", { low: 0.000001, high: 1, step: "any" }),
            numberField(lab, "batch", { low: 32, high: 1024, step: 1, whole: true })),
          el("div", { class: "twins" },
            only(lab, "system", ["vae", "autoencoder"], numberField(lab, "width", { low: 1, high: 128, step: 1, whole: true })),
            only(lab, "system", ["likelihood"], numberField(lab, "components", { low: 1, high: 32, step: 1, whole: true })),
            numberField(lab, "seed", { low: 0, high: 1000000, step: 1, whole: true })))));
  }

  #show({ head, arrays }) {
    const { real, fake, rival, grid, links, codes, prior } = arrays;
    this.plane.shape = grid && [1, grid.length / 2];
    this.plane.draw(head.square, { real, fake, ...(grid && { grid, links }) }, "none");
    this.rival.draw(head.square, { real, fake: rival }, "none");
    this.plane.says(t(`systems.${head.system}`));
    this.rival.says(t("systems.gan"));
    this.codes.root.hidden = !codes;
    if (codes) this.codes.draw([-4, 4], { codes, prior });
  }
}
