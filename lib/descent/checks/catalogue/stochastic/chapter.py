"""Where the exercises of chapter 3 belong."""

CHAPTER = "03_stochastic_gradients"
