"""Where the exercises of chapter 1 belong."""

CHAPTER = "01_losses_and_gradients"
