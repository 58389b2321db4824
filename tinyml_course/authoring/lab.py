"""JupyterLab for the course: at lesson 1, quiet, offline, with settings of its own."""

from __future__ import annotations

import json
import os
import secrets
from collections.abc import Mapping
from pathlib import Path

import platformdirs

from tinyml_course.authoring.project import FIRST_LESSON
from tinyml_course.errors import LessonError

_PAGE_CONFIG: Mapping[str, object] = {
    "disabledExtensions": {
        "@jupyterlab/apputils-extension:announcements": True,  # the news pop-up
        "@jupyterlab/extensionmanager-extension": True,  # its list comes from the network
    },
}
_SETTINGS: Mapping[str, object] = {
    "@jupyterlab/notebook-extension/tracker.jupyterlab-settings": {"windowingMode": "none"},
}


def home_folder() -> Path:
    """Return where the course keeps its JupyterLab settings and workspaces, apart from the user's own."""
    return Path(platformdirs.user_data_dir("tinyml-course", appauthor=False)) / "lab"


def prepare_environment(home: Path) -> dict[str, str]:
    """Write the course's JupyterLab configuration and return the variables that point to it.

    Parameters
    ----------
    home : pathlib.Path
        A folder of the course's own; what a learner changes in JupyterLab's settings is
        kept there from one start to the next.

    Returns
    -------
    dict of str to str
        Environment variables for JupyterLab and its kernels.

    Raises
    ------
    LessonError
        If the folder cannot be written.
    """
    config, settings, workspaces = home / "config", home / "settings", home / "workspaces"
    try:
        for folder in (config / "labconfig", settings, workspaces):
            folder.mkdir(parents=True, exist_ok=True)
        _write_if_new(config / "labconfig" / "page_config.json", _PAGE_CONFIG)
        for name, values in _SETTINGS.items():
            _write_if_new(settings / name, values, keep=True)
    except OSError as error:
        raise LessonError(f"Cannot keep JupyterLab's settings in {home}: {error.strerror or error}.") from error
    return {
        "JUPYTER_CONFIG_DIR": str(config),
        "JUPYTERLAB_SETTINGS_DIR": str(settings),
        "JUPYTERLAB_WORKSPACES_DIR": str(workspaces),
        "JUPYTER_PREFER_ENV_PATH": "1",  # the kernel of this environment, whatever else is installed
        "PYDEVD_DISABLE_FILE_VALIDATION": "1",
        "TF_CPP_MIN_LOG_LEVEL": "3",
        "TF_ENABLE_ONEDNN_OPTS": "0",
        "CUDA_VISIBLE_DEVICES": "-1",
    }


def lab_arguments(root: Path, *, port: int, token: str | None, browser: bool) -> list[str]:
    """Arguments for JupyterLab: loopback only, no request off the machine.

    Parameters
    ----------
    root : pathlib.Path
        The course's folder.
    port : int
        The first port to try; if it is taken, JupyterLab takes one of the next.
    token : str, optional
        What a browser must show to get in. None: a new secret one.
    browser : bool
        Whether to open a browser.

    Returns
    -------
    list of str
        For ``jupyterlab.labapp.LabApp``.
    """
    arguments = [
        f"--ServerApp.root_dir={root}",
        "--ServerApp.ip=127.0.0.1",
        f"--ServerApp.port={port}",
        f"--IdentityProvider.token={token or secrets.token_hex(24)}",
        f"--ServerApp.open_browser={browser}",
        f"--LabApp.default_url=/lab/tree/notebooks/{FIRST_LESSON}.ipynb",
        "--LabApp.news_url=",
        "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate",
        "--LabApp.extension_manager=readonly",
        "--LabApp.collaborative=False",
        "--Application.log_level=ERROR",
        "--JupyterApp.answer_yes=True",  # one Ctrl+C stops it
        *_encryption(),
    ]
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        arguments.append("--ServerApp.allow_root=True")  # in a container there is often no other user
    return arguments


def lesson_address(port: int, token: str) -> str:
    """Return the address of lesson 1, with the token that opens it."""
    return f"http://127.0.0.1:{port}/lab/tree/notebooks/{FIRST_LESSON}.ipynb?token={token}"


def _encryption() -> list[str]:
    """Recent kernels complain when nobody encrypts their connection."""
    from jupyter_server.services.kernels.kernelmanager import MappingKernelManager

    known = MappingKernelManager.class_traits()
    return ["--MappingKernelManager.transport_encryption=auto"] if "transport_encryption" in known else []


def _write_if_new(path: Path, values: object, *, keep: bool = False) -> None:
    text = json.dumps(values, indent=2) + "\n"
    if path.exists() and (keep or path.read_text(encoding="utf-8") == text):
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8", newline="\n")
