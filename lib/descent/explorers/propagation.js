// Sizes of signals and gradients by depth: descent.signals.propagate, and one random network of some width.

import { FACTS } from "./facts.js";

// erf by its series of positive terms, 2x/√π exp(-x²) Σ (2x²)ⁿ/(2n+1)!!, which loses no digits.
function erf(x) {
  if (Math.abs(x) > 6) return Math.sign(x);
  let [term, sum] = [1, 1];
  for (let n = 1; term > 1e-17 * sum; n++) {
    term *= (2 * x * x) / (2 * n + 1);
    sum += term;
  }
  return ((2 * x) / Math.sqrt(Math.PI)) * Math.exp(-x * x) * sum;
}

// x -> [f(x), f'(x)]
export const ACTIVATIONS = {
  linear: (x) => [x, 1],
  tanh: (x) => [Math.tanh(x), 1 - Math.tanh(x) ** 2],
  relu: (x) => (x > 0 ? [x, 1] : [0, 0]),
  leaky_relu: (x) => (x > 0 ? [x, 1] : [0.01 * x, 0.01]),
  gelu: (x) => {
    const below = (1 + erf(x / Math.SQRT2)) / 2;
    return [x * below, below + (x * Math.exp((-x * x) / 2)) / Math.sqrt(2 * Math.PI)];
  },
};

const NODES = Array.from({ length: 576 }, (_, k) => (k + 0.5) / 32 - 9);
const DENSITIES = NODES.map((z) => Math.exp((-z * z) / 2));
const TOTAL = DENSITIES.reduce((sum, density) => sum + density);

// Root mean squares of f(size z) and f'(size z), z ~ N(0, 1).
function meanSizes(activation, size) {
  let [signal, slope] = [0, 0];
  NODES.forEach((z, k) => {
    const [value, derivative] = activation(size * z);
    signal += DENSITIES[k] * value ** 2;
    slope += DENSITIES[k] * derivative ** 2;
  });
  return [Math.sqrt(signal / TOTAL), Math.sqrt(slope / TOTAL)];
}

// -> { signals, gradients } at layers 0 ... depth, in the limit of great width.
export function propagate(name, { gain, depth }) {
  const [signals, gradients] = [[1], Array(depth + 1).fill(1)];
  const factors = [];
  for (let layer = 1; layer <= depth; layer++) {
    const [signal, slope] = meanSizes(ACTIVATIONS[name], gain * signals[layer - 1]);
    signals.push(signal);
    factors.push(gain * slope);
  }
  for (let layer = depth; layer > 0; layer--) gradients[layer - 1] = gradients[layer] * factors[layer - 1];
  return { signals, gradients };
}

const spread = 2 * FACTS.signal_propagation.widths[1] ** 2; // places between layers

function hash(place, seed) {
  let h = Math.imul(place, 0x9e3779b9) ^ seed;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return ((h ^ (h >>> 16)) >>> 0) + 0.5;
}

// n numbers from N(0, 1), those of descent.explorers.random_network.
export function normals(seed, layer, n) {
  const first = spread * layer;
  return Float64Array.from({ length: n }, (_, k) => {
    const [radius, angle] = [hash(first + 2 * k, seed) / 2 ** 32, hash(first + 2 * k + 1, seed) / 2 ** 32];
    return Math.sqrt(-2 * Math.log(radius)) * Math.cos(2 * Math.PI * angle);
  });
}

const rootMeanSquare = (x) => Math.sqrt(x.reduce((sum, each) => sum + each * each, 0) / x.length);

function unit(x) {
  const size = rootMeanSquare(x);
  return x.map((each) => each / size);
}

let drawn = {}; // the numbers of one seed and width, by layer
function numbers(seed, width, layer) {
  if (drawn.seed !== seed || drawn.width !== width) drawn = { seed, width, layers: {} };
  return (drawn.layers[layer] ??= normals(seed, layer, width * width));
}

// The same sizes in one network of this width.
export function simulate(name, { gain, depth, width, seed }) {
  const scale = gain / Math.sqrt(width);
  let a = unit(normals(seed, 0, width));
  const [slopes, signals] = [[], [1]];
  for (let layer = 1; layer <= depth; layer++) {
    const W = numbers(seed, width, layer);
    const outputs = Array.from({ length: width }, (_, i) => {
      let z = 0;
      for (let j = 0; j < width; j++) z += W[i * width + j] * a[j];
      return ACTIVATIONS[name](scale * z);
    });
    a = Float64Array.from(outputs, ([value]) => value);
    slopes.push(outputs.map(([, slope]) => slope));
    signals.push(rootMeanSquare(a));
  }
  let g = unit(normals(seed, FACTS.signal_propagation.deepest + 1, width));
  const gradients = [1];
  for (let layer = depth; layer > 0; layer--) {
    const W = numbers(seed, width, layer);
    const back = new Float64Array(width);
    g.forEach((each, i) => {
      const passed = scale * slopes[layer - 1][i] * each;
      for (let j = 0; j < width; j++) back[j] += W[i * width + j] * passed;
    });
    g = back;
    gradients.unshift(rootMeanSquare(g));
  }
  return { signals, gradients };
}
