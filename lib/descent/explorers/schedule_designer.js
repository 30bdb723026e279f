// The designer of schedules: a formula, or one joined to another, behind a warm-up, and the code that makes it.

import { FACTS } from "./facts.js";
import { ask } from "./schedules.js";
import { ARGUMENTS, COUNT, LENGTH, alone, completeDesign, designed, program } from "./designing.js";
import { drawAxes, drawing, line, pixel, ticks } from "./plot.js";
import { shell } from "./shell.js";
import { button, capital, choice, clamp, freshId, html, number, slider, svg, titles } from "./ui.js";

const { schedules, momentum, nothing } = FACTS.schedule_designer;

const LONGEST = 1e5; // steps, for the slider
const [ASKED, DRAWN] = [1e5, 1000]; // at most so many steps of a curve

// What the settings are called, each with what its slider needs.
function controls(state) {
  const of = (defaults, prefix) =>
    Object.keys(defaults).flatMap((name) => {
      const key = prefix + name;
      if (name !== "milestones") return [{ key, ...ARGUMENTS[name] }];
      return state[key].map((_, i) => ({ key, index: i, ...LENGTH, label: `Milestone ${i + 1}` }));
    });
  const second = state.then !== nothing;
  return [
    { key: "warmup", ...COUNT, label: "Warm-up in front" },
    ...of(schedules[state.schedule].defaults, ""),
    ...(alone(state) ? of(momentum, "") : []),
    ...(second ? [{ key: "join", ...COUNT, label: "Steps of the first" }] : []),
    ...(second ? of(schedules[state.then].defaults, "then_").map((spec) => ({ ...spec, label: `Then: ${spec.label.toLowerCase()}` })) : []),
  ];
}

// One milestone moved, between its neighbours.
const moved = (milestones, i, step) =>
  milestones.map((milestone, j) =>
    i === j ? clamp(step, (milestones[i - 1] ?? 0) + 1, (milestones[i + 1] ?? Infinity) - 1) : milestone,
  );

// At most so many whole steps from 0 to the last, evenly spread.
function between(last, most) {
  const few = Math.min(last, most);
  return Array.from({ length: few + 1 }, (_, i) => Math.round((i * last) / few));
}

// Copies without leave to use the clipboard, too.
async function copy(field) {
  try {
    await navigator.clipboard.writeText(field.value);
  } catch {
    field.select();
    document.execCommand("copy");
  }
}

