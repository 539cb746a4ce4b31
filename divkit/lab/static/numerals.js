// Numerals: no digit that the error does not support, and powers of ten that are set and read.
import { el, svg } from "./dom.js";
import { t } from "./words.js";

const MOST_DECIMALS = 15;
const LARGE = 1e7;
const SMALL = 1e-9;
const UNKNOWN = 3;
const ENDLESS = new Map([["inf", Infinity], ["-inf", -Infinity]]);
const SMALLER = 0.72;
const RISE = 0.42;
const POWER = /10([⁻⁰¹²³⁴⁵⁶⁷⁸⁹]+)/;

export const finite = (x) => (typeof x === "number" ? x : ENDLESS.get(x));

const raised = (n) => [...String(n)].map((d) => "⁰¹²³⁴⁵⁶⁷⁸⁹"[d] ?? "⁻").join("");

const lowered = (text) => [...text].map((d) => { const at = "⁰¹²³⁴⁵⁶⁷⁸⁹".indexOf(d); return at < 0 ? "−" : at; }).join("");

const lead = (x) => Number(Math.abs(x).toExponential().split("e")[1]);

function signed(text) {
  // A true minus; nothing that is 0 as far as it is shown has one.
  return text.replace(/^-(0\.?0*)$/, "$1").replace("-", "−");
}

export function powered(text) {
  // 1.2e-7 as it is written by hand.
  const [first, power] = text.split("e");
  return `${signed(first)} × 10${raised(Number(power))}`;
}

export function short(x, digits = 4) {
  // To so many digits.
  const size = Math.abs(x);
  if (x === 0) return "0";
  if (!Number.isFinite(x)) return Number.isNaN(x) ? "–" : x > 0 ? "∞" : "−∞";
  if (size < 1e5 && size >= 1e-4) return signed(String(Number(x.toPrecision(digits))));
  return powered(x.toExponential(Math.max(0, digits - 3)));
}

export function exact(x) {
  // A place as it is, but for the last digits of floats.
  const place = Number(x.toPrecision(10));
  const size = Math.abs(place);
  if (size === 0 || (size < LARGE && size >= 1e-4)) return signed(String(place));
  return powered(place.toExponential());
}

function rounded(value, power) {
  // A number whose last digit is that of 10^power: its text, and how far off that is.
  if (Math.abs(value) >= LARGE || (value !== 0 && Math.abs(value) < SMALL && power <= lead(value))) {
    const text = value.toExponential(Math.max(0, lead(value) - power));
    return [powered(text), Math.abs(Number(text) - value)];
  }
  const text = power < 0 ? value.toFixed(-power) : String(Math.round(value / 10 ** power) * 10 ** power);
  return [signed(text), Math.abs(Number(text) - value)];
}

function errors(count, power) {
  // So many units of 10^power.
  if (power >= -5 && power <= 2) return power < 0 ? (count * 10 ** power).toFixed(-power) : String(count * 10 ** power);
  return count < 10 ? `${count} × 10${raised(power)}` : `${(count / 10).toFixed(1)} × 10${raised(power + 1)}`;
}

export function measured(value, error, coarsest = -Infinity) {
  // A number and its error as texts.
  const [[text], size] = together([value], error, coarsest);
  return { value: text, error: size };
}

export function together(values, error, coarsest = -Infinity) {
  // Numbers and the largest error of one of them as texts. The last digit of each is the second of
  // the error, which is rounded up and holds what the rounding of the numbers adds. Of 10^coarsest
  // nothing finer is shown.
  if (!Number.isFinite(error)) return [values.map((value) => short(value, UNKNOWN)), null];
  const known = values.filter(Number.isFinite);
  if (!known.length) return [values.map((value) => short(value)), spread(error)];
  if (error === 0 && coarsest === -Infinity) return [values.map((value) => short(value, MOST_DECIMALS)), "0"];
  const most = Math.max(...known.map(Math.abs));
  const finest = most < SMALL && error < most ? -Infinity : -MOST_DECIMALS;
  let power = Math.max(coarsest, finest, error ? lead(error) - 1 : -Infinity, most ? lead(most) - MOST_DECIMALS : -Infinity);
  for (;;) {
    const made = values.map((value) => (Number.isFinite(value) ? rounded(value, power) : [short(value), 0]));
    const units = (error + Math.max(...made.map(([, off]) => off))) / 10 ** power;
    if (units > 99) {
      power += 1;
      continue;
    }
    // One below a unit, as of rounding alone, has a digit more.
    const finer = units > 1 ? 0 : 1;
    return [made.map(([text]) => text), errors(Math.max(1, Math.ceil(units * 10 ** finer - 1e-9)), power - finer)];
  }
}

export function claimed(value, side, digits = 4) {
  // The end that is claimed of a number with one side, rounded to the safe side.
  if (!Number.isFinite(value) || value === 0) return short(value);
  const power = Math.max(lead(value) - digits + 1, -MOST_DECIMALS);
  const unit = 10 ** -power;
  const whole = side === "lower" ? Math.floor(value * unit) : Math.ceil(value * unit);
  return rounded(whole / unit, power)[0];
}

export function spread(error) {
  // An error, rounded up to two digits.
  if (!Number.isFinite(error)) return null;
  if (error === 0) return "0";
  let power = lead(error) - 1;
  let count = Math.ceil(error / 10 ** power - 1e-9);
  if (count >= 100) [count, power] = [10, power + 1];
  return count % 10 ? errors(count, power) : errors(count / 10, power + 1);
}

export function typeset(text) {
  // Powers of ten with their exponents raised, and read as such.
  return split(text, (power) => el("span", { class: "power", role: "math", "aria-label": t("page.power", { power }) },
    "10", el("sup", {}, power)));
}

export function drawn(text) {
  // The same within a picture, where what follows a power comes down again.
  const parts = split(text, (power) => svg("tspan", { class: "power" }, "10",
    svg("tspan", { class: "sup", "font-size": `${SMALLER}em`, dy: `-${RISE}em` }, power)));
  return parts.map((part, k) => (k && typeof part === "string" ? svg("tspan", { dy: `${(SMALLER * RISE).toFixed(4)}em` }, part) : part));
}

export function read(node) {
  // What stands on the page as one text again.
  const copy = node.cloneNode(true);
  for (const power of copy.querySelectorAll(".power > sup")) power.replaceWith(raised(power.textContent));
  return copy.textContent;
}

function split(text, made) {
  return text.split(POWER).map((part, k) => (k % 2 ? made(lowered(part)) : part)).filter((part) => part !== "");
}
