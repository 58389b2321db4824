"""Programs are compiled once, whatever happens to the folder they are kept in."""

from __future__ import annotations

import multiprocessing
import os
import subprocess
import sys
import textwrap
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import pytest

from tinyml_course.export.sketch import Sketch
from tinyml_course.toolchain import Build, Toolchain, find
from tinyml_course.toolchain.cache import Cache, cache_folder, digest, trim


def entries(folder: Path) -> list[Path]:
    return sorted(folder.iterdir())


def no_compiler(*arguments: object, **options: object) -> None:
    raise AssertionError("the compiler was called")


def test_second_build_needs_no_compiler(quick_toolchain, make_sketch, empty_cache, monkeypatch):
    first = quick_toolchain.build(make_sketch())
    monkeypatch.setattr(type(quick_toolchain), "link", no_compiler)
    assert quick_toolchain.build(make_sketch()) == first


@pytest.mark.parametrize("change", ["source", "optimization"])
def test_every_change_is_compiled(quick_toolchain, make_sketch, empty_cache, change):
    quick_toolchain.build(make_sketch())
    before = len(entries(empty_cache))
    if change == "source":
        quick_toolchain.build(make_sketch({"sums_model.h": make_sketch().files["sums_model.h"] + "\n"}))
    else:
        quick_toolchain.build(make_sketch(), "-O2")
    assert len(entries(empty_cache)) > before


def test_program_does_not_depend_on_the_folder(each_toolchain, make_sketch, empty_cache, monkeypatch, tmp_path):
    first = each_toolchain.build(make_sketch())
    monkeypatch.setenv("TINYML_CACHE_DIR", str(tmp_path / "other"))
    assert each_toolchain.build(make_sketch()).hex == first.hex


@pytest.mark.parametrize("damage", ["cut", "flipped", "empty", "foreign"])
def test_damaged_programs_are_built_again(quick_toolchain, make_sketch, empty_cache, damage):
    check_repair(quick_toolchain, make_sketch(), empty_cache, damage)


def test_damaged_core_is_built_again(core_toolchain, make_sketch, empty_cache):
    check_repair(core_toolchain, make_sketch(), empty_cache, "flipped")


def check_repair(compiler: Toolchain, sketch: Sketch, folder: Path, damage: str) -> None:
    first = compiler.build(sketch)
    good = {path: path.read_bytes() for path in entries(folder)}
    assert len(good) == (2 if compiler.arduino_core else 1)
    for path, content in good.items():
        middle = len(content) // 2
        flipped = content[:middle] + bytes([content[middle] ^ 1]) + content[middle + 1 :]
        path.write_bytes({"cut": content[:middle], "flipped": flipped, "empty": b"", "foreign": b"{}\n"}[damage])
    again = compiler.build(sketch)
    assert (again.hex, again.flash_bytes) == (first.hex, first.flash_bytes)
    assert all(Cache().get(path.stem) is not None for path in good)


def build_in_other_process(sketch: Sketch, name: str, folder: str) -> Build:
    os.environ["TINYML_CACHE_DIR"] = folder
    return find(name).build(sketch)


def test_parallel_builds_of_the_same_sketch(quick_toolchain, make_sketch, empty_cache):
    with ProcessPoolExecutor(4, mp_context=multiprocessing.get_context("spawn")) as pool:
        jobs = [
            pool.submit(build_in_other_process, make_sketch(), quick_toolchain.name, str(empty_cache)) for _ in range(4)
        ]
        builds = [job.result() for job in jobs]
    assert len({build.hex for build in builds}) == 1
    assert quick_toolchain.build(make_sketch()).hex == builds[0].hex
    assert all(path.suffix == ".bin" and Cache().get(path.stem) is not None for path in entries(empty_cache))


@pytest.mark.parametrize("reason", ["a file is in its place", "read-only"])
def test_cache_that_cannot_be_written_is_said_and_does_not_stop(
    quick_toolchain, make_sketch, empty_cache, monkeypatch, reason
):
    if reason == "read-only":
        empty_cache.mkdir()

        def refuse(*arguments: object, **options: object) -> tuple[int, str]:
            raise PermissionError(13, "Permission denied", str(empty_cache))

        monkeypatch.setattr("tinyml_course.toolchain.cache.tempfile.mkstemp", refuse)
    else:
        empty_cache.write_text("in the way")
    with pytest.warns(UserWarning, match="cannot be kept in .*Set the variable TINYML_CACHE_DIR"):
        assert quick_toolchain.build(make_sketch()).flash_bytes > 0


