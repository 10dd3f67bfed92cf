from __future__ import annotations

import hashlib
import json
import zipfile
from pathlib import Path

import pytest

from layers import build
from layers.build import BuildError, Target
from millrace.local import host
from tests.conftest import ROOT

OLD, NEW = Target("3.11", "x86_64"), Target("3.13", "arm64")
LOCK = """\
# a comment
numpy==2.4.6 ; python_full_version < '3.12' \\
    --hash=sha256:aa \\
    --hash=sha256:bb
numpy==2.5.5 ; python_full_version >= '3.12' \\
    --hash=sha256:cc
colorama==0.4.6 ; sys_platform == 'win32' \\
    --hash=sha256:dd
only==1 ; platform_machine == 'aarch64' \\
    --hash=sha256:ee
"""


def test_markers_hold_for_the_target_and_not_for_this_interpreter() -> None:
    assert build.requirements(LOCK, OLD) == "numpy==2.4.6 \\\n    --hash=sha256:aa \\\n    --hash=sha256:bb\n"
    assert build.requirements(LOCK, NEW).splitlines()[::2] == ["numpy==2.5.5 \\", "only==1 \\"]


@pytest.mark.parametrize("layer", build.LAYERS)
@pytest.mark.parametrize("target", [OLD, NEW], ids=lambda target: target.folder)
def test_our_locks_give_each_package_once(layer: str, target: Target) -> None:
    lines = build.requirements((ROOT / "layers" / layer / "requirements.txt").read_text(), target).splitlines()
    names = [line.partition("==")[0] for line in lines if not line.startswith(" ")]
    assert names
    assert len(names) == len(set(names))
    assert all(";" not in line for line in lines)


def test_wheels_for_an_older_glibc_are_taken_too() -> None:
    assert NEW.platforms[0] == "manylinux_2_28_aarch64"
    assert {"manylinux_2_17_aarch64", "manylinux2014_aarch64"} <= set(NEW.platforms)


def test_an_architecture_that_lambda_lacks_is_refused() -> None:
    with pytest.raises(BuildError, match="architecture: expected one of x86_64, arm64, got 'sparc'"):
        Target("3.13", "sparc")


def test_a_stages_target_is_read_from_cdk_json(tmp_path: Path) -> None:
    cdk_json = tmp_path / "cdk.json"
    cdk_json.write_text(json.dumps({"context": {"stages": {"dev": {"python": "3.13", "architecture": "arm64"}}}}))
    assert build.stage_target(cdk_json, "dev") == NEW
    with pytest.raises(BuildError, match="no stage 'prod'; it has dev"):
        build.stage_target(cdk_json, "prod")


