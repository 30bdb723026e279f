"""One call steps all tensors that have a gradient, with any number of threads."""

import pytest
import torch

from descent.methods import RULES
from descent.pytorch.kernel import Bound, kernel
from descent.pytorch.loop import Loop

LENGTHS = (1, 31, 32, 33, 5, 1000, 40_000)  # around a part's unit, and enough for two threads
MISSING = 5  # the place of the tensor without a gradient


@pytest.fixture
def threads():
    before = torch.get_num_threads()
    yield torch.set_num_threads
    torch.set_num_threads(before)


def tensors(dtype):
    """Three of each length, with a few numbers behind that no step may touch, and gradients."""
    generator = torch.Generator().manual_seed(0)
    working = torch.promote_types(dtype, torch.float32)
    homes = [
        [torch.rand(n + 40, generator=generator).to(d) for d in (dtype, working, working, dtype)]
        for n in LENGTHS
    ]
    own = [[home[:n] for home in some[:3]] for n, some in zip(LENGTHS, homes, strict=True)]
    grads = [some[3][:n] for n, some in zip(LENGTHS, homes, strict=True)]
    return homes, own, [None if i == MISSING else grad for i, grad in enumerate(grads)]


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64, torch.bfloat16])
@pytest.mark.parametrize("count", [1, 2])
def test_each_tensor_is_stepped_to_its_last_number_and_no_further(dtype, count, threads):
    hyper = (0.1, 0.9, 0.999, 1e-8)
    before, after = tensors(dtype)[0], tensors(dtype)
    homes, own, grads = after
    threads(count)
    Bound(kernel(RULES["adam"], dtype, torch.device("cpu")), own)(grads, 3, hyper)
    for i, n in enumerate(LENGTHS):
        theta, m, v, grad = before[i]
        if i != MISSING:
            named = dict(zip(RULES["adam"].hyper_names, hyper, strict=True))
            arguments = [x[:n].to(m.dtype) for x in (theta, grad, m, v)]
            new, (m[:n], v[:n]) = RULES["adam"](*arguments[:2], arguments[2:], 3, **named)
            theta[:n] = new
        for mine, expected in zip(homes[i], (theta, m, v, grad), strict=True):
            tolerance = torch.finfo(dtype).eps * 4
            torch.testing.assert_close(mine[:n], expected[:n], rtol=tolerance, atol=tolerance)
            assert torch.equal(mine[n:], expected[n:])


def test_two_threads_come_to_the_same_numbers_as_one(threads):
    results = []
    for count in (1, 2):
        threads(count)
        homes, own, grads = tensors(torch.float32)
        Bound(kernel(RULES["adam"], torch.float32, torch.device("cpu")), own)(
            grads, 3, (0.1, 0.9, 0.999, 1e-8)
        )
        results.append(torch.cat([x for home in homes for x in home]))
    assert torch.equal(*results)


@pytest.mark.parametrize("names", [[], ["cpp_one", "cpp_two"]])
def test_what_is_not_one_kernel_is_refused(names):
    scope = dict.fromkeys(names, print)
    exec("def run(arguments): pass", scope)
    with pytest.raises(ValueError, match="values to unpack"):
        Loop(scope["run"], [torch.zeros(3)] * 3)
