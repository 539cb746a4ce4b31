// The first screen without a server: normal mixtures alone, by quadrature that has no bound.
import { el, empty } from "./dom.js";
import { Figures } from "./figures.js";
import * as mixtures from "./mixtures.js";
import { divergences, quadratic } from "./quadrature.js";
import { Line } from "./screens/line.js";
import { LANGUAGES, adopt, choose, language, t } from "./words.js";
import { PRESETS, WORDS } from "./said.js";

const POINTS = 321;
const NORMAL = /^normal\(\s*(-?[\d.]+(?:e-?\d+)?)\s*,\s*([\d.]+(?:e-?\d+)?)\s*\)$/;
const OWN = ["twoModes", "equal", "collapse", "apart"];
const ELSEWHERE = ["l2", "approximation", "estimation", "optimisation", "certified"];
const METHOD = "Gauss–Legendre quadrature in JavaScript";

function parsed(text) {
  // The parts of a normal mixture in words; null of any other law.
  const mixture = /^mixture\((.*)\)$/.exec(text.trim());
  const said = mixture ? mixture[1].split(/,\s*(?=[\d.]+\s*:)/).map((each) => each.split(/:\s*(.*)/s)) : [["1", text.trim()]];
  const parts = said.map(([weight, law]) => [+weight, ...(NORMAL.exec(law?.trim()) ?? []).slice(1).map(Number)]);
  return parts.every((part) => part.length === 3 && part[0] > 0 && part[2] > 0) ? parts : null;
}

class Preview {
  constructor() {
    this.figures = new Figures(el("div", {}));
    this.bound = new Map();
    this.seq = 0;
    this.build();
  }

  build() {
    this.bound.clear();
    this.figures.forget();
    this.notice = el("p", { class: "notice", role: "alert", hidden: true });
    this.screen = new Line(this);
    const chips = OWN.map((name) => el("button", { type: "button", class: "preset", "data-preset": name,
      onclick: () => this.preset(name) }, t(`presets.line.${name}.name`)));
    this.lesson = el("p", { class: "lesson" });
    const other = Object.keys(LANGUAGES).find((each) => each !== language());
    const turn = el("button", { type: "button", lang: other, onclick: () => {
      adopt(other, WORDS[other], WORDS.en);
      this.build();
    } }, LANGUAGES[other]);
    empty(document.body, el("header", {}, el("span", { class: "brand" }, t("preview.name")), el("span", { class: "tools" }, turn)),
      el("main", { id: "main" },
        el("div", { class: "lead" }, el("h1", {}, t("screens.line")), el("p", { class: "formula" }, t("leads.line"))),
        el("section", { class: "presets", "aria-label": t("page.presets") }, el("div", { class: "chips" }, chips), this.lesson),
        this.notice, this.screen.root, this.figures.pin),
      el("footer", {}, el("p", {}, t("preview.foot"))));
    for (const only of document.querySelectorAll("#field-critic option:not([value=quadratic])")) only.remove();
    this.figures.shows(this.screen.root, this.screen.charts);
    if (!this.state) return void this.preset(OWN[0]);
    // Another language changes nothing but words.
    for (const each of Object.keys(this.state)) this.#tell(each);
    this.#press(this.chosen);
    if (this.chosen) this.lesson.textContent = t(`presets.line.${this.chosen}.see`);
    this.#move();
  }

  #press(name) {
    this.chosen = name;
    for (const chip of document.querySelectorAll(".preset")) chip.setAttribute("aria-pressed", String(chip.dataset.preset === name));
  }

  preset(name) {
    this.#press(name);
    this.lesson.textContent = t(`presets.line.${name}.see`);
    this.state = { ...PRESETS[name], critic: "quadratic" };
    for (const each of Object.keys(this.state)) this.#tell(each);
    this.#move();
  }

  bind(name, show) {
    if (!this.bound.has(name)) this.bound.set(name, []);
    this.bound.get(name).push(show);
  }

  change(patch) {
    Object.assign(this.state, patch);
    for (const name of Object.keys(patch)) this.#tell(name);
    if (!Object.hasOwn(patch, "view")) this.#press(null);
    this.say("");
    this.figures.moved(this.seq += 1);
    this.due ??= requestAnimationFrame(() => {
      this.due = null;
      this.#move();
    });
  }

  ask() {
    this.say(t("preview.more"), "refused");
  }

  say(told, kind = "") {
    const text = typeof told === "function" ? told() : told;
    this.notice.textContent = text;
    this.notice.className = `notice ${kind}`;
    this.notice.hidden = !text;
  }

  #tell(name) {
    for (const show of this.bound.get(name) ?? []) show(this.state[name]);
  }

  #move() {
    this.figures.moved(this.seq += 1);
    const [p, q] = [parsed(this.state.p), parsed(this.state.q)];
    if (!p || !q) return void this.say(t("preview.normals"), "refused");
    const found = quadratic(p, q);
    const { view } = this.state;
    const places = mixtures.places(p, q, view, POINTS);
    const trained = Float32Array.from(places, (x) => 1 / (1 + Math.exp(-found.logit(x))));
    const at = places.map((x) => (x - view[0]) / (view[1] - view[0]));
    const far = [...p, ...q].flatMap(([, c, s]) => [c - 3.2 * s, c + 3.2 * s]);
    const whole = [Math.min(...far), Math.max(...far)];
    this.screen.frame({ head: { seq: this.seq, step: 0, view, whole, handles: { p, q } },
      arrays: { at, ...mixtures.heights(p, q, places), trained } }, true);
    const numbers = { ...divergences(p, q), value: found.value, gap: found.gap };
    const values = Object.fromEntries(Object.entries(numbers).map(([name, value]) => [name, number(name, value)]));
    for (const name of ELSEWHERE) values[name] = { why: "preview.server" };
    this.figures.take({ seq: this.seq, step: 0, values });
  }
}

function number(name, value) {
  const unit = { tv: "", w1: "length" }[name] ?? "nats";
  return { value, error: "inf", unit, kind: "quadrature", method: METHOD, interval: ["-inf", "inf"] };
}

const tongue = choose(null);
adopt(tongue, WORDS[tongue], WORDS.en);
new Preview();
