// What stands around a screen: the tabs, the unit, the language, and the row of presets.
import { el, empty } from "./dom.js";
import { exportMenu } from "./export.js";
import { LANGUAGES, language, t } from "./words.js";

export function header(lab, screens) {
  const tabs = Object.keys(screens).map((name) => el("button", {
    type: "button", class: "tab", "data-tab": name, "aria-current": name === lab.name ? "page" : null,
    onclick: () => lab.go(name),
  }, t(`tabs.${name}`)));
  const tongue = Object.keys(LANGUAGES).find((each) => each !== language());
  return el("header", {},
    el("span", { class: "brand" }, el("img", { src: "mark.svg", alt: "", width: 22, height: 22 }), "divkit lab"),
    el("nav", { "aria-label": t("page.screens") }, tabs),
    el("span", { class: "tools" }, units(lab),
      el("button", { type: "button", class: "tongue", lang: tongue, onclick: () => lab.speak(tongue) }, LANGUAGES[tongue]),
      exportMenu(lab)));
}

function units(lab) {
  const made = el("button", {
    type: "button", class: "unit", "aria-pressed": String(lab.figures.unit === "bits"),
    onclick: () => {
      const unit = lab.figures.unit === "bits" ? "nats" : "bits";
      lab.inUnits(unit);
      lab.address.soon();
      made.setAttribute("aria-pressed", String(unit === "bits"));
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
