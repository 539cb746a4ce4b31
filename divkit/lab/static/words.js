// The words of the page: one JSON a language. A key that is missing is an error, never a blank.
export const LANGUAGES = { en: "English", zh: "中文" };

let words = {};
let spoken = "en";

export async function speak(language) {
  const answer = await fetch(`lang/${language}.json`);
  if (!answer.ok) throw new Error(`lang/${language}.json: ${answer.status}`);
  adopt(language, await answer.json());
}

export function adopt(language, found) {
  words = found;
  spoken = language;
  document.documentElement.lang = language === "zh" ? "zh-Hans" : language;
}

export const language = () => spoken;

export function t(key, values = {}) {
  const found = key.split(".").reduce((at, part) => at?.[part], words);
  if (typeof found !== "string") throw new Error(`no words for ${key} in ${spoken}`);
  return found.replace(/\{(\w+)\}/g, (_, name) => values[name]);
}

export function has(key) {
  return typeof key.split(".").reduce((at, part) => at?.[part], words) === "string";
}

// A sentence of the engine, or the key of one of the page's own.
export const said = (text) => (has(text) ? t(text) : text);

export function choose(asked) {
  const kept = asked ?? localStorage.getItem("divkit-lab-language");
  if (kept in LANGUAGES) return kept;
  return navigator.language.startsWith("zh") ? "zh" : "en";
}
