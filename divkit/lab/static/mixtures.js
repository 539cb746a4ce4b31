// Normal mixtures: [[weight, centre, scale], …]; their text, their density, curves while one drags.
import { ticks } from "./ticks.js";

const ROOT = Math.sqrt(2 * Math.PI);
const ROUND = 5;
const WIDE = 4;
const ABOUT = [-4, -3, -2.5, -2, -1.5, -1, -0.5, 0, 0.5, 1, 1.5, 2, 2.5, 3, 4];

export function logDensity(parts, x) {
  let top = -Infinity;
  const logs = parts.map(([w, c, s]) => {
    const z = (x - c) / s;
    const log = Math.log(w / (s * ROOT)) - 0.5 * z * z;
    top = Math.max(top, log);
    return log;
  });
  if (top === -Infinity) return top;
  return top + Math.log(logs.reduce((sum, log) => sum + Math.exp(log - top), 0));
}

export const height = ([w, , s]) => w / (s * ROOT);

const even = ([low, high], count) => Array.from({ length: count }, (_, k) => low + ((high - low) * k) / (count - 1));

export function places(p, q, view, count) {
  // Evenly spaced, at the round ones of the axis, and about what is narrower than those are apart.
  const cell = (view[1] - view[0]) / (count - 1);
  const narrow = [...p, ...q].filter(([, , s]) => s < WIDE * cell).flatMap(([, c, s]) => ABOUT.map((z) => c + z * s));
  const made = [...even(view, count), ...ticks(...view, ROUND), ...narrow];
  return [...new Set(made)].filter((x) => x >= view[0] && x <= view[1]).sort((a, b) => a - b);
}

export const curves = (p, q, view, count) => heights(p, q, even(view, count));

export function heights(p, q, xs) {
  // p, q, D* and the integrand of JSD at places.
  const made = {};
  for (const name of ["p", "q", "best", "integrand"]) made[name] = new Float32Array(xs.length);
  for (const [k, x] of xs.entries()) {
    const lp = logDensity(p, x);
    const lq = logDensity(q, x);
    const [a, b] = [Math.exp(lp), Math.exp(lq)];
    made.p[k] = a;
    made.q[k] = b;
    made.best[k] = 1 / (1 + Math.exp(lq - lp));
    made.integrand[k] = 0.5 * (a * Math.log(2 / (1 + Math.exp(lq - lp))) || 0)
      + 0.5 * (b * Math.log(2 / (1 + Math.exp(lp - lq))) || 0);
  }
  return made;
}

export const tidy = (x) => Number(x.toPrecision(6));

const share = (w) => Number(w.toFixed(6));

export function normalised(parts) {
  // Weights of six decimals that sum to 1: the last takes what rounding leaves.
  const whole = parts.reduce((sum, [w]) => sum + w, 0);
  const made = parts.map(([w, c, s]) => [share(w / whole), tidy(c), tidy(s)]);
  const others = made.slice(0, -1).reduce((sum, [w]) => sum + w, 0);
  made[made.length - 1][0] = share(1 - others);
  return made;
}

export function text(parts) {
  const laws = normalised(parts);
  const normal = ([, c, s]) => `normal(${c}, ${s})`;
  if (laws.length === 1) return normal(laws[0]);
  return `mixture(${laws.map((part) => `${part[0]}: ${normal(part)}`).join(", ")})`;
}
