// Walks a rule over a surface, as descent.minimize does.

// Ends after `steps`, or where `until(theta)` holds. -> { points, losses, diverged }, start included. Only finite numbers are kept.
export function minimize(rule, surface, { start, steps, until = () => false, ...hyper }) {
  let theta = start;
  let states = theta.map(() => Array(rule.state).fill(0));
  const points = [];
  const losses = [];
  for (let t = 1; ; t++) {
    const loss = surface.value(theta);
    const gradient = surface.gradient(theta);
    if (![...theta, loss, ...gradient].every(Number.isFinite)) {
      return { points, losses, diverged: true };
    }
    points.push(theta);
    losses.push(loss);
    if (t > steps || until(theta)) return { points, losses, diverged: false };
    const moved = theta.map((coordinate, i) => rule.step(coordinate, gradient[i], states[i], t, hyper));
    theta = moved.map(([coordinate]) => coordinate);
    states = moved.map(([, state]) => state);
  }
}
