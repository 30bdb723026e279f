// Trajectories: the way of a method over a surface, and the loss along it.

import { FACTS } from "./facts.js";
import { RULES } from "./rules.js";
import { SURFACES } from "./surfaces.js";
import { minimize } from "./minimize.js";
import { loops, sample } from "./contours.js";
import { axes, dots, drawLosses, drawMap, drawing, line } from "./plot.js";
import { announcer, button, capital, choice, clamp, fixed, html, number, slider } from "./ui.js";

const { surfaces, methods, lr: LR } = FACTS.trajectories;

const HYPER = {
  lr: { label: "Learning rate", low: 1e-4, high: 10, scale: "log" },
  beta: { label: "Momentum β", low: 0, high: 0.99, scale: "decay" },
  rho: { label: "Decay ρ", low: 0, high: 0.9999, scale: "decay" },
  beta1: { label: "Decay β₁", low: 0, high: 0.99, scale: "decay" },
  beta2: { label: "Decay β₂", low: 0, high: 0.9999, scale: "decay" },
  eps: { label: "Epsilon ε", low: 1e-10, high: 1, scale: "log" },
};

const PLAY_MS = 6000; // a whole run, whatever its number of steps
const DOTS = 150; // more of them would hide the line

const titles = (table) => Object.fromEntries(Object.entries(table).map(([name, { title }]) => [name, title]));

