// Steps, examples and time to a target against the batch size, with the critical batch size and the machine to move.

import { FACTS } from "./facts.js";
import { tradeoff } from "./tradeoff.js";
import { decades, drawAxes, drawing, label, line, pixel } from "./plot.js";
import { shell } from "./shell.js";
import { button, clamp, duration, finite, html, number, power, slider, svg } from "./ui.js";

const { defaults, largest } = FACTS.batch_size;
const { steps, examples, seconds, fastest } = tradeoff;

const SLIDERS = {
  noise_scale: { label: "Noise scale", low: 10, high: 1e5, scale: "log" },
  min_steps: { label: "Fewest steps", low: 10, high: 1e5, scale: "log" },
  overhead: { label: "ms a step", low: 0.01, high: 1000, scale: "log" },
  per_example: { label: "ms an example", low: 1e-4, high: 100, scale: "log" },
};
const SIZE = { label: "Batch size", low: 1, high: largest, scale: "doubling" };
const HUGE = 1e9; // for what comes from an address
const WIDEST = Math.log10(largest);

function complete(raw) {
  const state = {};
  for (const [name, value] of Object.entries(defaults)) {
    const given = finite(raw[name], value);
    state[name] = given > 0 && given <= HUGE ? given : value;
  }
  state.batch_size = clamp(state.batch_size, 1, largest);
  return state;
}

const percent = (share) => `${number(100 * share)} %`;

// What a batch of twice the size would change.
function doubling(state) {
  const b = state.batch_size;
  const saved = 1 - steps(state, 2 * b) / steps(state, b);
  const more = examples(state, 2 * b) / examples(state, b) - 1;
  return `Twice the batch would save ${percent(saved)} of the steps, for ${percent(more)} more examples.`;
}

// On which side of the knee the batch lies.
function region({ batch_size, noise_scale }) {
  if (batch_size <= noise_scale / 10) return "Near perfect scaling: the examples are within 10 % of the fewest.";
  if (batch_size >= 10 * noise_scale) return "Beyond the knee: the steps are within 10 % of the fewest.";
  return "At the knee: both steps and examples count.";
}

function render({ model, el }) {
  const authored = complete(model.get("state"));
  const room = { left: 40, right: 12, top: 8, bottom: 20 };
  const curves = [
    { title: "Steps to the target", of: steps, drawn: drawing("dx-plot", room) },
    { title: "Examples to the target", of: examples, drawn: drawing("dx-panel", room) },
    { title: "Seconds to the target", of: seconds, drawn: drawing("dx-panel", room) },
  ];
  for (const { drawn } of curves) drawn.layers.whole.setAttribute("class", "dx-plain dx-dashed");

  const size = slider({ ...SIZE, onInput: (batch_size) => page.save({ batch_size }) });
  const sliders = Object.entries(SLIDERS).map(([name, spec]) => [
    name,
    slider({ ...spec, onInput: (value) => page.save({ [name]: value }) }),
  ]);
  const reset = button({ word: "Reset", onClick: () => page.save(authored) });
  const titled = ({ title, drawn }) => [html("div", { class: "dx-title", "aria-hidden": "true" }, title), drawn.root];
  const page = shell({
    model,
    el,
    title: "batch size",
    complete,
    main: [
      ...titled(curves[0]),
      html("div", { class: "dx-run" }, html("div", { class: "dx-sliders dx-one" }, size.element), reset.element),
    ],
    side: curves.slice(1).flatMap(titled),
    below: [html("div", { class: "dx-sliders" }, ...sliders.map(([, { element }]) => element))],
    readings: ["Steps", "Examples", "Time"],
    lines: 3,
    hint:
      "All axes are logarithmic, batch size to the right. Dashed: perfect scaling, and the fewest there can be; they " +
      "meet at the noise scale (vertical line). In the lowest curve the line marks the fastest batch.",
  });

  // One curve over all sizes, its floor or asymptotes dashed, a vertical line at a size.
  function draw({ drawn, of }, state, marked, dashed) {
    const places = Array.from({ length: 101 }, (_, k) => (k * WIDEST) / 100);
    const logs = places.map((place) => Math.log10(of(state, 10 ** place)));
    const all = [...logs, ...dashed.flatMap(({ through }) => through.map(([, height]) => height))];
    const heights = decades(Math.min(...all), Math.max(...all));
    const [x, y] = drawAxes(drawn, [0, WIDEST], [heights[0], heights.at(-1)], {
      heights: drawn === curves[0].drawn ? heights : [heights[0], heights.at(-1)],
      rise: power,
      feet: [0, 1, 2, 3, 4, 5, 6],
      foot: power,
    });
    const at = Math.log10(marked);
    if (at >= 0 && at <= WIDEST) {
      drawn.layers.back.append(svg("path", { class: "dx-cursor", d: `M${pixel(x(at))} ${pixel(y(heights[0]))}V${drawn.room.top}` }));
    }
    drawn.layers.whole.setAttribute("d", dashed.map(({ through }) => line(through.map(([a, b]) => [x(a), y(b)]))).join(""));
    drawn.layers.done.setAttribute("d", line(places.map((place, k) => [x(place), y(logs[k])])));
    const b = state.batch_size;
    drawn.layers.now.setAttribute("transform", `translate(${pixel(x(Math.log10(b)))} ${pixel(y(Math.log10(of(state, b))))})`);
    return x;
  }

  function update() {
    const state = page.state();
    const { min_steps, noise_scale, batch_size } = state;
    size.set(batch_size);
    for (const [name, { set }] of sliders) set(state[name]);

    const [fewest, least] = [Math.log10(min_steps), Math.log10(min_steps * noise_scale)];
    const knee = Math.log10(noise_scale);
    const floor = (height) => ({ through: [[0, height], [WIDEST, height]] });
    const perfect = { through: [[0, least], [Math.min(least - fewest, WIDEST), Math.max(fewest, least - WIDEST)]] };
    const x = draw(curves[0], state, noise_scale, [perfect, floor(fewest)]);
    draw(curves[1], state, noise_scale, [floor(least)]);
    draw(curves[2], state, fastest(state), []);
    if (knee > 0.5 && knee < WIDEST - 0.5) curves[0].drawn.labels.append(label("noise scale", x(knee) + 6, 18, "start"));

    const quickest = fastest(state);
    const [needed, seen, time] = [number(steps(state, batch_size)), number(examples(state, batch_size)), duration(seconds(state, batch_size))];
    page.read({ Steps: needed, Examples: seen, Time: time });
    page.tell(
      `${region(state)} ${doubling(state)} Fastest on this machine: about ${number(quickest)} examples a batch, ` +
        `${duration(seconds(state, quickest))}.`,
    );
    const summary = `Batch size ${number(batch_size)}: ${needed} steps, ${seen} examples, ${time}.`;
    for (const { title, drawn } of curves) drawn.root.setAttribute("aria-label", `${title} against batch size. ${summary}`);
    return summary;
  }
  return page.begin({ drawings: curves.map(({ drawn }) => drawn), update });
}

export default { render };
