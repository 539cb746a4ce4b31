// Numbers and laws as people type and paste them, and numbers of the page as Python takes them.
const WIDE = 0xFEE0;
const SIGNS = { "\u2212": "-", "\u2010": "-", "\u2011": "-", "\u2012": "-", "\u2013": "-", "\u2014": "-", "\uFE63": "-", "、": ",", "。": "." };
const RAISED = "⁰¹²³⁴⁵⁶⁷⁸⁹";
const POWER = /\s*[×x*·]\s*10(?:\s*\^\s*(\(?[+-]?\d+\)?)|([⁻⁰¹²³⁴⁵⁶⁷⁸⁹⁺]+))/;
const DECIMAL = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/i;
const GROUPED = /^[+-]?\d{1,3}(?: \d{3})+(?:\.\d*)?$/;

export function plain(text) {
  // In ASCII what an input method writes in full width; spaces of any width; minus signs.
  return text.replace(/[\uFF01-\uFF5E]/g, (sign) => String.fromCharCode(sign.charCodeAt(0) - WIDE))
    .replace(/[\u2212\u2010-\u2014\uFE63、。]/g, (sign) => SIGNS[sign])
    .replace(/\s/g, " ").trim();
}

const lowered = (power) => [...power.replace(/[()]/g, "")].map((sign) => {
  const digit = RAISED.indexOf(sign);
  return digit >= 0 ? digit : sign === "⁻" ? "-" : sign === "⁺" ? "" : sign;
}).join("");

export function number(text) {
  // {value} of a number, or {odd} of what is none: "two" where it could be either of two numbers.
  const typed = plain(text).replace(/^([+-]) /, "$1").replace(POWER, (_, power, high) => `e${lowered(power ?? high)}`);
  if (text.includes("、")) return { odd: "none" };
  const closed = GROUPED.test(typed) ? typed.replaceAll(" ", "") : typed;
  const comma = closed.includes(",") && !closed.includes(".");
  // A comma before three digits alone may part thousands, unless nothing but 0 stands before it.
  if (comma && /^[+-]?[1-9]\d{0,2},\d{3}$/.test(closed)) return { odd: "two", either: closed.replace(",", "."), or: closed.replace(",", "") };
  const dotted = comma && closed.split(",").length === 2 ? closed.replace(",", ".") : closed;
  const value = DECIMAL.test(dotted) ? Number(dotted) : NaN;
  return Number.isFinite(value) ? { value } : { odd: "none" };
}

export function python(text) {
  // Numbers of the page with the signs that Python reads; a raised exponent comes as if it were none.
  return text.replace(/\s*×\s*10(?:([⁻⁰¹²³⁴⁵⁶⁷⁸⁹]+)|(\u2212?\d+))/g, (_, high, set) => `e${high ? lowered(high) : set}`)
    .replaceAll("\u2212", "-").replaceAll("∞", "inf").replaceAll("\u00a0", " ").replaceAll("\u2060", "");
}

export function copies() {
  // What is copied from the page; in fields the browser copies what stands there.
  document.addEventListener("copy", (event) => {
    if (event.target.closest?.("input, textarea")) return;
    const text = String(getSelection());
    if (python(text) === text) return;
    event.clipboardData.setData("text/plain", python(text));
    event.preventDefault();
  });
}
