"""Many tensors in one call: a loop in C++ around a kernel that TorchInductor has made for the CPU."""

import ctypes
from array import array
from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor

# Every thread takes its part of every tensor, in whole cache lines: the parts are equal, and a thread
# meets the same numbers again at the next step. One thread is faster below 2^15 numbers in all.
SOURCE = """
#include <algorithm>
#include <cstdint>
#include <omp.h>

struct Row { char* arrays[%(arrays)d]; int64_t length; };

extern "C" void loop(void (*kernel)(%(types)s), const Row* rows, char* const* grads, int64_t count,
                     char* numbers, int threads) {
    int64_t total = 0;
    for (int64_t i = 0; i < count; i++) total += rows[i].length;
    #pragma omp parallel num_threads(threads) if (total >= 32768)
    {
        const int64_t thread = omp_get_thread_num(), all = omp_get_num_threads();
        for (int64_t i = 0; i < count; i++) {
            const int64_t lines = (rows[i].length + 31) / 32, begin = 32 * (lines * thread / all);
            const int64_t end = std::min(rows[i].length, 32 * (lines * (thread + 1) / all));
            if (grads[i] && begin < end) kernel(%(arguments)s);
        }
    }
}
"""


class Loop:
    """The kernel behind `run`, for any number of tensors in one call.

    run: what TorchInductor made of a function of the tensors (parameter, grad, *memory, numbers), of
        which all but the last have one length, that of `examples`.

    Raises whatever goes wrong where `run` is not one such kernel for the CPU.
    """

    def __init__(self, run: Any, examples: Sequence[Tensor]) -> None:
        from torch._inductor.codecache import CppCodeCache

        function, places = inside(run, examples)
        parameter, grad, *memory, numbers = range(len(examples))
        arrays = {parameter: "rows[i].arrays[0]", grad: "grads[i]"}
        arrays |= {place: f"rows[i].arrays[{k}]" for k, place in enumerate(memory, 1)}
        values = {k: f"{v} + begin * {examples[k].element_size()}" for k, v in arrays.items()}
        values |= {numbers: "numbers", None: "end - begin"}
        source = SOURCE % {
            "arrays": len(memory) + 1,
            "types": ", ".join("int64_t" if place is None else "char*" for place in places),
            "arguments": ", ".join(values[place] for place in places),
        }
        self._library = ctypes.CDLL(function.__self__.__file__)
        self._kernel = ctypes.cast(self._library.kernel, ctypes.c_void_p)
        self._loop = CppCodeCache.load(source).loop
        pointer, integer = ctypes.c_void_p, ctypes.c_int64
        self._loop.argtypes = [pointer, pointer, pointer, integer, pointer, ctypes.c_int]
        self._loop.restype = None
        self._number = "d" if examples[numbers].dtype == torch.float64 else "f"

    def rows(self, tensors: Sequence[Sequence[Tensor]]) -> array:
        """Where each (parameter, *memory) lies, and its length, as `__call__` needs it."""
        rows = [[*(t.data_ptr() for t in own), own[0].numel()] for own in tensors]
        return array("q", [number for row in rows for number in row])

    def __call__(
        self, rows: array, grads: Sequence[Tensor | None], numbers: Sequence[float]
    ) -> None:
        """Steps the tensors that have a gradient, which must be filled as its parameter is."""
        gathered = array("q", [0 if grad is None else grad.data_ptr() for grad in grads])
        values = array(self._number, numbers)
        (rows_at, _), (grads_at, _), (values_at, _) = map(
            array.buffer_info, (rows, gathered, values)
        )
        threads = torch.get_num_threads()
        self._loop(self._kernel, rows_at, grads_at, len(grads), values_at, threads)


def inside(run: Any, examples: Sequence[Tensor]) -> tuple[Any, list[int | None]]:
    """The one C++ function that `run` calls; which example each argument is, or None: the length."""
    scope = run.__globals__
    (name,) = (name for name in scope if name.startswith("cpp_"))
    function, given = scope[name], []
    scope[name] = lambda *arguments: given.extend(arguments)
    try:
        run(list(examples))
    finally:
        scope[name] = function
    places: dict[int, int | None] = {id(example): i for i, example in enumerate(examples)}
    lengths = {examples[0].numel(): None}
    return function, [places[id(a)] if isinstance(a, Tensor) else lengths[a] for a in given]
