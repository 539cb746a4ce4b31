// The page: the frame around a screen, its state, and the wire to the process that calculates.
import { Address } from "./address.js";
import { opened } from "./arrival.js";
import { chips, header } from "./around.js";
import { calm, el, empty, formula } from "./dom.js";
import { closing } from "./export.js";
import { Figures } from "./figures.js";
import { Hearing } from "./hearing.js";
import { arrive } from "./link.js";
import { Notices } from "./notices.js";
import { own } from "./own.js";
import { keys } from "./playback.js";
import { SCREENS } from "./screens/table.js";
import { copies } from "./typed.js";
import { Visits } from "./visits.js";
import { Wire } from "./wire.js";
import { choose, keep, speak, t } from "./words.js";

const SEEN = new Set(["view", "map", "speed"]);

class Lab {
  constructor(arrival) {
    this.wire = new Wire();
    this.address = new Address(this);
    this.notices = new Notices(this.wire);
    this.live = el("div", { class: "hidden", role: "status", "aria-live": "polite" });
    this.figures = new Figures(this.live);
    this.seq = 0;
    this.state = {};
    this.turns = [];
    this.way = [];
    this.playing = this.begun = false;
    this.wished = null;
    this.bound = new Map();
    this.waiting = null;
    this.visits = new Visits(this);
    this.hearing = new Hearing(this);
    this.#begin(arrival);
  }

