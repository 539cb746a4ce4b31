// A GAN in the plane: D's map, D*, points, the warped grid and arrows; V against its bound.
import { Bars } from "../bars.js";
import { button, choiceField, numberField, only, rangeField } from "../controls.js";
import { calm, el, empty, svg } from "../dom.js";
import { Moving } from "../moving.js";
import { Pen, Stroke } from "../pen.js";
import { Raster, WHOLE } from "../raster.js";
import { t } from "../words.js";

const LAYERS = ["real", "fake", "grid", "arrows"];
// How each layer is drawn: the class of its path, and a sample of it.
const SIGNS = {
  real: ["dots p", "M7.5 5.5h.01"], fake: ["dots q", "M4.9 2.9l5.2 5.2m0 -5.2l-5.2 5.2"],
  grid: ["warp", "M0 2.5Q7 .5 15 3M0 8Q7 6 15 9M4 .5Q3 6 5 11M11 .5Q10 6 12 11"],
  arrows: ["arrows", "M1 9L13 2M9.5 2.2L13 2L11.2 5"],
};
const MOST = 64;
const PAUSE = 900;

export class Plane extends Moving {
  constructor(lab) {
    super(lab);
    this.#build();
  }

  #build() {
    const { lab } = this;
    this.boxes = new Map();
    this.slowButton = button("slow", () => this.#slow(!this.slow), { "aria-pressed": "false" });
    this.said = el("p", { class: "stage-name", role: "status" });
    this.plane = new Raster({ name: "plane", layers: LAYERS });
    this.plane.signs = () => [...this.boxes.values()].filter((box) => box.checked).map((box) => box.parentElement);
    this.bars = new Bars({ name: "values", height: 210, kinds: [
      { name: "bound", series: "bound", colour: "best", square: true },
      { name: "value_fresh", series: "value_fresh", colour: "trained" }] });
    this.truth = new Bars({ name: "truth", height: 130, kinds: [{ name: "js", series: "path", colour: "q" }] });
    this.follow((frame) => this.#show(frame), ["d", "g", "both"], [this.bars, this.truth]);
    this.charts = [this.plane, this.bars.chart, this.truth.chart];
    this.root = el("div", { class: "screen" },
      el("section", { class: "stage", "aria-label": t("page.pictures") },
        this.playback.root, el("p", { class: "lens" }, this.slowButton, this.#drawing()), this.said,
        this.charts.map((chart) => chart.root)),
      el("section", { class: "panel", "aria-label": t("page.numbers") }, this.#numbers(), this.#choices()));
  }

  #drawing() {
    // A stroke becomes a row of at most 64 normals, evenly spaced along it.
    this.trail = svg("path", { class: "trail" });
    this.plane.over.append(this.trail);
    this.plane.onredraw = () => this.#follow();
    this.pen = new Pen({ lab: this.lab, chart: this.plane, key: "draw", kind: "stroke", sketch: () => new Stroke(this.plane.square),
      done: (path) => this.lab.change({ target: "strokes", strokes: spaced(path, MOST).flat().map((each) => Number(each.toFixed(3))) }) });
    return this.pen.button;
  }

  #numbers() {
    const { figures } = this.lab;
    return el("div", { class: "card" },
      figures.table(["js", "bound", "value_fresh", "value"], t("page.numbers")),
      el("details", { class: "more" }, el("summary", {}, t("plane.scores")),
        figures.table(["l2", "modes"], t("plane.scores"))));
  }

  #choices() {
    const { lab } = this;
    const whole = (low, high) => ({ low, high, step: 1, whole: true });
    const some = { low: 0, high: 100, step: 0.1 };
    const size = { low: 0.000001, high: 10, step: "any" };
    const group = (key, open, ...inside) => el("details", { class: "more", ...(open && { open: true }) }, el("summary", {}, t(`plane.${key}`)), inside);
    const twins = (...two) => el("div", { class: "twins" }, two);
    return el("div", { class: "card choices" },
      el("fieldset", { class: "layers" }, el("legend", {}, t("plane.layers")), choiceField(lab, "map", ["d", "best", "away", "none"]),
        LAYERS.map((each) => this.#layer(each))),
      group("players", true,
        twins(choiceField(lab, "target", ["ring8-wide", "ring8", "grid25", "spiral", "moons", "checkerboard", "strokes"]),
          choiceField(lab, "game", ["gan", "gan-minimax", "wgan", "lsgan", "hinge", "relativistic", "f-gan(kl)", "f-gan(reverse_kl)", "f-gan(chi2)"])),
        choiceField(lab, "generator", ["mixture", "network", "affine"]),
        rangeField(lab, "speed", { low: 1, high: 50, step: 1, whole: true })),
      group("rates", false,
        twins(numberField(lab, "rate", size), numberField(lab, "critic_rate", size)),
        twins(choiceField(lab, "optimiser", ["adam", "sgd", "optimistic-adam"]), numberField(lab, "n_critic", whole(1, 10))),
        twins(numberField(lab, "batch", whole(32, 1024)), numberField(lab, "seed", whole(0, 1000000)))),
      group("nets", false,
        twins(numberField(lab, "critic_width", whole(1, 128)), numberField(lab, "layers", whole(0, 3))),
        choiceField(lab, "activation", ["tanh", "relu"]),
        only(lab, "generator", ["network"], twins(numberField(lab, "width", whole(1, 128)), numberField(lab, "latent", whole(1, 2)))),
        only(lab, "generator", ["mixture"], numberField(lab, "components", whole(1, 32)))),
      group("calming", false,
        twins(numberField(lab, "r1", some), numberField(lab, "r2", some)),
        twins(numberField(lab, "noise", { low: 0, high: 10, step: 0.05 }), numberField(lab, "pack", whole(1, 4))),
        only(lab, "target", ["strokes"], numberField(lab, "stroke", { low: 0.02, high: 3, step: 0.05 }))));
  }

  #layer(name) {
    const box = el("input", { type: "checkbox", checked: true, onchange: () => this.plane.show(name, box.checked) });
    this.boxes.set(name, box);
    return el("label", { class: "check" }, box, svg("svg", { class: "sign", viewBox: "0 0 15 11", "aria-hidden": "true" }, svg("path", { class: SIGNS[name][0], d: SIGNS[name][1] })), t(`series.${name}`));
  }

  // Slow motion: a stage at a time, each with its name.

  #slow(on, steps = true) {
    this.slow = on;
    this.slowButton.setAttribute("aria-pressed", String(on));
    clearInterval(this.clock);
    if (this.lab.playing) this.lab.play(false);
    if (!on) return void empty(this.said);
    if (steps) this.playback.step("stage");
    if (!calm.matches) this.clock = setInterval(() => (this.root.isConnected ? this.playback.step("stage") : clearInterval(this.clock)), PAUSE);
  }

  fresh() {
    clearInterval(this.clock);
    this.slow = false;
    this.slowButton.setAttribute("aria-pressed", "false");
    empty(this.said);
    super.fresh();
  }

  away() {
    // Slow motion needs somebody who takes its steps.
    if (this.slow) this.#slow(false);
  }

  playing(on) {
    super.playing(on);
    if (on && this.slow) this.#slow(false);
  }

  like(before) {
    this.slow = before.slow;
    super.like(before);
    for (const [name, box] of this.boxes) {
      box.checked = before.plane.layers.get(name);
      this.plane.show(name, box.checked);
    }
    if (before.slow) this.#slow(true, false);
    if (before.pen.on) this.pen.turn(true);
  }

  state({ live }) {
    // A training that runs by itself is watched, not moved.
    this.root.classList.toggle("live", live === true);
  }

  #show({ head, arrays }) {
    this.plane.root.hidden = !head.square;
    if (!head.square) return;
    const grid = head.arrays.find(([name]) => name === "grid");
    this.plane.shape = grid?.[2];
    this.plane.draw(head.square, arrays, head.map);
    this.#legend(head);
    if (this.slow) empty(this.said, el("b", {}, t(`stages.${head.stage}.name`)), " ", t(`stages.${head.stage}.see`));
    const late = head.asked !== head.map;
    this.plane.says([
      t(`maps.${head.map}`), late && t("plane.late"), head.map === "d" && !head.judged && t("plane.scaled"),
      !grid && t("plane.nogrid"),
    ].filter(Boolean).join(" "));
  }

