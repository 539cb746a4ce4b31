// Play, pause, step, reset, and a scrubber over the last states with their own numbers.
import { button } from "./controls.js";
import { calm, el, empty, set } from "./dom.js";
import { own } from "./own.js";
import { t } from "./words.js";

const KEPT = 500;

// What takes a key itself: a full stop is a letter of texts alone, Space presses and moves.
const TAKEN = { " ": "input, select, textarea, button, summary, a, [role=slider]", ".": "input:not([type=range], [type=checkbox]), select, textarea" };

export function keys(lab) {
  // Space plays, a full stop steps, wherever the focus is on nothing that takes them itself.
  document.addEventListener("keydown", (event) => {
    if (!own(TAKEN, event.key) || event.target.closest(TAKEN[event.key])) return;
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || !lab.screen.moves) return;
    event.preventDefault();
    if (event.key === " ") lab.play(!lab.playing);
    else lab.step("both");
  });
}

export class Playback {
  // show(frame) draws a picture; who are the buttons of a step: ["both"], or ["d", "g", "both"].
  constructor(lab, show, who = ["both"]) {
    Object.assign(this, { lab, show });
    this.forget();
    this.playButton = button("play", () => this.#toggle(), { class: "primary", "aria-keyshortcuts": "Space" });
    this.steps = who.map((name) => button(`step_${name}`, () => this.step(name)));
    this.many = button("step_10", () => this.step("both", 10));
    this.slider = el("input", {
      type: "range", min: 0, max: 0, value: 0, "aria-label": t("playback.scrub"),
      oninput: () => this.#scrub(+this.slider.value),
    });
    this.where = el("output", { class: "where", "aria-live": "off" });
    this.note = el("span", { class: "means" });
    this.root = el("div", { class: "playback" },
      el("div", { class: "controls" }, this.playButton, this.steps, this.many,
        button("reset", () => lab.fresh())),
      el("div", { class: "scrub" }, this.slider, this.where), this.note);
  }

  #pictured() {
    // What state the picture is of; one that is looked at is of the state of the page as long as
    // nothing but the view has moved since.
    const head = this.frames.get(this.at)?.head;
    if (!head) return;
    const { figures, since } = this.lab;
    figures.pictured(this.back && head.seq >= since ? figures.seq : head.seq, head.step);
  }

  forget() {
    this.frames = new Map();
    this.values = new Map();
    this.at = 0;
    this.back = false;
  }

  like({ frames, values, at, back }) {
    Object.assign(this, { frames, values, at, back });
    if (frames.has(at)) this.show(frames.get(at));
    this.#place();
    this.#pictured();
  }

  fresh() {
    this.forget();
    this.#place();
  }

  frame(frame) {
    // A picture that comes is shown, unless one looks at an older one.
    const { step } = frame.head;
    this.frames.delete(step);
    this.frames.set(step, frame);
    if (this.frames.size > KEPT) {
      const [first] = this.frames.keys();
      this.frames.delete(first);
      this.values.delete(first);
    }
    if (this.back) return void this.#place();
    this.at = step;
    this.#place();
    this.show(frame);
    this.#pictured();
  }

  numbers({ seq, step, values }) {
    const kept = this.values.get(step) ?? { seq, values: {} };
    Object.assign(kept.values, values);
    kept.seq = seq;
    this.values.set(step, kept);
    if (this.values.size > KEPT) this.values.delete(this.values.keys().next().value);
    if (!this.back) return;
    this.#restore();
    this.#pictured();
  }

  playing(on, sure) {
    // Who stops it by looking at the newest picture looks back until it is sure that none follows.
    if (!on && sure && this.back && this.at === this.#newest) {
      this.back = false;
      this.lab.mark();
    }
    this.on = on;
    empty(this.playButton, t(on ? "buttons.pause" : "buttons.play"));
  }

  step(who, n = 1) {
    this.lab.step(who, n);
  }

  get records() {
    return [...this.values].sort(([a], [b]) => a - b).map(([step, { seq, values }]) => ({ step, seq, values }));
  }

  #toggle() {
    this.lab.play(!this.on);
  }

  forward() {
    // To the newest state, for who goes on from there; pictures that come by themselves leave one
    // where one looks.
    if (!this.back) return;
    this.back = false;
    if (this.frames.size) this.#look(this.#newest);
  }

  #scrub(index) {
    const steps = [...this.frames.keys()];
    this.back = this.on || index < steps.length - 1;
    if (this.on) this.lab.play(false);
    if (steps.length) this.#look(steps[index]);
  }

  get #newest() {
    return [...this.frames.keys()].at(-1);
  }

  #look(step) {
    this.at = step;
    this.lab.figures.stepped(step);
    this.#restore();
    this.lab.mark();
    this.show(this.frames.get(step));
    this.#pictured();
    this.#place();
  }

  #restore() {
    const kept = this.values.get(this.at);
    const { figures, since } = this.lab;
    if (this.back) figures.passed();
    // What is only looked at otherwise (a stretch, a map) leaves numbers as they were.
    if (kept) figures.take({ seq: kept.seq >= since ? figures.seq : kept.seq, step: this.at, values: kept.values });
  }

  #place() {
    const steps = [...this.frames.keys()];
    this.slider.max = Math.max(0, steps.length - 1);
    this.slider.value = Math.max(0, steps.indexOf(this.at));
    this.where.textContent = t("playback.at", { step: this.at });
    set(this.slider, { "aria-valuetext": this.where.textContent });
    this.note.textContent = this.back ? t("playback.back") : calm.matches ? t("playback.calm") : "";
  }
}
