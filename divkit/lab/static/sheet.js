// All pictures of a screen on one sheet of SVG that stands alone: title, legends, axes, numbers.
import { svg } from "./dom.js";
import { drawn, read } from "./numerals.js";
import { has, t } from "./words.js";

const MARGIN = 24;
const LEAST = 380;
const SOFT = "#56616b";
const INK = "#101418";
const GREY = "#98a2ab";
const ALARM = "#a8320f";
// What a style sheet may say of a shape or a text: all of it goes along.
export const STYLED = [
  "color", "display", "visibility", "opacity", "fill", "fill-opacity", "fill-rule", "stroke", "stroke-opacity", "stroke-width",
  "stroke-dasharray", "stroke-dashoffset", "stroke-linecap", "stroke-linejoin", "stroke-miterlimit", "paint-order", "vector-effect",
  "mix-blend-mode", "filter", "shape-rendering", "image-rendering", "font-family", "font-size", "font-style", "font-weight", "font-variant-numeric",
  "letter-spacing", "text-anchor", "dominant-baseline",
];

function alone(node) {
  // A copy with the styles that the page gives it, without what is handled or hidden.
  const copy = node.cloneNode(true);
  const [from, to] = [node, copy].map((each) => [each, ...each.querySelectorAll("*")]);
  for (const [k, each] of from.entries()) {
    const style = getComputedStyle(each);
    for (const name of STYLED) to[k].setAttribute(name, style.getPropertyValue(name));
    if (each !== node && (style.display === "none" || each.hasAttribute("tabindex"))) to[k].setAttribute("data-left", "");
    to[k].removeAttribute("class");
  }
  for (const each of copy.querySelectorAll("[data-left]")) each.remove();
  for (const name of ["role", "aria-label", "tabindex", "aria-hidden"]) copy.removeAttribute(name);
  copy.setAttribute("overflow", "visible");
  return copy;
}

class Sheet {
  constructor(wide) {
    this.wide = wide;
    this.top = this.left = MARGIN;
    this.room = wide - 2 * MARGIN;
    this.font = getComputedStyle(document.body).fontFamily;
    this.pen = document.createElement("canvas").getContext("2d");
    this.nodes = [];
  }

  length(text, size, weight = 400) {
    this.pen.font = `${weight} ${size}px ${this.font}`;
    return this.pen.measureText(text).width;
  }

  text(words, x, { size = 12, weight = 400, fill = INK, anchor = "start", y = this.top } = {}) {
    this.nodes.push(svg("text", { x, y, fill, "font-size": size, "font-weight": weight, "text-anchor": anchor, "font-family": this.font }, drawn(words)));
  }

  broken(words, room, { size, weight }) {
    // A sentence in as many lines as it needs.
    const made = [""];
    for (const part of words.match(/[\u2E80-\uFFEF]|[^ \u2E80-\uFFEF]+ *| +/g) ?? []) {
      if (made.at(-1) && this.length(made.at(-1) + part.trimEnd(), size, weight) > room) made.push("");
      made[made.length - 1] += part;
    }
    return made.map((line) => line.trimEnd()).filter(Boolean);
  }

  lines(words, style) {
    for (const line of this.broken(words, this.room, style)) {
      this.top += style.size * 1.5;
      this.text(line, this.left, style);
    }
  }

  said(words, fill) {
    this.top += 6;
    this.lines(words, { size: 12, fill });
  }

  legend(keys) {
    // Signs with their names, in rows.
    let x = this.left;
    this.top += 20;
    for (const { sign, words, ramp } of keys) {
      const size = ramp ? 88 : this.length(words, 12) + (sign ? 32 : 0);
      if (x > this.left && x + size > this.left + this.room) {
        x = this.left;
        this.top += 18;
      }
      if (ramp) this.#ramp(ramp, x);
      if (sign) {
        const copy = alone(sign);
        for (const [name, value] of Object.entries({ x, y: this.top - 9, width: 26, height: 10 })) copy.setAttribute(name, value);
        this.nodes.push(copy);
      }
      if (words) this.text(words, x + (sign ? 32 : 0), { fill: SOFT });
      x += size + (ramp || !sign ? 8 : 18);
    }
    this.top += 4;
  }

