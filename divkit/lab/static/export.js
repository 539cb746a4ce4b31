// What can be taken along: the pictures as SVG or PNG, the numbers as CSV, the script in Python, a link.
import { button } from "./controls.js";
import { el } from "./dom.js";
import { sheet } from "./sheet.js";
import { t } from "./words.js";

export function exportMenu(lab) {
  const name = `divkit-lab-${lab.name}`;
  const opener = el("summary", {}, t("export.take"));
  const menu = el("details", { class: "menu" }, opener,
    el("div", {},
      button("png", () => savePng(lab, name)),
      button("svg", () => saveText(sheet(lab).text, `${name}.svg`, "image/svg+xml")),
      button("csv", () => saveText(lab.figures.csv(lab.screen.playback?.records), `${name}.csv`, "text/csv")),
      button("python", () => lab.script()),
      button("link", () => copied(lab))));
  // What lies over the page goes when one looks elsewhere, and gives the focus back.
  menu.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || !menu.open) return;
    menu.open = false;
    opener.focus();
  });
  menu.addEventListener("focusout", ({ relatedTarget }) => {
    if (relatedTarget && !menu.contains(relatedTarget)) menu.open = false;
  });
  return menu;
}

export function closing() {
  document.addEventListener("pointerdown", ({ target }) => {
    for (const menu of document.querySelectorAll(".menu[open]")) if (!menu.contains(target)) menu.open = false;
  });
}

async function copied(lab) {
  // By the browser where it may: not on a page that came unencrypted from another machine.
  const whole = lab.address.write();
  const given = location.href;
  const done = await navigator.clipboard?.writeText(given).then(() => true, () => false);
  if (done) lab.say(() => t(whole ? "export.copied" : "export.earlier"));
  else lab.notices.offer(() => t("export.byhand"), given);
}

function save(blob, name) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 1000);
}

export function saveText(text, name, type = "text/plain") {
  save(new Blob([text], { type: `${type};charset=utf-8` }), name);
}

async function savePng(lab, name, factor = 2) {
  const { text, wide, high } = sheet(lab);
  const image = new Image();
  image.src = URL.createObjectURL(new Blob([text], { type: "image/svg+xml" }));
  await image.decode();
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [factor * wide, factor * high];
  canvas.getContext("2d").drawImage(image, 0, 0, canvas.width, canvas.height);
  URL.revokeObjectURL(image.src);
  save(await new Promise((done) => canvas.toBlob(done, "image/png")), `${name}.png`);
}