def test_what_no_function_imports_is_pruned_and_licences_stay(tmp_path: Path) -> None:
    kept = [
        "numpy/core.py",
        "numpy-1.dist-info/METADATA",
        "numpy-1.dist-info/licenses/LICENSE.txt",
        "numpy/testing/it.py",
    ]
    gone = ["numpy/tests/test_core.py", "numpy/__pycache__/core.pyc", "bin/f2py", "numpy-1.dist-info/RECORD"]
    for name in [*kept, *gone]:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("12345")
    build.prune(tmp_path)
    assert {str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*") if path.is_file()} == set(kept)
    assert build.size(tmp_path) == 5 * len(kept)


def _wheel(folder: Path, tag: str, content: str) -> str:
    """A wheel of the package `tiny`, and the line of a lock file that names it."""
    wheel = folder / f"tiny-1.0-{tag}.whl"
    with zipfile.ZipFile(wheel, "w") as file:
        file.writestr("tiny/__init__.py", content)
        file.writestr("tiny-1.0.dist-info/METADATA", "Metadata-Version: 2.1\nName: tiny\nVersion: 1.0\n")
        file.writestr("tiny-1.0.dist-info/WHEEL", f"Wheel-Version: 1.0\nRoot-Is-Purelib: false\nTag: {tag}\n")
        file.writestr("tiny-1.0.dist-info/RECORD", "")
    return f"--hash=sha256:{hashlib.sha256(wheel.read_bytes()).hexdigest()}"


@pytest.fixture
def lock(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A lock file of one package with a wheel per target, and pip told to look nowhere else."""
    wheels = tmp_path / "wheels"
    wheels.mkdir()
    hashes = [
        _wheel(wheels, "cp311-cp311-manylinux_2_17_x86_64", "for = 'old'"),
        _wheel(wheels, "cp313-cp313-manylinux_2_28_aarch64", "for = 'new'"),
    ]
    monkeypatch.setenv("PIP_CONFIG_FILE", "/dev/null")
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(wheels))
    path = tmp_path / "requirements.txt"
    path.write_text(" ".join(["tiny==1.0", *hashes]) + "\n")
    return path


@pytest.mark.parametrize(("target", "content"), [(OLD, "old"), (NEW, "new")], ids=["x86_64", "arm64"])
def test_a_layer_holds_the_targets_wheels(tmp_path: Path, lock: Path, target: Target, content: str) -> None:
    into = tmp_path / "out" / "base"
    assert build.build(lock, target, into)
    assert content in (into / "python" / "tiny" / "__init__.py").read_text()
    assert sorted(path.name for path in into.parent.iterdir()) == ["base", "base.digest"]


def test_a_layer_is_built_again_only_when_its_requirements_change(tmp_path: Path, lock: Path) -> None:
    into = tmp_path / "out" / "base"
    assert build.build(lock, OLD, into)
    (into / "mark").touch()
    assert not build.build(lock, OLD, into)
    lock.write_text(lock.read_text() + "# only a comment\n")
    assert not build.build(lock, OLD, into)
    assert (into / "mark").exists()
    lock.write_text(lock.read_text().replace(" --hash", " --hash=sha256:" + "0" * 64 + " --hash", 1))
    assert build.build(lock, OLD, into)
    assert not (into / "mark").exists()


def test_a_failed_build_leaves_the_former_layer(tmp_path: Path, lock: Path) -> None:
    into = tmp_path / "out" / "base"
    build.build(lock, OLD, into)
    lock.write_text("tiny==1.0 --hash=sha256:" + "0" * 64 + "\n")
    with pytest.raises(BuildError, match=r"pip could not install for python3\.11-x86_64:"):
        build.build(lock, OLD, into)
    assert (into / "python" / "tiny" / "__init__.py").exists()
    assert sorted(path.name for path in into.parent.iterdir()) == ["base", "base.digest"]


def test_layers_beyond_lambdas_bound_are_refused(
    tmp_path: Path, lock: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(build, "HERE", tmp_path)
    for layer in build.LAYERS:
        (tmp_path / layer).mkdir()
        (tmp_path / layer / "requirements.txt").write_text(lock.read_text())
    arguments = ["--python", "3.11", "--arch", "x86_64", "--out", str(tmp_path / "out")]
    assert build.main(arguments) == 0
    assert "base: built, 0.0 MB (python3.11-x86_64)" in capsys.readouterr().out
    monkeypatch.setattr(build, "LIBRARY", build.LIMIT)
    assert build.main(arguments) == 1
    assert "Lambda allows 262 MB" in capsys.readouterr().err


def test_the_host_s_layers_are_for_the_interpreter_that_asks(monkeypatch: pytest.MonkeyPatch) -> None:
    built: list[Target] = []

    def noted(target: Target, _: Path) -> list[str]:
        built.append(target)
        return []

    monkeypatch.setattr(build, "_build_all", noted)
    assert build.main(["--host"]) == 0
    assert build.main(["--stage", "dev"]) == 0
    assert built == [Target(host.PYTHON, host.ARCHITECTURE), Target("3.13", "arm64")]
    for arguments in ([], ["--host", "--stage", "dev"], ["--python", "3.13"]):
        with pytest.raises(SystemExit):
            build.main(arguments)