function render({ model, el }) {
  const authored = completeDesign(model.get("state"));
  const room = { left: 48, right: 8, top: 8, bottom: 20 };
  const curves = { lr: drawing("dx-plot", room), beta: drawing("dx-panel", room) };
  const cursors = { lr: svg("path", { class: "dx-cursor" }), beta: svg("path", { class: "dx-cursor" }) };
  const betaTitle = html("div", { class: "dx-title", "aria-hidden": "true" }, "Momentum β at each step");

  const schedule = choice({ label: "Schedule", options: titles(schedules), onChange: (name) => page.save({ schedule: name }) });
  const then = choice({
    label: "Then",
    options: { [nothing]: nothing, ...titles(schedules) },
    onChange: (name) => page.save({ then: name }),
  });
  const step = slider({ label: "Step looked at", ...COUNT, high: 1000, onInput: (at) => page.save({ step: at }) });
  const steps = slider({ label: "Steps shown", low: 100, high: LONGEST, scale: "log", onInput: (shown) => page.save({ steps: shown }) });
  const reset = button({ word: "Reset", onClick: () => page.save(authored) });
  const sliders = html("div", { class: "dx-sliders" });
  const id = freshId();
  const field = html("textarea", { id, class: "dx-code", readonly: "", spellcheck: "false" });
  const copying = button({
    word: "Copy",
    onClick: () => copy(field).then(() => {
      copying.set("Copied");
      page.say("The code is copied.");
    }),
  });
  const page = shell({
    model,
    el,
    title: "designer of schedules",
    complete: completeDesign,
    choices: [schedule.element, then.element],
    main: [
      html("div", { class: "dx-title", "aria-hidden": "true" }, "Learning rate at each step"),
      curves.lr.root,
      betaTitle,
      curves.beta.root,
      html("div", { class: "dx-run" }, html("div", { class: "dx-sliders" }, step.element, steps.element), reset.element),
    ],
    side: [sliders],
    below: [html("label", { for: id }, "Python"), copying.element, field],
    readings: ["At this step", "Highest", "Mean"],
    lines: 2,
    hint: "Steps count from 0; a schedule that has ended stays where it is. Drag a slider, or focus it and use the arrow keys.",
  });

  let shown = []; // the sliders that there are now, as { key, index, high, set }
  function settle(state) {
    const wanted = controls(state);
    const said = (specs) => specs.map(({ label }) => label).join();
    if (said(wanted) !== said(shown)) {
      shown = wanted.map((spec) => {
        const report = (value) =>
          page.save({ [spec.key]: spec.index === undefined ? value : moved(page.state()[spec.key], spec.index, value) });
        return { ...spec, ...slider({ ...spec, high: spec.high ?? state.steps, onInput: report }) };
      });
      sliders.replaceChildren(...shown.map(({ element }) => element));
    }
    for (const { key, index, high, set } of shown) {
      set(index === undefined ? state[key] : state[key][index], high ?? state.steps);
    }
  }

  function draw(name, made, { steps: last, step: at }, highest) {
    const curve = curves[name];
    const heights = ticks([0, highest], name === "lr" ? 4 : 2);
    const [x, y] = drawAxes(curve, [0, last], [0, highest], { heights, feet: ticks([0, last], 4) });
    curve.layers.back.append(cursors[name]);
    cursors[name].setAttribute("d", `M${pixel(x(at))} ${curve.room.top}V${curve.height - curve.room.bottom}`);
    curve.layers.done.setAttribute("d", line(between(last, DRAWN).map((k) => [x(k), y(ask(made, k))])));
    curve.layers.now.setAttribute("transform", `translate(${pixel(x(at))} ${pixel(y(ask(made, at)))})`);
  }

  function update() {
    const state = page.state();
    const made = designed(state);
    schedule.set(state.schedule);
    then.set(state.then);
    step.set(state.step, state.steps);
    steps.set(state.steps);
    settle(state);
    field.value = program(made);
    copying.set("Copy");
    for (const node of [betaTitle, curves.beta.root]) node.toggleAttribute("hidden", !made.beta);
    curves.beta.resize();
    const rates = between(state.steps, ASKED).map((k) => ask(made.lr, k));
    const highest = rates.reduce((most, rate) => Math.max(most, rate));
    const mean = rates.reduce((total, rate) => total + rate) / rates.length;
    draw("lr", made.lr, state, highest);
    if (made.beta) draw("beta", made.beta, state, 1);
    const beta = made.beta ? `, β ${number(ask(made.beta, state.step))}` : "";
    page.read({
      "At this step": number(ask(made.lr, state.step)) + beta,
      Highest: number(highest),
      Mean: number(mean),
    });
    const { words } = schedules[state.schedule];
    const phases = [state.warmup ? `Warm-up over ${state.warmup} steps, then this: ${words}` : words];
    if (state.then !== nothing) phases.push(`From step ${state.warmup + state.join} on: ${schedules[state.then].words}`);
    page.tell(phases.join(" "));
    const last = number(rates.at(-1));
    const summary = `At step ${state.step} the learning rate is ${number(ask(made.lr, state.step))}${beta}.`;
    const way = `from ${number(rates[0])} over at most ${number(highest)} to ${last} at step ${state.steps}`;
    curves.lr.root.setAttribute("aria-label", `Learning rate against step, ${way}. ${summary}`);
    curves.beta.root.setAttribute("aria-label", `Momentum against step. ${summary}`);
    return summary;
  }
  return page.begin({ drawings: Object.values(curves), update });
}

export default { render };
