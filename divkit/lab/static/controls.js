// Fields of a screen's state as controls: each knows its name, and asks the lab for a change.
import { el } from "./dom.js";
import { t } from "./words.js";

export function field(name, control, note = null) {
  control.id = `field-${name}`;
  return el("div", { class: "field" }, el("label", { for: control.id }, t(`fields.${name}`)),
    control, note);
}

export function textField(lab, name) {
  const input = el("input", {
    type: "text", spellcheck: "false", autocomplete: "off", autocapitalize: "off", maxlength: 1500,
    onchange: () => lab.change({ [name]: input.value.trim() }),
  });
  lab.bind(name, (value) => {
    input.title = value;  // a long law is cut by the field's end
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
  const input = el("input", {
    type: "number", min: low, max: high, step, inputmode: "decimal",
    onchange: () => {
      const value = whole ? Math.round(+input.value) : +input.value;
      if (input.value !== "" && Number.isFinite(value)) lab.change({ [name]: value });
    },
  });
  lab.bind(name, (value) => { if (document.activeElement !== input) input.value = value; });
  return field(name, input);
}

export function only(lab, name, values, node) {
  // A field that means something only where another has one of these values.
  lab.bind(name, (value) => { node.hidden = !values.includes(value); });
  return node;
}

export function button(key, act, attributes = {}) {
  return el("button", { type: "button", onclick: act, ...attributes }, t(`buttons.${key}`));
}
