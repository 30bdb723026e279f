// The anatomy of Adam's step, one coordinate: gradient, moments, corrections and the step itself.

import { FACTS } from "./facts.js";
import { anatomy } from "./rules.js";
import { drawAxes, drawing, line, pixel } from "./plot.js";
import { player, shell } from "./shell.js";
import { choice, clamp, finite, html, number, pick, slider, svg, titles, toggle } from "./ui.js";

const { steps, sequences, defaults } = FACTS.adam_step;

const SLIDERS = {
  size: { label: "Size of the gradients", low: 1e-6, high: 100, scale: "log" },
  beta1: { label: "Decay β₁", low: 0, high: 0.99, scale: "decay" },
  beta2: { label: "Decay β₂", low: 0, high: 0.9999, scale: "decay" },
  eps: { label: "Epsilon ε", low: 1e-10, high: 1, scale: "log" },
};

function complete(raw) {
  const state = { gradients: pick(raw.gradients, sequences, "constant") };
  for (const [name, value] of Object.entries({ size: 1, ...defaults })) {
    const given = finite(raw[name], value);
    const possible = name === "size" ? given > 0 && given <= 1e9 : given >= 0 && (name === "eps" || given < 1);
    state[name] = possible ? given : value;
  }
  state.corrected = raw.corrected !== false;
  state.eps_inside = raw.eps_inside === true;
  state.step = clamp(Math.round(finite(raw.step, 1)), 1, steps);
  return state;
}

// Everything inside each step.
const parts = ({ gradients, size, ...hyper }) =>
  anatomy(sequences[gradients].gradients.map((g) => size * g), hyper);

// What each sequence shows.
const LESSONS = {
  constant: () => "Where g is constant, both corrected moments are right from the first step: m̂ = g and v̂ = g².",
  noisy: () => "Opposite signs cancel in m, but not in v.",
  spike: ({ beta1, beta2 }) =>
    `m forgets the spike in about ${number(1 / (1 - beta1))} steps, v in about ${number(1 / (1 - beta2))}.`,
  alternating: () => "Opposite signs cancel in m, but not in v.",
};

// What is worth saying of step t.
function explain(state, way, t) {
  const now = way[t - 1];
  const said = [];
  if (t === 1 && state.corrected && Math.abs(Math.abs(now.step) - 1) < 0.002) {
    said.push("First step = lr · sign(g): m̂ = g and √v̂ = |g|, so the size of g cancels.");
  }
  const ratio = now.step / parts({ ...state, corrected: true })[t - 1].step;
  if (!state.corrected && Number.isFinite(ratio)) {
    said.push(
      `The uncorrected ${t === 1 ? "first " : ""}step is ` +
        (ratio > 1 ? `${number(ratio)} times too large.` : `only ${number(ratio)} of the corrected one.`),
    );
  }
  const share = now.divisor ? 1 - Math.sqrt(now.vHat) / now.divisor : 0;
  if (share > 0.01) said.push(`ε makes up ${number(100 * share)} % of the divisor, so the size of g does not cancel.`);
  const mean = way.reduce((total, { step }) => total + Math.abs(step), 0) / steps;
  said.push(LESSONS[state.gradients](state), `Mean size of the ${steps} steps: ${number(mean)} lr.`);
  return said.join(" ");
}

// The algorithm's lines as they are with these settings: name -> [formula, value].
const formulas = ({ corrected, eps_inside }) => ({
  g: ["g", ({ g }) => g],
  m: ["m ← β₁m + (1 − β₁)g", ({ m }) => m],
  v: ["v ← β₂v + (1 − β₂)g²", ({ v }) => v],
  mHat: [corrected ? "m̂ = m / (1 − β₁ᵗ)" : "m̂ = m", ({ mHat }) => mHat],
  vHat: [corrected ? "v̂ = v / (1 − β₂ᵗ)" : "v̂ = v", ({ vHat }) => vHat],
  step: [eps_inside ? "step/lr = m̂ / √(v̂ + ε)" : "step/lr = m̂ / (√v̂ + ε)", ({ step }) => step],
});

const root = (name) => (part) => Math.sqrt(part[name]);

// Bars over the steps, and where given a line and a dashed one, each a function of a step's parts.
const PANELS = [
  { title: "g (bars), m̂ (line), m (dashed)", bar: ({ g }) => g, solid: ({ mHat }) => mHat, dashed: ({ m }) => m },
  { title: "|g| (bars), √v̂ (line), √v (dashed)", bar: ({ g }) => Math.abs(g), solid: root("vHat"), dashed: root("v") },
  { title: "Step in learning rates", bar: ({ step }) => step },
];