  #follow() {
    // Where the mean of the fakes has been, of a generator that moves as a whole.
    const { generator, components } = this.lab.state;
    const alone = generator === "affine" || (generator === "mixture" && components === 1);
    const seen = alone ? [...this.playback.frames.values()].filter(({ head }) => head.step <= this.playback.at) : [];
    const place = ({ arrays: { fake } }, c) => {
      let sum = 0;
      for (let k = c; k < fake.length; k += 2) sum += fake[k];
      return (2 * sum) / fake.length / WHOLE;
    };
    const [x0, x1, y0, y1] = this.plane.square;
    this.trail.setAttribute("d", seen.map((frame, k) => `${k ? "L" : "M"}${this.plane.toX(x0 + place(frame, 0) * (x1 - x0)).toFixed(1)} ${this.plane.toY(y0 + place(frame, 1) * (y1 - y0)).toFixed(1)}`).join(""));
  }

  #legend(head) {
    const key = `${head.map} ${head.judged}`;
    if (this.legend === key) return;
    this.legend = key;
    const [low, high] = head.map === "d" && !head.judged ? [t("plane.least"), t("plane.most")] : ["0", "1"];
    const ends = head.map === "none" ? [] : [el("span", { class: "key" }, low), el("span", { class: `ramp ${head.map === "away" ? "away" : "d"}` }), el("span", { class: "key" }, high)];
    empty(this.plane.legend, el("span", { class: "key" }, t(`choices.${head.map}`)), ends);
  }
}

export function spaced(path, most) {
  // At most so many places along a path, evenly by its length.
  const lengths = [0];
  for (let k = 1; k < path.length; k += 1) {
    lengths.push(lengths[k - 1] + Math.hypot(path[k][0] - path[k - 1][0], path[k][1] - path[k - 1][1]));
  }
  const whole = lengths[lengths.length - 1];
  if (!whole) return [path[0]];
  const count = Math.min(most, Math.max(2, path.length));
  let k = 1;
  return Array.from({ length: count }, (_, j) => {
    const at = (whole * j) / (count - 1);
    while (k < path.length - 1 && lengths[k] < at) k += 1;
    const share = (at - lengths[k - 1]) / (lengths[k] - lengths[k - 1] || 1);
    return [0, 1].map((c) => path[k - 1][c] + share * (path[k][c] - path[k - 1][c]));
  });
}
