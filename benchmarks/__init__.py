"""How fast the rules run, against torch.optim and the machine's memory: `python -m benchmarks`."""