@pytest.mark.skipif(os.name != "posix", reason="needs a limit on file sizes (POSIX)")
@pytest.mark.skipif(hasattr(os, "geteuid") and os.geteuid() == 0, reason="needs a user whose writing can be forbidden")
def test_cache_without_permission(quick_toolchain, make_sketch, empty_cache):
    empty_cache.mkdir(mode=0o500)
    with pytest.warns(UserWarning, match="Permission denied"):
        assert quick_toolchain.build(make_sketch()).flash_bytes > 0


def run_with_file_limit(limit: int, code: str, folder: Path) -> str:
    stop = f"import resource\nresource.setrlimit(resource.RLIMIT_FSIZE, ({limit}, {limit}))"
    program = textwrap.dedent(code).replace("# from here on the disk is full", stop)
    environment = {**os.environ, "TINYML_CACHE_DIR": str(folder), "PYTHONDONTWRITEBYTECODE": "1"}
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, env=environment, check=False)
    return done.stdout + done.stderr


@pytest.mark.skipif(os.name != "posix", reason="needs a limit on file sizes (POSIX)")
def test_full_disk_keeps_nothing(tmp_path):
    code = """
        from tinyml_course.errors import ToolchainError
        from tinyml_course.toolchain.cache import Cache
        # from here on the disk is full
        try:
            Cache().put("key", bytes(100_000))
        except ToolchainError as error:
            print(error)
    """
    assert "No room left on the disk" in run_with_file_limit(50_000, code, tmp_path)
    assert entries(tmp_path) == []


@pytest.mark.skipif(os.name != "posix", reason="needs a limit on file sizes (POSIX)")
def test_full_disk_while_compiling(quick_toolchain, tmp_path):
    code = f"""
        import numpy as np
        from tinyml_course.errors import TinyMLError
        from tinyml_course.export.sketch import Sketch
        from tinyml_course.toolchain import find
        main = "#include <stdint.h>\\nuint8_t big[1000] = {{1}};\\nint main(void) {{ return big[0]; }}\\n"
        files = {{"x.ino": main, "x_main.c": "#ifndef ARDUINO\\n" + main + "#endif\\n"}}
        sketch = Sketch("x", files, np.dtype("u1"), np.dtype("u1"), 1, 1, 0, 1)
        compiler = find({quick_toolchain.name!r})
        # from here on the disk is full
        try:
            compiler.build(sketch)
        except TinyMLError as error:
            print(type(error).__name__, error)
    """
    assert "ToolchainError No room left on the disk" in run_with_file_limit(600, code, tmp_path)
    assert entries(tmp_path) == []


def test_oldest_entries_go_first(tmp_path):
    cache = Cache(tmp_path)
    for number in range(4):
        cache.put(f"entry{number}", bytes(1000))
        os.utime(cache.path(f"entry{number}"), (number, number))
    cache.get("entry0")  # used now: the youngest
    assert trim(tmp_path, 2500) == 2
    assert [path.stem for path in entries(tmp_path)] == ["entry0", "entry3"]


def test_left_overs_of_killed_processes_go(tmp_path):
    (tmp_path / ".new-old").write_bytes(b"half")
    os.utime(tmp_path / ".new-old", (0, 0))
    (tmp_path / ".new-now").write_bytes(b"being written")
    trim(tmp_path, 1000)
    assert [path.name for path in entries(tmp_path)] == [".new-now"]


def test_place_of_the_cache(monkeypatch, tmp_path):
    monkeypatch.setenv("TINYML_CACHE_DIR", str(tmp_path))
    assert cache_folder() == tmp_path
    monkeypatch.delenv("TINYML_CACHE_DIR")
    assert cache_folder().name == "tinyml-course"


def test_names_of_different_lists_differ():
    assert len({digest(["ab", "c"]), digest(["a", "bc"]), digest(["abc"]), digest([b"abc", ""])}) == 4