  #ramp(colours, x) {
    const id = `ramp-${this.nodes.length}`;
    this.nodes.push(svg("linearGradient", { id }, colours.map((colour, k) => svg("stop", { offset: k / (colours.length - 1), "stop-color": colour }))),
      svg("rect", { x, y: this.top - 9, width: 88, height: 10, fill: `url(#${id})`, stroke: "#e3e8eb" }));
  }

  row(charts) {
    // Pictures that stand beside one another on the page do so here.
    const [from, ends] = [this.top, []];
    const first = charts[0].root.getBoundingClientRect().left;
    for (const chart of charts) {
      this.top = from;
      this.left = MARGIN + chart.root.getBoundingClientRect().left - first;
      this.room = chart.width;
      this.#chart(chart);
      ends.push(this.top);
    }
    this.top = Math.max(...ends);
    Object.assign(this, { left: MARGIN, room: this.wide - 2 * MARGIN });
  }

  #chart(chart) {
    const { left } = this;
    this.top += 34;
    this.text(chart.root.querySelector(".title").textContent, left, { size: 14, weight: 600 });
    const keys = legendOf(chart);
    if (keys.length) this.legend(keys);
    const raised = height(chart);
    if (raised) {
      this.top += 17;
      this.text(raised, left, { size: 11, fill: SOFT });
    }
    const copy = alone(chart.svg);
    for (const [name, value] of Object.entries({ x: left, y: this.top + 2, width: chart.width, height: chart.height })) copy.setAttribute(name, value);
    this.nodes.push(copy);
    this.top += chart.height + 4;
    const below = axis(chart);
    if (below) {
      this.top += 10;
      const [low, high] = chart.square ?? chart.x;
      this.text(below, left + chart.toX((low + high) / 2), { size: 11, fill: SOFT, anchor: "middle" });
    }
    this.lines(read(chart.summary), { size: 12, fill: getComputedStyle(chart.summary).color });
  }

  numbers(rows) {
    this.top += 20;
    const right = this.wide - MARGIN;
    for (const { name, means, value, notes, stale } of rows) {
      this.top += 12;
      this.nodes.push(svg("path", { d: `M${MARGIN} ${this.top}H${right}`, stroke: "#e3e8eb" }));
      this.top += 19;
      const [ink, soft] = stale ? [GREY, GREY] : [INK, SOFT];
      this.text(name, MARGIN, { size: 13, fill: ink });
      this.text(value, right, { size: 13, weight: 600, anchor: "end", fill: ink });
      const about = notes.flatMap((note) => this.broken(note, 0.6 * this.room, { size: 11 }));
      for (const [k, line] of [...about, ...(about.length || !means ? [] : [""])].entries()) {
        this.top += 16;
        if (means && k === 0) this.text(means, MARGIN, { size: 11, fill: soft });
        this.text(line, right, { size: 11, anchor: "end", fill: soft });
      }
    }
  }

  get root() {
    const high = Math.ceil(this.top + MARGIN);
    const made = svg("svg", { viewBox: `0 0 ${this.wide} ${high}`, width: this.wide, height: high },
      svg("rect", { width: this.wide, height: high, fill: "#fff" }), this.nodes);
    made.setAttribute("xmlns", "http://www.w3.org/2000/svg");
    return { made, high };
  }
}

function legendOf(chart) {
  // What stands beside the picture's title, and the signs of its layers.
  const keys = [...chart.root.querySelectorAll(".legend > *")].map((each) => {
    if (!each.classList.contains("ramp")) return { sign: each.querySelector("svg"), words: each.textContent };
    return { ramp: getComputedStyle(each).backgroundImage.match(/rgba?\([^)]*\)/g) };
  });
  return [...keys, ...(chart.signs?.() ?? []).map((each) => ({ sign: each.querySelector("svg"), words: each.textContent }))];
}

function axis({ name, axis: own, xs, square }) {
  if (xs === false) return "";
  return square ? "x₁" : has(`axes.${own}`) ? t(`axes.${own}`) : own;
}

function height({ name, nats, unit }) {
  // What is drawn upwards, with its unit where it has one.
  if (!has(`heights.${name}`)) return "";
  const words = t(`heights.${name}`);
  return nats ? t("charts.inUnit", { title: words, unit: t(`units.${unit}`) }) : words;
}

function shown(root) {
  // The rows of numbers that stand on the page, folded away or not.
  const said = (row, kind) => read(row.querySelector(kind) ?? row.cloneNode()).trim();
  return [...root.querySelectorAll(".figures tr")].filter((row) => said(row, ".value") !== "–").map((row) => ({
    name: said(row, ".symbol"), means: said(row, ".means"), value: said(row, ".value"), stale: row.classList.contains("stale"),
    notes: row.querySelector(".about .error") ? [said(row, ".error"), said(row, ".note")] : [said(row, ".about")],
  }));
}

function rows(charts) {
  const made = new Map();
  for (const chart of charts) {
    const top = Math.round(chart.root.getBoundingClientRect().top);
    made.set(top, [...(made.get(top) ?? []), chart]);
  }
  return [...made.values()];
}

export function sheet(lab) {
  // {text, wide, high} of what is on the page.
  const charts = lab.screen.charts.filter((chart) => !chart.root.hidden && chart.width > 0);
  const wide = rows(charts).map((beside) => beside.at(-1).root.getBoundingClientRect().right - beside[0].root.getBoundingClientRect().left);
  const made = new Sheet(Math.ceil(Math.max(LEAST, ...wide)) + 2 * MARGIN);
  made.top += 8;
  made.text(t(`screens.${lab.name}`), MARGIN, { size: 19, weight: 650 });
  made.top += 4;
  made.lines(t(`leads.${lab.name}`).replace(/_(\S)/g, "$1"), { size: 12, fill: SOFT });
  for (const law of ["p", "q"]) if (lab.state[law]) made.lines(`${law} = ${lab.state[law]}`, { size: 12, fill: INK });
  if (lab.screen.playback) made.lines(lab.screen.playback.where.textContent, { size: 12, fill: INK });
  // What was refused, or that all is of an earlier state, is said here as on the page.
  if (lab.figures.standing === "refused") made.said(lab.notices.words.split("\n")[0], ALARM);
  else if (lab.figures.standing === "stale") made.said(t("export.stale"), SOFT);
  for (const beside of rows(charts)) made.row(beside);
  made.numbers(shown(lab.screen.root));
  made.top += 20;
  made.text("divkit lab", made.wide - MARGIN, { size: 11, fill: SOFT, anchor: "end" });
  const { made: root, high } = made.root;
  return { text: new XMLSerializer().serializeToString(root), wide: made.wide, high };
}
