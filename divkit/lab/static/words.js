// The words of the page: one JSON a language. A key that is missing is an error, never a blank.
import { own } from "./own.js";

export const LANGUAGES = { en: "English", zh: "中文" };

const KEPT = "divkit-lab-language";

let words = {};
let spoken = "en";
let sentences = [];
let parts = [];
const joined = new Map();
// Names in a sentence of the engine whose values are words of its own.
const WORDED = new Set(["wanted", "fault", "guess", "value", "a", "b", "c"]);

export async function speak(language) {
  const answer = await fetch(`lang/${language}.json`);
  if (!answer.ok) throw new Error(`lang/${language}.json: ${answer.status}`);
  const english = language === "en" ? null : await (await fetch("lang/en.json")).json();
  adopt(language, await answer.json(), english);
}

export function adopt(language, found, english = null) {
  // english: the words of the engine's own language, by which its sentences are known.
  words = found;
  [sentences, parts] = ["engine", "parts"].map((kind) => Object.entries(english?.[kind] ?? {}).map(([key, text]) => [`${kind}.${key}`, pattern(text)]));
  spoken = language;
  document.documentElement.lang = language === "zh" ? "zh-Hans" : language;
}

export const language = () => spoken;

export function t(key, values = {}) {
  const found = of(key);
  if (typeof found !== "string") throw new Error(`no words for ${key} in ${spoken}`);
  return glued(found).replace(/\{(\w+)\}/g, (_, name) => own(values, name));
}

export function glued(text) {
  // Formulas break before a relation alone: what a sign of one joins stays together.
  if (!joined.has(text)) joined.set(text, join(text));
  return joined.get(text);
}

function join(text) {
  return text
    .replace(/([^\s,;:，；：。]) (−|\+|\/|·|×|±) (?=\S)/g, "$1\u00a0$2\u00a0")
    .replace(/ (=|≤|≥|→|<|>) (?=\S)/g, " $1\u00a0")
    .replace(/\b(log|max|min|rms|E) (?=[\wθ(|])/g, "$1\u00a0")
    .replace(/(^|[\s(−])(\d+) (?=(JSD|log|KL|TV)\b)/g, "$1$2\u00a0")
    .replace(/\((\w+), (\w+)\)/g, "($1,\u00a0$2)")
    .replace(/ (?=−\d)/g, "\u00a0")
    .replace(/± /g, "±\u00a0")
    .replace(/\|(?=[\wθ])/g, "|\u2060");
}

export function has(key) {
  return typeof of(key) === "string";
}

function of(key) {
  // The words of a key, or a part of them; nothing that any object has by itself.
  return key.split(".").reduce((at, part) => own(at, part), words);
}

export function keep(tongue) {
  for (const place of [sessionStorage, localStorage]) place.setItem(KEPT, tongue);
}

function pattern(text) {
  // What matches a sentence with anything in the places of its {names}.
  const parts = text.split(/\{(\w+)\}/);
  const made = parts.map((part, k) => (k % 2 ? `(?<${part}>[^]*?)` : part.replace(/[.*+?^$()|[\]\\]/g, "\\$&")));
  return new RegExp(`^${made.join("")}$`);
}

export function said(text) {
  // The key of one of the page's own sentences, or one of the engine's: in the page's language
  // where it is known, else as it is, and named as such.
  if (has(text)) return t(text);
  if (!text || !sentences.length) return text;
  return known(sentences, text) ?? t("page.original", { text });
}

function known(patterns, text) {
  // A text of the engine in the page's words, with the words within it.
  for (const [key, each] of patterns) {
    const { groups } = each.exec(text) ?? {};
    if (groups === undefined && !each.test(text)) continue;
    return t(key, Object.fromEntries(Object.entries(groups ?? {}).map(([name, part]) =>
      [name, name === "why" ? said(part) : WORDED.has(name) ? known(parts, part) ?? part : part])));
  }
  return null;
}

export function choose(asked) {
  // What the first address asks for stays this tab's; what is chosen on the page is kept for others, too.
  if (own(LANGUAGES, asked)) sessionStorage.setItem(KEPT, asked);
  const kept = [sessionStorage.getItem(KEPT), localStorage.getItem(KEPT)].find((each) => own(LANGUAGES, each));
  if (kept) return kept;
  return navigator.language.startsWith("zh") ? "zh" : "en";
}
