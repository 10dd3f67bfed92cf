"""How long a new environment takes: a clean interpreter with only the function's layers, up to its first answer."""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import tempfile
import time
from importlib.util import find_spec
from pathlib import Path

from benchmarks import served
from benchmarks.credit import trained
from benchmarks.figures import Row
from benchmarks.job import ROOT
from benchmarks.sizes import layers
from millrace.adapters import documents

REPEAT = 5
RUNTIME_BRINGS = ("boto3", "botocore", "s3transfer", "jmespath", "dateutil", "urllib3", "six.py")
FIRST_ANSWER = """
import json, time
from pathlib import Path
from benchmarks import served
started = time.time()
folder = Path({folder!r})
handler = served.handler((folder / "model.onnx").read_bytes(), (folder / "manifest.json").read_bytes())
imported = time.time()
answer = handler(json.loads((folder / "event.json").read_text()), None)
assert answer["statusCode"] == 200, answer
print(json.dumps([imported, time.time()]))
"""


def run() -> list[Row]:
    """Median of some starts, bytecode and disk cache warm."""
    artifact = trained()
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        (folder / "model.onnx").write_bytes(artifact.model)
        (folder / "manifest.json").write_bytes(documents.dump(artifact.manifest))
        (folder / "event.json").write_text(json.dumps(served.event(artifact.rows[:1])))
        path = [*map(str, layers()), str(_runtime(folder / "runtime")), str(ROOT)]
        times = [_start(folder, path) for _ in range(REPEAT + 1)][1:]
    imported, answered = (statistics.median(each) for each in zip(*times, strict=True))
    return [
        Row("to imported and wired", f"{imported:.2f} s", f"median of {REPEAT}"),
        Row("to the first answer", f"{answered:.2f} s", "model loaded; registry and bucket in memory"),
    ]


def _start(folder: Path, path: list[str]) -> tuple[float, float]:
    code = f"import sys; sys.path[:0] = {path!r}\n{FIRST_ANSWER.format(folder=str(folder))}"
    start = time.time()
    done = subprocess.run([sys.executable, "-I", "-S", "-c", code], check=True, capture_output=True, text=True)
    imported, answered = json.loads(done.stdout)
    return imported - start, answered - start


def _runtime(place: Path) -> Path:
    """What Lambda's Python runtime has beside the standard library."""
    place.mkdir()
    for name in RUNTIME_BRINGS:
        spec = find_spec(name.removesuffix(".py"))
        assert spec is not None
        assert spec.origin is not None
        (place / name).symlink_to(Path(spec.origin) if name.endswith(".py") else Path(spec.origin).parent)
    return place
