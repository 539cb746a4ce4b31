// What is said of laws that are drawn: where the middle half of each lies, and what is not seen.
import { finite, together, typeset } from "./numerals.js";
import { language, t } from "./words.js";

const LEAST = 0.1;

export function where(figures, names, heights = []) {
  // What a chart of the densities of these laws tells, and the heights of its other curves.
  const told = names.map((name) => figures.sentence([`${name}_from`, `${name}_to`, `${name}_outside`],
    (...numbers) => said(name, ...numbers.map(({ value, error }) => [finite(value), finite(error)]))));
  return (curves) => [told.flatMap((each) => [each, language() === "zh" ? "" : " "]), heights.length ? curves(heights) : ""].flat();
}

function said(name, [low, off], [high, error], [outside, slack]) {
  const width = high - low;
  const coarsest = width > 0 ? Math.floor(Math.log10(width)) - 2 : -Infinity;
  const [[from, to], size] = together([low, high], Math.max(off, error), coarsest);
  // What is outside is rounded up.
  const most = Math.max(LEAST, Math.ceil(1000 * (outside + slack)) / 10);
  return typeset(t("charts.where", { name: t(`series.${name}`), from, to, error: size ?? t("figures.noerror"), outside: most.toFixed(1) }));
}
