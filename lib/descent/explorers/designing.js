// The designer's settings: a formula, or one joined to another, behind a warm-up; what they make, and its code.

import { FACTS } from "./facts.js";
import { code, names } from "./schedules.js";
import { clamp, finite, pick } from "./ui.js";

const DESIGN = FACTS.schedule_designer;

const TINY = Number.MIN_VALUE;
const RATE = { low: 1e-5, high: 10, scale: "log", least: TINY, most: 1e9 };
export const LENGTH = { low: 1, scale: "whole", least: 1, most: 1e9 }; // its slider is as long as the picture
export const COUNT = { low: 0, scale: "whole", least: 0, most: 1e9 };
const DIV = { low: 1, high: 1e5, scale: "log", least: 1 };
const BETA = { low: 0, high: 0.99, scale: "decay", least: 0, most: 1 - 2 ** -53 };

// What an argument's slider needs, and from `least` to `most` what it may be at all, in every schedule the same.
export const ARGUMENTS = {
  base_lr: { ...RATE, label: "Learning rate" },
  max_lr: { ...RATE, label: "Highest rate" },
  low_lr: { ...RATE, label: "First rate" },
  high_lr: { ...RATE, label: "Last rate" },
  final_lr: { label: "Final rate", low: 0, high: 1, scale: "root", least: 0, most: 1e9 },
  total_steps: { ...LENGTH, label: "Total steps" },
  every: { ...LENGTH, label: "Every … steps" },
  period: { ...LENGTH, label: "First period" },
  growth: { ...LENGTH, label: "Growth", high: 4 },
  timescale: { ...LENGTH, label: "Timescale" },
  decay_steps: { ...LENGTH, label: "Decay steps" },
  warmup_steps: { ...COUNT, label: "Warm-up steps" },
  stable_steps: { ...COUNT, label: "Stable steps" },
  factor: { label: "Factor", low: 0.01, high: 1, least: TINY, most: 1 },
  gamma: { label: "Factor a step γ", low: 0.9, high: 0.9999, scale: "decay", least: TINY, most: 1 },
  power: { label: "Power", low: 0.1, high: 10, scale: "log", least: TINY },
  warmup_fraction: { label: "Share of the rise", low: 0.01, high: 0.99, least: TINY, most: 1 - 2 ** -53 },
  start_div: { ...DIV, label: "Start divisor" },
  final_div: { ...DIV, label: "Final divisor" },
  low: { ...BETA, label: "β at the peak" },
  high: { ...BETA, label: "β at both ends" },
};

// A number that the argument may be, or else the one that it begins with.
function sound({ scale, least, most = Infinity }, value, otherwise) {
  const given = scale === "whole" ? Math.round(finite(value, otherwise)) : finite(value, otherwise);
  return given >= least && given <= most ? given : otherwise;
}

// Milestones are as many as come, and rise.
function rising(value, otherwise) {
  const steps = [value ?? otherwise].flat().map((step) => Math.round(finite(step, 0)));
  return steps.every((step, i) => step > (steps[i - 1] ?? 0)) ? steps : otherwise;
}

const settings = (defaults, raw, prefix = "") =>
  Object.fromEntries(
    Object.entries(defaults).map(([name, value]) => {
      const given = raw[prefix + name];
      return [prefix + name, Array.isArray(value) ? rising(given, value) : sound(ARGUMENTS[name], given, value)];
    }),
  );

export const alone = ({ schedule, then, warmup }) => schedule === "one_cycle" && then === DESIGN.nothing && warmup === 0;

// Settings that make a schedule, from whatever came out of an address or a notebook.
export function completeDesign(raw) {
  const state = {
    schedule: pick(raw.schedule, DESIGN.schedules, "cosine"),
    then: pick(raw.then, DESIGN.schedules, DESIGN.nothing),
    warmup: sound(COUNT, raw.warmup, 0),
    steps: sound({ ...LENGTH, least: 2 }, raw.steps, 1000),
  };
  state.step = clamp(Math.round(finite(raw.step, 0)), 0, state.steps);
  Object.assign(state, settings(DESIGN.schedules[state.schedule].defaults, raw));
  if (state.then !== DESIGN.nothing) {
    state.join = sound(COUNT, raw.join, DESIGN.join);
    Object.assign(state, settings(DESIGN.schedules[state.then].defaults, raw, "then_"));
  }
  if (alone(state)) Object.assign(state, settings(DESIGN.momentum, raw));
  return state;
}

const formula = (name, state, prefix = "") => ({
  name,
  args: Object.fromEntries(Object.keys(DESIGN.schedules[name].defaults).map((argument) => [argument, state[prefix + argument]])),
});

// { lr, and where one-cycle is alone its momentum beta }, as schedules.
export function designed(state) {
  let lr = formula(state.schedule, state);
  if (alone(state)) {
    const { total_steps, warmup_fraction, low, high } = state;
    return { lr, beta: { name: "one_cycle_momentum", args: { total_steps, warmup_fraction, low, high } } };
  }
  if (state.then !== DESIGN.nothing) {
    lr = { name: "join", args: { first: lr, steps: state.join, then: formula(state.then, state, "then_") } };
  }
  return { lr: state.warmup ? { name: "warmup", args: { steps: state.warmup, then: lr } } : lr };
}

// Lines of Python that run as they are.
export function program(made) {
  const imports = [...new Set(Object.values(made).flatMap(names))].sort().join(", ");
  const lines = Object.entries(made).map(([name, schedule]) => `${name} = ${code(schedule)}`);
  return [`from descent.schedules import ${imports}`, ...lines].join("\n");
}
