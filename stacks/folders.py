"""Where the code that is deployed lies; template tests give empty folders."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from stacks.stage import StageConfig

ROOT = Path(__file__).parents[1]


class NotBuilt(RuntimeError):
    """A folder that make builds is not there."""


@dataclass(frozen=True, slots=True)
class Folders:
    """The two third-party layers as built for one Python and architecture, our library, and the functions."""

    base: Path
    inference: Path
    library: Path = ROOT / "layers" / "millrace"
    functions: Path = ROOT / "functions"

    @classmethod
    def built(cls, stage: StageConfig) -> Folders:
        """Where `layers/build.py` leaves them. Raises NotBuilt."""
        folder = ROOT / "build" / "layers" / f"python{stage.python}-{stage.architecture}"
        folders = cls(base=folder / "base", inference=folder / "inference")
        if not (folders.base.is_dir() and folders.inference.is_dir()):
            raise NotBuilt(f"the layers are not built: python layers/build.py --stage {stage.name}")
        return folders
