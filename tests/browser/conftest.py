"""A real Chromium: the machine's own, else the one that tests/browser/package.json pins and `make test` installs."""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright

from millrace.local.node import PROGRAMS

HERE = Path(__file__).parent
NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
ARGUMENTS = ["--no-sandbox", "--no-zygote", "--disable-gpu"]  # a container's root has no sandbox to offer
UNPACK = "import('@sparticuz/chromium').then(async (found) => console.log(await found.default.executablePath()))"


def packed(folder: Path) -> tuple[Path, dict[str, str]]:
    """The pinned browser, unpacked into `folder` with the libraries and the fonts that a bare machine lacks."""
    if platform.system() != "Linux" or platform.machine() != "x86_64":
        pytest.skip(f"no Chromium on the PATH, and none is packed for {platform.system()} {platform.machine()}")
    if not (HERE / "node_modules").is_dir():
        pytest.skip("no Chromium on the PATH, and none is installed: make test does it, or make browser")
    # The package unpacks its libraries only where it believes itself on Lambda.
    env = {**os.environ, "TMPDIR": str(folder), "AWS_EXECUTION_ENV": "AWS_Lambda_nodejs22.x"}
    done = subprocess.run(
        [PROGRAMS / "node", "--eval", UNPACK], cwd=HERE, env=env, check=True, capture_output=True, text=True
    )
    # Its own list of font folders names none of these, and without a font every word is drawn as nothing.
    listed = f"<fontconfig><dir>{folder / 'fonts'}</dir><cachedir>{folder / 'font-cache'}</cachedir></fontconfig>"
    (folder / "fonts" / "fonts.conf").write_text(listed, encoding="utf-8")
    found = {"LD_LIBRARY_PATH": str(folder / "al2023" / "lib"), "FONTCONFIG_PATH": str(folder / "fonts")}
    return Path(done.stdout.strip()), {**os.environ, **found}


@pytest.fixture(scope="session")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    own = next((path for name in NAMES if (path := shutil.which(name))), None)
    folder = tmp_path_factory.mktemp("chromium")
    program, env = (Path(own), dict(os.environ)) if own else packed(folder)
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=program, args=ARGUMENTS, env={**env})
        yield started
        started.close()
    shutil.rmtree(folder, ignore_errors=True)
