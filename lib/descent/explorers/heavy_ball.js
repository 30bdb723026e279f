// The closed forms of descent.explorers.heavy_ball.

// Both eigenvalues [re, im], the larger in size (or the one above the real axis) first.
export function eigenvalues(a, beta) {
  const trace = 1 + beta - a;
  const discriminant = trace * trace - 4 * beta;
  if (discriminant < 0) {
    const height = Math.sqrt(-discriminant) / 2;
    return [[trace / 2, height], [trace / 2, -height]];
  }
  const first = (trace + (trace < 0 ? -1 : 1) * Math.sqrt(discriminant)) / 2;
  return [[first, 0], [first ? beta / first : 0, 0]]; // their product is beta: no digits are lost
}

// The spectral radius: the factor by which the error shrinks a step, in the long run.
export const contraction = (a, beta) => Math.hypot(...eigenvalues(a, beta)[0]);

// What the error does at (a, beta).
export function region(a, beta) {
  if (a >= 2 * (1 + beta)) return "unstable";
  const [slow, fast] = [(1 - Math.sqrt(beta)) ** 2, (1 + Math.sqrt(beta)) ** 2];
  if (Math.abs(a - slow) <= 1e-6 * Math.max(a, slow)) return "critical";
  return a < slow ? "monotone" : a < fast ? "oscillating" : "alternating";
}
