// The page: the frame around a screen, its state, and the wire to the process that calculates.
import { button } from "./controls.js";
import { calm, el, empty, formula } from "./dom.js";
import { exportMenu, saveText } from "./export.js";
import { Figures } from "./figures.js";
import * as link from "./link.js";
import { keys } from "./playback.js";
import { SCREENS } from "./screens/table.js";
import { Wire } from "./wire.js";
import { LANGUAGES, choose, language, said, speak, t } from "./words.js";

const KEEP = 300;
const SEEN = new Set(["view", "map", "speed"]);

class Lab {
  constructor(arrival) {
    this.wire = new Wire();
    this.live = el("div", { class: "hidden", role: "status", "aria-live": "polite" });
    this.figures = new Figures(this.live);
    this.seq = 0;
    this.state = {};
    this.playing = false;
    this.bound = new Map();
    this.waiting = null;
    this.#listen();
    this.#begin(arrival);
  }

  #begin({ text, screen }) {
    const { state, chosen, complaint } = this.#read(text);
    const { screen: named, ...fields } = state;
    this.chosen = chosen;
    this.name = named ?? (screen in SCREENS ? screen : Object.keys(SCREENS)[0]);
    this.state = fields;
    this.build();
    if (complaint) this.say(t(complaint), "refused");
    this.#connection(t("connection.starting"));
    this.wire.connect();
  }

  #read(text) {
    // The state of a link, or of a preset by its name; of one that cannot be opened none, and why.
    try {
      const [, screen, name] = /^(\w+)\/(\w+)$/.exec(text ?? "") ?? [];
      const fields = presets[screen]?.[name];
      if (fields) return { state: { screen, ...fields }, chosen: name };
      if (screen) throw new link.LinkError("link.preset");
      const state = text ? link.read(text) : {};
      if (state.screen !== undefined && !(state.screen in SCREENS)) throw new link.LinkError("link.screen");
      return { state };
    } catch (error) {
      if (!(error instanceof link.LinkError)) throw error;
      return { state: {}, complaint: error.message };
    }
  }

  open(text) {
    // A link that is put in the address of an open page.
    const { state, chosen, complaint } = this.#read(text);
    if (complaint) {
      this.#keep();
      return void this.say(t(complaint), "refused");
    }
    const { screen, ...fields } = state;
    this.name = screen ?? this.name;
    this.state = fields;
    this.chosen = chosen;
    this.build();
    this.fresh();
  }

  // What a screen may do.

  change(patch) {
    // Move the state: what is known greys at once, the newest patch goes out once a picture.
    Object.assign(this.state, patch);
    this.seq += 1;
    this.figures.moved(this.seq);
    this.mark();
    this.say("");
    if (Object.keys(patch).some((name) => !SEEN.has(name))) this.#leave();
    this.waiting = { ...this.waiting, ...patch };
    for (const name of Object.keys(patch)) this.#tell(name);
    this.asked ??= requestAnimationFrame(() => this.#flush());
    this.#keep();
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
    this.state = { ...fields };
    for (const each of Object.keys(fields)) this.#tell(each);
    this.fresh();
    this.#keep();
    this.#mark();
  }

  fresh() {
    // Begin the screen anew at the state of the page.
    this.seq += 1;
    this.waiting = null;
    this.since = this.seq;
    this.playing = this.refused = false;
    this.figures.stepped(0);
    this.figures.moved(this.seq);
    this.mark();
    this.screen.fresh?.();
    this.wire.say({ type: "set", seq: this.seq, screen: this.name, patch: this.state });
    this.#playing();
  }

  ask(what, options = {}) {
    this.#flush();
    this.wire.say({ type: "ask", seq: this.seq, what, options });
  }

  script() {
    this.#flush();
    this.wire.say({ type: "export", what: "python" });
  }

  step(who, n = 1) {
    this.#flush();
    this.wire.say({ type: "step", who, n });
  }

  play(on) {
    this.#flush();
    this.playing = on;
    this.wire.say({ type: "play", on });
    this.#playing();
  }

  bind(name, show) {
    if (!this.bound.has(name)) this.bound.set(name, []);
    this.bound.get(name).push(show);
    if (name in this.state) show(this.state[name]);
  }

  say(text, kind = "") {
    this.notice.textContent = text;
    this.notice.className = `notice ${kind}`;
    this.notice.hidden = !text;
  }

  // What comes over the wire.

  #listen() {
    this.wire.addEventListener("welcome", ({ detail }) => {
      this.#connection("");
      this.figures.away(false);
      this.resuming = detail.same;
      if (!detail.same) this.fresh();
    });
    this.wire.addEventListener("frame", ({ detail }) => this.#frame(detail));
    this.wire.addEventListener("message", ({ detail }) => this.#message(detail));
    this.wire.addEventListener("lost", () => {
      this.#connection(t("connection.lost"));
      this.figures.away(true);
    });
    this.wire.addEventListener("turned", ({ detail }) => {
      this.figures.away(true);
      this.#connection(said(detail.why), true);
    });
    this.wire.addEventListener("silent", ({ detail }) => {
      this.silent = !this.playing;
      if (this.silent) this.#connection(t("connection.silent", detail), true);
    });
    this.wire.addEventListener("ended", ({ detail }) => {
      this.figures.away(true);
      this.say(t("connection.ended", { why: said(detail.why) }), "refused");
      this.#connection(t("connection.ended", { why: said(detail.why) }), true);
      // A state that has ended its process is not begun anew by itself a second time.
      const state = JSON.stringify([this.name, this.state]);
      if (detail.again && this.restarted !== state) {
        this.restarted = state;
        this.wire.afresh();
      }
    });
  }

  #frame(frame) {
    this.#heard();
    if (frame.head.screen !== this.name) return;
    this.playing = frame.head.playing;
    this.figures.stepped(frame.head.step);
    this.mark();
    this.screen.frame(frame, frame.head.seq === this.seq);
    this.#playing();
    this.shared.textContent = frame.head.share < 1
      ? t("connection.shared", { share: Math.round(100 * frame.head.share) }) : "";
  }

  #heard() {
    if (this.silent) this.#connection("");
    this.silent = false;
  }

  #turnedDown({ seq = this.seq, of = "set", why }) {
    // A refused state has no numbers; one of which a part was refused has the others.
    if (seq !== this.seq) return;
    this.busy(false);
    this.playing = false;
    this.#playing();
    this.say(said(why), "refused");
    this.figures.refused(seq);
    if (of !== "set") return;
    this.refused = true;
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
        if (message.screen !== this.name) return void (this.resuming && this.fresh());
        if (message.seq < this.seq && this.resuming) return void this.fresh();
        this.state = message.seq < this.seq ? { ...message.state, ...this.state } : message.state;
        this.resuming = false;
        for (const name of this.bound.keys()) this.#tell(name);
        this.screen.state?.(this.state);
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
        this.shared.textContent = t("connection.waits", { seconds: Math.ceil(message.seconds) });
        break;
      case "busy":
        this.busy(true);
        break;
      case "rest":
        this.playing = false;
        this.#playing();
        break;
      case "exported":
        saveText(message.text, `divkit-lab-${this.name}.py`, "text/x-python");
        break;
    }
  }

  #tell(name) {
    if (!(name in this.state)) return;
    for (const show of this.bound.get(name) ?? []) show(this.state[name]);
  }

  #keep() {
    clearTimeout(this.keeping);
    this.keeping = setTimeout(() => {
      if (!link.keep({ screen: this.name, ...this.state })) this.say(t("link.toolong"), "refused");
    }, KEEP);
  }

  mark() {
    // The state that is looked at, and whether all its numbers have come: for who drives the page.
    const { seq, step } = this.figures;
    const settled = this.done === `${seq} ${step}`;
    if (settled) this.figures.settled();
    Object.assign(document.getElementById("main").dataset, { seq, step, settled });
  }

  inUnits(unit) {
    this.figures.inUnits(unit);
    for (const chart of this.screen.charts) chart.inUnits?.(unit);
  }

  busy(on) {
    document.body.classList.toggle("busy", on);
  }

  // The frame around the screen.

  build() {
    document.title = `${t(`screens.${this.name}`)} · divkit lab`;
    this.bound.clear();
    this.figures.forget();
    this.notice = el("p", { class: "notice", role: "alert", hidden: true });
    this.broken = el("div", { class: "connection", role: "alert", hidden: true });
    this.shared = el("p", { class: "shared" });
    this.screen = new SCREENS[this.name](this);
    empty(document.body,
      el("a", { class: "skip", href: "#main", onclick: (e) => { e.preventDefault(); document.getElementById("main").focus(); } }, t("page.skip")),
      this.#header(), this.broken,
      el("main", { id: "main", tabindex: "-1" },
        el("div", { class: "lead" },
          el("h1", {}, t(`screens.${this.name}`)),
          el("p", { class: "formula" }, formula(t(`leads.${this.name}`)))),
        this.#presets(), this.notice, this.screen.root, this.figures.pin),
      el("footer", {}, this.shared, el("p", {}, t("page.foot"))), this.live);
    document.querySelector(".tab[aria-current]").scrollIntoView({ inline: "nearest", block: "nearest" });
    this.inUnits(this.figures.unit);
    this.#mark();
    this.#playing();
  }

  #header() {
    const tabs = Object.keys(SCREENS).map((name) => el("button", {
      type: "button", class: "tab", "data-tab": name, "aria-current": name === this.name ? "page" : null,
      onclick: () => this.go(name),
    }, t(`tabs.${name}`)));
    const units = el("button", {
      type: "button", class: "unit", "aria-pressed": String(this.figures.unit === "bits"),
      onclick: () => {
        const unit = this.figures.unit === "bits" ? "nats" : "bits";
        this.inUnits(unit);
        units.setAttribute("aria-pressed", String(unit === "bits"));
        empty(units, t(`units.${unit}`));
      },
    }, t(`units.${this.figures.unit}`));
    const tongue = Object.keys(LANGUAGES).find((each) => each !== language());
    return el("header", {},
      el("span", { class: "brand" }, el("img", { src: "mark.svg", alt: "", width: 22, height: 22 }), "divkit lab"),
      el("nav", { "aria-label": t("page.screens") }, tabs),
      el("span", { class: "tools" }, units,
        el("button", { type: "button", lang: tongue, onclick: () => this.speak(tongue) }, LANGUAGES[tongue]),
        exportMenu(this)));
  }

  #presets() {
    const made = Object.entries(presets[this.name]).map(([name, fields]) => el("button", {
      type: "button", class: "preset", "data-preset": name, onclick: () => this.preset(name, fields),
    }, t(`presets.${this.name}.${name}.name`)));
    this.lesson = el("p", { class: "lesson" });
    return el("section", { class: "presets", "aria-label": t("page.presets") },
      el("div", { class: "chips" }, made), this.lesson);
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
    this.screen.playing?.(this.playing);
  }

  #connection(text, over = false) {
    empty(this.broken, text, over && button("again", () => { this.#connection(""); this.wire.afresh(); }));
    this.broken.hidden = !text;
    document.body.classList.toggle("offline", Boolean(text));
  }

  go(name) {
    this.name = name;
    this.state = {};
    this.chosen = null;
    this.build();
    this.fresh();
    this.#keep();
  }

  async speak(tongue) {
    await speak(tongue);
    localStorage.setItem("divkit-lab-language", tongue);
    this.build();
    this.fresh();
  }
}

const arrival = link.arrive();
await speak(choose(arrival.lang));
const presets = await (await fetch("presets.json")).json();
const lab = new Lab(arrival);
lab.calm = calm.matches;
keys(lab);
addEventListener("hashchange", () => {
  if (location.hash.length > 1) lab.open(location.hash.slice(1));
});
