"""How many small faults, put into `domain` and `usecases` one at a time, the unit tests notice.

Run as `python -m benchmarks.mutation [--minutes N] [PATTERN ...]`, a pattern naming mutants: `millrace.domain.gate*`.
mutmut wants the code under src/ and writes beside it, so it works on a copy in build/mutation, and goes on there where
the last run of the same sources and tests ended. A function that is called while its module is imported, to compile a
pattern, is called before mutmut can exchange it: its mutants survive untried.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import re
import shutil
import signal
import subprocess
import sys
from collections import Counter
from pathlib import Path

from benchmarks.figures import Row, table

ROOT = Path(__file__).parents[1]
PLACE = ROOT / "build" / "mutation"
LIBRARY = "layers/millrace/python/millrace"
TESTS = ("tests/unit/domain", "tests/unit/usecases")
BESIDE = ("tests", "examples", "docs")  # what the tests read
MINUTES = 20.0
CONFIGURATION = f"""
[tool.mutmut]
source_paths = ["src"]
only_mutate = ["src/millrace/domain/*", "src/millrace/usecases/*"]
also_copy = ["examples", "docs"]
pytest_add_cli_args = ["-p", "no:randomly", "-p", "no:cacheprovider"]
pytest_add_cli_args_test_selection = {list(TESTS)!r}
use_git_change_detection = false

[tool.pytest.ini_options]
addopts = ["--import-mode=importlib"]
pythonpath = ["."]
filterwarnings = ["error"]
"""
# In one process: the command `mutmut show` needs a second for each.
SHOW = """
import sys
from mutmut.mutation.diff_apply import find_mutant, get_diff_for_mutant

for name in sys.argv[1:]:
    print("#", name)
    lines = get_diff_for_mutant(name, path=find_mutant(name).path).splitlines()
    print(*[line for line in lines if line[:1] in "-+" and line[:3] not in {"---", "+++"}], sep="\\n")
"""
_RESULT = re.compile(r"^\s*(\S+): (killed|survived|no tests|timeout|suspicious|skipped|not checked|segfault|.+)$")


def main() -> int:
    """Mutate, print the tally and a diff of every survivor. The exit code says nothing of survivors."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.mutation")
    parser.add_argument("--minutes", type=float, default=MINUTES, help="stop then; the next run goes on")
    parser.add_argument("patterns", nargs="*", help="of mutants; all where none is given")
    told = parser.parse_args()
    _lay_out()
    _run(_mutmut("run", "--max-children", "2", *told.patterns), told.minutes * 60)
    results = _results(told.patterns)
    tally = Counter(results.values())
    judged = sum(count for what, count in tally.items() if what not in {"not checked", "skipped"})
    noticed = tally["killed"] + tally["timeout"]
    share = f"{100 * noticed / judged:.1f} %" if judged else "none"
    rows = [Row("noticed", share, f"{noticed} of {judged} mutants tried, {tally['not checked']} left untried")]
    rows += [Row(what, str(count)) for what, count in sorted(tally.items()) if what != "not checked"]
    print(table(rows), flush=True)
    left = sorted(name for name, what in results.items() if what in {"survived", "no tests", "suspicious"})
    print(_output([sys.executable, "-c", SHOW, *left]), flush=True)
    return 0


def _lay_out() -> None:
    """Copy what is there now, unless the copy is of the same: then what was found of it is kept beside it."""
    stamp, now = PLACE / "copied", _digest()
    if stamp.is_file() and stamp.read_text() == now:
        return
    shutil.rmtree(PLACE, ignore_errors=True)
    (PLACE / "src").mkdir(parents=True)
    passed_over = shutil.ignore_patterns("__pycache__")
    for source, target in ((LIBRARY, "src/millrace"), *((each, each) for each in BESIDE)):
        shutil.copytree(ROOT / source, PLACE / target, ignore=passed_over)
    (PLACE / "pyproject.toml").write_text(CONFIGURATION)
    stamp.write_text(now)


def _digest() -> str:
    """Of everything that is copied and of how it is tried."""
    whole = hashlib.sha256(CONFIGURATION.encode())
    for source in (LIBRARY, *BESIDE):
        for path in sorted((ROOT / source).rglob("*")):
            if path.is_file() and "__pycache__" not in path.parts:
                whole.update(f"{path.relative_to(ROOT)}".encode() + path.read_bytes())
    return whole.hexdigest()


def _run(command: list[str], seconds: float) -> None:
    """Run mutmut, in a group of its own that is ended when the time is up."""
    with (PLACE / "mutmut.log").open("wb") as log:
        process = subprocess.Popen(command, cwd=PLACE, env=_env(), stdout=log, stderr=log, start_new_session=True)
        try:
            process.wait(seconds)
        except subprocess.TimeoutExpired:
            print(f"stopped after {seconds / 60:g} minutes; run it again to go on", flush=True)
        finally:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGINT)
                process.wait()
    if process.returncode not in {0, 1, -signal.SIGINT}:
        print((PLACE / "mutmut.log").read_text(errors="replace")[-4000:], file=sys.stderr)
        raise SystemExit(f"mutmut ended with exit code {process.returncode}")


def _results(patterns: list[str]) -> dict[str, str]:
    """What became of each mutant, by name."""
    meant = [re.compile(pattern.replace(".", r"\.").replace("*", ".*")) for pattern in patterns]
    found = (_RESULT.match(line) for line in _output(_mutmut("results", "--all", "true")).splitlines())
    results = {each[1]: each[2] for each in found if each is not None}
    return {name: what for name, what in results.items() if not meant or any(each.fullmatch(name) for each in meant)}


def _output(command: list[str]) -> str:
    done = subprocess.run(command, cwd=PLACE, env=_env(), capture_output=True, text=True, check=True)
    return done.stdout


def _mutmut(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "mutmut", *arguments]


def _env() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}


if __name__ == "__main__":
    sys.exit(main())
