"""The memory plan in JupyterLab: stepped through, changed by mouse and keys, judged by Python."""

NETWORK = """
import numpy as np
from tinyml_course.graph import Graph, InputContract, Operator, Tensor
from tinyml_course.widgets import MemoryPlanExplorer
int8, sizes = np.dtype("int8"), {"a": 784, "b": 640, "c": 320, "d": 640, "e": 320, "f": 160, "g": 10}
reads = [("conv_2d", "a", "b"), ("depthwise_conv_2d", "b", "c"), ("conv_2d", "c", "d"), ("conv_2d", "d", "e"),
         ("add", "ce", "f"), ("fully_connected", "f", "g")]
operators = tuple(Operator(kind, tuple(inputs), (output,)) for kind, inputs, output in reads)
tensors = {name: Tensor(name, (size,), int8) for name, size in sizes.items()}
graph = Graph("a branch", tensors, operators, "a", "g", InputContract(int8, (784,), -128, 127), (0,))
explorer = MemoryPlanExplorer(graph)
explorer
"""
VERDICT = "document.querySelector('.tinyml-memory_plan .verdict').textContent"
STEP = "document.querySelector('.tinyml-memory_plan .step').textContent"


def block(number):
    return f'.tinyml-memory_plan [data-block="{number}"]'


def test_it_is_stepped_through_and_changed(open_notebook):
    page = open_notebook([NETWORK])
    page.wait_for(f"{VERDICT}.startsWith('Arena: 1,424 B, the lower bound')")
    page.click(".tinyml-memory_plan .on")
    page.press("Enter")
    page.wait_for_kernel("explorer.step == 2")
    page.wait_for(f"{STEP}.startsWith('Operator 2, conv_2d: reads output 1')")
    page.focus(".tinyml-memory_plan input[type=range]")
    page.press("End")
    page.wait_for_kernel("explorer.step == 5")
    page.press("ArrowLeft", times=2)
    page.wait_for_kernel("explorer.step == 3")
    page.keep_screenshot("memory-plan")

    page.click(".tinyml-memory_plan .choice label:nth-of-type(2)")
    page.wait_for_kernel("explorer.plan == 'greedy' and explorer.arena_bytes == 1744")
    page.drag(block(2), 0, 400)  # down to the bottom: over what lies there
    page.wait_for_kernel("explorer.plan == 'mine' and explorer.offsets[2] == 0 and not explorer.verdict.is_plan")
    page.wait_for(f"{VERDICT}.startsWith('Not a plan: ')")
    assert page.evaluate("document.querySelectorAll('.tinyml-memory_plan .clash').length") == page.kernel(
        "len(explorer.clashes)"
    )
    assert page.has_focus(block(2))
    page.keep_screenshot("memory-plan-overlap")

    page.kernel_run("explorer.offsets = [0, 784, 1424, 320, 960, 320, 0]")  # the greedy plan's highest block is left
    page.wait_for(f"{VERDICT}.startsWith('Arena: 1,744 B')")
    page.focus(block(2))
    page.press("Home")
    page.wait_for_kernel("explorer.offsets[2] == 0")
    page.wait_for(f'{VERDICT}.includes("You beat TFLite Micro\'s greedy planner")')
    page.press("Shift+ArrowUp", times=2)
    page.wait_for_kernel("explorer.offsets[2] == 2")
    page.wait_for(f"document.querySelector({block(2)!r}).getAttribute('aria-valuetext') === 'bytes 2 to 321'")
    page.press("ArrowDown")
    page.wait_for_kernel("explorer.offsets[2] == 0")
    page.theme("Dark")
    page.resize(700, 900)
    page.wait_for("!document.querySelector('#jupyterlab-splash')")
    page.keep_screenshot("memory-plan-dark")
    page.resize()
    page.close_tab()  # the plan is still there
    page.reopen_tab()
    page.wait_for(f'{VERDICT}.includes("You beat TFLite Micro\'s greedy planner")')
    page.assert_quiet()
