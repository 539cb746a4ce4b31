// The screens that one has been at: each keeps its state, and Back and Forward walk from one to the other.
import { many } from "./address.js";
import { next } from "./link.js";

export class Visits {
  constructor(lab) {
    this.lab = lab;
    this.kept = new Map();
    addEventListener("popstate", ({ state }) => {
      // An address that was written here, and not one that was just put there.
      if (state === null) return;
      this.popped = location.hash;
      lab.open(location.hash.slice(1), state.chosen);
    });
    addEventListener("hashchange", ({ newURL }) => {
      const { hash } = new URL(newURL);
      const popped = this.popped === hash;
      this.popped = null;
      if (!popped && hash.length > 1) lab.open(hash.slice(1));
    });
  }

  keep() {
    const { name, state, chosen, address } = this.lab;
    const turns = address.turns();
    this.kept.set(name, { state: { ...state }, chosen, turns: many(turns) ? [] : turns });
  }

  go(name) {
    // To another screen as one has left it; the address of this one stays behind it.
    const { lab } = this;
    if (name === lab.name) return;
    lab.address.write();
    this.keep();
    next();
    lab.show({ name, state: {}, chosen: null, turns: [], ...this.kept.get(name) });
  }
}
