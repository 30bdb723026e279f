"""Where the exercises of chapter 10 belong."""

CHAPTER = "10_signal_propagation"
