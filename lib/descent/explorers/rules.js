// The update rules of descent.methods. Each works coordinate by coordinate, so it is written for one:
// (theta, gradient, state, t, hyper-parameters) -> [theta, state]; t counts from 1, states start at zero.

// What is inside a step of Adam; also without bias correction, and with epsilon inside the root.
export function adamParts(g, [m, v], t, { beta1, beta2, eps, corrected = true, eps_inside = false }) {
  m = beta1 * m + (1 - beta1) * g;
  v = beta2 * v + (1 - beta2) * g ** 2;
  const mHat = corrected ? m / (1 - beta1 ** t) : m;
  const vHat = corrected ? v / (1 - beta2 ** t) : v;
  const divisor = eps_inside ? Math.sqrt(vHat + eps) : Math.sqrt(vHat) + eps;
  return { g, m, v, mHat, vHat, divisor, step: divisor > 0 ? mHat / divisor : 0 };
}

// All of it at every step along a sequence of gradients.
export function anatomy(gradients, hyper) {
  let state = [0, 0];
  return gradients.map((g, k) => {
    const parts = adamParts(g, state, k + 1, hyper);
    state = [parts.m, parts.v];
    return parts;
  });
}

export const RULES = {
  gradient_descent: {
    state: 0,
    step: (theta, g, state, t, { lr }) => [theta - lr * g, state],
  },
  momentum: {
    state: 1,
    step: (theta, g, [v], t, { lr, beta }) => {
      v = beta * v + g;
      return [theta - lr * v, [v]];
    },
  },
  nesterov: {
    state: 1,
    step: (theta, g, [v], t, { lr, beta }) => {
      v = beta * v + g;
      return [theta - lr * (g + beta * v), [v]];
    },
  },
  adagrad: {
    state: 1,
    step: (theta, g, [s], t, { lr, eps }) => {
      s = s + g ** 2;
      return [theta - (lr * g) / (Math.sqrt(s) + eps), [s]];
    },
  },
  rmsprop: {
    state: 1,
    step: (theta, g, [s], t, { lr, rho, eps }) => {
      s = rho * s + (1 - rho) * g ** 2;
      return [theta - (lr * g) / (Math.sqrt(s) + eps), [s]];
    },
  },
  adam: {
    state: 2,
    step: (theta, g, state, t, { lr, ...hyper }) => {
      const { m, v, mHat, divisor } = adamParts(g, state, t, hyper);
      return [theta - (lr * mHat) / divisor, [m, v]];
    },
  },
};
