"""A throw-away environment with the peers in it; nothing is installed by hand, and nothing into this one."""

from __future__ import annotations

import hashlib
import importlib.metadata
import os
import shutil
import subprocess
import sys
from pathlib import Path

from tinyml_course.toolchain.cache import cache_folder

#: The peers. Pinned: a figure belongs to a version.
PINNED = ("emlearn==0.23.2", "m2cgen==0.10.0", "micromlgen==1.1.28")
#: The peers read this environment's estimators, so they get the same versions of what wrote them.
SAME_AS_HERE = ("numpy", "scikit-learn", "scipy", "joblib")


def peers_python(fresh: bool) -> Path:
    """Return the interpreter of the peers' environment; it is made on first use (or again, if `fresh`).

    Raises
    ------
    SystemExit
        If a package cannot be installed: the installer's own words.
    """
    wanted = [*PINNED, *(f"{name}=={importlib.metadata.version(name)}" for name in SAME_AS_HERE)]
    name = hashlib.sha256(" ".join([sys.version, *wanted]).encode()).hexdigest()[:12]
    folder = cache_folder() / f"peers-environment-{name}"
    python = folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    ready = folder / "ready"
    if ready.exists() and not fresh:
        return python
    shutil.rmtree(folder, ignore_errors=True)
    folder.parent.mkdir(parents=True, exist_ok=True)
    uv = shutil.which("uv", path=os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")]))
    if uv:
        _run([uv, "venv", "--quiet", "--python", sys.executable, str(folder)])
        _run([uv, "pip", "install", "--quiet", "--python", str(python), *wanted])
    else:
        _run([sys.executable, "-m", "venv", str(folder)])
        _run([str(python), "-m", "pip", "install", "--quiet", *wanted])
    ready.write_text("\n".join(wanted), encoding="utf-8")
    return python


def run_in(python: Path, script: Path, work: Path) -> None:
    """Run one of our scripts with the peers' interpreter, in the work folder."""
    _run([str(python), str(script), str(work)], cwd=work)


def _run(command: list[str], cwd: Path | None = None) -> None:
    done = subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"{' '.join(command[:4])} ... failed:\n{done.stdout}{done.stderr}")
