// What can be taken along: the picture as SVG or PNG, the numbers as CSV, the script in Python.
import { button } from "./controls.js";
import { el } from "./dom.js";
import { t } from "./words.js";

const STYLED = ["fill", "fill-opacity", "stroke", "stroke-width", "stroke-dasharray", "stroke-linecap", "opacity",
  "font-family", "font-size", "font-variant-numeric", "text-anchor", "dominant-baseline"];

export function exportMenu(lab) {
  const name = `divkit-lab-${lab.name}`;
  const charts = () => lab.screen.charts;
  return el("details", { class: "menu" }, el("summary", {}, t("export.take")),
    el("div", {},
      button("png", () => savePng(charts(), name)),
      button("svg", () => saveSvg(charts(), name)),
      button("csv", () => saveText(lab.figures.csv(lab.screen.playback?.records), `${name}.csv`, "text/csv")),
      button("python", () => lab.script()),
      button("link", () => {
        lab.address.write();
        navigator.clipboard?.writeText(location.href).then(() => lab.say(() => t("export.copied")));
      })));
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

function standalone(charts) {
  // One SVG of all charts under another, with the styles that the page gives them.
  const space = "http://www.w3.org/2000/svg";
  const root = document.createElementNS(space, "svg");
  let top = 0;
  let wide = 0;
  for (const chart of charts) {
    const copy = chart.svg.cloneNode(true);
    const [from, to] = [chart.svg, copy].map((node) => [...node.querySelectorAll("*")]);
    from.forEach((node, k) => {
      const style = getComputedStyle(node);
      for (const name of STYLED) to[k].setAttribute(name, style.getPropertyValue(name));
      to[k].removeAttribute("class");
    });
    copy.querySelectorAll("[tabindex]").forEach((node) => node.remove());
    copy.setAttribute("y", top);
    root.append(copy);
    top += chart.height;
    wide = Math.max(wide, chart.width);
  }
  root.setAttribute("xmlns", space);
  root.setAttribute("viewBox", `0 0 ${wide} ${top}`);
  root.setAttribute("width", wide);
  root.setAttribute("height", top);
  return { text: new XMLSerializer().serializeToString(root), wide, top };
}

function saveSvg(charts, name) {
  saveText(standalone(charts).text, `${name}.svg`, "image/svg+xml");
}

async function savePng(charts, name, factor = 2) {
  const { text, wide, top } = standalone(charts);
  const image = new Image();
  image.src = URL.createObjectURL(new Blob([text], { type: "image/svg+xml" }));
  await image.decode();
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [factor * wide, factor * top];
  const pen = canvas.getContext("2d");
  pen.fillStyle = "#fff";
  pen.fillRect(0, 0, canvas.width, canvas.height);
  pen.drawImage(image, 0, 0, canvas.width, canvas.height);
  URL.revokeObjectURL(image.src);
  save(await new Promise((done) => canvas.toBlob(done, "image/png")), `${name}.png`);
}
