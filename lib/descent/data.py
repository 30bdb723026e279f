"""The book's data: digits that lie in the package, and real images of 28 x 28 pixels.

The digits need nothing. The larger images come from a folder, from Debian's package, or once over the
network, checked and kept.
"""

import gzip
import os
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from descent.inputs import lookup

DEBIAN = Path("/usr/share/datasets")  # where Debian's packages dataset-* keep their files


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


class Examples(NamedTuple):
    """Images (n, d), row by row, and their labels (n,): NumPy arrays, or torch tensors of one device."""

    images: Any
    labels: Any

    def take(self, indices: Any) -> "Examples":
        """The examples at `indices`: whole numbers, such as the first of a `stratified` order."""
        return Examples(self.images[indices], self.labels[indices])

    def to(self, device: Any) -> "Examples":
        """The same examples as torch tensors in the memory of `device`, such as "cpu" or "cuda".

        There at once and for good: a batch is then an index, without loader workers or copies. On the
        CPU the tensors share the arrays' memory. Raises ModuleNotFoundError where torch is not installed.
        """
        import torch

        return Examples(*(torch.as_tensor(array, device=device) for array in self))


@dataclass(frozen=True)
class Source:
    """A set of images: what it is called, where it can be downloaded, and the files' checksums."""

    title: str
    address: str
    checksums: Mapping[str, str]
    class_names: tuple[str, ...]
    debian_package: str | None = None


SOURCES = {
    "fashion-mnist": Source(
        title="Fashion-MNIST",
        address="http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/",  # its README's
        checksums={
            "train-images-idx3-ubyte.gz": "sha256:3aede38d61863908ad78613f6a32ed271626dd12800ba2636569512369268a84",
            "train-labels-idx1-ubyte.gz": "sha256:a04f17134ac03560a47e3764e11b92fc97de4d1bfaf8ba1a3aa29af54cc90845",
            "t10k-images-idx3-ubyte.gz": "sha256:346e55b948d973a97e58d2351dde16a484bd415d4595297633bb08f03db6a073",
            "t10k-labels-idx1-ubyte.gz": "sha256:67da17c76eaffca5446c3361aaab5c3cd6d1c2608764d35dfb1850b086bf8dd5",
        },
        class_names=(
            "T-shirt/top",
            "Trouser",
            "Pullover",
            "Dress",
            "Coat",
            "Sandal",
            "Shirt",
            "Sneaker",
            "Bag",
            "Ankle boot",
        ),
        debian_package="dataset-fashion-mnist",
    ),
    "mnist": Source(
        title="MNIST",
        address="https://ossci-datasets.s3.amazonaws.com/mnist/",  # torchvision's, with its checksums
        checksums={
            "train-images-idx3-ubyte.gz": "md5:f68b3c2dcbeaaa9fbdd348bbdeb94873",
            "train-labels-idx1-ubyte.gz": "md5:d53e105ee54ea40749a09fcbcd1e9432",
            "t10k-images-idx3-ubyte.gz": "md5:9fb629c4189551a2d022fa330f9573f3",
            "t10k-labels-idx1-ubyte.gz": "md5:ec29112dd5afa0611ce80d1b7f02629c",
        },
        class_names=tuple("0123456789"),
    ),
}


def load(
    name: str = "fashion-mnist", folder: str | Path | None = None
) -> tuple[Examples, Examples]:
    """The training and the test examples of "fashion-mnist" or "mnist".

    Images (60000, 784) and (10000, 784), float32 in [0, 1], row by row; labels int64 in 0 … 9;
    `SOURCES[name].class_names` says what they mean.
    folder: where the four idx files lie, gzipped or not; they are taken as they are. Without it, the
    first that has them: the folder `name` in the one that the environment variable DESCENT_DATA names;
    Debian's package; a download, compared with its checksums and kept in DESCENT_DATA or else the
    user's cache, with a progress bar (needs pooch and tqdm).
    Raises FileNotFoundError that says what to do where there are no files, ValueError for files that
    are broken or do not belong together, or an unknown name.
    Source: Xiao, Rasul & Vollgraf (2017), MIT; LeCun, Bottou, Bengio & Haffner (1998).
    """
    source = lookup("data set", name, SOURCES)
    if folder is not None:
        folder = Path(folder)
        missing = [file for file in source.checksums if not _idx_file(folder, file).exists()]
        if missing:
            raise FileNotFoundError(
                f"folder {str(folder)!r} must hold the files of {source.title}, "
                f"gzipped or not; missing: {', '.join(missing)}"
            )
    else:
        folder = _found(name, source) or _downloaded(name, source)
    return _examples(folder, "train"), _examples(folder, "t10k")


