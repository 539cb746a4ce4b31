// Numbers with their errors. One greys when the state moves; its own value makes it black again.
import { el, empty } from "./dom.js";
import { claimed, finite, measured, spread, typeset } from "./numerals.js";
import { has, language, said, t } from "./words.js";

const LN2 = Math.LN2;
const STRONG = 6;
const WAIT = 2000;

export function inUnit(number, unit) {
  // Nats to bits: the error grows by the division's own rounding.
  // Of a number with one side it is the end that is claimed.
  const ends = number.one_sided && { lower: number.interval[0], upper: number.interval[1] };
  const value = finite(ends ? ends[number.one_sided] : number.value);
  const error = finite(number.error);
  if (unit !== "bits" || number.unit !== "nats") return { value, error, unit: number.unit };
  const rounding = Number.isFinite(value) ? Math.abs(value / LN2) * 2 ** -52 : 0;
  return { value: value / LN2, error: error / LN2 + rounding, unit: "bits" };
}

function units(unit) {
  // A unit in the language of the page; a length's stands below its name.
  if (!unit || unit === "length") return "";
  return has(`units.${unit}`) ? t(`units.${unit}`) : unit;
}

export function texts(number, unit, coarsest) {
  // A number and its error, as far as it is known.
  const { value, error } = inUnit(number, unit);
  if (number.one_sided) return { value: claimed(value, number.one_sided), error: null };
  return measured(value, error, coarsest);
}

function parts(text) {
  // What is before the point and what is after it, so that points stand below one another: the
  // first decimals strong, groups of three apart by style alone, so that copies are clean.
  const [, whole, after] = /^([^.×\u00a0]*\.?)(.*)$/.exec(text.replace(" ×", "\u00a0×"));
  const plain = after.includes("×") ? [] : after.match(/.{1,3}/g) ?? [];
  const groups = plain.map((group, k) => el(3 * k < STRONG ? "b" : "span", { class: "g" }, group));
  const bare = !whole.endsWith(".");
  return [el("b", { class: bare ? "whole bare" : "whole" }, whole),
    el("span", { class: "after" }, plain.length ? groups : el("b", { class: bare ? "times" : null }, typeset(after)))];
}

export class Figures {
  // The table of a screen's numbers: names, their state, and what is shown.
  constructor(live) {
    this.unit = "nats";
    this.seq = 0;
    this.step = 0;
    this.rows = new Map();
    this.known = new Map();
    this.sentences = [];
    this.charts = [];
    this.watchers = [];
    this.picture = {};
    this.live = live;
    this.spoken = 0;
    // On a narrow page the first number stays in view while one moves the pictures.
    this.pin = el("p", { class: "pin", "aria-hidden": "true" });
  }

  table(names, caption, { asked = false } = {}) {
    // asked: numbers that come only when they are asked for.
    const body = el("tbody");
    for (const name of names) {
      const [symbol, number, more] = ["symbol", "number", "about"].map((part) => `${part}-${name}`);
      const value = el("output", { class: "value", id: number, "data-name": name, "aria-live": "off",
        tabindex: body.childElementCount ? -1 : 0, "aria-labelledby": `${symbol} ${number}`, "aria-describedby": more });
      const about = el("span", { class: "about", id: more });
      const row = el("tr", { "data-row": name },
        el("th", { scope: "row" }, el("span", { class: "symbol", id: symbol }, t(`numbers.${name}`)),
          has(`means.${name}`) && el("span", { class: "means" }, t(`means.${name}`))),
        el("td", {}, value, about));
      this.rows.set(name, { value, about, row, asked });
      body.append(row);
      this.#show(name);
    }
    walked(body);
    return el("table", { class: "figures", "aria-label": caption }, body);
  }

  sentence(names, say) {
    // A sentence of numbers, grey until all are the state's own: say makes it of them.
    const node = el("span", { class: "told" });
    this.sentences.push({ names, say, node });
    return node;
  }

  shows(root, charts) {
    // What else shows the state, and is fresh or stale with the numbers: a screen and its pictures.
    Object.assign(this, { root, charts });
    this.#stand();
  }

  watch(told) {
    // Tell whoever draws numbers that they have changed.
    this.watchers.push(told);
  }

