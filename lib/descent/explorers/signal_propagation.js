// Sizes of signals and gradients by depth, for an activation and a gain of the initial weights.

import { FACTS } from "./facts.js";
import { propagate, simulate } from "./propagation.js";
import { decades, dots, drawAxes, drawing, line, ticks } from "./plot.js";
import { shell } from "./shell.js";
import { button, capital, choice, clamp, finite, html, number, pick, power, slider, titles } from "./ui.js";

const { activations, marks, gains, deepest, widths } = FACTS.signal_propagation;

const complete = (raw) => ({
  activation: pick(raw.activation, activations, "relu"),
  gain: clamp(finite(raw.gain, 1), ...gains),
  depth: clamp(Math.round(finite(raw.depth, 30)), 1, deepest),
  width: clamp(Math.round(finite(raw.width, 64)), ...widths),
  seed: Math.round(clamp(finite(raw.seed, 0), 0, 2 ** 31)),
});

const FAR = 100; // times as large or small, over the whole depth

// What became of a size over the whole depth: of one, of both.
const FATES = { fades: "fade", explodes: "explode", "keeps its size": "keep their size" };
const fate = (ratio) => (ratio < 1 / FAR ? "fades" : ratio > FAR ? "explodes" : "keeps its size");
const fates = (signal, gradient) =>
  fate(signal) === fate(gradient)
    ? `Signal and gradient ${FATES[fate(signal)]}.`
    : `The signal ${fate(signal)}, the gradient ${fate(gradient)}.`;

function render({ model, el }) {
  const authored = complete(model.get("state"));
  const room = { left: 40, right: 12, top: 8, bottom: 20 };
  const curves = { signals: drawing("dx-plot", room), gradients: drawing("dx-plot", room) };

  const activation = choice({ label: "Activation", options: titles(activations), onChange: (name) => page.save({ activation: name }) });
  const redraw = button({
    word: "Redraw",
    onClick() {
      page.save({ seed: page.state().seed + 1 });
      page.say("Another random network is drawn.");
    },
  });
  const reset = button({ word: "Reset", onClick: () => page.save(authored) });
  const gain = slider({ label: "Gain of the weights", low: gains[0], high: gains[1], scale: "log", marks, onInput: (value) => page.save({ gain: value }) });
  const depth = slider({ label: "Depth", low: 1, high: deepest, scale: "whole", onInput: (layers) => page.save({ depth: layers }) });
  const width = slider({ label: "Width", low: widths[0], high: widths[1], scale: "doubling", onInput: (units) => page.save({ width: units }) });
  const page = shell({
    model,
    el,
    title: "signals and gradients by depth",
    complete,
    choices: [activation.element, redraw.element, reset.element],
    main: [
      html("div", { class: "dx-title", "aria-hidden": "true" }, "Size of the activations at each layer"),
      curves.signals.root,
      gain.element,
    ],
    side: [
      html("div", { class: "dx-title", "aria-hidden": "true" }, "Size of their gradients at each layer"),
      curves.gradients.root,
      html("div", { class: "dx-sliders dx-pair" }, depth.element, width.element),
    ],
    readings: ["Last signal", "First gradient", "SD of the weights"],
    lines: 2,
    hint:
      "Sizes are root mean squares. Line: in the limit of great width; dots: one random network of this width. The signal " +
      "goes from layer 0, the input, to the right, the gradient from the last layer to the left.",
  });

  function draw(name, theory, network, heights) {
    const { layers } = curves[name];
    const last = theory.length - 1;
    const [x, y] = drawAxes(curves[name], [0, last], [heights[0], heights.at(-1)], {
      heights,
      rise: power,
      feet: ticks([0, last], 5).filter(Number.isInteger),
    });
    const places = (sizes) => sizes.map((size, layer) => [x(layer), y(Math.log10(size))]);
    layers.done.setAttribute("d", line(places(theory)));
    layers.dots.setAttribute("d", dots(places(network).filter(([, height]) => Number.isFinite(height))));
    const [across, up] = places(theory).at(name === "signals" ? -1 : 0);
    layers.now.setAttribute("transform", `translate(${across} ${up})`);
  }

  function update() {
    const state = page.state();
    const theory = propagate(state.activation, state);
    const network = simulate(state.activation, state);
    activation.set(state.activation);
    gain.set(state.gain);
    depth.set(state.depth);
    width.set(state.width);

    const logs = [theory, network].flatMap(({ signals, gradients }) => [...signals, ...gradients]).filter((size) => size > 0).map(Math.log10);
    const heights = decades(Math.min(...logs, -1), Math.max(...logs, 1));
    for (const name of ["signals", "gradients"]) draw(name, theory[name], network[name], heights);

    const [signal, gradient] = [theory.signals[state.depth], theory.gradients[0]];
    const deviation = state.gain / Math.sqrt(state.width);
    page.read({ "Last signal": number(signal), "First gradient": number(gradient), "SD of the weights": number(deviation) });
    const step = [signal / theory.signals[state.depth - 1], theory.gradients[state.depth - 1]];
    page.tell(
      `${fates(signal, gradient)} The last layer multiplies the signal by ` +
        `${number(step[0])}, and the gradient on its way back by ${number(step[1])}.`,
      [signal, gradient].some((ratio) => fate(ratio) !== fate(1)),
    );
    const summary =
      `${capital(activations[state.activation].title)}, gain ${number(state.gain)}, depth ${state.depth}: ` +
      `last signal ${number(signal)}, first gradient ${number(gradient)}.`;
    curves.signals.root.setAttribute("aria-label", `Size of the activations at each layer, from 1 to ${number(signal)}. ${summary}`);
    curves.gradients.root.setAttribute("aria-label", `Size of the gradients at each layer, from ${number(gradient)} to 1. ${summary}`);
    return summary;
  }
  return page.begin({ drawings: Object.values(curves), update });
}

export default { render };
