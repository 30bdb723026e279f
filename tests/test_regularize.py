from descent.regularize import decay_groups


def test_matrices_and_kernels_decay_and_nothing_else():
    shapes = [("w", (3, 4)), ("b", (3,)), ("kernel", (8, 3, 5, 5)), ("scale", ()), ("one", (1, 1))]
    assert decay_groups(shapes) == (["w", "kernel", "one"], ["b", "scale"])
    assert decay_groups([]) == ([], [])
