// The words of the page: one JSON a language. A key that is missing is an error, never a blank.
import { own } from "./own.js";

export const LANGUAGES = { en: "English", zh: "中文" };

const KEPT = "divkit-lab-language";

let words = {};
let spoken = "en";
let sentences = [];

export async function speak(language) {
  const answer = await fetch(`lang/${language}.json`);
  if (!answer.ok) throw new Error(`lang/${language}.json: ${answer.status}`);
  const english = language === "en" ? null : await (await fetch("lang/en.json")).json();
  adopt(language, await answer.json(), english);
}

export function adopt(language, found, english = null) {
  // english: the words of the engine's own language, by which its sentences are known.
  words = found;
  sentences = Object.entries(english?.engine ?? {}).map(([key, text]) => [key, pattern(text)]);
  spoken = language;
  document.documentElement.lang = language === "zh" ? "zh-Hans" : language;
}

export const language = () => spoken;

export function t(key, values = {}) {
  const found = of(key);
  if (typeof found !== "string") throw new Error(`no words for ${key} in ${spoken}`);
  return found.replace(/\{(\w+)\}/g, (_, name) => own(values, name));
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
  for (const [key, each] of sentences) {
    const found = each.exec(text);
    if (found) return t(`engine.${key}`, Object.fromEntries(Object.entries(found.groups ?? {}).map(([name, part]) => [name, name === "why" ? said(part) : part])));
  }
  return t("page.original", { text });
}

export function choose(asked) {
  // What the first address asks for stays this tab's; what is chosen on the page is kept for others, too.
  if (own(LANGUAGES, asked)) sessionStorage.setItem(KEPT, asked);
  const kept = [sessionStorage.getItem(KEPT), localStorage.getItem(KEPT)].find((each) => own(LANGUAGES, each));
  if (kept) return kept;
  return navigator.language.startsWith("zh") ? "zh" : "en";
}
