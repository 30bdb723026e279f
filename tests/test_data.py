"""The digits that lie in the package, and the larger images that come from elsewhere."""

import gzip
import hashlib
import struct
import sys
import threading
from dataclasses import replace
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer

import numpy as np
import pooch
import pytest
from hypothesis import given
from hypothesis import strategies as st

from descent import data
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


def idx(array, kind=8):
    shape = b"".join(struct.pack(">I", length) for length in array.shape)
    return bytes([0, 0, kind, array.ndim]) + shape + array.astype(np.uint8).tobytes()


@pytest.fixture
def small():
    """Six training and four test images, and their labels, by the names of their files."""
    rng = np.random.default_rng(0)
    return {
        f"{part}-{kind}-idx{axes}-ubyte": rng.integers(0, high, (n, 28, 28)[:axes])
        for part, n in [("train", 6), ("t10k", 4)]
        for kind, axes, high in [("images", 3, 256), ("labels", 1, 10)]
    }


def write(folder, arrays, packed=True):
    folder.mkdir(parents=True, exist_ok=True)
    for name, array in arrays.items():
        content = idx(array)
        if packed:
            (folder / f"{name}.gz").write_bytes(gzip.compress(content))
        else:
            (folder / name).write_bytes(content)
    return folder


@pytest.fixture
def away(monkeypatch, tmp_path):
    """A machine without Debian's package and without a network; a folder for DESCENT_DATA."""

    def no_network(*_, **__):
        raise ConnectionError("no network here")

    monkeypatch.setattr(data, "DEBIAN", tmp_path / "debian")
    monkeypatch.setattr(pooch, "retrieve", no_network)
    monkeypatch.setenv("DESCENT_DATA", str(tmp_path / "own"))
    return tmp_path


def same(examples, arrays, part):
    pixels, labels = arrays[f"{part}-images-idx3-ubyte"], arrays[f"{part}-labels-idx1-ubyte"]
    assert (examples.images.dtype, examples.labels.dtype) == (np.float32, np.int64)
    assert examples.images.shape == (len(labels), 784)
    np.testing.assert_array_equal(np.rint(examples.images * 255), pixels.reshape(-1, 784))
    np.testing.assert_array_equal(examples.labels, labels)
    assert examples.images.max() <= 1


@pytest.mark.parametrize("name", data.SOURCES)
@pytest.mark.parametrize("packed", [True, False])
def test_a_folder_is_read(small, tmp_path, name, packed):
    train, test = data.load(name, write(tmp_path, small, packed))
    same(train, small, "train")
    same(test, small, "t10k")


@pytest.mark.parametrize("place", ["own", "debian"])
def test_the_files_on_the_machine_are_found(small, away, place):
    write(away / place / "mnist", small)
    same(data.load("mnist")[1], small, "t10k")


def test_the_own_folder_comes_first(small, away):
    write(away / "debian" / "mnist", small)
    small["t10k-images-idx3-ubyte"] = 255 - small["t10k-images-idx3-ubyte"]
    write(away / "own" / "mnist", small)
    same(data.load("mnist")[1], small, "t10k")


def test_a_folder_that_lacks_a_file_is_not_half_used(small, away):
    write(away / "debian" / "mnist", small)
    (write(away / "own" / "mnist", small) / "t10k-labels-idx1-ubyte.gz").unlink()
    same(data.load("mnist")[0], small, "train")
    with pytest.raises(FileNotFoundError, match=r"missing: t10k-labels-idx1-ubyte\.gz$"):
        data.load("mnist", away / "own" / "mnist")


@pytest.mark.parametrize("kept", [True, False])
def test_a_download_is_checked_and_kept(small, away, monkeypatch, kept):
    """pooch itself is not tested: only what it is asked for."""
    asked = []
    if not kept:
        monkeypatch.delenv("DESCENT_DATA")
        monkeypatch.setattr(pooch, "os_cache", lambda name: away / "cache" / name)
    folder = away / ("own" if kept else "cache/descent") / "fashion-mnist"

    def retrieve(url, known_hash, fname, path, progressbar):
        asked.append((url, known_hash))
        assert path == folder
        assert progressbar
        write(path, {fname.removesuffix(".gz"): small[fname.removesuffix(".gz")]})

    monkeypatch.setattr(pooch, "retrieve", retrieve)
    same(data.load("fashion-mnist")[0], small, "train")
    source = data.SOURCES["fashion-mnist"]
    assert asked == [(source.address + file, known) for file, known in source.checksums.items()]


def test_pooch_refuses_another_file(tmp_path, monkeypatch):
    """The checksum at work: a server of the test's own sends the wrong bytes."""
    monkeypatch.setattr(data, "DEBIAN", tmp_path / "debian")
    monkeypatch.setenv("DESCENT_DATA", str(tmp_path / "own"))
    (tmp_path / "served").mkdir()
    (tmp_path / "served" / "train-images-idx3-ubyte.gz").write_bytes(b"something else")
    handler = partial(QuietHandler, directory=tmp_path / "served")
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        here = replace(
            data.SOURCES["fashion-mnist"], address=f"http://127.0.0.1:{server.server_port}/"
        )
        monkeypatch.setitem(data.SOURCES, "fashion-mnist", here)
        with pytest.raises(FileNotFoundError, match="does not match the known hash"):
            data.load()
        server.shutdown()
    assert not list((tmp_path / "own").rglob("*.gz"))


