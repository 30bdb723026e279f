"""The book's data. The digits lie in the package; nothing here needs the network."""

from importlib.resources import files

import numpy as np


def digits() -> tuple[np.ndarray, np.ndarray]:
    """1,797 handwritten digits of 8 x 8 pixels.

    Returns images (1797, 64), float64 in [0, 1], row by row, and labels (1797,), int64 in 0 … 9.
    Source: Alpaydin & Kaynak (1998), UCI repository, CC BY 4.0.
    """
    with (
        files("descent").joinpath("digits.npz").open("rb") as file,
        np.load(file, allow_pickle=False) as table,
    ):
        return table["images"] / 16.0, table["labels"].astype(np.int64)
