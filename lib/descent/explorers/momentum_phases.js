// Momentum on one eigen-mode of a quadratic: the plane of (lr * curvature, beta), the error, the eigenvalues.

import { FACTS } from "./facts.js";
import { RULES } from "./rules.js";
import { SURFACES } from "./surfaces.js";
import { minimize } from "./minimize.js";
import { contraction, eigenvalues, region } from "./heavy_ball.js";
import { axes, dots, drawAxes, drawMap, drawing, label, line, pixel } from "./plot.js";
import { shell } from "./shell.js";
import { stage } from "./stage.js";
import { button, capital, clamp, finite, fixed, html, number, slider, svg } from "./ui.js";

const { nearest, farthest, strongest, steps, highest, regions, places, levels, contractions } = FACTS.momentum_phases;

const PLANE = [[0, farthest], [0, 1]];
const MODE = { value: ([x]) => 0.5 * x * x, gradient: ([x]) => [x] };

const complete = (raw) => ({
  lr: clamp(finite(raw.lr, 0.2), nearest, farthest),
  beta: clamp(finite(raw.beta, 0.9), 0, strongest),
});

const complex = ([re, im]) => (im ? `${fixed(re, 3)} ± ${fixed(im, 3)}i` : fixed(re, 3));

// Beyond what the region says: how fast, and what would be the fastest here.
function advice({ lr, beta }) {
  const factor = contraction(lr, beta);
  if (factor >= 1) return `In the long run a step multiplies the error by ${fixed(factor, 3)}.`;
  const best = clamp((1 - Math.sqrt(lr)) ** 2, 0, strongest);
  return (
    `In the long run a step multiplies the error by ${fixed(factor, 3)}; at this learning rate the best β is ` +
    `${number(best)}, with ${fixed(contraction(lr, best), 3)}.`
  );
}

function render({ model, el }) {
  const authored = complete(model.get("state"));
  const map = drawing("dx-map");
  const curve = drawing("dx-curve", { left: 34, right: 8, top: 8, bottom: 20 });
  const spectrum = drawing("dx-spectrum");
  for (const { layers } of [map, curve, spectrum]) layers.now.remove();

  const rate = slider({ label: "Learning rate lr·λ", low: nearest, high: farthest, onInput: (lr) => page.save({ lr }) });
  const fading = slider({ label: "Momentum β", low: 0, high: strongest, scale: "decay", onInput: (beta) => page.save({ beta }) });
  const reset = button({ word: "Reset", onClick: () => page.save(authored) });
  const plane = stage({
    map,
    label: "Learning rate and momentum",
    frame: () => PLANE,
    point: () => [page.state().lr, page.state().beta],
    strides: () => [0.01, 0.01],
    onMove: ([lr, beta]) => page.save({ lr, beta }),
  });
  const page = shell({
    model,
    el,
    title: "phases of momentum",
    complete,
    main: [plane.element, html("div", { class: "dx-run" }, html("div", { class: "dx-sliders" }, rate.element, fading.element), reset.element)],
    side: [
      html("div", { class: "dx-title", "aria-hidden": "true" }, "Error at each step"),
      curve.root,
      html("div", { class: "dx-title", "aria-hidden": "true" }, "Eigenvalues and the unit circle"),
      spectrum.root,
    ],
    readings: ["Factor a step", "Eigenvalues"],
    lines: 2,
    hint:
      "Drag the ring, click the map, or focus the ring and use the arrow keys (Shift: farther). Numbers in the " +
      "map: what a step multiplies the error by. Solid line: critical damping.",
  });

  function drawPlane() {
    drawMap(map, PLANE, levels.map((corners) => [corners]).reverse(), []);
    const [x, y] = axes(map, PLANE);
    const roots = Array.from({ length: 41 }, (_, k) => k / 40);
    const critical = (sign) => line(roots.map((root) => [x((1 + sign * root) ** 2), y(root * root)]));
    map.layers.back.append(
      svg("path", { class: "dx-border", d: critical(-1) }),
      svg("path", { class: "dx-border dx-dashed", d: critical(1) }),
    );
    map.labels.append(
      ...contractions.slice(2, -1).map((rate) => label(number(rate), x(1 + rate ** 2), y(rate ** 2) + 4, "middle")),
      ...Object.entries(places).map(([name, [a, beta]]) => {
        const words = label(name, x(a), y(beta) + 4, "middle");
        words.setAttribute("class", "dx-name");
        return words;
      }),
      label("lr·λ", x(3.5), map.height - 6, "middle"),
      label("β", 6, 16, "start"),
    );
  }

  function drawError({ lr, beta }) {
    const { points } = minimize(RULES.momentum, MODE, { start: [1], steps, lr, beta });
    const errors = points.map(([error]) => error);
    const far = clamp(Math.max(...errors.map(Math.abs)), 1, highest);
    const [x, y] = drawAxes(curve, [0, steps], [-far, far], { heights: [-far, 0, far], feet: [0, steps / 2, steps] });
    const way = errors.map((error, k) => [x(k), y(error)]);
    curve.layers.done.setAttribute("d", line(way));
    curve.layers.dots.setAttribute("d", dots(way));
    return errors;
  }

  function drawSpectrum({ lr, beta }, values) {
    const { width, height } = spectrum;
    const unit = Math.min(width, height) / 2.5;
    const [x, y] = [(re) => width / 2 + unit * re, (im) => height / 2 - unit * im];
    const circle = (radius, style) => svg("circle", { class: style, cx: width / 2, cy: height / 2, r: pixel(unit * radius) });
    spectrum.layers.back.replaceChildren(
      svg("path", { class: "dx-rule", d: `M0 ${height / 2}H${width}M${width / 2} 0V${height}` }),
      circle(1, "dx-border"),
      circle(Math.sqrt(beta), "dx-border dx-dashed"),
    );
    spectrum.labels.replaceChildren(
      label("1", x(1) + 6, y(0) - 5, "start"),
      label("−1", x(-1) - 6, y(0) - 5, "end"),
    );
    spectrum.layers.dots.setAttribute("d", dots(values.map(([re, im]) => [x(re), y(im)])));
  }

  function update() {
    const state = page.state();
    const name = region(state.lr, state.beta);
    const values = eigenvalues(state.lr, state.beta);
    rate.set(state.lr);
    fading.set(state.beta);
    plane.set(`learning rate times curvature ${number(state.lr)}, beta ${number(state.beta)}`);
    drawPlane();
    const errors = drawError(state);
    drawSpectrum(state, values);
    const said = values[0][1] ? complex(values[0]) : values.map(complex).join(", ");
    page.read({ "Factor a step": fixed(contraction(state.lr, state.beta), 3), Eigenvalues: said });
    page.tell(`${capital(regions[name])}. ${advice(state)}`, name === "unstable");
    const summary = `Learning rate times curvature ${number(state.lr)}, β ${number(state.beta)}.`;
    map.root.setAttribute("aria-label", `Phases of momentum. ${summary} ${capital(name)}.`);
    curve.root.setAttribute("aria-label", `Error against step, from 1 to ${number(errors.at(-1))} after ${errors.length - 1} steps.`);
    spectrum.root.setAttribute("aria-label", `Eigenvalues ${said} and the unit circle.`);
    return summary;
  }
  return page.begin({ drawings: [map, curve, spectrum], update });
}

export default { render };
