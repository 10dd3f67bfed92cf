"""What functions run on here: the embedded cloud starts them with this interpreter, so their layers must suit it."""

from __future__ import annotations

import platform
import sys
from typing import Literal

PYTHON = f"{sys.version_info.major}.{sys.version_info.minor}"
ARCHITECTURE: Literal["x86_64", "arm64"] = "arm64" if platform.machine() in {"aarch64", "arm64"} else "x86_64"
