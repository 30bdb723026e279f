// Trajectories: the way of a method over a surface, and the loss along it.

import { FACTS } from "./facts.js";
import { RULES } from "./rules.js";
import { SURFACES } from "./surfaces.js";
import { minimize } from "./minimize.js";
import { loops, sample } from "./contours.js";
import { axes, dots, drawLosses, drawMap, drawing, line } from "./plot.js";
import { player, shell } from "./shell.js";
import { stage } from "./stage.js";
import { capital, choice, clamp, finite, fixed, html, number, pick, slider, titles } from "./ui.js";

const { surfaces, methods, lr: LR } = FACTS.trajectories;

const HYPER = {
  lr: { label: "Learning rate", low: 1e-4, high: 10, scale: "log" },
  beta: { label: "Momentum β", low: 0, high: 0.99, scale: "decay" },
  rho: { label: "Decay ρ", low: 0, high: 0.9999, scale: "decay" },
  beta1: { label: "Decay β₁", low: 0, high: 0.99, scale: "decay" },
  beta2: { label: "Decay β₂", low: 0, high: 0.9999, scale: "decay" },
  eps: { label: "Epsilon ε", low: 1e-10, high: 1, scale: "log" },
};

const DOTS = 150; // more of them would hide the line

// A state that can be drawn, from whatever came out of an address or a notebook.
function complete(raw) {
  const surface = pick(raw.surface, surfaces, "quadratic");
  const method = pick(raw.method, methods, "gradient_descent");
  const { start, frame, steps } = surfaces[surface];
  const state = { surface, method };
  state.start = [0, 1].map((i) => clamp(finite(raw.start?.[i], start[i]), ...frame[i]));
  for (const [name, value] of Object.entries({ lr: LR[surface][method], ...methods[method].defaults })) {
    state[name] = finite(raw[name], value);
    // as descent.methods has it; a slider may end earlier
    const possible = { log: state[name] >= 0, decay: state[name] >= 0 && state[name] < 1 }[HYPER[name].scale];
    if (!possible || state.lr === 0) state[name] = value;
  }
  state.step = clamp(Math.round(finite(raw.step, steps)), 0, steps);
  return state;
}

function run({ surface, method, step, ...settings }) {
  return minimize(RULES[method], SURFACES[surface], { ...settings, steps: surfaces[surface].steps });
}

const contourCache = {};

// The loops of a surface's levels, highest first.
function contours(name) {
  return (contourCache[name] ??= (() => {
    const { frame, levels } = surfaces[name];
    const grid = sample((point) => Math.log(SURFACES[name].value(point) + 1e-12), frame, 193, 145);
    return levels.map((level) => loops(grid, Math.log(level))).reverse();
  })());
}

const where = ([x, y]) => `(${fixed(x)}, ${fixed(y)})`;

// What became of the run, in words.
function verdict({ surface }, { points, losses, diverged }, shown) {
  const { minimisers, frame } = surfaces[surface];
  const last = points.length - 1;
  if (diverged && shown === last) {
    return `Diverged: after ${last} steps the numbers are too large to go on. Try a smaller learning rate.`;
  }
  const point = points[shown];
  const distances = minimisers.map((m) => Math.hypot(point[0] - m[0], point[1] - m[1]));
  const distance = Math.min(...distances);
  if (losses[shown] > 1e3 * Math.max(losses[0], 1)) {
    return "The loss is more than 1000 times as large as at the start: the learning rate is too large here.";
  }
  if (point.some((value, i) => value < frame[i][0] || value > frame[i][1])) {
    return "The point has left the picture.";
  }
  const nearest = `(${minimisers[distances.indexOf(distance)].map(number).join(", ")})`;
  return distance < 0.001 * (frame[0][1] - frame[0][0])
    ? `Arrived: ${number(distance)} from the minimiser ${nearest}.`
    : `${number(distance)} from the nearest minimiser, ${nearest}.`;
}

