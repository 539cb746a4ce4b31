// The page: the frame around a screen, its state, and the wire to the process that calculates.
import { Address } from "./address.js";
import { opened } from "./arrival.js";
import { chips, header } from "./around.js";
import { calm, el, empty, formula } from "./dom.js";
import { saveText } from "./export.js";
import { Figures } from "./figures.js";
import { arrive } from "./link.js";
import { Notices } from "./notices.js";
import { own } from "./own.js";
import { keys } from "./playback.js";
import { SCREENS } from "./screens/table.js";
import { Wire } from "./wire.js";
import { choose, keep, said, speak, t } from "./words.js";

const SEEN = new Set(["view", "map", "speed"]);

class Lab {
  constructor(arrival) {
    this.wire = new Wire();
    this.address = new Address(this);
    this.notices = new Notices(() => this.wire.afresh());
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
    this.#listen();
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

  open(text) {
    // A link that is put in the address of an open page.
    const { screen, state, turns, chosen, complaint, unit } = opened(text, { screens: SCREENS, presets });
    if (complaint) {
      this.address.soon();
      return void this.say(() => t(complaint), "refused");
    }
    this.figures.unit = unit ?? this.figures.unit;
    Object.assign(this, { name: screen ?? this.name, state, turns, chosen });
    this.build();
    this.fresh(turns);
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
    this.#playing();
  }

  ask(what, options = {}) {
    this.#flush();
    this.wire.say({ type: "ask", seq: this.seq, what, options });
  }

  script() {
    this.#flush();
    this.wire.say({ type: "export", what: "python", step: Math.floor(this.figures.step) });
  }

  step(who, n = 1) {
    this.#flush();
    this.screen.playback?.forward();
    this.wire.say({ type: "step", who, n });
  }

  play(on) {
    this.#flush();
    this.playing = this.wished = on;
    if (on) this.screen.playback?.forward();
    this.wire.say({ type: "play", on });
    this.#playing();
  }

  bind(name, show) {
    if (!this.bound.has(name)) this.bound.set(name, []);
    this.bound.get(name).push(show);
    if (Object.hasOwn(this.state, name)) show(this.state[name]);
  }

  say(told, kind = "") {
    this.notices.say(told, kind);
  }

  // What comes over the wire.

  #listen() {
    this.wire.addEventListener("welcome", ({ detail }) => {
      this.notices.connection("");
      this.#away(false);
      this.wished = null;
      this.resuming = detail.same;
      if (!detail.same) this.fresh(this.address.turns());
    });
    this.wire.addEventListener("frame", ({ detail }) => this.#frame(detail));
    this.wire.addEventListener("message", ({ detail }) => this.#message(detail));
    this.wire.addEventListener("lost", () => {
      this.notices.connection(() => t("connection.lost"));
      this.#away(true);
    });
    this.wire.addEventListener("turned", ({ detail }) => {
      this.#away(true);
      this.notices.connection(() => said(detail.why), true, detail.of);
    });
    this.wire.addEventListener("silent", ({ detail }) => {
      this.silent = !this.playing;
      if (this.silent) this.notices.connection(() => t("connection.silent", detail), true);
    });
    this.wire.addEventListener("ended", ({ detail }) => {
      this.#away(true);
      const told = () => t("connection.ended", { why: said(detail.why) });
      this.say(told, "refused");
      this.notices.connection(told, true);
      // A state that has ended its process is not begun anew by itself a second time.
      const state = JSON.stringify([this.name, this.state]);
      if (detail.again && this.restarted !== state) {
        this.restarted = state;
        this.wire.afresh();
      }
    });
  }

  #away(lost) {
    this.figures.away(lost);
    this.mark();
  }

  #frame(frame) {
    this.#heard();
    if (frame.head.screen !== this.name) return;
    this.last = frame;
    // One that was under way when a button was pressed does not undo it.
    if (frame.head.playing === this.wished) this.wished = null;
    if (this.wished === null) this.playing = frame.head.playing;
    if (!this.screen.playback?.back) this.figures.stepped(frame.head.step);
    this.screen.frame(frame, frame.head.seq === this.seq);
    if (frame.head.seq === this.seq) Object.assign(this, { ahead: frame.head.ahead, way: frame.head.way });
    this.mark();
    this.#playing();
    this.notices.share(frame.head);
  }

