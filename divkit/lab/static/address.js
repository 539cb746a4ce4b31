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
    // Whether the address holds the state; where it cannot that is said once.
    const { name, state, begun, chosen, notices, figures } = this.lab;
    const turns = this.turns();
    const bits = figures.unit === "bits";
    const fits = !many(turns)
      && link.keep({ screen: name, ...state, ...(bits && { unit: "bits" }), ...(turns.length && { turns }) }, chosen);
    const told = fits ? null : turns.length ? "link.turns" : "link.toolong";
    notices.link(told, () => t(told));
    if (told === null && begun) link.here(chosen);
    return told === null;
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

export function many(turns) {
  return turns.length > MOST_TURNS || turns.reduce((sum, [, count]) => sum + count, 0) > MOST_STEPS;
}
