// The surfaces of descent.problems: value and gradient at a point [x, y].

const BEALE = [1.5, 2.25, 2.625];
const bealeResidual = (x, y, c, i) => c - x * (1 - y ** (i + 1));
const sum = (terms) => terms.reduce((total, term) => total + term, 0);

// The ravine diag(0.2, 4), turned by `degrees`.
export function quadratic(degrees) {
  const [c, s] = [Math.cos((degrees * Math.PI) / 180), Math.sin((degrees * Math.PI) / 180)];
  const gradient = ([x, y]) => [
    (0.2 * c * c + 4 * s * s) * x - 3.8 * c * s * y,
    (0.2 * s * s + 4 * c * c) * y - 3.8 * c * s * x,
  ];
  return {
    turn: ([x, y]) => [c * x - s * y, s * x + c * y],
    value: (point) => 0.5 * sum(gradient(point).map((slope, i) => slope * point[i])),
    gradient,
  };
}

export const SURFACES = {
  quadratic: quadratic(0),
  rosenbrock: {
    value: ([x, y]) => (1 - x) ** 2 + 100 * (y - x * x) ** 2,
    gradient: ([x, y]) => {
      const ravine = 200 * (y - x * x);
      return [-2 * (1 - x) - 2 * x * ravine, ravine];
    },
  },
  himmelblau: {
    value: ([x, y]) => (x * x + y - 11) ** 2 + (x + y * y - 7) ** 2,
    gradient: ([x, y]) => {
      const a = x * x + y - 11;
      const b = x + y * y - 7;
      return [4 * x * a + 2 * b, 2 * a + 4 * y * b];
    },
  },
  beale: {
    value: ([x, y]) => sum(BEALE.map((c, i) => bealeResidual(x, y, c, i) ** 2)),
    gradient: ([x, y]) => [
      sum(BEALE.map((c, i) => 2 * bealeResidual(x, y, c, i) * (y ** (i + 1) - 1))),
      sum(BEALE.map((c, i) => 2 * bealeResidual(x, y, c, i) * x * (i + 1) * y ** i)),
    ],
  },
};
