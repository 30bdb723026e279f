// Steps, examples and time to a target against the batch size b, as in descent.batches.BatchTradeoff.

export const tradeoff = {
  steps: ({ min_steps, noise_scale }, b) => min_steps + (min_steps * noise_scale) / b,
  examples: ({ min_steps, noise_scale }, b) => min_steps * noise_scale + min_steps * b,
  // a step takes overhead + per_example * b milliseconds
  seconds: (state, b) => (tradeoff.steps(state, b) * (state.overhead + state.per_example * b)) / 1000,
  fastest: ({ noise_scale, overhead, per_example }) => Math.sqrt((noise_scale * overhead) / per_example),
};
