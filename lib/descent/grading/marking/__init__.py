"""From submissions to marks: the engine that asks, the batch that drives it, the journal that remembers."""
