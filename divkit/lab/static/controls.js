// Fields of a screen's state as controls: each knows its name, and asks the lab for a change.
import { el, empty, set } from "./dom.js";
import { number, plain } from "./typed.js";
import { t } from "./words.js";

const MOVES = { ArrowUp: 1, ArrowDown: -1, PageUp: 10, PageDown: -10 };

export function field(name, control, note = null) {
  control.id = `field-${name}`;
  return el("div", { class: "field" }, el("label", { for: control.id }, t(`fields.${name}`)),
    control, note);
}

export function textField(lab, name) {
  const input = el("input", {
    type: "text", spellcheck: "false", autocomplete: "off", autocapitalize: "off", maxlength: 1500,
    onchange: () => {
      const text = plain(input.value);
      if (text && text !== kept) lab.change({ [name]: text });
      input.value = kept;
    },
    onblur: () => { input.value = kept; },
    onkeydown: (event) => { if (event.key === "Escape" && !event.isComposing) input.value = kept; },
  });
  let kept = "";
  lab.bind(name, (value) => {
    kept = input.title = value;  // a long law is cut by the field's end
    if (document.activeElement !== input) input.value = value;
  });
  return field(name, input);
}

export function choiceField(lab, name, options) {
  const select = el("select", { onchange: () => lab.change({ [name]: select.value }) },
    options.map((each) => el("option", { value: each }, t(`choices.${each}`))));
  lab.bind(name, (value) => { select.value = value; });
  return field(name, select);
}

export function rangeField(lab, name, { low, high, step, whole = false }) {
  const shown = el("output", { class: "shown", "aria-live": "off" });
  const input = el("input", {
    type: "range", min: low, max: high, step,
    oninput: () => lab.change({ [name]: whole ? Math.round(+input.value) : +input.value }),
  });
  lab.bind(name, (value) => {
    input.value = value;
    shown.textContent = String(Number((+value).toPrecision(4)));
  });
  return field(name, input, shown);
}

export function numberField(lab, name, { low, high, step = "any", whole = false }) {
  // What is typed becomes the number that it says, or the field says what is odd about it: a field
  // that the browser itself checks leaves signs out without a word.
  let kept = 0;
  const odd = el("span", { class: "odd", id: `odd-${name}`, role: "status" });
  const take = () => {
    const text = input.value;
    const found = plain(text) === "" ? { value: kept } : number(text);
    const why = found.odd ?? (whole && !Number.isInteger(found.value) ? "whole" : found.value < low || found.value > high ? "range" : null);
    set(input, { "aria-invalid": String(why !== null) });
    empty(odd, why && t(`typed.${why}`, { text: text.trim(), either: found.either, or: found.or, low, high, kept }));
    if (why) return;
    if (found.value !== kept) lab.change({ [name]: found.value });
    input.value = kept;
  };
  const back = () => {
    input.value = kept;
    set(input, { "aria-invalid": "false" });
  };
  const move = (times) => {
    empty(odd);
    lab.change({ [name]: moved(kept, times, { low, high, step }) });
    input.value = kept;
  };
  const input = el("input", {
    type: "text", role: "spinbutton", inputmode: "decimal", autocomplete: "off", spellcheck: "false", maxlength: 60,
    "aria-valuemin": low, "aria-valuemax": high, "aria-describedby": odd.id,
    onchange: take, onblur: back, oninput: () => empty(odd),
    onkeydown: (event) => {
      const times = MOVES[event.key];
      if (event.key === "Escape" && !event.isComposing) {
        empty(odd);
        back();
      } else if (times) {
        event.preventDefault();
        move(times);
      }
    },
  });
  lab.bind(name, (value) => {
    if (value !== kept) empty(odd);
    kept = value;
    set(input, { "aria-valuenow": value });
    if (document.activeElement !== input) input.value = value;
  });
  return field(name, input, odd);
}

function moved(value, times, { low, high, step }) {
  // A field without a step of its own moves by a unit of its first digit; down from 10 by 1.
  const power = Math.floor(Math.log10(Math.abs(value) || low || 1) + 1e-9);
  const own = 10 ** (times < 0 && Math.abs(value / 10 ** power - 1) < 1e-9 ? power - 1 : power);
  const to = value + times * (step === "any" ? own : step);
  return Number(Math.max(low, Math.min(high, to)).toPrecision(12));
}

export function only(lab, name, values, node) {
  // A field that means something only where another has one of these values.
  lab.bind(name, (value) => { node.hidden = !values.includes(value); });
  return node;
}

export function button(key, act, attributes = {}) {
  return el("button", { type: "button", onclick: act, ...attributes }, t(`buttons.${key}`));
}