function render({ model, el }) {
  const authored = complete(model.get("state"));
  let state, way, shown;
  const save = (changes) => {
    time.pause();
    page.save(changes);
  };
  const gradients = choice({
    label: "Gradients",
    options: titles(sequences),
    onChange: (name) => save({ gradients: name }),
  });
  const corrected = toggle({ label: "Bias correction", onChange: (on) => save({ corrected: on }) });
  const inside = toggle({ label: "ε inside the root", onChange: (on) => save({ eps_inside: on }) });
  const sliders = Object.entries(SLIDERS).map(([name, spec]) => [
    name,
    slider({ ...spec, onInput: (value) => save({ [name]: value }) }),
  ]);
  const time = player({
    first: 1,
    end: () => steps,
    length: () => steps,
    show,
    rest: (step) => save({ step }),
    onReset: () => save(authored),
  });
  const panels = PANELS.map((panel) => ({
    ...panel,
    drawn: drawing("dx-panel", { left: 40, right: 8, top: 6, bottom: 18 }),
    cursor: svg("path", { class: "dx-cursor" }),
  }));
  const rows = Object.fromEntries(
    Object.keys(formulas({})).map((name) => [
      name,
      [html("span"), html("span", { class: "dx-reading", "data-reading": name })],
    ]),
  );
  const page = shell({
    model,
    el,
    title: "anatomy of Adam's step",
    complete,
    choices: [gradients.element, corrected.element, inside.element],
    main: [
      ...panels.flatMap(({ title, drawn }) => [
        html("div", { class: "dx-title", "aria-hidden": "true" }, title),
        drawn.root,
      ]),
      time.element,
    ],
    side: [
      html("div", { class: "dx-formulas" }, ...Object.values(rows).flat()),
      html("div", { class: "dx-sliders" }, ...sliders.map(([, { element }]) => element)),
    ],
    lines: 2,
    hint: "Step through with the buttons, or focus the scrubber and use the arrow keys.",
  });

  function drawPanel({ drawn, cursor, bar, solid, dashed }) {
    const drawnValues = [bar, solid, dashed].filter(Boolean).flatMap((of) => way.map(of));
    const [low, high] = [Math.min(0, ...drawnValues), Math.max(0, ...drawnValues)];
    const limits = low === high ? [0, 1] : [low, high];
    const [x, y] = drawAxes(drawn, [0, steps + 1], limits, {
      heights: [0, ...limits.filter((limit) => Math.abs(limit) > 0.2 * (limits[1] - limits[0]))],
      feet: [1, steps / 2, steps],
    });
    const points = (of) => way.map((part, k) => [x(k + 1), y(of(part))]);
    const bars = points(bar).map(([across, top]) => `M${pixel(across)} ${pixel(y(0))}V${pixel(top)}`).join("");
    drawn.layers.back.append(svg("path", { class: solid ? "dx-bars" : "dx-bars dx-main-bars", d: bars }), cursor);
    if (solid) drawn.layers.done.setAttribute("d", line(points(solid)));
    if (dashed) drawn.layers.whole.setAttribute("d", line(points(dashed)));
    const marks = points(solid ?? bar);
    return (t) => {
      const [across, up] = marks[t - 1];
      cursor.setAttribute("d", `M${pixel(across)} ${drawn.room.top}V${drawn.height - drawn.room.bottom}`);
      drawn.layers.now.setAttribute("transform", `translate(${pixel(across)} ${pixel(up)})`);
    };
  }

  let marking = [];
  function draw() {
    marking = panels.map(drawPanel);
  }

  function show(t) {
    shown = t;
    const now = way[t - 1];
    for (const mark of marking) mark(t);
    for (const [name, [formula, value]] of Object.entries(formulas(state))) {
      rows[name][0].textContent = formula;
      rows[name][1].textContent = number(value(now));
    }
    time.set(t, `${t} of ${steps}, step ${number(now.step)} learning rates`);
    page.tell(explain(state, way, t));
  }

  function update() {
    state = page.state();
    way = parts(state);
    gradients.set(state.gradients);
    corrected.set(state.corrected);
    inside.set(state.eps_inside);
    for (const [name, { set }] of sliders) set(state[name]);
    draw();
    show(state.step);
    const now = way[shown - 1];
    const summary = `Step ${shown}: gradient ${number(now.g)}, step ${number(now.step)} learning rates.`;
    for (const { title, drawn } of panels) drawn.root.setAttribute("aria-label", `${title} against step. ${summary}`);
    return summary;
  }

  const redraw = () => {
    draw();
    show(shown);
  };
  return page.begin({ drawings: panels.map(({ drawn }) => drawn), update, redraw, stop: time.pause });
}

export default { render };
