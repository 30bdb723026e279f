"""A Transformer small enough for a page, and the task that it learns there: to sort."""

from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy, scaled_dot_product_attention

from descent.inputs import count, lookup
from descent.methods import Rule
from descent.pytorch.optimizer import Optimizer
from descent.pytorch.schedulers import Scheduler

TOKENS, LENGTH = 16, 8  # of the sequences to sort

NORMS: dict[str, Callable[[nn.Module, Callable[[Tensor], Tensor], Tensor], Tensor]] = {
    "post": lambda norm, f, x: norm(x + f(x)),
    "pre": lambda norm, f, x: x + f(norm(x)),
}


class Block(nn.Module):
    """Self-attention, then two dense layers; each with a residual path and a layer norm."""

    def __init__(self, width: int, heads: int, norm: str) -> None:
        super().__init__()
        self.heads, self.around = heads, lookup("norm", norm, NORMS)
        self.norms = nn.ModuleList(nn.LayerNorm(width) for _ in range(2))
        self.queries_keys_values = nn.Linear(width, 3 * width)
        self.joined = nn.Linear(width, width)
        self.dense = nn.Sequential(
            nn.Linear(width, 4 * width), nn.ReLU(), nn.Linear(4 * width, width)
        )

    def attention(self, x: Tensor) -> Tensor:
        """softmax(QKᵀ/√d)V in each head, the heads joined: (n, length, width) -> the same shape."""
        parts = self.queries_keys_values(x).unflatten(-1, (3, self.heads, -1))
        queries, keys, values = parts.permute(2, 0, 3, 1, 4)  # each (n, heads, length, d)
        mixed = scaled_dot_product_attention(queries, keys, values)
        return self.joined(mixed.transpose(1, 2).flatten(-2))

    def forward(self, x: Tensor) -> Tensor:
        """(n, length, width) -> the same shape."""
        for f, norm in zip((self.attention, self.dense), self.norms, strict=True):
            x = self.around(norm, f, x)
        return x


class Transformer(nn.Module):
    """Reads a whole sequence of tokens and gives scores for a token at each of its places.

    norm: where the layer norms stand: "post" is x = norm(x + f(x)), the original; "pre" is
    x = x + f(norm(x)), with one more norm at the end. width: a multiple of heads. seed: of the initial
    weights, Glorot's uniform ones, with embeddings from a standard normal distribution.
    As it comes it has about 52,000 weights. Raises TypeError or ValueError that names the argument.
    Source: Vaswani et al. (2017), the encoder; "pre": Xiong et al. (2020).
    """

    def __init__(
        self,
        tokens: int = TOKENS,
        length: int = LENGTH,
        *,
        width: int = 32,
        heads: int = 4,
        blocks: int = 4,
        norm: str = "post",
        seed: int = 0,
    ) -> None:
        super().__init__()
        tokens, length = count("tokens", tokens, at_least=1), count("length", length, at_least=1)
        width, heads = count("width", width, at_least=1), count("heads", heads, at_least=1)
        if width % heads:
            raise ValueError(f"width must be a multiple of heads, got {width} for {heads} heads")
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            self.tokens = nn.Embedding(tokens, width)
            self.places = nn.Embedding(length, width)
            self.blocks = nn.Sequential(
                *(Block(width, heads, norm) for _ in range(count("blocks", blocks)))
            )
            self.last_norm = nn.LayerNorm(width) if norm == "pre" else nn.Identity()
            self.scores = nn.Linear(width, tokens)
            for layer in self.modules():
                if isinstance(layer, nn.Linear):
                    nn.init.xavier_uniform_(layer.weight)
                    nn.init.zeros_(layer.bias)

    def forward(self, x: Tensor) -> Tensor:
        """(n, length) whole numbers -> (n, length, tokens)."""
        x = self.tokens(x) + self.places.weight
        return self.scores(self.last_norm(self.blocks(x)))


def to_sort(n: int, rng: np.random.Generator) -> tuple[Tensor, Tensor]:
    """n random sequences of tokens, and the same in rising order: (n, LENGTH) whole numbers each."""
    sequences = torch.from_numpy(rng.integers(TOKENS, size=(n, LENGTH)))
    return sequences, sequences.sort(dim=1).values


def learn_to_sort(
    rule: Rule,
    lr: Callable[[int], float],
    *,
    steps: int,
    seed: int,
    norm: str = "post",
    batch_size: int = 32,
    **hyper: Any,
) -> tuple[np.ndarray, float]:
    """Trains a new Transformer to sort, each batch freshly drawn, and returns how that went.

    rule, lr, hyper: the method, its schedule and its other hyper-parameters. seed: of the weights and
    of the data. Returns the training losses (steps,), cross-entropy in nats a token, each before its
    step, and the loss at the end on 1,000 new sequences, which are the same for all.
    """
    model = Transformer(norm=norm, seed=seed)
    optimizer = Optimizer(model.parameters(), rule, lr=lr(0), **hyper)
    scheduler = Scheduler(optimizer, lr)
    rng = np.random.default_rng(seed)
    losses = []
    for _ in range(steps):
        loss = _loss(model, *to_sort(batch_size, rng))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        scheduler.step()
        losses.append(loss.item())
    with torch.no_grad():
        final = _loss(model, *to_sort(1000, np.random.default_rng(2**31)))
    return np.array(losses), final.item()


def _loss(model: nn.Module, sequences: Tensor, targets: Tensor) -> Tensor:
    return cross_entropy(model(sequences).flatten(0, 1), targets.flatten())
