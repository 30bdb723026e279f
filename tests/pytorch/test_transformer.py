"""The tiny Transformer against torch's own encoder, and the task that it learns."""

import numpy as np
import pytest
import torch
from torch import nn

from descent.methods import RULES
from descent.pytorch.transformer import LENGTH, TOKENS, Block, Transformer, learn_to_sort, to_sort
from descent.schedules import cosine, warmup


@pytest.mark.parametrize("norm", ["post", "pre"])
def test_a_block_is_torch_s_encoder_layer(norm):
    torch.manual_seed(1)
    ours = Block(12, 3, norm)
    theirs = nn.TransformerEncoderLayer(
        12, 3, 48, dropout=0.0, batch_first=True, norm_first=norm == "pre"
    )
    attention = theirs.self_attn
    pairs = {
        "queries_keys_values.weight": attention.in_proj_weight,
        "queries_keys_values.bias": attention.in_proj_bias,
        "joined.weight": attention.out_proj.weight,
        "joined.bias": attention.out_proj.bias,
    }
    layers = {"dense.0": theirs.linear1, "dense.2": theirs.linear2}
    layers |= {"norms.0": theirs.norm1, "norms.1": theirs.norm2}
    for name, layer in layers.items():
        pairs |= {f"{name}.weight": layer.weight, f"{name}.bias": layer.bias}
    for parameter in theirs.parameters():
        nn.init.normal_(parameter, std=0.5)
    ours.load_state_dict(pairs)
    x = torch.randn(4, 7, 12)
    torch.testing.assert_close(ours(x), theirs(x), rtol=1e-4, atol=1e-5)


def test_a_few_ten_thousand_weights_that_the_seed_alone_decides():
    torch.manual_seed(5)
    before = torch.random.get_rng_state()
    one, same, other = Transformer(seed=3), Transformer(seed=3), Transformer(seed=4)
    assert torch.equal(torch.random.get_rng_state(), before)
    weights = [nn.utils.parameters_to_vector(model.parameters()) for model in (one, same, other)]
    assert torch.equal(weights[0], weights[1])
    assert not torch.equal(weights[0], weights[2])
    assert 50_000 < weights[0].numel() < 55_000


def test_every_place_sees_every_token_and_knows_its_own():
    model = Transformer(norm="pre")
    sequences, _ = to_sort(1, np.random.default_rng(0))
    scores = model(sequences)
    assert scores.shape == (1, LENGTH, TOKENS)
    changed = sequences.clone()
    changed[0, -1] = (changed[0, -1] + 1) % TOKENS
    assert (model(changed) != scores).any(-1).all()
    turned = sequences.roll(1, dims=1)
    assert not torch.allclose(model(turned), scores.roll(1, dims=1))


def test_the_task_is_to_sort():
    sequences, targets = to_sort(50, np.random.default_rng(0))
    assert (targets.diff(dim=1) >= 0).all()
    assert torch.equal(targets, torch.tensor(np.sort(sequences.numpy(), axis=1)))
    assert sequences.min() == 0
    assert sequences.max() == TOKENS - 1


def test_it_learns_and_the_same_seed_learns_alike():
    schedule = warmup(4, cosine(0.004, 36))
    losses, final = learn_to_sort(RULES["adamw"], schedule, steps=40, seed=0)
    again, same_final = learn_to_sort(RULES["adamw"], schedule, steps=40, seed=0)
    assert (losses == again).all()
    assert final == same_final
    assert len(losses) == 40
    assert final < np.log(TOKENS) - 0.5  # guessing costs log(TOKENS)


@pytest.mark.parametrize(
    ("arguments", "error", "said"),
    [
        ({"width": 30}, ValueError, "width must be a multiple of heads, got 30 for 4 heads"),
        ({"norm": "past"}, ValueError, "unknown norm 'past'"),
        ({"tokens": 0}, ValueError, "tokens must be"),
        ({"blocks": 1.5}, TypeError, "blocks must be"),
    ],
)
def test_bad_input_is_named(arguments, error, said):
    with pytest.raises(error, match=said):
        Transformer(**arguments)