def stratified(labels: Any, rng: np.random.Generator) -> np.ndarray:
    """A random order of the examples in which every class is spread evenly: (n,) indices.

    Where a class makes up the share p of all n examples, it makes up m·p ± (1 + p·(classes - 2))/2 of the
    first m, which for classes of equal size is less than one example away. So cuts of this order, such
    as order[:1000] and order[1000:1500], are small disjoint sets with the proportions of the whole.
    labels: (n,) whole numbers, n >= 1. Raises TypeError or ValueError that names the argument.
    """
    labels = np.asarray(labels)
    if labels.ndim != 1 or not len(labels) or labels.dtype.kind not in "iu":
        raise ValueError(
            f"labels must be (n,) whole numbers, n >= 1, got {labels.dtype} of shape {labels.shape}"
        )
    if not isinstance(rng, np.random.Generator):
        raise TypeError(f"rng must be a numpy Generator, got {type(rng).__name__}: {rng!r}")
    order = rng.permutation(len(labels))
    place = np.empty(len(labels))  # of an example in its class, between 0 (first) and 1 (last)
    for label in np.unique(labels):
        members = labels[order] == label
        place[members] = (np.arange(members.sum()) + 0.5) / members.sum()
    return order[np.argsort(place, kind="stable")]  # stable: the same order on every machine


def read_idx(path: str | Path) -> np.ndarray:
    """The array of unsigned bytes in an idx file, gzipped if its name ends in .gz.

    The format: two zero bytes, 8 for unsigned bytes, the number of axes, each axis's length in four
    bytes, the highest first; then the elements, the last axis fastest.
    Raises ValueError that names the file and what is wrong with it.
    """
    path = Path(path)
    content = path.read_bytes()
    if path.suffix == ".gz":
        try:
            content = gzip.decompress(content)
        except (OSError, EOFError, zlib.error) as error:
            raise ValueError(f"{path} is no whole gzip file: {error}") from error
    if content[:3] != b"\0\0\x08" or len(content) < 4 + 4 * content[3]:
        raise ValueError(
            f"{path} must be an idx file of unsigned bytes, which starts with 00 00 08, "
            f"got {content[:4].hex(' ') or 'nothing'}"
        )
    start = 4 + 4 * content[3]
    shape = np.frombuffer(content[4:start], ">u4").astype(int)
    elements = np.frombuffer(content[start:], np.uint8)
    if len(elements) != shape.prod():
        raise ValueError(
            f"{path} must hold {' x '.join(map(str, shape))} = {shape.prod()} elements, "
            f"got {len(elements)}"
        )
    return elements.reshape(shape)


def _idx_file(folder: Path, name: str) -> Path:
    """`name`, which ends in .gz, in the folder, or the unpacked file where only that is there."""
    plain = (folder / name).with_suffix("")
    return plain if plain.exists() and not (folder / name).exists() else folder / name


def _examples(folder: Path, part: str) -> Examples:
    images_file = _idx_file(folder, f"{part}-images-idx3-ubyte.gz")
    labels_file = _idx_file(folder, f"{part}-labels-idx1-ubyte.gz")
    images, labels = read_idx(images_file), read_idx(labels_file)
    if images.shape[1:] != (28, 28) or not len(images):
        raise ValueError(f"{images_file} must hold n x 28 x 28 pixels, n >= 1, got {images.shape}")
    if labels.shape != images.shape[:1] or labels.max() > 9:
        raise ValueError(
            f"{labels_file} must hold {len(images)} labels from 0 to 9, one for each image, "
            f"got shape {labels.shape} and the highest {labels.max(initial=0)}"
        )
    pixels = images.reshape(len(images), -1) / np.float32(255)
    return Examples(pixels, labels.astype(np.int64))


def _found(name: str, source: Source) -> Path | None:
    """The first folder on this machine that holds all the files."""
    own = os.environ.get("DESCENT_DATA")
    folders = [Path(own) / name, DEBIAN / name] if own else [DEBIAN / name]
    whole = (f for f in folders if all(_idx_file(f, file).exists() for file in source.checksums))
    return next(whole, None)


def _downloaded(name: str, source: Source) -> Path:
    """The folder with the downloaded files; those that are there already are only compared."""
    try:
        import pooch

        folder = Path(os.environ.get("DESCENT_DATA") or pooch.os_cache("descent")) / name
        for file, checksum in source.checksums.items():
            pooch.retrieve(source.address + file, checksum, file, folder, progressbar=True)
    except (ImportError, OSError, ValueError) as error:
        ways = [
            f"put {', '.join(source.checksums)} into a folder {name!r}, and let the environment "
            "variable DESCENT_DATA name the folder that holds it",
            "with a network: pip install pooch tqdm, and try again",
        ]
        if source.debian_package:
            ways.insert(0, f"on Debian or Ubuntu: apt install {source.debian_package}")
        raise FileNotFoundError(
            f"{source.title} is not on this machine and could not be downloaded from "
            f"{source.address}. One of these helps:\n"
            + "".join(f"- {way}\n" for way in ways)
            + f"The download failed with {type(error).__name__}: {error}"
        ) from error
    return folder
