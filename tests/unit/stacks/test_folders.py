"""Layers are looked for where they are built, and asked for when they are not there."""

from __future__ import annotations

from pathlib import Path

import pytest

from stacks import folders
from stacks.folders import Folders, NotBuilt
from stacks.stage import StageConfig

STAGE = StageConfig(name="dev", python="3.13", architecture="arm64")


def test_layers_are_found_by_python_and_architecture(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(folders, "ROOT", tmp_path)
    built = tmp_path / "build/layers/python3.13-arm64"
    for layer in ("base", "inference"):
        (built / layer).mkdir(parents=True)
    found = Folders.built(STAGE)
    assert (found.base, found.inference) == (built / "base", built / "inference")


@pytest.mark.parametrize("present", [(), ("base",), ("inference",)])
def test_a_layer_that_was_not_built_is_asked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, present: tuple[str, ...]
) -> None:
    monkeypatch.setattr(folders, "ROOT", tmp_path)
    for layer in present:
        (tmp_path / "build/layers/python3.13-arm64" / layer).mkdir(parents=True)
    with pytest.raises(NotBuilt, match=r"^the layers are not built: python layers/build\.py --stage dev$"):
        Folders.built(STAGE)


def test_our_own_folders_are_there() -> None:
    ours = Folders(base=Path(), inference=Path())
    assert (ours.library / "python" / "millrace" / "settings.py").is_file()
    assert (ours.functions / "predict").is_dir()
