from descent.grading.files import put


def test_a_file_is_replaced_as_a_whole_and_left_if_it_is_the_same(tmp_path):
    path = tmp_path / "deep" / "page.html"
    put(path, b"one")
    before = path.stat()
    put(path, b"one")
    assert path.stat().st_mtime_ns == before.st_mtime_ns
    assert path.stat().st_ino == before.st_ino
    put(path, b"two")
    assert path.read_bytes() == b"two"
    assert list(path.parent.iterdir()) == [path]