  #changed() {
    for (const name of this.rows.keys()) this.#show(name);
    this.#stand();
    for (const told of this.watchers) told();
  }

  moved(seq) {
    this.seq = seq;
    this.#changed();
  }

  stepped(step) {
    this.step = step;
    this.#changed();
  }

  pictured(seq, step) {
    // The pictures are of this state now.
    this.picture = { seq, step };
    this.#stand();
  }

  get standing() {
    const { seq, step } = this.picture;
    if (this.lacking?.seq === this.seq && this.lacking.whole) return "refused";
    return !this.lost && seq === this.seq && step === this.step ? "fresh" : "stale";
  }

  #stand() {
    // One rule for all that is no number: of the state of the page, or grey.
    const how = this.standing;
    this.root?.classList.toggle("old", how !== "fresh");
    for (const chart of this.charts) {
      chart.stands(how);
      chart.root.setAttribute("aria-busy", String(how === "stale"));
    }
    for (const each of this.sentences) this.#tell(each);
  }

  #tell({ names, say, node }) {
    const numbers = names.map((name) => this.known.get(name));
    const whole = numbers.every((number) => number && number.why === undefined);
    node.classList.toggle("stale", !names.every((name) => this.fresh(name)));
    empty(node, whole && this.standing !== "refused" ? say(...numbers) : "");
  }

  take({ seq, step, values }) {
    for (const [name, number] of Object.entries(values)) {
      this.known.set(name, { ...number, seq, step });
      this.#show(name);
    }
    this.#speak();
    this.#stand();
    for (const told of this.watchers) told();
  }

  refused(seq, whole = true) {
    // whole: the state itself was, and not a part of what is known of it.
    this.lacking = { seq, why: "why.refused", whole };
    this.#stand();
  }

  settled() {
    // All has come: what has not is no longer waited for, and no value of a state before stays.
    // One of a state whose picture is still to come is kept for it.
    this.#lack(this.lacking?.seq === this.seq ? this.lacking.why : null, (name) => this.#ahead(name));
  }

  passed() {
    // One looks at a state that has passed: what it lacks does not come any more.
    this.#lack("why.passed", () => false);
  }

  #lack(why, kept) {
    const { seq, step } = this;
    const told = this.sentences.flatMap(({ names }) => names.map((name) => [name, { asked: true }]));
    for (const [name, { asked }] of [...this.rows, ...told]) {
      if (this.lost || this.fresh(name) || kept(name)) continue;
      if (why && !asked) this.known.set(name, { why, seq, step });
      else this.known.delete(name);
      this.#show(name);
    }
    this.#stand();
  }

  #ahead(name) {
    const { seq, step } = this.known.get(name) ?? {};
    return seq > this.seq || (seq === this.seq && step > this.step);
  }

  forget(keeps = false) {
    // The rows of a screen, and its numbers unless the next has the same.
    Object.assign(this, { sentences: [], charts: [], watchers: [], root: null });
    this.most = 0;
    this.rows.clear();
    if (keeps) return;
    this.known.clear();
    this.picture = {};
  }

  inUnits(unit) {
    this.unit = unit;
    this.#changed();
  }

  away(lost) {
    // Without its process nothing on the page is the state's own.
    this.lost = lost;
    this.#changed();
  }

  fresh(name) {
    const number = this.known.get(name);
    return !this.lost && number !== undefined && number.seq === this.seq && number.step === this.step;
  }

  #show(name) {
    const place = this.rows.get(name);
    if (!place) return;
    const { value, about, row } = place;
    const number = this.known.get(name);
    const fresh = this.fresh(name);
    row.classList.toggle("stale", !fresh);
    if (name === this.rows.keys().next().value) queueMicrotask(() => this.#pinned(name));
    value.setAttribute("aria-busy", String(!fresh));
    if (!number) {
      empty(value, "–");
      empty(about, "");
      value.removeAttribute("data-value");
      return;
    }
    value.dataset.seq = number.seq;
    value.dataset.step = number.step;
    if (number.why !== undefined) {
      value.removeAttribute("data-value");
      empty(value, el("b", {}, t("figures.unknown")));
      empty(about, t("figures.because", { why: said(number.why) }));
      return;
    }
    const { value: x, error, unit } = inUnit(number, this.unit);
    value.dataset.value = number.one_sided ? x * (unit === "bits" ? LN2 : 1) : number.value;
    value.dataset.error = number.error;
    value.dataset.unit = number.unit;
    const shown = texts(number, this.unit);
    empty(value, enclosed(number, unit) ? certified(number) : parts(shown.value));
    empty(about, this.#about(number, enclosed(number, unit) ? spread(number.radius) : shown.error, unit, fresh));
    this.#align();
  }

  #align() {
    // Room after the points for as many digits as the longest number has: it never shrinks while a
    // screen is open, so that nothing jumps.
    const most = Math.max(...[...this.rows.values()].map(({ value }) => value.querySelector(".after")?.textContent.length ?? 0));
    if (most <= this.most) return;
    this.most = most;
    for (const { row } of this.rows.values()) row.style.setProperty("--after", `calc(${most}ch + ${(0.14 * Math.floor((most - 1) / 3) + 0.12).toFixed(2)}em)`);
  }

  #pinned(name) {
    const { value, about, row } = this.rows.get(name) ?? {};
    if (!row) return;
    this.pin.classList.toggle("stale", row.classList.contains("stale"));
    empty(this.pin, el("span", {}, t(`numbers.${name}`)), el("span", {},
      el("span", { class: "value" }, copied(value)),
      el("span", { class: "about" }, copied(about.querySelector(".error")))));
  }

  #about(number, size, unit, fresh) {
    // The error with its unit, and its kind; of a grey number the step that it is of.
    const named = units(unit);
    const notes = [number.reason, ...(number.warnings ?? [])].filter(Boolean).map(said);
    const off = size !== null && `± ${size}`;
    const words = [number.one_sided ? named : [off, named].filter(Boolean).join(" "), number.one_sided && t(`figures.${number.one_sided}`), !off && !number.one_sided && !notes.length && t("figures.noerror"), fresh || !number.step ? t(`kinds.${number.kind.replace(" ", "_")}`) : t("figures.step", { step: number.step })].filter(Boolean);
    const comma = t("page.comma");
    const made = [el("span", { class: "error" }, words.map((word, k) =>
      [el("span", { class: "one" }, typeset(k < words.length - 1 ? `${word}${comma.trim()}` : word)), comma.trim() === comma ? "" : " "]).flat())];
    if (notes.length) made.push(el("span", { class: "note" }, notes.join(" ")));
    made.push(el("span", { class: "method" }, el("span", {}, number.method),
      el("span", { class: "float" }, `${number.value} ± ${number.error} ${number.unit}`)));
    return made;
  }

  #speak() {
    const now = performance.now();
    if (now - this.spoken < WAIT) {
      this.later ??= setTimeout(() => { this.later = null; this.#speak(); }, WAIT);
      return;
    }
    this.spoken = now;
    const lines = [];
    for (const name of this.rows.keys()) {
      if (!this.fresh(name) || lines.length === 4) continue;
      const number = this.known.get(name);
      if (number.why === undefined) {
        const { unit } = inUnit(number, this.unit);
        const side = number.one_sided && t(`figures.${number.one_sided}`);
        const { value, error } = texts(number, this.unit);
        lines.push([t(`numbers.${name}`), side, value, error !== null && `± ${error}`, units(unit)].filter(Boolean).join(" "));
      }
    }
    this.live.textContent = lines.join(language() === "zh" ? "；" : "; ");
  }

  #cells(number) {
    // Value, side, error, unit and both ends.
    if (number.why !== undefined) return Array(6).fill("");
    const { value, error, unit } = inUnit(number, this.unit);
    const ends = number.interval?.map((end) => finite(end) * (unit === number.unit ? 1 : 1 / LN2)) ?? ["", ""];
    const [lower, upper] = enclosed(number, unit) ? [number.lower, number.upper] : ends;
    return [value, number.one_sided ?? "", number.one_sided ? "" : error, unit, lower, upper];
  }

  csv(records = null) {
    // The numbers that are shown, or those of all steps that are kept, in the unit of the page. One
    // with one side is the end that is claimed, and which.
    const head = "name,value,side,error,unit,lower,upper,kind,method,seq,step,note";
    const shown = records
      ? records.flatMap(({ seq, step, values }) => Object.entries(values).map(([name, n]) => [name, { ...n, seq, step }]))
      : [...this.known];
    const rows = shown.map(([name, n]) => [name, ...this.#cells(n), n.kind, n.method, n.seq, n.step,
      said(n.why ?? n.reason ?? "")].map(cell).join(","));
    return [head, ...rows, ""].join("\n");
  }
}

