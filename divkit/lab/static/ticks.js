// Round places of an axis, and curves at places of their own.
export function ticks(low, high, count) {
  const raw = (high - low) / count;
  const power = 10 ** Math.floor(Math.log10(raw));
  const step = power * ([1, 2, 5, 10].find((m) => m * power >= 0.75 * raw) ?? 10);
  const made = [];
  for (let k = Math.ceil(low / step); k * step <= high + 1e-9 * step; k += 1) made.push(k * step);
  return made;
}

export function along(arrays, [low, high], names = Object.keys(arrays)) {
  // Curves over the places of a picture, which it has as shares of its stretch.
  const x = Array.from(arrays.at, (share) => low + (high - low) * share);
  return Object.fromEntries(names.filter((name) => name !== "at" && arrays[name]).map((name) => [name, { x, y: arrays[name] }]));
}