  #resumed({ seq, screen, state }) {
    // A page that was loaded anew goes on where its process is; one that has moved since, or that
    // was opened by another address, is what its process has to follow.
    this.resuming = false;
    if (screen === "" || this.begun ? screen !== this.name || seq !== this.seq : !this.again) {
      this.seq = Math.max(this.seq, seq);
      return void this.fresh(this.address.turns());
    }
    Object.assign(this, { state, seq, begun: true });
    if (this.name !== screen) {
      Object.assign(this, { name: screen, chosen: null });
      this.build();
    }
    this.since = seq;
    this.figures.moved(seq);
    this.#told();
  }

  #told() {
    for (const name of this.bound.keys()) this.#tell(name);
    this.screen.state?.(this.state);
  }

  #heard() {
    if (this.silent) this.notices.connection("");
    this.silent = false;
  }

  #turnedDown({ seq = this.seq, of = "set", why }) {
    // A refused state has no numbers; one of which a part was refused has the others.
    this.wished = null;
    if (seq !== this.seq) return;
    this.busy(false);
    this.playing = false;
    this.#playing();
    this.say(() => said(why), "refused");
    this.figures.refused(seq);
    if (of !== "set") return;
    this.refused = true;
    this.ahead = 0;
    this.done = `${seq} ${this.figures.step}`;
    this.mark();
  }

  #message(message) {
    this.#heard();
    switch (message.type) {
      case "numbers":
        this.figures.take(message);
        if (!message.more) {
          this.busy(false);
          this.done = `${message.seq} ${message.step}`;
        }
        this.mark();
        this.screen.numbers?.(message);
        break;
      case "state":
        if (this.resuming) return void this.#resumed(message);
        if (message.screen !== this.name) break;
        this.state = message.seq < this.seq ? { ...message.state, ...this.state } : message.state;
        this.#told();
        break;
      case "point":
        if (message.seq === this.seq) this.screen.point?.(message);
        break;
      case "patch":
        if (message.seq === this.seq) this.change(message.patch);
        break;
      case "refused":
        this.#turnedDown(message);
        break;
      case "waits":
        this.notices.shared.textContent = t("connection.waits", { seconds: Math.ceil(message.seconds) });
        break;
      case "busy":
        this.busy(true);
        break;
      case "rest":
        this.playing = false;
        this.wished = null;
        this.#playing();
        if (message.over) this.say(() => t("live.over"));
        break;
      case "exported":
        saveText(message.text, `divkit-lab-${this.name}.py`, "text/x-python");
        break;
    }
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
    this.notices.build();
    this.screen = new SCREENS[this.name](this);
    empty(document.body,
      el("a", { class: "skip", href: "#main", onclick: (e) => { e.preventDefault(); document.getElementById("main").focus(); } }, t("page.skip")),
      header(this, SCREENS), this.notices.broken,
      el("main", { id: "main", tabindex: "-1" },
        el("div", { class: "lead" },
          el("h1", {}, t(`screens.${this.name}`)),
          el("p", { class: "formula" }, formula(t(`leads.${this.name}`)))),
        this.#presets(), this.notices.notice, this.screen.root, this.figures.pin),
      el("footer", {}, this.notices.shared, el("p", {}, t("page.foot"))), this.live);
    document.querySelector(".tab[aria-current]").scrollIntoView({ inline: "nearest", block: "nearest" });
    if (like) this.#again(like, before);
    this.inUnits(this.figures.unit);
    this.mark();
    this.#mark();
    this.#playing();
  }

  #again(like, said) {
    // All as it was before the words changed.
    this.screen.like?.(like);
    if (this.last?.head.screen === this.name && !this.screen.playback) this.screen.frame(this.last, this.last.head.seq === this.seq);
    this.#told();
    this.notices.like(said);
  }

  #presets() {
    this.lesson = el("p", { class: "lesson" });
    return el("section", { class: "presets", "aria-label": t("page.presets") },
      el("div", { class: "chips" }, chips(this, presets[this.name])), this.lesson);
  }

  #leave() {
    this.since = this.seq;
    // The state is no longer the preset's; its sentence stays, so that nothing jumps.
    this.chosen = null;
    for (const chip of document.querySelectorAll(".preset")) chip.setAttribute("aria-pressed", "false");
  }

  #mark() {
    for (const chip of document.querySelectorAll(".preset")) {
      chip.setAttribute("aria-pressed", String(chip.dataset.preset === this.chosen));
    }
    const key = `presets.${this.name}.${this.chosen}.see`;
    this.lesson.textContent = this.chosen ? t(key) : "";
  }

  #playing() {
    // Sure where nothing was asked for that the process has not yet confirmed.
    this.screen.playing?.(this.playing, this.wished === null);
  }

  go(name) {
    this.name = name;
    this.state = {};
    this.chosen = null;
    this.build();
    this.fresh();
    this.address.soon();
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
lab.calm = calm.matches;
keys(lab);
addEventListener("hashchange", ({ newURL }) => {
  const { hash } = new URL(newURL);
  if (hash.length > 1) lab.open(hash.slice(1));
});
