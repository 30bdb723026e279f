// What drawings share: scales, ticks, paths, and two kinds of picture: a map and a curve of losses.

import { freshId, number, power, svg } from "./ui.js";

// Linear map of [from, to] to [low, high].
const scale = ([from, to], [low, high]) => (value) => low + ((value - from) / (to - from)) * (high - low);

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
export const pixel = (value) => Math.round(10 * Math.min(Math.max(value, -1e5), 1e5)) / 10;

export const line = (points) =>
  points.map(([x, y], i) => `${i ? "L" : "M"}${pixel(x)} ${pixel(y)}`).join("");

// A dot at every point, for a path with round line caps.
export const dots = (points) => points.map(([x, y]) => `M${pixel(x)} ${pixel(y)}h0`).join("");

export const label = (text, x, y, anchor) => svg("text", { x: pixel(x), y: pixel(y), "text-anchor": anchor }, text);

// An SVG drawn in CSS pixels, in layers: what lies behind, the whole run, the part that is done with its
// dots, the present point, and the labels, for which there is room at the sides. `resize` says whether
// the size on the page has changed.
export function drawing(name, room = { left: 0, right: 0, top: 0, bottom: 0 }) {
  const layers = {
    back: svg("g"),
    whole: svg("path", { class: "dx-whole" }),
    done: svg("path", { class: "dx-done" }),
    dots: svg("path", { class: "dx-dots" }),
    now: svg("circle", { class: "dx-now", r: 5 }),
  };
  const labels = svg("g", { class: "dx-ticks" });
  const clip = freshId();
  const border = svg("rect");
  const root = svg(
    "svg",
    { class: name, role: "img" },
    svg("clipPath", { id: clip }, border),
    svg("g", { "clip-path": `url(#${clip})` }, ...Object.values(layers)),
    labels,
  );
  const self = { root, layers, labels, room, width: 0, height: 0 };
  self.resize = () => {
    const { clientWidth: width, clientHeight: height } = root;
    if ((width === self.width && height === self.height) || !width) return false;
    Object.assign(self, { width, height });
    root.setAttribute("viewBox", `0 0 ${width} ${height}`);
    const spare = 6; // so that a dot on the edge stays whole
    border.setAttribute("x", room.left - spare);
    border.setAttribute("y", room.top - spare);
    border.setAttribute("width", Math.max(width - room.left - room.right + 2 * spare, 0));
    border.setAttribute("height", Math.max(height - room.top - room.bottom + 2 * spare, 0));
    return true;
  };
  return self;
}

// The scales of a map over the frame [[left, right], [bottom, top]].
export const axes = ({ width, height }, [horizontal, vertical]) => [
  scale(horizontal, [0, width]),
  scale(vertical, [height, 0]),
];

// Levels (lists of closed loops, highest first) as regions over one another, minimisers as crosses.
export function drawMap(map, frame, levels, minimisers) {
  const [x, y] = axes(map, frame);
  const outline = (loop) => `${line(loop.map(([a, b]) => [x(a), y(b)]))}Z`;
  map.layers.back.replaceChildren(
    ...levels.map((loops) => svg("path", { class: "dx-level", d: loops.map(outline).join("") })),
    ...minimisers.map(([a, b]) =>
      svg("path", { class: "dx-minimiser", d: `M${pixel(x(a)) - 7} ${pixel(y(b))}h14m-7-7v14` }),
    ),
  );
  const inside = (place, length) => place > 24 && place < length - 24;
  map.labels.replaceChildren(
    ...ticks(frame[0], 6)
      .filter((tick) => inside(x(tick), map.width))
      .map((tick) => label(number(tick), x(tick), map.height - 6, "middle")),
    ...ticks(frame[1], 5)
      .filter((tick) => inside(y(tick), map.height))
      .map((tick) => label(number(tick), 6, y(tick) + 4, "start")),
  );
}

// Rules at `heights` across a curve's room, labels at both axes -> the scales of x and y.
export function drawAxes(curve, across, up, { heights, rise = number, feet, foot = number }) {
  const { room, width, height } = curve;
  const right = width - room.right;
  const x = scale(across, [room.left, right]);
  const y = scale(up, [height - room.bottom, room.top]);
  curve.layers.back.replaceChildren(
    ...heights.map((k) => svg("path", { class: "dx-rule", d: `M${room.left} ${pixel(y(k))}H${right}` })),
  );
  curve.labels.replaceChildren(
    ...heights.map((k) => label(rise(k), room.left - 6, y(k) + 4, "end")),
    ...feet.map((k) => label(foot(k), x(k), height - 4, k === across[1] ? "end" : "middle")),
  );
  return [x, y];
}

// About five exponents of ten, whole numbers evenly spread, with everything from low to high between them.
export function decades(low, high) {
  const every = Math.max(1, Math.ceil((high - low) / 4));
  const first = every * Math.floor(low / every);
  const last = Math.max(every * Math.ceil(high / every), first + every);
  return Array.from({ length: (last - first) / every + 1 }, (_, k) => first + k * every);
}

// Losses against steps 0 ... steps -> the losses' points. The axis has the powers of ten from the least loss
// to the greatest, at most 16 below and 12 above the first.
export function drawLosses(curve, losses, steps) {
  const exponents = losses.map((loss) => Math.log10(Math.max(loss, 1e-300)));
  const lowest = Math.max(Math.min(...exponents), exponents[0] - 16);
  const highest = Math.min(Math.max(...exponents), exponents[0] + 12);
  const heights = decades(lowest, highest);
  const last = Math.max(steps, 1);
  const [x, y] = drawAxes(curve, [0, last], [heights[0], heights.at(-1)], {
    heights,
    rise: power,
    feet: ticks([0, last], 3).filter(Number.isInteger),
  });
  return exponents.map((exponent, k) => [x(k), y(exponent)]);
}
