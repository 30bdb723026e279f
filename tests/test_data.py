"""The digits that lie in the package."""

import hashlib

import numpy as np

from descent.data import digits

IMAGES = "8f26b2bd9d135c256808f68f14fdabddde6d9c7f869ae419704b051f0f14b3b3"
LABELS = "8ba4f891220f5e4c9c819638d1602d74b83618f167043c6da52a2a247841ddf0"


def test_the_digits_are_those_of_the_repository():
    images, labels = digits()
    assert (images.shape, images.dtype) == ((1797, 64), np.float64)
    assert (labels.shape, labels.dtype) == ((1797,), np.int64)
    grey = images * 16
    assert set(np.unique(grey)) == set(range(17))  # seventeen levels of grey
    counts = np.bincount(labels)
    assert counts.tolist() == [178, 182, 177, 183, 181, 182, 181, 179, 174, 180]
    assert hashlib.sha256(grey.astype(np.uint8).tobytes()).hexdigest() == IMAGES
    assert hashlib.sha256(labels.astype(np.uint8).tobytes()).hexdigest() == LABELS


def test_each_call_gives_arrays_of_its_own():
    images, labels = digits()
    images[:], labels[:] = 0, 0
    again, names = digits()
    assert again.max() == 1
    assert names.max() == 9


def test_pictures_of_a_class_resemble_each_other():
    """A nearest-mean classifier reads nine of ten digits: pixels and labels belong together."""
    images, labels = digits()
    seen = np.arange(len(images)) < 1200
    means = np.array([images[seen & (labels == k)].mean(0) for k in range(10)])
    distances = ((images[~seen][:, None] - means) ** 2).sum(-1)
    assert (distances.argmin(1) == labels[~seen]).mean() > 0.85
