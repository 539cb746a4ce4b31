// Numbers at steps of their own: points with bars as long as their errors, in a chart.
import { Chart } from "./chart.js";
import { svg } from "./dom.js";
import { texts } from "./figures.js";
import { finite, typeset } from "./numerals.js";
import { language, t } from "./words.js";

const MOST = 400;

export class Bars {
  // kinds: [{name, series, colour}], name as of a number, series as of the words.
  constructor({ name, height, kinds }) {
    this.kinds = kinds;
    this.chart = new Chart({ name, height, axis: "step", nats: true,
      series: kinds.map(({ series, colour, square }) => ({ name: series, colour, square, bars: true })) });
    this.marks = svg("g", { class: "bars" });
    this.chart.over.append(this.marks);
    this.chart.onredraw = () => this.#mark();
    this.chart.tells = () => this.#told();
    this.forget();
  }

  forget() {
    this.points = new Map(this.kinds.map(({ name }) => [name, new Map()]));
    this.draw();
  }

  like({ points, chart }) {
    this.points = points;
    this.chart.nats = chart.nats;
    this.draw();
  }

  take(step, values) {
    let came = false;
    for (const { name } of this.kinds) {
      const number = values[name];
      if (!number || number.why !== undefined) continue;
      const [low, high] = number.interval.map(finite);
      this.points.get(name).set(step, { number, value: finite(number.value), low, high });
      this.chart.measured(number.unit);
      const kept = this.points.get(name);
      if (kept.size > MOST) kept.delete(kept.keys().next().value);
      came = true;
    }
    if (came) this.draw();
  }

  draw(last = 0) {
    this.last = Math.max(this.last ?? 0, last);
    const curves = {};
    let [low, high, far] = [Infinity, -Infinity, Math.max(10, last)];
    for (const { name, series } of this.kinds) {
      const kept = [...this.points.get(name)].sort(([a], [b]) => a - b);
      if (!kept.length) continue;
      curves[series] = { x: kept.map(([step]) => step), y: kept.map(([, { value }]) => value) };
      for (const [step, each] of kept) {
        far = Math.max(far, step);
        for (const end of [each.value, each.low, each.high]) {
          if (Number.isFinite(end) && Math.abs(end) < 1e6) [low, high] = [Math.min(low, end), Math.max(high, end)];
        }
      }
    }
    if (low > high) [low, high] = [0, 1];
    const room = Math.max(0.02, 0.08 * (high - low));
    this.chart.fixed = [low - room, high + room];
    this.chart.draw([0, far], curves);
  }

  #told() {
    // The last number of each kind.
    const lines = this.kinds.flatMap(({ name, series }) => {
      const last = Math.max(...this.points?.get(name)?.keys() ?? []);
      if (last === -Infinity) return [];
      const { number } = this.points.get(name).get(last);
      const { value, error } = texts(number, this.chart.unit, -4);
      const side = number.one_sided ? t(`figures.${number.one_sided}`) : "";
      const size = error === null ? "" : `±\u00a0${error}`;
      return [t("charts.last", { name: t(`series.${series}`), value: [side, value, size].filter(Boolean).join(" "), step: last })];
    });
    return typeset(lines.join(language() === "zh" ? "；" : "; "));
  }

  #mark() {
    const { chart } = this;
    const nodes = [];
    for (const { name, colour, square } of this.kinds) {
      for (const [step, { value, low, high }] of this.points?.get(name) ?? []) {
        const x = chart.toX(step).toFixed(1);
        const [top, base] = [chart.y[1], chart.y[0]].map(chart.toY);
        const clamp = (y) => Math.max(top, Math.min(base, chart.toY(y * chart.factor))).toFixed(1);
        nodes.push(svg("path", { class: `line ${colour} bar`, d: `M${x} ${clamp(low)}V${clamp(high)}` }));
        if (!Number.isFinite(value)) continue;
        const y = clamp(value);
        nodes.push(square
          ? svg("rect", { class: `spot ${colour}`, x: x - 3, y: y - 3, width: 6, height: 6 })
          : svg("circle", { class: `spot ${colour}`, cx: x, cy: y, r: 3 }));
      }
    }
    this.marks.replaceChildren(...nodes);
  }
}
