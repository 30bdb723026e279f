// Runs on the ravine turned by an angle.

import { FACTS } from "./facts.js";
import { RULES } from "./rules.js";
import { quadratic } from "./surfaces.js";
import { minimize } from "./minimize.js";

const RAVINE = FACTS.rotation;

// A run on the turned ravine, up to `near` the minimum -> its points, and the steps it took to get there, if it did.
function turningRun(rule, degrees, hyper) {
  const ravine = quadratic(degrees);
  const until = ([x, y]) => Math.hypot(x, y) < RAVINE.near;
  const { points } = minimize(rule, ravine, { start: ravine.turn(RAVINE.start), steps: RAVINE.steps, until, ...hyper });
  return { points, arrival: until(points.at(-1)) ? points.length - 1 : null };
}

export const turned = ({ method, degrees, lr }) =>
  turningRun(RULES[method], degrees, { ...RAVINE.methods[method].defaults, lr });

export const plainlyTurned = (degrees) =>
  turningRun(RULES.gradient_descent, degrees, { lr: 2 / (RAVINE.curvatures[0] + RAVINE.curvatures[1]) });

// How far points are at most from other points, step by step, as long as both go on.
export const apart = (points, others) =>
  points.slice(0, others.length).reduce(
    (most, [x, y], k) => Math.max(most, Math.hypot(x - others[k][0], y - others[k][1])),
    0,
  );

// The loop of {f = level} on the turned ravine.
export function ellipse(level, turn) {
  const radii = RAVINE.curvatures.map((curvature) => Math.sqrt((2 * level) / curvature));
  const angles = Array.from({ length: 72 }, (_, k) => (k * Math.PI) / 36);
  return angles.map((angle) => turn([radii[0] * Math.cos(angle), radii[1] * Math.sin(angle)]));
}
