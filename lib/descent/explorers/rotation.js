// The ravine turned by an angle, under a method that works coordinate by coordinate and under gradient descent.

import { FACTS } from "./facts.js";
import { quadratic } from "./surfaces.js";
import { apart, ellipse, plainlyTurned, turned } from "./turning.js";
import { axes, dots, drawAxes, drawMap, drawing, line, pixel } from "./plot.js";
import { shell } from "./shell.js";
import { button, capital, choice, clamp, finite, fixed, html, number, pick, slider, svg, titles } from "./ui.js";

const { methods, frame, levels, steps, near } = FACTS.rotation;

const LR = { label: "Learning rate", low: 1e-3, high: 10, scale: "log" };

function complete(raw) {
  const method = pick(raw.method, methods, "adam");
  const lr = finite(raw.lr, 0);
  return {
    method,
    degrees: clamp(finite(raw.degrees, 0), 0, 90),
    lr: lr > 0 ? lr : methods[method].defaults.lr,
  };
}

const ANGLES = Array.from({ length: 91 }, (_, k) => k);

const said = (arrival) => (arrival === null ? `more than ${steps} steps` : `${arrival} steps`);

function render({ model, el }) {
  const authored = complete(model.get("state"));
  const map = drawing("dx-map dx-still");
  const curve = drawing("dx-curve", { left: 34, right: 8, top: 8, bottom: 20 });
  const cursor = svg("path", { class: "dx-cursor" });
  const plainWay = svg("path", { class: "dx-plain dx-dashed" });
  curve.layers.whole.setAttribute("class", "dx-border dx-dashed");
  curve.layers.done.remove();

  const method = choice({
    label: "Method",
    options: titles(methods),
    onChange: (name) => page.save({ method: name, lr: undefined }),
  });
  const angle = slider({ label: "Angle in degrees", low: 0, high: 90, onInput: (degrees) => page.save({ degrees: Math.round(10 * degrees) / 10 }) });
  const rate = slider({ ...LR, onInput: (lr) => page.save({ lr }) });
  const reset = button({ word: "Reset", onClick: () => page.save(authored) });
  const page = shell({
    model,
    el,
    title: "rotation of the ravine",
    complete,
    choices: [method.element],
    main: [map.root, html("div", { class: "dx-run" }, html("div", { class: "dx-sliders" }, angle.element, rate.element), reset.element)],
    side: [
      html("div", { class: "dx-title", "aria-hidden": "true" }, `Steps to within ${number(near)} at each angle`),
      curve.root,
    ],
    readings: ["Method", "Gradient descent", "Off its turned path"],
    lines: 2,
    hint:
      "Line and dots: the method. Pale: its path at 0°, turned with the ravine; gradient descent (dashed, with its best " +
      `learning rate) follows its own exactly. A gap on the right: not within ${number(near)} in ${steps} steps.`,
  });

  let known = {}; // the arrivals at all angles, which do not change while the ravine turns
  function arrivals({ method: name, lr }) {
    if (known.name !== name || known.lr !== lr) {
      known = { name, lr, list: ANGLES.map((degrees) => turned({ method: name, lr, degrees }).arrival) };
    }
    return known.list;
  }

  function drawRavine(degrees, ours, theirs, along) {
    const { turn } = quadratic(degrees);
    drawMap(map, frame, levels.map((level) => [ellipse(level, turn)]).reverse(), [[0, 0]]);
    const [x, y] = axes(map, frame);
    const pixels = (points) => points.map(([a, b]) => [x(a), y(b)]);
    const way = pixels(ours.points);
    plainWay.setAttribute("d", line(pixels(theirs.points)));
    map.layers.back.append(plainWay);
    map.layers.whole.setAttribute("d", line(pixels(along)));
    map.layers.done.setAttribute("d", line(way));
    map.layers.dots.setAttribute("d", dots(way));
    map.layers.now.setAttribute("transform", `translate(${way[0].map(pixel).join(" ")})`);
  }

  function drawAngles(state, ours, theirs) {
    const [x, y] = drawAxes(curve, [0, 90], [0, steps], {
      heights: [0, 1, 2, 3, 4].map((k) => (k * steps) / 4),
      feet: [0, 45, 90],
      foot: (degrees) => `${degrees}°`,
    });
    const there = arrivals(state).flatMap((arrival, degrees) => (arrival === null ? [] : [[x(degrees), y(arrival)]]));
    curve.layers.back.append(cursor);
    cursor.setAttribute("d", `M${pixel(x(state.degrees))} ${pixel(y(0))}V${pixel(y(steps))}`);
    curve.layers.whole.setAttribute("d", line([[x(0), y(theirs.arrival)], [x(90), y(theirs.arrival)]]));
    curve.layers.dots.setAttribute("d", dots(there));
    curve.layers.now.setAttribute("visibility", ours.arrival === null ? "hidden" : "visible");
    curve.layers.now.setAttribute("transform", `translate(${pixel(x(state.degrees))} ${pixel(y(ours.arrival ?? 0))})`);
  }

  function update() {
    const state = page.state();
    const { title } = methods[state.method];
    const [ours, theirs] = [turned(state), plainlyTurned(state.degrees)];
    const { turn } = quadratic(state.degrees);
    const along = turned({ ...state, degrees: 0 }).points.map(turn);
    method.set(state.method);
    angle.set(state.degrees);
    rate.set(state.lr);
    drawRavine(state.degrees, ours, theirs, along);
    drawAngles(state, ours, theirs);
    const off = apart(ours.points, along);
    page.read({
      Method: said(ours.arrival),
      "Gradient descent": said(theirs.arrival),
      "Off its turned path": fixed(off),
    });
    page.tell(
      `${capital(title)} needs ${said(ours.arrival)} here, ${said(arrivals(state)[0])} with the ravine along an axis; ` +
        `gradient descent ${said(theirs.arrival)} at every angle.`,
    );
    const summary = `Ravine turned by ${number(state.degrees)} degrees, ${title}, learning rate ${number(state.lr)}.`;
    map.root.setAttribute("aria-label", `${summary} The paths of ${title} and of gradient descent.`);
    curve.root.setAttribute("aria-label", `Steps to within ${number(near)} of the minimum at each angle: ${said(ours.arrival)} at this one.`);
    return summary;
  }
  return page.begin({ drawings: [map, curve], update });
}

export default { render };
