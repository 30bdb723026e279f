// The update rules of descent.methods. Each works coordinate by coordinate, so it is written for one:
// (theta, gradient, state, t, hyper-parameters) -> [theta, state]; t counts from 1, states start at zero.

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
    step: (theta, g, [m, v], t, { lr, beta1, beta2, eps }) => {
      m = beta1 * m + (1 - beta1) * g;
      v = beta2 * v + (1 - beta2) * g ** 2;
      const mHat = m / (1 - beta1 ** t);
      const vHat = v / (1 - beta2 ** t);
      return [theta - (lr * mHat) / (Math.sqrt(vHat) + eps), [m, v]];
    },
  },
};
