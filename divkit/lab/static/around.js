// What stands around a screen: the tabs, the unit, the language, and the row of presets.
import { el, empty } from "./dom.js";
import { exportMenu } from "./export.js";
import { LANGUAGES, language, t } from "./words.js";

export function header(lab, screens) {
  const tabs = screens.map((name) => el("button", {
    type: "button", class: "tab", "data-tab": name, "aria-current": name === lab.name ? "page" : null,
    onclick: () => lab.visits.go(name),
  }, t(`tabs.${name}`)));
  const tongue = Object.keys(LANGUAGES).find((each) => each !== language());
  return el("header", {},
    el("span", { class: "brand" }, el("img", { src: "mark.svg", alt: "", width: 22, height: 22 }), "divkit lab"),
    el("nav", { "aria-label": t("page.screens") }, tabs),
    el("span", { class: "tools" }, units(lab),
      el("button", { type: "button", class: "tongue", lang: tongue, onclick: () => lab.speak(tongue) }, LANGUAGES[tongue]),
      exportMenu(lab)));
}

const named = (unit) => t("units.name", { unit: t(`units.${unit}`) });

function units(lab) {
  const made = el("button", {
    // A name that says what is on, and so no state of being pressed beside it.
    type: "button", class: "unit", "aria-label": named(lab.figures.unit),
    onclick: () => {
      const unit = lab.figures.unit === "bits" ? "nats" : "bits";
      lab.inUnits(unit);
      lab.address.soon();
      made.setAttribute("aria-label", named(unit));
      empty(made, t(`units.${unit}`));
    },
  }, t(`units.${lab.figures.unit}`));
  return made;
}

export function chips(lab, presets) {
  return Object.entries(presets).map(([name, fields]) => el("button", {
    type: "button", class: "preset", "data-preset": name, onclick: () => lab.preset(name, fields),
  }, t(`presets.${lab.name}.${name}.name`)));
}
