from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from millrace.learning.checkpoint import Checkpoint

ARRAYS = {"told": np.array('{"seconds": 2.5}'), "core.0.x": np.arange(6.0).reshape(2, 3), "none": np.empty((0, 2))}


def test_what_is_saved_is_found_again(tmp_path: Path) -> None:
    Checkpoint(tmp_path / "new").save("key", ARRAYS)
    found = Checkpoint(tmp_path / "new").load("key")
    assert found is not None
    assert found.keys() == ARRAYS.keys()
    for name, array in ARRAYS.items():
        np.testing.assert_array_equal(found[name], array)
        assert found[name].dtype == array.dtype
    assert Checkpoint(tmp_path / "new").load("other") is None
    assert [path.name for path in (tmp_path / "new").iterdir()] == ["key.npz"]


def test_what_is_saved_again_takes_its_place(tmp_path: Path) -> None:
    Checkpoint(tmp_path).save("key", ARRAYS)
    Checkpoint(tmp_path).save("key", {"x": np.ones(1)})
    found = Checkpoint(tmp_path).load("key")
    assert found is not None
    assert list(found) == ["x"]


@pytest.mark.parametrize("kept", [0, 1, 20, 300, -30, -1])
def test_a_damaged_file_counts_as_none(tmp_path: Path, kept: int) -> None:
    Checkpoint(tmp_path).save("key", ARRAYS)
    path = tmp_path / "key.npz"
    path.write_bytes(path.read_bytes()[:kept])
    assert Checkpoint(tmp_path).load("key") is None


def test_flipped_bits_count_as_none(tmp_path: Path) -> None:
    Checkpoint(tmp_path).save("key", ARRAYS)
    path = tmp_path / "key.npz"
    content = bytearray(path.read_bytes())
    place = content.index(np.float64(4.0).tobytes())
    content[place] ^= 0xFF
    path.write_bytes(bytes(content))
    assert Checkpoint(tmp_path).load("key") is None


def test_pickles_are_not_opened(tmp_path: Path) -> None:
    np.savez(tmp_path / "key.npz", x=np.array([object()], dtype=object))
    assert Checkpoint(tmp_path).load("key") is None


def test_without_a_folder_nothing_is_kept() -> None:
    Checkpoint(None).save("key", ARRAYS)
    assert Checkpoint(None).load("key") is None
