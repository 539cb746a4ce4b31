// The address of the page, which follows its state and its step a few times a second.
import * as link from "./link.js";
import { t } from "./words.js";

const KEEP = 400;

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
    const fits = link.keep({ screen: name, ...state, ...(turns.length && { turns }) });
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
