import json
import stat
import sys

import pytest

from tinyml_course.authoring.lab import home_folder, lab_arguments, lesson_address, prepare_environment
from tinyml_course.authoring.project import FIRST_LESSON, find_root
from tinyml_course.errors import LessonError


def test_settings_are_the_courses_own_and_without_news(tmp_path):
    variables = prepare_environment(tmp_path)
    for name in ("JUPYTER_CONFIG_DIR", "JUPYTERLAB_SETTINGS_DIR", "JUPYTERLAB_WORKSPACES_DIR"):
        assert variables[name].startswith(str(tmp_path))
    page = json.loads((tmp_path / "config" / "labconfig" / "page_config.json").read_text())
    assert page["disabledExtensions"]["@jupyterlab/apputils-extension:announcements"] is True
    assert not any("lsp" in name for name in page["disabledExtensions"])


def test_what_a_learner_sets_is_kept(tmp_path):
    prepare_environment(tmp_path)
    (setting,) = (tmp_path / "settings").rglob("*.jupyterlab-settings")
    setting.write_text("{}")
    prepare_environment(tmp_path)
    assert setting.read_text() == "{}"


def test_the_server_listens_to_this_machine_alone_and_asks_nobody(tmp_path):
    arguments = lab_arguments(tmp_path, port=8899, token=None, browser=False)
    assert "--ServerApp.ip=127.0.0.1" in arguments
    assert "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate" in arguments
    assert "--LabApp.extension_manager=readonly" in arguments
    assert f"--LabApp.default_url=/lab/tree/notebooks/{FIRST_LESSON}.ipynb" in arguments


def test_tokens_are_new_each_time_unless_given(tmp_path):
    def token(given):
        arguments = lab_arguments(tmp_path, port=1, token=given, browser=True)
        (argument,) = (one for one in arguments if one.startswith("--IdentityProvider.token="))
        return argument.partition("=")[2]

    assert token(None) != token(None)
    assert len(token(None)) >= 32
    assert token("mine") == "mine"


def test_the_address_opens_lesson_1():
    assert lesson_address(8888, "t") == f"http://127.0.0.1:8888/lab/tree/notebooks/{FIRST_LESSON}.ipynb?token=t"


def test_the_settings_folder_is_outside_of_the_course():
    assert "tinyml-course" in str(home_folder())


@pytest.mark.skipif(sys.platform == "win32", reason="needs POSIX permissions")
def test_settings_that_cannot_be_written_are_named(tmp_path):
    locked = tmp_path / "locked"
    locked.write_text("a file, no folder")
    locked.chmod(stat.S_IRUSR)
    with pytest.raises(LessonError, match="locked"):
        prepare_environment(locked)


def test_the_course_is_found_from_a_folder_in_it(tmp_path):
    (tmp_path / "notebooks").mkdir()
    (tmp_path / "notebooks" / f"{FIRST_LESSON}.ipynb").write_text("{}")
    (tmp_path / "deep" / "er").mkdir(parents=True)
    assert find_root(tmp_path / "deep" / "er") == tmp_path


def test_without_the_lessons_the_message_says_where_to_get_them(tmp_path, monkeypatch):
    import tinyml_course

    monkeypatch.setattr(tinyml_course, "__file__", str(tmp_path / "site" / "tinyml_course" / "__init__.py"))
    with pytest.raises(LessonError, match="git clone"):
        find_root(tmp_path)
