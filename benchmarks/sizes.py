"""What Lambda unzips, against its limit of 250 MB for a function with its layers."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from benchmarks.figures import Row
from millrace.local import host

ROOT = Path(__file__).parents[1]
LIMIT_MB = 250
NOT_FOR_FUNCTIONS = ("cli", "local", "learning", "data", "evaluation")  # as stacks/constructs/layers.py leaves out


def layers() -> tuple[Path, Path, Path]:
    """The folders that Python imports from, of this machine's stage: base, inference, and our library."""
    built = ROOT / "build/layers" / f"python{host.PYTHON}-{host.ARCHITECTURE}"
    return built / "base/python", built / "inference/python", ROOT / "layers/millrace/python"


def run() -> list[Row]:
    """Megabytes (10^6 bytes) of each layer and function."""
    base, inference, library = layers()
    sizes = {
        "layer base": _megabytes(base),
        "layer inference": _megabytes(inference),
        "layer millrace": _megabytes(library / "millrace", NOT_FOR_FUNCTIONS),
    }
    functions = {path.parent.name: _megabytes(path.parent) for path in sorted(ROOT.glob("functions/*/handler.py"))}
    rows = [Row(name, f"{size:.2f} MB") for name, size in sizes.items()]
    rows += [Row(f"function {name}", f"{size:.4f} MB") for name, size in functions.items()]
    whole = sum(sizes.values()) + functions["predict"]
    return [*rows, Row("predict with its layers", f"{whole:.1f} MB", f"of {LIMIT_MB} MB")]


def _megabytes(folder: Path, left_out: tuple[str, ...] = ()) -> float:
    return sum(path.stat().st_size for path in _files(folder, left_out)) / 1e6


def _files(folder: Path, left_out: tuple[str, ...]) -> Iterator[Path]:
    for path in folder.rglob("*"):
        parts = path.relative_to(folder).parts
        if path.is_file() and "__pycache__" not in parts and parts[0] not in left_out:
            yield path