// A state that can be drawn, from whatever came out of an address or a notebook.
function complete(raw) {
  const pick = (name, table, otherwise) => (Object.hasOwn(table, name) ? name : otherwise);
  const surface = pick(raw.surface, surfaces, "quadratic");
  const method = pick(raw.method, methods, "gradient_descent");
  const { start, frame, steps } = surfaces[surface];
  const finite = (value, otherwise) => (Number.isFinite(value) ? value : otherwise);
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
  const calm = matchMedia("(prefers-reduced-motion: reduce)");
  let state, way;
  let shown = 0; // how many steps are drawn
  let playing = null; // the pending animation frame

  // ---- controls
  const save = (changes) => {
    pause();
    model.set("state", complete({ ...state, ...changes }));
    model.save_changes();
  };
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
  const play = button({ word: "Play", primary: true, onClick: () => (playing ? stop() : begin()) });
  const step = button({ word: "Step", onClick: () => moveTo(shown < end() ? shown + 1 : 1) });
  const reset = button({ word: "Reset", onClick: () => save(authored) });
  const scrubber = html("input", { type: "range", class: "dx-track", min: 0, step: 1, "aria-label": "Step" });
  scrubber.addEventListener("input", () => moveTo(Number(scrubber.value)));

  // ---- drawings
  const map = drawing("dx-map");
  const curve = drawing("dx-curve", { left: 34, right: 8, top: 8, bottom: 20 });
  const handle = html("div", {
    class: "dx-handle",
    role: "slider",
    tabindex: 0,
    "aria-label": "Start point",
    "aria-roledescription": "point in the plane",
  });
  const stage = html("div", { class: "dx-stage" }, map.root, handle);
  const readouts = Object.fromEntries(["Step", "Loss", "Point"].map((name) => [name, html("span", { class: "dx-reading", "data-reading": name })]));
  const words = html("p", { class: "dx-words" });
  const live = announcer();

  el.classList.add("descent-explorer");
  el.replaceChildren(
    html(
      "div",
      { class: "dx-frame", role: "group", "aria-label": "Explorer: trajectories" },
      html("div", { class: "dx-choices" }, surface.element, method.element),
      html(
        "div",
        { class: "dx-main" },
        stage,
        html(
          "div",
          { class: "dx-run" },
          html("div", { class: "dx-buttons" }, play.element, step.element, reset.element),
          scrubber,
        ),
      ),
      html(
        "div",
        { class: "dx-side" },
        html("div", { class: "dx-title", "aria-hidden": "true" }, "Loss at each step"),
        curve.root,
        html("div", { class: "dx-sliders" }, ...sliders.map(([, { element }]) => element)),
      ),
      html(
        "div",
        { class: "dx-readouts" },
        ...Object.entries(readouts).map(([name, value]) => html("div", {}, html("span", {}, name), value)),
      ),
      words,
      html(
        "p",
        { class: "dx-hint" },
        "Start: drag the ring, click the map, or focus the ring and use the arrow keys (Shift: farther).",
      ),
      live.element,
    ),
  );

  // ---- time
  const end = () => way.points.length - 1;
  function pause() {
    if (playing) cancelAnimationFrame(playing);
    playing = null;
    play.set("Play");
  }
  function stop() {
    pause();
    save({ step: shown });
  }
  function moveTo(next) {
    pause();
    show(next);
    save({ step: next });
  }
  function begin() {
    const first = shown < end() ? shown : 0;
    if (calm.matches) return moveTo(end());
    const length = surfaces[state.surface].steps;
    let began;
    const frame = (now) => {
      began ??= now;
      const next = Math.min(first + Math.floor(((now - began) / PLAY_MS) * length), end());
      if (next !== shown) show(next);
      if (next === end()) return stop();
      playing = requestAnimationFrame(frame);
    };
    show(first);
    play.set("Pause");
    playing = requestAnimationFrame(frame);
  }

  // ---- the start point
  const frame = () => surfaces[state.surface].frame;
  const moveStart = (start) => save({ start, step: undefined });
  const startAt = ({ clientX, clientY }) => {
    const box = map.root.getBoundingClientRect();
    const [[left, right], [bottom, top]] = frame();
    moveStart([
      left + ((clientX - box.left) / box.width) * (right - left),
      top - ((clientY - box.top) / box.height) * (top - bottom),
    ].map((value) => Number(value.toPrecision(4))));
  };
  handle.addEventListener("pointerdown", (event) => {
    handle.setPointerCapture(event.pointerId);
    event.preventDefault();
    handle.focus({ preventScroll: true });
  });
  handle.addEventListener("pointermove", (event) => {
    if (handle.hasPointerCapture(event.pointerId)) startAt(event);
  });
  map.root.addEventListener("click", startAt);
  handle.addEventListener("keydown", (event) => {
    const moves = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowDown: [0, -1], ArrowUp: [0, 1] };
    if (!(event.key in moves)) return;
    event.preventDefault();
    const [[left, right]] = frame();
    const stride = ((right - left) / 100) * (event.shiftKey ? 10 : 1);
    const moved = state.start.map((value, i) => value + stride * moves[event.key][i]);
    moveStart(moved.map((value) => Number(value.toPrecision(6))));
  });

  // ---- drawing: `update` after a change of state, `show` for each step of it
  function update() {
    const before = state?.surface;
    state = complete(model.get("state"));
    way = run(state);
    surface.set(state.surface);
    method.set(state.method);
    for (const [name, { element, set }] of sliders) {
      element.hidden = !(name in state);
      if (name in state) set(state[name]);
    }
    scrubber.max = end();
    if (state.surface !== before) drawSurface();
    drawRun();
    show(Math.min(state.step, end()));
    const summary = describe();
    if (before) live.say(summary); // not when the page opens
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
    return `${summary} ${words.textContent}`;
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
    const [[left, right], [bottom, top]] = frame();
    handle.style.left = `${(100 * (state.start[0] - left)) / (right - left)}%`;
    handle.style.top = `${(100 * (top - state.start[1])) / (top - bottom)}%`;
    handle.setAttribute("aria-valuenow", state.start[0]);
    handle.setAttribute("aria-valuemin", left);
    handle.setAttribute("aria-valuemax", right);
    handle.setAttribute("aria-valuetext", `x ${fixed(state.start[0])}, y ${fixed(state.start[1])}`);
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
    scrubber.value = shown;
    scrubber.style.setProperty("--share", `${end() ? (100 * shown) / end() : 0}%`);
    scrubber.setAttribute("aria-valuetext", `${shown} of ${end()}, loss ${number(way.losses[shown])}`);
    readouts.Step.textContent = `${shown} of ${end()}`;
    readouts.Loss.textContent = number(way.losses[shown]);
    readouts.Point.textContent = where(way.points[shown]);
    words.textContent = verdict(state, way, shown);
    words.classList.toggle("dx-warning", /^(Diverged|The)/.test(words.textContent));
  }

  const redraw = () => {
    const step = shown;
    drawSurface();
    drawRun();
    show(step);
  };
  const watcher = new ResizeObserver(() => {
    const changed = [map, curve].map((drawn) => drawn.resize());
    if (changed.includes(true)) redraw();
  });
  model.on("change:state", update);
  update();
  watcher.observe(map.root);
  watcher.observe(curve.root);
  return () => {
    pause();
    live.stop();
    watcher.disconnect();
    model.off("change:state", update);
  };
}

export default { render };