class QuietHandler(SimpleHTTPRequestHandler):
    def log_message(self, *_):
        pass


def test_without_a_network_the_error_says_what_to_do(away):
    with pytest.raises(FileNotFoundError) as caught:
        data.load()
    message = str(caught.value)
    for part in [
        "Fashion-MNIST is not on this machine",
        data.SOURCES["fashion-mnist"].address,
        "apt install dataset-fashion-mnist",
        "train-images-idx3-ubyte.gz",
        "'fashion-mnist'",
        "DESCENT_DATA",
        "pip install pooch tqdm",
        "ConnectionError: no network here",
    ]:
        assert part in message
    with pytest.raises(FileNotFoundError) as caught:
        data.load("mnist")
    assert "apt install" not in str(caught.value)


def test_without_pooch_the_error_is_the_same(away, monkeypatch):
    monkeypatch.setitem(sys.modules, "pooch", None)
    with pytest.raises(FileNotFoundError, match="pip install pooch tqdm"):
        data.load()


def test_an_unknown_set_is_named():
    with pytest.raises(ValueError, match=r"unknown data set 'fashion_mnist' \(did you mean"):
        data.load("fashion_mnist")


IMAGES_FILE, LABELS_FILE = "train-images-idx3-ubyte", "train-labels-idx1-ubyte"


@pytest.mark.parametrize(
    ("name", "array", "message"),
    [
        (IMAGES_FILE, np.zeros((6, 27, 28)), r"must hold n x 28 x 28 pixels, n >= 1, got \(6, 27"),
        (IMAGES_FILE, np.zeros((0, 28, 28)), r"n >= 1, got \(0, 28, 28\)"),
        (IMAGES_FILE, np.zeros((5, 28, 28)), r"must hold 5 labels .* got shape \(6,\)"),
        (LABELS_FILE, np.full(6, 10), "labels from 0 to 9, .* the highest 10"),
        (LABELS_FILE, np.zeros((6, 1)), r"got shape \(6, 1\)"),
    ],
)
def test_files_that_do_not_belong_together_are_named(small, tmp_path, name, array, message):
    with pytest.raises(ValueError, match=message):
        data.load("mnist", write(tmp_path, small | {name: array}))


WHOLE = idx(np.arange(6).reshape(2, 3))


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("a", b"", "must be an idx file .* got nothing"),
        ("a", b"\x89PNG", "which starts with 00 00 08, got 89 50 4e 47"),
        ("a", idx(np.zeros(3), kind=13), "00 00 08, got 00 00 0d 01"),
        ("a", WHOLE[:9], "must be an idx file"),
        ("a", WHOLE[:-1], "must hold 2 x 3 = 6 elements, got 5"),
        ("a", WHOLE + b"x", "must hold 2 x 3 = 6 elements, got 7"),
        ("a.gz", WHOLE, "is no whole gzip file"),
        ("a.gz", gzip.compress(WHOLE, mtime=0)[:-9], "is no whole gzip file"),
        ("a.gz", gzip.compress(WHOLE, mtime=0)[:14] + b"\xff" * 20, "is no whole gzip file"),
    ],
)
def test_broken_files_are_named(tmp_path, name, content, message):
    (tmp_path / name).write_bytes(content)
    with pytest.raises(ValueError, match=rf"{name}\b.*{message}"):
        data.read_idx(tmp_path / name)


def test_idx_keeps_shape_and_order(tmp_path):
    array = np.arange(24).reshape(2, 3, 4)
    (tmp_path / "a").write_bytes(idx(array))
    read = data.read_idx(tmp_path / "a")
    assert read.dtype == np.uint8
    np.testing.assert_array_equal(read, array)


@given(st.lists(st.integers(0, 5), min_size=1, max_size=60), st.integers(0, 2**32))
def test_every_beginning_of_a_stratified_order_has_the_classes_in_proportion(labels, seed):
    labels = np.array(labels)
    order = data.stratified(labels, np.random.default_rng(seed))
    assert sorted(order) == list(range(len(labels)))
    classes = np.unique(labels)
    for label in classes:
        share = (labels == label).mean()
        seen = np.cumsum(labels[order] == label)
        away = abs(seen - share * np.arange(1, len(labels) + 1))
        assert away.max() <= (1 + share * (len(classes) - 2)) / 2 + 1e-9


def test_a_stratified_order_is_random_within_its_classes():
    labels = np.arange(200) % 2
    first = [data.stratified(labels, np.random.default_rng(seed))[:20] for seed in range(300)]
    drawn = np.bincount(np.concatenate(first), minlength=200)
    assert (drawn[labels == 0].sum(), drawn[labels == 1].sum()) == (3000, 3000)
    # each example is drawn with probability 1/10: 30 times, sd 5.2
    assert drawn.min() > 4
    assert drawn.max() < 60
    assert {labels[order[0]] for order in first} == {0, 1}  # neither class always comes first


