// The address of the page, which follows its state and its step a few times a second.
import * as link from "./link.js";
import { t } from "./words.js";

const KEEP = 400;
// What the server takes of a link: turns, and steps of all of them.
export const MOST_TURNS = 400;
export const MOST_STEPS = 100_000;

export class Address {
  constructor(lab) {
    this.lab = lab;
  }

  soon() {
    this.due ??= setTimeout(() => {
      this.due = null;
      this.write();
    }, KEEP);
  }

  write() {
    const { name, state, begun, chosen } = this.lab;
    const turns = this.turns();
    const bits = this.lab.figures.unit === "bits";
    if (many(turns)) return void this.lab.say(() => t("link.turns", { turns: MOST_TURNS, steps: MOST_STEPS }), "refused");
    const fits = link.keep({ screen: name, ...state, ...(bits && { unit: "bits" }), ...(turns.length && { turns }) });
    if (!fits) return void this.lab.say(() => t("link.toolong"), "refused");
    if (begun) link.here(chosen);
  }

  turns() {
    // Who has moved, and how often, until the step that is looked at, or until that of a link.
    const { begun, ahead, turns, way, figures } = this.lab;
    if (!begun || ahead) return turns;
    let left = Math.floor(figures.step);
    return way.flatMap(([who, count]) => {
      const taken = Math.min(left, count);
      left -= taken;
      return taken > 0 ? [[who, taken]] : [];
    });
  }
}

function many(turns) {
  return turns.length > MOST_TURNS || turns.reduce((sum, [, count]) => sum + count, 0) > MOST_STEPS;
}
