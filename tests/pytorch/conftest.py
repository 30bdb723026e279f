"""Compiled kernels are kept between test runs."""

import os
from pathlib import Path

CACHE = Path(__file__).parents[2] / "_build" / "inductor"
os.environ.setdefault("TORCHINDUCTOR_CACHE_DIR", str(CACHE))
