// The formulas of descent.schedules: (step, arguments) -> value, and schedules { name, args } made of them.

const cosine = (k, { base_lr, total_steps, final_lr }) =>
  final_lr + ((base_lr - final_lr) * (1 + Math.cos((Math.PI * Math.min(k, total_steps)) / total_steps))) / 2;

// Python's round: halves go to the even neighbour.
export function round(value) {
  const below = Math.floor(value);
  const rest = value - below;
  return rest === 0.5 ? below + (below % 2) : rest < 0.5 ? below : below + 1;
}

// One-cycle is straight between start, peak and end, where it has these values.
function cycle(k, total_steps, warmup_fraction, [start, top, last]) {
  const peak = Math.max(round(warmup_fraction * total_steps) - 1, 0);
  if (k >= total_steps - 1) return last;
  return k < peak ? start + ((top - start) * k) / peak : top + ((last - top) * (k - peak)) / (total_steps - 1 - peak);
}

export const SCHEDULES = {
  constant: (k, { base_lr }) => base_lr,
  step_decay: (k, { base_lr, every, factor }) => base_lr * factor ** Math.floor(k / every),
  multi_step_decay: (k, { base_lr, milestones, factor }) =>
    base_lr * factor ** milestones.filter((milestone) => milestone <= k).length,
  exponential_decay: (k, { base_lr, gamma }) => base_lr * gamma ** k,
  polynomial_decay: (k, { base_lr, total_steps, power, final_lr }) =>
    final_lr + (base_lr - final_lr) * (1 - Math.min(k, total_steps) / total_steps) ** power,
  cosine,
  warm_restarts(k, { base_lr, period, growth, final_lr }) {
    if (growth === 1) k %= period;
    while (k >= period) [k, period] = [k - period, period * growth];
    return cosine(k, { base_lr, total_steps: period, final_lr });
  },
  inverse_sqrt: (k, { base_lr, timescale }) => base_lr / Math.sqrt(1 + k / timescale),
  join: (k, { first, steps, then }) => (k < steps ? ask(first, k) : ask(then, k - steps)),
  warmup: (k, { steps, then }) => (k < steps ? ask(then, 0) * ((k + 1) / steps) : ask(then, k - steps)),
  one_cycle: (k, { max_lr, total_steps, warmup_fraction, start_div, final_div }) =>
    cycle(k, total_steps, warmup_fraction, [max_lr / start_div, max_lr, max_lr / start_div / final_div]),
  one_cycle_momentum: (k, { total_steps, warmup_fraction, low, high }) =>
    cycle(k, total_steps, warmup_fraction, [high, low, high]),
  wsd(k, { base_lr, warmup_steps, stable_steps, decay_steps, final_lr }) {
    if (k < warmup_steps) return base_lr * ((k + 1) / warmup_steps);
    const done = (k - warmup_steps - stable_steps) / decay_steps;
    return base_lr + (final_lr - base_lr) * Math.min(Math.max(done, 0), 1);
  },
  range_test: (k, { low_lr, high_lr, total_steps }) =>
    low_lr * (high_lr / low_lr) ** Math.min(k / Math.max(total_steps - 1, 1), 1),
};

// A schedule's value at a step.
export const ask = ({ name, args }, step) => SCHEDULES[name](step, args);

// The names of all formulas in a schedule, in order of the alphabet.
export function names({ name, args }) {
  const inner = Object.values(args).filter((value) => value.name).flatMap(names);
  return [...new Set([name, ...inner])].sort();
}

const WHOLE = /^(steps|every|period|growth|timescale|milestones|(total|decay|warmup|stable)_steps)$/;

// Python's repr of a float.
function float(value) {
  const size = Math.abs(value);
  if (size !== 0 && (size < 1e-4 || size >= 1e16)) {
    return value.toExponential().replace(/e([+-])(\d)$/, "e$10$2");
  }
  return Number.isInteger(value) ? `${value}.0` : String(value);
}

// A schedule as the Python that makes it: its repr.
export function code({ name, args }) {
  const said = ([argument, value]) => {
    if (value.name) return `${argument}=${code(value)}`;
    if (Array.isArray(value)) return `${argument}=(${value.join(", ")}${value.length === 1 ? "," : ""})`;
    return `${argument}=${WHOLE.test(argument) ? value : float(value)}`;
  };
  return `${name}(${Object.entries(args).map(said).join(", ")})`;
}
