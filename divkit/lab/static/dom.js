// Elements of HTML and SVG: el("p", {class: "x", onclick: f}, ...children). Texts are texts.
const SVG = "http://www.w3.org/2000/svg";

export function el(tag, attributes = {}, ...children) {
  return fill(document.createElement(tag), attributes, children);
}

export function svg(tag, attributes = {}, ...children) {
  return fill(document.createElementNS(SVG, tag), attributes, children);
}

function fill(node, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else if (value === true) node.setAttribute(name, "");
    else if (value !== false && value != null) node.setAttribute(name, value);
  }
  node.append(...children.flat().filter((child) => child != null && child !== false));
  return node;
}

export function set(node, attributes) {
  return fill(node, attributes, []);
}

export function empty(node, ...children) {
  node.replaceChildren(...children.flat().filter((child) => child != null && child !== false));
  return node;
}

export function formula(text) {
  // An underscore lowers the letter after it.
  return text.split(/_(\S)/).map((part, k) => (k % 2 ? el("sub", {}, part) : part));
}

export const calm = matchMedia("(prefers-reduced-motion: reduce)");