function walked(body) {
  // One stop of Tab a table: the arrows go from number to number, Esc puts away how one was found.
  const values = () => [...body.querySelectorAll(".value")];
  body.addEventListener("focusin", ({ target }) => {
    for (const each of values()) each.tabIndex = each === target ? 0 : -1;
  });
  body.addEventListener("focusout", ({ target }) => target.closest("tr").classList.remove("shut"));
  body.addEventListener("keydown", (event) => {
    const all = values();
    const at = all.indexOf(event.target);
    const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: all.length - 1 }[event.key];
    if (event.key === "Escape") event.target.closest("tr").classList.add("shut");
    if (to === undefined) return;
    event.preventDefault();
    all[to]?.focus();
  });
}

const copied = (node) => [...node?.childNodes ?? []].map((each) => each.cloneNode(true));

function enclosed(number, unit) {
  // Digits that are proved are those of the number's own unit.
  return number.lower !== undefined && unit === number.unit;
}

function certified(number) {
  // The digits that both ends share.
  let k = 0;
  while (k < number.lower.length && number.lower[k] === number.upper[k]) k += 1;
  return el("span", { class: "digits" }, `${number.lower.slice(0, k)}…`);
}

function cell(value) {
  // No spreadsheet takes a text for a formula.
  if (value === undefined || value === null) return "";
  if (typeof value === "number") return String(value).replace("Infinity", "inf");
  const safe = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value;
  return /[",\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
