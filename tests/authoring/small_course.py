"""The sources of a course of one small lesson with one task."""

LESSON = """\
# %% [markdown] title
# # A lesson about {gpt3.layers}

# %% [markdown] tags=["objectives"]
# - **77.1** double a number

# %% sum tags=["nbval-check-output"]
1 + 1

# %% [markdown] include="setup"

# %% [markdown] include="77.1"
"""
EXERCISE = '''\
# %% [markdown] title
# # Exercise

# %% task="setup"
twice = 2
check = lambda objective, function: print(objective, function.__name__)

# %% [markdown] task="77.1"
# Double it.

# %% task="77.1"
def double(number):
    """Twice the number."""
    ### BEGIN SOLUTION complete this line
    return number * twice  # why
    ### END SOLUTION

# %% task="77.1"
check("77.1", double)

# %% [markdown] why tags=["solution-only"]
# Because.
'''
CHECKS = """\
from tinyml_course.grading.checks import Check, Part

CHECKS = (
    Check(
        objective="77.1", task="Doubling", function="double", parts=(Part("all", 4, lambda rng: [(3,)]),),
        can_now="double", arguments=("number",), expected=lambda a: 2 * a, misconceptions=(),
    ),
)
"""
NAME = "77_small"


def write(root, lesson=None, exercise=None, checks=None):
    """Write the sources of the lesson."""
    folder = root / "content" / NAME
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in (("lesson.py", lesson), ("exercise.py", exercise), ("checks.py", checks)):
        if text is not None:
            (folder / name).write_text(text, encoding="utf-8")


def write_modules(root, **modules):
    """Write modules of checks into a folder, in the place of ``checks.py``."""
    folder = root / "content" / NAME / "checks"
    folder.mkdir(exist_ok=True)
    folder.with_suffix(".py").unlink(missing_ok=True)
    for name, text in modules.items():
        (folder / f"{name}.py").write_text(text, encoding="utf-8")
