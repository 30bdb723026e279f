// What drawings share: scales, ticks, paths.

// Linear map of [from, to] to [low, high].
export const scale = ([from, to], [low, high]) => (value) =>
  low + ((value - from) / (to - from)) * (high - low);

// About `wanted` round numbers inside [low, high].
export function ticks([low, high], wanted) {
  const rough = (high - low) / wanted;
  const unit = 10 ** Math.floor(Math.log10(rough));
  const step = unit * [1, 2, 5, 10].find((factor) => factor * unit >= rough);
  const found = [];
  for (let k = Math.ceil(low / step); k * step <= high; k++) found.push(Number((k * step).toPrecision(12)));
  return found;
}

// SVG path through points, in pixels; far-away points are held within +-1e5.
const pixel = (value) => Math.round(10 * Math.min(Math.max(value, -1e5), 1e5)) / 10;

export const line = (points) =>
  points.map(([x, y], i) => `${i ? "L" : "M"}${pixel(x)} ${pixel(y)}`).join("");

// A dot at every point, for a path with round line caps.
export const dots = (points) => points.map(([x, y]) => `M${pixel(x)} ${pixel(y)}h0`).join("");