def test_a_seed_gives_the_same_order_on_every_machine():
    """Examples at equal places of their classes stay as the generator drew them."""
    labels = np.arange(2000) % 2
    drawn = np.argsort(np.random.default_rng(5).permutation(2000))  # when each example was drawn
    order = data.stratified(labels, np.random.default_rng(5))
    pairs = drawn[order].reshape(-1, 2)
    assert (pairs[:, 0] < pairs[:, 1]).all()


@pytest.mark.parametrize(
    ("labels", "rng", "error", "message"),
    [
        ([], np.random.default_rng(), ValueError, "labels must be .* n >= 1, got"),
        ([[1]], np.random.default_rng(), ValueError, r"got int64 of shape \(1, 1\)"),
        ([0.5], np.random.default_rng(), ValueError, "got float64"),
        ([1, 2], 3, TypeError, "rng must be a numpy Generator, got int: 3"),
    ],
)
def test_bad_labels_are_named(labels, rng, error, message):
    with pytest.raises(error, match=message):
        data.stratified(labels, rng)


def test_examples_move_to_a_device_and_are_indexed_there():
    torch = pytest.importorskip("torch")
    numbers = data.Examples(np.arange(12, dtype=np.float32).reshape(4, 3), np.arange(4))
    there = numbers.to("cpu")
    assert np.shares_memory(there.images.numpy(), numbers.images)
    assert (there.images.dtype, there.labels.dtype) == (torch.float32, torch.int64)
    assert numbers.to("meta").images.device.type == "meta"
    assert there.to("meta").labels.device.type == "meta"
    for examples in (numbers, there):
        some = examples.take(np.array([2, 0]))
        assert some.labels.tolist() == [2, 0]
        assert some.images.tolist() == [[6, 7, 8], [0, 1, 2]]
        images, labels = some
        assert len(images) == len(labels) == 2


# SHA-256 of the unpacked files; and MD5 of the packed ones, from the data set's README
UNPACKED = {
    "train-images-idx3-ubyte.gz": "c59f468a2f672dc815687fe0f83887768d799fd8a3f3276145d20f83aa44d888",
    "train-labels-idx1-ubyte.gz": "bad3541b69d912435c50bb6ba87bec294ff4f6a2e1246121d8633921760443d9",
    "t10k-images-idx3-ubyte.gz": "5b4141f0afbad91edebe8549f8fcffe087ea10ca49f1dbef5c9a5cd8815ce37b",
    "t10k-labels-idx1-ubyte.gz": "0402a96d92fd2663957122ceb108a494c5af83dab82d92729df917d7dec38c34",
}
PUBLISHED = {
    "train-images-idx3-ubyte.gz": "8d4fb7e6c68d591d4c3dfef9ec88bf0d",
    "train-labels-idx1-ubyte.gz": "25c81989df183df01b3e8a0aad5dffbe",
    "t10k-images-idx3-ubyte.gz": "bef4ecab320f06d8554ea6380940ec79",
    "t10k-labels-idx1-ubyte.gz": "bb300cfdad3c16e7a12a480ee83cd310",
}


@pytest.fixture
def debian():
    folder = data.DEBIAN / "fashion-mnist"
    if not folder.exists():
        pytest.skip("Fashion-MNIST is not installed: apt install dataset-fashion-mnist")
    return folder


def test_the_real_files(debian):
    for file, digest in UNPACKED.items():
        content = gzip.decompress((debian / file).read_bytes())
        assert hashlib.sha256(content).hexdigest() == digest
    (images, labels), test = data.load("fashion-mnist", debian)
    assert (images.shape, test.images.shape) == ((60_000, 784), (10_000, 784))
    assert (images.min(), images.max()) == (0, 1)
    assert np.bincount(labels).tolist() == [6_000] * 10
    assert np.bincount(test.labels).tolist() == [1_000] * 10
    order = data.stratified(labels, np.random.default_rng(0))
    assert np.bincount(labels[order[:500]]).tolist() == [50] * 10
    few = data.Examples(images, labels).take(order[:1000])
    means = np.array([few.images[few.labels == label].mean(0) for label in range(10)])
    distances = ((test.images[:1000, None] - means) ** 2).sum(-1)
    right = distances.argmin(1) == test.labels[:1000]
    assert right.mean() > 0.6  # images and labels belong together


def test_the_checksums_of_the_download_are_those_of_the_real_files(debian):
    """Debian packed the same streams again, without name and time: put back, they are the files that
    its publisher names, whose MD5 sums its README lists."""
    times = {"train": 1504176606, "t10k": 1504176627}  # 31 August 2017
    for file, known in data.SOURCES["fashion-mnist"].checksums.items():
        stream = (debian / file).read_bytes()[10:]
        name, time = file.removesuffix(".gz"), times[file.partition("-")[0]]
        head = struct.pack("<4BIBB", 0x1F, 0x8B, 8, 8, time, 0, 3)
        packed = head + name.encode() + b"\0" + stream
        assert f"sha256:{hashlib.sha256(packed).hexdigest()}" == known
        assert hashlib.md5(packed).hexdigest() == PUBLISHED[file]
