// Numbers with their errors. One greys when the state moves; its own value makes it black again.
import { powered, raised } from "./chart.js";
import { el, empty } from "./dom.js";
import { has, language, said, t } from "./words.js";

const LN2 = Math.LN2;
const MOST_DECIMALS = 15;
const FULL = 10;
const STRONG = 6;
const WAIT = 2000;
const COUNTS = new Set(["modes"]);

const ENDLESS = new Map([["inf", Infinity], ["-inf", -Infinity]]);

export const finite = (x) => (typeof x === "number" ? x : ENDLESS.get(x));

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

export function decimals(error) {
  if (!Number.isFinite(error)) return STRONG;
  if (error === 0) return MOST_DECIMALS;
  const places = Math.ceil(-Math.log10(error)) + (error > 1e-12 ? 1 : 0);
  return Math.max(0, Math.min(MOST_DECIMALS, places));
}

export function digits(value, error) {
  if (value === Infinity) return "∞";
  if (value === -Infinity) return "−∞";
  const small = value !== 0 && Math.abs(value) < 1e-9;
  const places = decimals(error);
  return small ? powered(value.toExponential(2)) : value.toFixed(places).replace("-", "−");
}

export function spread(error) {
  // An error, rounded up to two digits.
  if (!Number.isFinite(error)) return null;
  if (error === 0) return "0";
  const power = Math.floor(Math.log10(error));
  const unit = 10 ** (power - 1);
  let lead = Math.ceil(error / unit - 1e-9) / 10;
  let at = power;
  if (lead >= 10) [lead, at] = [lead / 10, power + 1];
  if (at >= -3 && at < 4) return String(Number((lead * 10 ** at).toPrecision(2)));
  return `${lead.toFixed(1)} × 10${raised(at)}`;
}

function parts(text) {
  // The first decimals strong, groups of three apart by style alone, so that copies are clean.
  const dot = text.indexOf(".");
  if (dot < 0 || text.includes("×")) return [el("b", {}, text)];
  const after = text.slice(dot + 1);
  const groups = after.match(/.{1,3}/g) ?? [];
  // Points of full numbers stand below one another, where one has a digit less, too.
  const short = after.length < MOST_DECIMALS && after.length >= FULL ? `short${MOST_DECIMALS - after.length}` : "";
  const made = groups.map((group, k) => el(3 * k < STRONG ? "b" : "span", { class: `g ${k === groups.length - 1 ? short : ""}` }, group));
  return [el("b", {}, text.slice(0, dot + 1)), ...made];
}

export class Figures {
  // The table of a screen's numbers: names, their state, and what is shown.
  constructor(live) {
    this.unit = "nats";
    this.seq = 0;
    this.step = 0;
    this.rows = new Map();
    this.known = new Map();
    this.watching = () => {};
    this.live = live;
    this.spoken = 0;
    // On a narrow page the first number stays in view while one moves the pictures.
    this.pin = el("p", { class: "pin", "aria-hidden": "true" });
  }

  table(names, caption, { asked = false } = {}) {
    // asked: numbers that come only when they are asked for.
    const body = el("tbody");
    for (const name of names) {
      const value = el("output", { class: "value", "data-name": name, "aria-live": "off" });
      const about = el("span", { class: "about" });
      const row = el("tr", { "data-row": name },
        el("th", { scope: "row" }, el("span", { class: "symbol" }, t(`numbers.${name}`)),
          has(`means.${name}`) && el("span", { class: "means" }, t(`means.${name}`))),
        el("td", {}, value, about));
      this.rows.set(name, { value, about, row, asked });
      body.append(row);
      this.#show(name);
    }
    return el("table", { class: "figures", "aria-label": caption }, body);
  }

  moved(seq) {
    this.seq = seq;
    for (const name of this.rows.keys()) this.#show(name);
    this.watching();
  }

  stepped(step) {
    this.step = step;
    for (const name of this.rows.keys()) this.#show(name);
  }

  take({ seq, step, values }) {
    for (const [name, number] of Object.entries(values)) {
      this.known.set(name, { ...number, seq, step });
      this.#show(name);
    }
    this.#speak();
    this.watching();
  }

  refused(seq) {
    this.lacking = { seq, why: "why.refused" };
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
    for (const [name, { asked }] of this.rows) {
      if (this.lost || this.fresh(name) || kept(name)) continue;
      if (why && !asked) this.known.set(name, { why, seq, step });
      else this.known.delete(name);
      this.#show(name);
    }
  }

  #ahead(name) {
    const { seq, step } = this.known.get(name) ?? {};
    return seq > this.seq || (seq === this.seq && step > this.step);
  }

  forget(keeps = false) {
    // The rows of a screen, and its numbers unless the next has the same.
    this.watching = () => {};
    this.rows.clear();
    if (!keeps) this.known.clear();
  }

  inUnits(unit) {
    this.unit = unit;
    for (const name of this.rows.keys()) this.#show(name);
  }

  away(lost) {
    // Without its process nothing on the page is the state's own.
    this.lost = lost;
    for (const name of this.rows.keys()) this.#show(name);
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
    value.title = `${number.value} ± ${number.error} ${number.unit}\n${number.method}${number.step ? `\n${t("figures.step", { step: number.step })}` : ""}`;
    empty(value, enclosed(number, unit) ? certified(number) : parts(COUNTS.has(name) ? String(x) : digits(x, number.one_sided ? Infinity : error)));
    empty(about, this.#about(number, enclosed(number, unit) ? number.radius : error, unit, fresh));
  }

  #pinned(name) {
    const { value, about, row } = this.rows.get(name) ?? {};
    if (!row) return;
    this.pin.classList.toggle("stale", row.classList.contains("stale"));
    empty(this.pin, el("span", {}, t(`numbers.${name}`)), el("span", {},
      el("span", { class: "value" }, [...value.childNodes].map((node) => node.cloneNode(true))),
      el("span", { class: "about" }, about.querySelector(".error")?.textContent ?? "")));
  }

  #about(number, error, unit, fresh) {
    // The error with its unit, and its kind; of a grey number the step that it is of.
    const size = spread(error);
    const named = units(unit);
    const notes = [number.reason, ...(number.warnings ?? [])].filter(Boolean).map(said);
    const off = size !== null && `± ${size}`;
    const words = [number.one_sided ? named : [off, named].filter(Boolean).join(" "), number.one_sided && t(`figures.${number.one_sided}`), !off && !notes.length && t("figures.noerror"), fresh || !number.step ? t(`kinds.${number.kind.replace(" ", "_")}`) : t("figures.step", { step: number.step })].filter(Boolean);
    const comma = t("page.comma");
    const made = [el("span", { class: "error" }, words.map((word, k) =>
      [el("span", { class: "whole" }, k < words.length - 1 ? `${word}${comma.trim()}` : word), comma.trim() === comma ? "" : " "]).flat())];
    if (notes.length) made.push(el("span", { class: "note" }, notes.join(" ")));
    made.push(el("span", { class: "method", title: number.method }, number.method));
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
        const { value, unit } = inUnit(number, this.unit);
        const side = number.one_sided && t(`figures.${number.one_sided}`);
        lines.push([t(`numbers.${name}`), side, digits(value, 1e-4), units(unit)].filter(Boolean).join(" "));
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
