// Divergences of normal mixtures by Gauss–Legendre panels: a preview, whose error has no bound.
import { logDensity } from "./mixtures.js";

const NODES = 20;
const REACH = [-38, -14, -9, -6, -4, -2.5, -1.2, 0, 1.2, 2.5, 4, 6, 9, 14, 38];
const LN2 = Math.LN2;
const SQRT2 = Math.SQRT2;

const rule = (() => {
  // Roots of the Legendre polynomial by Newton's steps, and their weights.
  const made = [];
  for (let k = 1; k <= NODES; k += 1) {
    let x = Math.cos((Math.PI * (k - 0.25)) / (NODES + 0.5));
    let slope = 1;
    for (let turn = 0; turn < 100; turn += 1) {
      let [a, b] = [1, x];
      for (let n = 2; n <= NODES; n += 1) [a, b] = [b, ((2 * n - 1) * x * b - (n - 1) * a) / n];
      slope = (NODES * (x * b - a)) / (x * x - 1);
      const move = b / slope;
      x -= move;
      if (Math.abs(move) < 1e-16) break;
    }
    made.push([x, 2 / ((1 - x * x) * slope * slope)]);
  }
  return made;
})();

export function erfc(x) {
  // A series near 0, a continued fraction beyond.
  if (x < 0) return 2 - erfc(-x);
  if (x < 2.5) {
    let [term, sum] = [x, x];
    for (let n = 1; Math.abs(term) > 1e-18 * Math.abs(sum); n += 1) {
      term *= (-x * x) / n;
      sum += term / (2 * n + 1);
      if (n > 200) break;
    }
    return 1 - (2 / Math.sqrt(Math.PI)) * sum;
  }
  let f = x;
  for (let n = 80; n >= 1; n -= 1) f = x + n / 2 / f;
  return Math.exp(-x * x) / (Math.sqrt(Math.PI) * f);
}

const below = (parts, x) => parts.reduce((sum, [w, c, s]) => sum + (w / 2) * erfc((c - x) / (s * SQRT2)), 0);

const above = (parts, x) => parts.reduce((sum, [w, c, s]) => sum + (w / 2) * erfc((x - c) / (s * SQRT2)), 0);

function apart(p, q, x) {
  // F(x) − G(x), from the side where both are small.
  const [a, b] = [below(p, x), below(q, x)];
  return a < 0.5 && b < 0.5 ? a - b : above(q, x) - above(p, x);
}

function breaks(p, q) {
  const made = [...p, ...q].flatMap(([, c, s]) => REACH.map((far) => c + far * s));
  return [...new Set(made)].sort((a, b) => a - b);
}

function split(at, g) {
  // The places where g changes its sign join the breaks.
  const found = [...at];
  for (let k = 0; k + 1 < at.length; k += 1) {
    const places = [at[k], ...rule.map(([x]) => (at[k] + at[k + 1]) / 2 - (x * (at[k + 1] - at[k])) / 2), at[k + 1]];
    for (let j = 0; j + 1 < places.length; j += 1) {
      let [low, high] = [places[j], places[j + 1]];
      const first = g(low);
      if (!(first * g(high) < 0)) continue;
      for (let turn = 0; turn < 60; turn += 1) {
        const middle = (low + high) / 2;
        if (first * g(middle) > 0) low = middle;
        else high = middle;
      }
      found.push((low + high) / 2);
    }
  }
  return found.sort((a, b) => a - b);
}

function integral(at, f) {
  let sum = 0;
  for (let k = 0; k + 1 < at.length; k += 1) {
    const [middle, half] = [(at[k] + at[k + 1]) / 2, (at[k + 1] - at[k]) / 2];
    for (const [x, weight] of rule) sum += half * weight * f(middle + half * x);
  }
  return sum;
}

const softplus = (c) => Math.max(c, 0) + Math.log1p(Math.exp(-Math.abs(c)));

