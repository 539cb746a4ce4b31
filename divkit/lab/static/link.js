// The page's state in the fragment of its address: "1." and JSON in base64url, at most 4 kB.
// The token comes in the first address alone: it goes to sessionStorage before a state is written.
const VERSION = "1";
const MOST = 4096;
const TOKEN = "divkit-lab-token";
const HERE = "divkit-lab-here";

export class LinkError extends Error {}

export function arrive() {
  const parts = new URLSearchParams(location.hash.slice(1));
  if (["token", "screen", "lang"].some((name) => parts.has(name))) {
    if (parts.has("token")) sessionStorage.setItem(TOKEN, parts.get("token"));
    const kept = parts.get("state");
    history.replaceState(null, "", kept ? `#${kept}` : location.pathname);
    return { screen: parts.get("screen"), lang: parts.get("lang"), text: kept };
  }
  const text = location.hash.slice(1);
  // Whether this very page, before it was loaded anew, wrote the address: then its session goes on.
  const [here, chosen] = JSON.parse(sessionStorage.getItem(HERE) ?? "[]");
  return { text: text || null, again: text !== "" && here === text, chosen };
}

export function here(chosen) {
  // The address is that of the session of this page.
  sessionStorage.setItem(HERE, JSON.stringify([location.hash.slice(1), chosen]));
}

export function know(text) {
  // The token, or the whole address that the server has printed.
  const found = /[#&]token=([^&\s]+)/.exec(text);
  sessionStorage.setItem(TOKEN, found ? decodeURIComponent(found[1]) : text.trim());
}

export const token = () => sessionStorage.getItem(TOKEN) ?? "";

export function written(state) {
  const bytes = new TextEncoder().encode(JSON.stringify(state));
  const text = btoa(String.fromCharCode(...bytes));
  return `${VERSION}.${text.replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "")}`;
}

export function read(text) {
  if (text.length > MOST) throw new LinkError("link.long");
  const [version, rest] = text.split(/\.(.*)/s);
  if (version !== VERSION || !rest) throw new LinkError("link.version");
  let state;
  try {
    const raw = atob(rest.replaceAll("-", "+").replaceAll("_", "/"));
    const bytes = Uint8Array.from(raw, (letter) => letter.charCodeAt(0));
    state = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch {
    throw new LinkError("link.broken");
  }
  if (state === null || typeof state !== "object" || Array.isArray(state)) {
    throw new LinkError("link.broken");
  }
  return state;
}

export function keep(state, chosen) {
  // In the entry of the browser's history that one is at, with the preset that it is of.
  const text = written(state);
  if (text.length <= MOST) history.replaceState({ chosen }, "", `#${text}`);
  return text.length <= MOST;
}

export function next() {
  // Another entry, whose address is still to be written.
  history.pushState({ chosen: null }, "", location.hash);
}
