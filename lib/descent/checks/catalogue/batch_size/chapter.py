"""Where the exercises of chapter 9 belong."""

CHAPTER = "09_batch_size"
