// The stretch of the line that is drawn: nearer and farther, as far as there is something to see.
import { button } from "./controls.js";
import { el } from "./dom.js";

const NEARER = 2 / 3;
const FARTHER = 1.5;
// Of the stretch that holds all but 0.2 % of each law at each end.
const WIDEST = 4;
const NARROWEST = 1e-4;

function rounded(ends) {
  // To the millionth part of the stretch, wherever it lies.
  const places = 6 - Math.floor(Math.log10(ends[1] - ends[0]));
  return ends.map((x) => Number(x.toFixed(Math.max(0, Math.min(20, places)))));
}

export function zoomed([low, high], factor, whole) {
  // The stretch by a factor about its middle, or null where that would show nothing more.
  const [span, all] = [high - low, whole[1] - whole[0]];
  const [most, least] = [WIDEST * all, NARROWEST * all];
  if (factor > 1 ? span > 0.999 * most : span < 1.001 * least) return null;
  const half = Math.max(least, Math.min(most, span * factor)) / 2;
  // The middle stays over the laws, so that what was lost sight of is found again.
  const middle = Math.max(whole[0], Math.min(whole[1], (low + high) / 2));
  return rounded([middle - half, middle + half]);
}

export class Lens {
  // root holds the buttons; `sees` is told what is drawn, and what there is to be drawn.
  constructor(lab, ...more) {
    this.lab = lab;
    this.nearer = button("nearer", () => this.#zoom(NEARER));
    this.farther = button("farther", () => this.#zoom(FARTHER));
    this.fit = button("whole", () => this.whole && lab.change({ view: rounded(this.whole) }));
    this.root = el("p", { class: "lens" }, this.nearer, this.farther, this.fit, more);
  }

  sees(view, whole) {
    Object.assign(this, { view, whole });
    // A button at its end stays where the focus is.
    for (const [each, factor] of [[this.nearer, NEARER], [this.farther, FARTHER]]) {
      each.setAttribute("aria-disabled", String(zoomed(this.lab.state.view ?? view, factor, whole) === null));
    }
  }

  #zoom(factor) {
    if (!this.whole) return;
    const view = zoomed(this.lab.state.view ?? this.view, factor, this.whole);
    if (view) this.lab.change({ view });
  }
}
