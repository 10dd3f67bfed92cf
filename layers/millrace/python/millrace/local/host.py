"""What functions run on here: the embedded cloud starts them with this interpreter, so their layers must suit it."""

from __future__ import annotations

import platform
import sys

PYTHON = f"{sys.version_info.major}.{sys.version_info.minor}"
ARCHITECTURE = {"aarch64": "arm64", "arm64": "arm64"}.get(platform.machine(), "x86_64")