function render({ model, el }) {
  const authored = complete(model.get("state"));
  let state, way;
  let shown = 0; // how many steps are drawn
  const end = () => way.points.length - 1;
  const frame = () => surfaces[state.surface].frame;
  const save = (changes) => {
    time.pause();
    page.save(changes);
  };

  // ---- controls
  const surface = choice({
    label: "Surface",
    options: titles(surfaces),
    onChange: (name) =>
      save({ surface: name, start: undefined, step: undefined, lr: LR[name][state.method] }),
  });
  const method = choice({
    label: "Method",
    options: titles(methods),
    onChange: (name) =>
      save({ method: name, lr: LR[state.surface][name], step: undefined, ...methods[name].defaults }),
  });
  const sliders = Object.entries(HYPER).map(([name, spec]) => [
    name,
    slider({ ...spec, onInput: (value) => save({ [name]: value, step: undefined }) }),
  ]);
  const time = player({
    first: 0,
    end,
    length: () => surfaces[state.surface].steps,
    show,
    rest: (step) => save({ step }),
    onReset: () => save(authored),
  });

  // ---- drawings
  const map = drawing("dx-map");
  const curve = drawing("dx-curve", { left: 34, right: 8, top: 8, bottom: 20 });
  const plane = stage({
    map,
    label: "Start point",
    frame,
    point: () => state.start,
    strides: () => Array(2).fill((frame()[0][1] - frame()[0][0]) / 100),
    onMove: (start) => save({ start, step: undefined }),
  });
  const page = shell({
    model,
    el,
    title: "trajectories",
    complete,
    choices: [surface.element, method.element],
    main: [plane.element, time.element],
    side: [
      html("div", { class: "dx-title", "aria-hidden": "true" }, "Loss at each step"),
      curve.root,
      html("div", { class: "dx-sliders" }, ...sliders.map(([, { element }]) => element)),
    ],
    readings: ["Step", "Loss", "Point"],
    lines: 1,
    hint: "Start: drag the ring, click the map, or focus the ring and use the arrow keys (Shift: farther).",
  });

  // ---- drawing: `update` after a change of state, `show` for each step of it
  function update() {
    const before = state?.surface;
    state = page.state();
    way = run(state);
    surface.set(state.surface);
    method.set(state.method);
    for (const [name, { element, set }] of sliders) {
      element.hidden = !(name in state);
      if (name in state) set(state[name]);
    }
    if (state.surface !== before) drawSurface();
    drawRun();
    show(Math.min(state.step, end()));
    return describe();
  }

  // Text alternatives of both drawings -> the run in words.
  function describe() {
    const { title } = surfaces[state.surface];
    const summary =
      `${capital(methods[state.method].title)} on ${title}, learning rate ${number(state.lr)}, ` +
      `from ${where(state.start)}: after ${shown} steps at ${where(way.points[shown])}, ` +
      `loss ${number(way.losses[shown])}.`;
    map.root.setAttribute("aria-label", `Contours of ${title}. ${summary}`);
    curve.root.setAttribute(
      "aria-label",
      `Loss against step, from ${number(way.losses[0])} to ${number(way.losses[end()])} after ${end()} steps.`,
    );
    return summary;
  }

  let wayPoints, curvePoints; // in pixels

  function drawSurface() {
    drawMap(map, frame(), contours(state.surface), surfaces[state.surface].minimisers);
  }

  function drawRun() {
    const [x, y] = axes(map, frame());
    wayPoints = way.points.map(([a, b]) => [x(a), y(b)]);
    map.layers.whole.setAttribute("d", line(wayPoints));
    curvePoints = drawLosses(curve, way.losses, way.diverged ? end() : surfaces[state.surface].steps);
    curve.layers.whole.setAttribute("d", line(curvePoints));
    plane.set(`x ${fixed(state.start[0])}, y ${fixed(state.start[1])}`);
  }

  function show(step) {
    shown = step;
    for (const [{ layers }, points] of [[map, wayPoints], [curve, curvePoints]]) {
      const done = points.slice(0, shown + 1);
      layers.done.setAttribute("d", line(done));
      const [x, y] = done[shown];
      layers.now.setAttribute("transform", `translate(${clamp(x, -1e5, 1e5)} ${clamp(y, -1e5, 1e5)})`);
    }
    map.layers.dots.setAttribute("d", shown > DOTS ? "" : dots(wayPoints.slice(0, shown + 1)));
    time.set(shown, `${shown} of ${end()}, loss ${number(way.losses[shown])}`);
    page.read({ Step: `${shown} of ${end()}`, Loss: number(way.losses[shown]), Point: where(way.points[shown]) });
    const words = verdict(state, way, shown);
    page.tell(words, /^(Diverged|The)/.test(words));
  }

  function redraw() {
    const step = shown;
    drawSurface();
    drawRun();
    show(step);
  }
  return page.begin({ drawings: [map, curve], update, redraw, stop: time.pause });
}

export default { render };
