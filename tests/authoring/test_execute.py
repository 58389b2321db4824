import nbformat
from nbformat.v4 import new_code_cell, new_notebook

from tinyml_course.authoring.execute import Job, execute, tidy


def run(tmp_path, *sources):
    jobs = [Job(f"notebook {number}", new_notebook(cells=[new_code_cell(source)]), tmp_path / str(number))
            for number, source in enumerate(sources)]  # fmt: skip
    finished = []
    execute(jobs, parallel=2, done=lambda job: finished.append(job.title))
    assert sorted(finished) == sorted(job.title for job in jobs)
    return [job.notebook.cells[0].outputs for job in jobs]


def test_several_notebooks_run_side_by_side_each_in_its_folder(tmp_path):
    source = "from pathlib import Path; print(Path.cwd().name)"
    outputs = run(tmp_path, source, source, source)
    assert [output[0].text for output in outputs] == ["0\n", "1\n", "2\n"]


def test_kernels_are_those_of_this_environment_and_quiet(tmp_path):
    import sys

    (outputs,) = run(tmp_path, "import sys, os; print(sys.executable, os.environ['TF_CPP_MIN_LOG_LEVEL'])")
    assert outputs[0].text == f"{sys.executable} 3\n"


def test_a_widget_leaves_what_stands_beside_it(tmp_path):
    source = "from tinyml_course.widgets import predict\npredict('How many?', 'Unos')"
    ((output,),) = run(tmp_path, source)
    assert set(output.data) == {"text/html", "text/plain"}
    assert "How many?" in output.data["text/html"]


def test_a_widget_with_nothing_beside_it_leaves_nothing(tmp_path):
    assert run(tmp_path, "import ipywidgets; ipywidgets.IntSlider()") == [[]]


def test_a_finished_progress_bar_leaves_nothing(tmp_path):
    source = "from tinyml_course.progress import bar\nwith bar('Working', 2, show=True) as step:\n    step(1); step(2)"
    assert run(tmp_path, source) == [[]]


def test_split_streams_become_one():
    new_output = nbformat.v4.new_output
    cell = new_code_cell("x", metadata={"execution": {"iopub.status.idle": "2026"}})
    cell.outputs = [new_output("stream", name="stdout", text="a"), new_output("stream", name="stdout", text="b")]
    job = Job("x", new_notebook(cells=[cell], metadata={"widgets": {}}), None)
    tidy(job)
    assert [output.text for output in cell.outputs] == ["ab"]
    assert cell.metadata == {}
    assert "widgets" not in job.notebook.metadata