export function nodes(p, q) {
  // Places with their weights under both laws, and log p − log q there.
  const at = breaks(p, q);
  const made = [];
  for (let k = 0; k + 1 < at.length; k += 1) {
    const [middle, half] = [(at[k] + at[k + 1]) / 2, (at[k + 1] - at[k]) / 2];
    for (const [x, weight] of rule) {
      const place = middle + half * x;
      const [lp, lq] = [logDensity(p, place), logDensity(q, place)];
      made.push({ x: place, p: half * weight * Math.exp(lp), q: half * weight * Math.exp(lq), c: lp - lq });
    }
  }
  return made;
}

export function divergences(p, q) {
  const over = nodes(p, q);
  const sum = (f) => over.reduce((whole, node) => whole + f(node), 0);
  const share = (weight, c) => (weight ? weight * (LN2 - softplus(-c)) : 0);
  const js = sum((node) => 0.5 * (share(node.p, node.c) + share(node.q, -node.c)));
  const at = breaks(p, q);
  const gap = (x) => logDensity(p, x) - logDensity(q, x);
  const way = (x) => apart(p, q, x);
  return {
    js, gan: 2 * js - 2 * LN2,
    kl: sum((node) => (node.p ? node.p * node.c : 0)),
    reverse_kl: sum((node) => (node.q ? -node.q * node.c : 0)),
    tv: 0.5 * integral(split(at, gap), (x) => Math.abs(Math.exp(logDensity(p, x)) - Math.exp(logDensity(q, x)))),
    w1: integral(split(at, way), (x) => Math.abs(way(x))),
  };
}

export function quadratic(p, q) {
  // The best logit c₀ + c₁u + c₂u², u = (x − m)/s, by Newton's steps; what it earns, what it lacks.
  const over = nodes(p, q).filter((node) => node.p + node.q > 0);
  const mass = (f) => over.reduce((whole, node) => whole + (node.p + node.q) * f(node), 0) / 2;
  const m = mass(({ x }) => x);
  const s = Math.sqrt(mass(({ x }) => (x - m) ** 2));
  let theta = [0, 0, 0];
  const logit = (x, at = theta) => at[0] + (at[1] * (x - m)) / s + at[2] * ((x - m) / s) ** 2;
  const value = (at) => over.reduce((whole, node) =>
    whole - node.p * softplus(-logit(node.x, at)) - node.q * softplus(logit(node.x, at)), 0);
  for (let turn = 0; turn < 200; turn += 1) {
    const slope = [0, 0, 0];
    const bend = [[0, 0, 0], [0, 0, 0], [0, 0, 0]];
    for (const node of over) {
      const u = (node.x - m) / s;
      const powers = [1, u, u * u];
      const d = 1 / (1 + Math.exp(-logit(node.x)));
      for (let i = 0; i < 3; i += 1) {
        slope[i] += (node.p * (1 - d) - node.q * d) * powers[i];
        for (let j = 0; j < 3; j += 1) bend[i][j] += (node.p + node.q) * d * (1 - d) * powers[i] * powers[j];
      }
    }
    const move = solved(bend, slope);
    let size = 1;
    const before = value(theta);
    let next = theta;
    for (; size > 1e-10; size /= 2) {
      next = theta.map((each, i) => each + size * move[i]);
      if (value(next) > before) break;
    }
    if (!(value(next) > before)) break;
    theta = next;
  }
  const lacks = over.reduce((whole, node) => {
    const c = logit(node.x);
    return whole + node.p * (softplus(-c) - softplus(-node.c)) + node.q * (softplus(c) - softplus(node.c));
  }, 0);
  return { logit, value: value(theta), gap: lacks };
}

function solved(a, b) {
  // Three linear equations by elimination with pivots.
  const rows = a.map((row, i) => [...row, b[i]]);
  for (let k = 0; k < 3; k += 1) {
    const best = [0, 1, 2].slice(k).reduce((top, i) => (Math.abs(rows[i][k]) > Math.abs(rows[top][k]) ? i : top), k);
    [rows[k], rows[best]] = [rows[best], rows[k]];
    for (let i = 0; i < 3; i += 1) {
      if (i === k) continue;
      const factor = rows[i][k] / rows[k][k];
      rows[i] = rows[i].map((each, j) => each - factor * rows[k][j]);
    }
  }
  return rows.map((row, i) => row[3] / row[i]);
}