  #begin({ text, screen, again = false, chosen }) {
    const found = opened(text, { screens: SCREENS, presets });
    this.figures.unit = found.unit ?? this.figures.unit;
    const named = found.screen ?? (own(SCREENS, screen) ? screen : Object.keys(SCREENS)[0]);
    Object.assign(this, { name: named, state: found.state, turns: found.turns, again });
    this.chosen = found.chosen ?? (again ? chosen : null);
    const odd = screen && !own(SCREENS, screen) ? "link.screen" : null;
    this.build();
    if (found.complaint ?? odd) this.say(() => t(found.complaint ?? odd), "refused");
    this.notices.connection(() => t("connection.starting"));
    this.address.write();
    this.wire.connect();
  }

  open(text, marked = null) {
    // A link that is put in the address of an open page, or an address that one comes back to.
    const { screen = this.name, state, turns, chosen = marked, complaint, unit } = opened(text, { screens: SCREENS, presets });
    if (complaint) {
      this.address.soon();
      return void this.say(() => t(complaint), "refused");
    }
    this.figures.unit = unit ?? this.figures.unit;
    this.visits.keep();
    this.show({ name: screen, state, turns, chosen });
  }

  show({ name, state, turns, chosen }) {
    // A screen at a state, and at the step that turns lead to.
    if (this.follows && name !== this.name) return void this.say(() => t("live.one"), "refused");
    Object.assign(this, { name, state, chosen });
    this.build();
    this.fresh(turns);
    this.address.soon();
  }

  follow(screen) {
    // A training that runs by itself has one screen, and no other state.
    if (this.follows) return;
    this.follows = true;
    const asked = this.name;
    Object.assign(this, { name: screen, chosen: null });
    this.build();
    if (asked !== screen) this.say(() => t("live.one"));
  }

  // What a screen may do.

  change(patch) {
    // Move the state: what is known greys at once, the newest patch goes out once a picture.
    Object.assign(this.state, patch);
    this.begun = true;
    this.seq += 1;
    this.figures.moved(this.seq);
    this.mark();
    this.say("");
    if (Object.keys(patch).some((name) => !SEEN.has(name))) this.#leave();
    this.waiting = { ...this.waiting, ...patch };
    for (const name of Object.keys(patch)) this.#tell(name);
    this.asked ??= requestAnimationFrame(() => this.#flush());
    this.address.soon();
  }

  #flush() {
    // What waits goes out; after a refusal all of the state does, as the process holds none.
    cancelAnimationFrame(this.asked);
    this.asked = null;
    if (this.waiting && this.refused) this.fresh();
    else if (this.waiting) this.wire.say({ type: "set", seq: this.seq, patch: this.waiting });
    this.waiting = null;
  }

  preset(name, fields) {
    this.chosen = name;
    this.say("");
    this.state = { ...fields };
    for (const each of Object.keys(fields)) this.#tell(each);
    this.fresh();
    this.address.soon();
    this.#mark();
  }

  fresh(turns = []) {
    // Begin the screen anew at the state of the page, and take turns to a step of it.
    this.begun = true;
    this.resuming = false;
    this.turns = turns;
    this.seq += 1;
    this.waiting = null;
    this.since = this.seq;
    this.playing = this.wished = this.refused = false;
    this.way = [];
    this.ahead = turns.reduce((sum, [, count]) => sum + count, 0);
    this.figures.stepped(0);
    this.figures.moved(this.seq);
    this.mark();
    this.screen.fresh?.();
    this.wire.say({ type: "set", seq: this.seq, screen: this.name, patch: this.state, ...(turns.length && { turns }) });
    this.shown();
  }

  #there() {
    // Whether there is a process; what is to play, step or be calculated once is not put off.
    if (this.wire.ready) return true;
    this.say(() => t("connection.none"), "refused");
    return false;
  }

  ask(what, options = {}) {
    if (!this.#there()) return;
    this.#flush();
    this.wire.say({ type: "ask", seq: this.seq, what, options });
  }

  script() {
    if (!this.#there()) return;
    this.#flush();
    this.wire.say({ type: "export", what: "python", step: Math.floor(this.figures.step) });
  }

  step(who, n = 1) {
    if (!this.#there()) return;
    this.#flush();
    this.screen.playback?.forward();
    this.wire.say({ type: "step", who, n });
  }

  play(on) {
    if (!this.#there()) return;
    this.#flush();
    this.playing = this.wished = on;
    if (on) this.screen.playback?.forward();
    this.wire.say({ type: "play", on });
    this.shown();
  }

  bind(name, show) {
    if (!this.bound.has(name)) this.bound.set(name, []);
    this.bound.get(name).push(show);
    if (Object.hasOwn(this.state, name)) show(this.state[name]);
  }

  say(told, kind = "") {
    this.notices.say(told, kind);
  }

  told() {
    for (const name of this.bound.keys()) this.#tell(name);
    this.screen.state?.(this.state);
  }

  #tell(name) {
    if (!Object.hasOwn(this.state, name)) return;
    for (const show of this.bound.get(name) ?? []) show(this.state[name]);
  }

  mark() {
    // The state that is looked at, and whether all its numbers have come: for who drives the page.
    const { seq, step } = this.figures;
    const whole = this.done === `${seq} ${step}`;
    if (whole) this.figures.settled();
    const settled = !this.figures.lost && (whole || this.screen.playback?.back === true);
    Object.assign(document.getElementById("main").dataset, { seq, step, settled });
    this.address.soon();
  }

  inUnits(unit) {
    this.figures.inUnits(unit);
    for (const chart of this.screen.charts) chart.inUnits?.(unit);
  }

  busy(on) {
    document.body.classList.toggle("busy", on);
  }

  // The frame around the screen.

  build(like = null) {
    // like: the same screen as it was in another language, whose pictures and numbers stay.
    document.title = `${t(`screens.${this.name}`)} · divkit lab`;
    this.bound.clear();
    this.figures.forget(like !== null);
    const before = { ...this.notices };
    const focused = !like && document.activeElement !== document.body;
    this.notices.build();
    this.screen = new SCREENS[this.name](this);
    empty(document.body,
      el("a", { class: "skip", href: "#main", onclick: (e) => { e.preventDefault(); document.getElementById("main").focus(); } }, t("page.skip")),
      header(this, this.follows ? [this.name] : Object.keys(SCREENS)), this.notices.broken,
      el("main", { id: "main", tabindex: "-1" },
        el("div", { class: "lead" },
          el("h1", {}, t(`screens.${this.name}`)),
          el("p", { class: "formula" }, formula(t(`leads.${this.name}`)))),
        this.#presets(), this.notices.notice, this.notices.quiet, this.screen.root, this.figures.pin),
      el("footer", {}, this.notices.shared, el("p", {}, t("page.foot"))), this.live);
    const tab = document.querySelector(".tab[aria-current]");
    tab.scrollIntoView({ inline: "nearest", block: "nearest" });
    if (focused) tab.focus({ preventScroll: true });
    this.figures.shows(this.screen.root, this.screen.charts);
    if (like) this.#again(like, before);
    this.inUnits(this.figures.unit);
    this.mark();
    this.#mark();
    this.shown();
  }

  #again(like, said) {
    // All as it was before the words changed.
    this.screen.like?.(like);
    if (this.last?.head.screen === this.name && !this.screen.playback) this.screen.frame(this.last, this.last.head.seq === this.seq);
    this.told();
    this.notices.like(said);
  }

  #presets() {
    this.lesson = el("p", { class: "lesson" });
    return el("section", { class: "presets", hidden: this.follows === true, "aria-label": t("page.presets") },
      el("div", { class: "chips" }, chips(this, presets[this.name])), this.lesson);
  }

  #leave() {
    this.since = this.seq;
    // The state is no longer the preset's; its sentence stays, so that nothing jumps.
    this.chosen = null;
    this.lesson.classList.add("stale");
    for (const chip of document.querySelectorAll(".preset")) chip.setAttribute("aria-pressed", "false");
  }

  #mark() {
    for (const chip of document.querySelectorAll(".preset")) {
      chip.setAttribute("aria-pressed", String(chip.dataset.preset === this.chosen));
    }
    const key = `presets.${this.name}.${this.chosen}.see`;
    this.lesson.textContent = this.chosen ? t(key) : "";
    this.lesson.classList.remove("stale");
  }

  shown() {
    // Sure where nothing was asked for that the process has not yet confirmed.
    this.wire.plays = this.playing;
    this.screen.playing?.(this.playing, this.wished === null);
  }

  async speak(tongue) {
    // Nothing but words changes: what is open, how far the page is moved, what has the focus.
    await speak(tongue);
    keep(tongue);
    const [down, open] = [scrollY, [...document.querySelectorAll("main details")].map((each) => each.open)];
    this.build(this.screen);
    for (const [k, each] of document.querySelectorAll("main details").entries()) each.open = open[k] ?? each.open;
    scrollTo(0, down);
    document.querySelector(".tongue").focus({ preventScroll: true });
  }
}

const arrival = arrive();
await speak(choose(arrival.lang));
const presets = await (await fetch("presets.json")).json();
const lab = new Lab(arrival);
keys(lab);
copies();
closing();
