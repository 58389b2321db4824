# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown] title
# # 10 · How Bonsai decides
#
# A Bonsai is a decision tree, and yet it never asks about a single pixel. **After this lesson you can follow an image
# through it, from the pixels to the class, integer by integer, and say which of its bytes that takes.**

# %% leaves
import tinyml_course as tc
from tinyml_course import plots
from tinyml_course.models.trained import digits_bonsai, with_values

data, graph = tc.load_digits(), digits_bonsai()
leaves = graph.run(data.x_test)["path"][:, -1]
x = data.x_test[[i for leaf in range(3, 7) for i in (leaves == leaf).nonzero()[0][:10]]]
alt = "Four lines of ten handwritten digits; no line has one kind of digit only."
title = "Each line ends at another leaf of the same tree, and no leaf stands for one digit"
plots.digit_gallery(title, x.reshape(-1, 8, 8), graph.classify(x), graph.classify(x), alt)

# %% [markdown] objectives tags=["objectives"]
# ## What you will be able to do
#
# - **10.1** project an image to a few features, in integers
# - **10.2** tell at a node which child comes next
# - **10.3** compute what one node adds to the score of each class
# - **10.4** follow the path from the root to a leaf, and count the bytes it reads
# - **10.5** classify with a whole Bonsai, as the library and the board do
# - **10.6** write a node in C that gives the same integers, small and quick
#
# The model is trained already: it comes with the course, so that we all look at the same integers. In lesson 11 you
# train one.

# %% [markdown] warm-up
# ## Three questions on the lesson before
#
# <details><summary>1. What does an inner node of an ordinary decision tree ask?</summary>
#
# Whether one feature, such as one pixel, lies above a threshold. The answer decides which child comes next.
#
# </details>
# <details><summary>2. How many nodes does one sample visit in a tree of depth 2?</summary>
#
# Three: the root, one node below it, and one leaf. The tree has seven.
#
# </details>
# <details><summary>3. Where on the Uno do a tree's numbers lie, and why?</summary>
#
# In flash. They never change after training, and SRAM is needed for what does.
#
# </details>
#
# ## Predict
#
# The Bonsai of this lesson reads handwritten digits. It has depth 2, so seven nodes. Commit to a number before you
# read on.

# %% predict
from tinyml_course.reference import bonsai_trace
from tinyml_course.widgets import BonsaiSteps, predict

stored = f"{graph.model_bytes:,} bytes"
guess = predict(f"It stores {stored}. How many are read to classify one image?", "bytes")
guess

# %% [markdown] see-it
# ## See it
#
# An image goes through three stages. The **projection** mixes all pixels into a few numbers, the **projected
# features** z. At each inner node a **branch** decides which child comes next. And every node on the way gives a
# **score** to each class; the scores add up, and the largest sum is the answer.
#
# Go through the steps with the arrow keys, and watch the count of bytes. Three things to find out: which stage reads
# most? Does the class that the root prefers always win? What is different for an image that the tree gets wrong? Try
# first, then open the line below the piece.

# %% steps
steps = BonsaiSteps(graph, data.x_test, data.y_test)
steps

# %% [markdown] found-text
# <details><summary>What did you find?</summary>
#
# The projection reads most, more than three nodes together. The root alone is often overruled: one node does not know
# enough. And where the tree is wrong, the two largest sums lie close together: it was nearly a draw. The next cell
# counts over all test images.
#
# </details>

# %% found tags=["nbval-check-output"]
import numpy as np

sums = np.sort(graph.predict(data.x_test).astype(int), axis=1)
lead, answers = sums[:, -1] - sums[:, -2], graph.classify(data.x_test)
wrong = answers != data.y_test
first = [int(bonsai_trace(graph, image).nodes[0].scores.argmax()) for image in data.x_test]
print(f"the root alone says what the tree says: {(answers == first).mean():.0%} of the images")
print(f"right answers: the largest sum leads by {np.median(lead[~wrong]):.0f} (median)")
print("wrong answers: it leads by", *sorted(lead[wrong]))

# %% [markdown] reveal-text
# ### The reveal
#
# How many bytes was it? Below your guess is the list: what is stored, and what one image reads.

# %% reveal
why = "Three of seven nodes suggest less than half. But the projection is read for every image."
guess.reveal(steps.trace.bytes_read, why)

# %% reveal-table tags=["nbval-check-output"]
from tinyml_course.tables import table

seen, whole = steps.trace, graph.model_bytes
rows = [
    ("projection Z", seen.projection_bytes, seen.projection_bytes),
    ("W and V of the nodes", f"{7 * seen.node_bytes:,}", 3 * seen.node_bytes),
    ("theta of the inner nodes", 3 * seen.branch_bytes, 2 * seen.branch_bytes),
    ("shifts and limits", seen.other_bytes, seen.other_bytes),
]
table(("in bytes", "stored", "read"), [*rows, ("all", f"{whole:,}", f"{seen.bytes_read:,}")])

# %% [markdown] paper-text
# ## How it works: on paper
#
# First a Bonsai that fits on paper: two pixels, two projected features, one split, two classes A and B. The image is
# x = (6, 10).
#
# **Projection.** Each projected feature is a weighted sum of all pixels and a **bias**, a weight whose input never
# changes. That input is 16 here, the integer that stands for 1. `>> 2` divides by 4 and rounds *down*. With 2, half of
# 4, added before it, it rounds to the *nearest*.
#
# | row of Z | bias | weights | sum | z = (sum + 2) >> 2 |
# |---|--:|--:|--:|--:|
# | first | 1 | 2, −1 | 16·1 + 6·2 − 10·1 = 18 | 5 |
# | second | −1 | 1, 2 | −16·1 + 6·1 + 10·2 = 10 | 3 |
#
# **Branch.** The root has one row of weights, **theta** = (1, −2). theta · z = 5 − 6 = −1 is not above zero, so the
# path goes right, to node 2.
#
# **Scores.** Each node has two matrices, W and V, with a row for each class. W z says how much a class gets. V z goes
# through a **hard tanh**: between −8 and 8 it stays as it is, beyond that it is held at the limit. The limit 8 stands
# for 1 and is called `one`. The two are multiplied, and shifted by 3.
#
# | node, class | row of W | W z | row of V | V z | hard tanh | product | score, >> 3 |
# |---|--:|--:|--:|--:|--:|--:|--:|
# | 0, A | 2, 1 | 13 | 1, 1 | 8 | 8 | 104 | 13 |
# | 0, B | −1, 2 | 1 | 3, −2 | 9 | **8** | 8 | 1 |
# | 2, A | −1, 0 | −5 | 1, −1 | 2 | 2 | −10 | **−2** |
# | 2, B | 2, 1 | 13 | 0, 2 | 6 | 6 | 78 | 9 |
#
# A gets 13 − 2 = 11, B gets 1 + 9 = 10: the class is A. Note −10 >> 3: it rounds down too, to −2.

# %% paper tags=["nbval-check-output"]
z = [(16 * 1 + 6 * 2 - 10 * 1 + 2) >> 2, (-16 * 1 + 6 * 1 + 10 * 2 + 2) >> 2]
print("z =", z, "  theta z =", 1 * z[0] - 2 * z[1])
root, leaf = [(13 * 8) >> 3, (1 * 8) >> 3], [(-5 * 2) >> 3, (13 * 6) >> 3]
print("A:", root[0] + leaf[0], "  B:", root[1] + leaf[1])

# %% [markdown] include="setup"

# %% [markdown] real-text
# ### The same with real numbers
#
# Nothing new happens in the trained tree; there is only more of it: 64 pixels, 18 projected features, ten classes.
# `bonsai_trace` keeps every number on the way. Each line of scores is what *one* node adds to the digits 0 to 9.

# %% real tags=["nbval-check-output"]
trace = bonsai_trace(graph, data.x_test[0])
print("z:", *trace.z)
print("path:", *trace.path, "  theta z:", *(step.branch for step in trace.nodes[:-1]))
for step in trace.nodes:
    print(f"node {step.node} adds", *(f"{score:5}" for score in step.scores))
print("together   ", *(f"{score:5}" for score in trace.scores))
print("class:", trace.label, "  label:", data.y_test[0])

# %% [markdown] include="10.1"

# %% [markdown] branch-text
# ### Numbers instead of pointers
#
# The shape of the tree takes no byte. Its nodes are numbered level by level, as in a **heap**: 0 is the root, 1 and 2
# lie below it, then 3, 4, 5 and 6. From a node's number you can compute those of its children.

# %% [markdown] include="10.2"

# %% [markdown] tanh-text
# ### A gate for each class
#
# The hard tanh is a **gate**. Near zero it closes: this node has no opinion about this class. At the limits it is
# fully open, with a plus or a minus. So nodes can share the work, and each one cares for some of the classes.

# %% [markdown] include="10.3"

# %% [markdown] board-text
# ## On the board: cycles by stage
#
# What does a level of the tree cost? Cut it off and measure. The next cell runs the root alone, then the first two
# levels, then the whole tree, on the virtual Uno. Watch the first two columns of numbers, then the last two.

# %% board
W, V, theta = (graph.tensors[name].values for name in ("W", "V", "theta"))
images, rows, cycles = data.x_test[:100], [], []
for nodes in (1, 3, 7):
    cut = with_values(graph, W=W[:nodes], V=V[:nodes], theta=theta[: nodes // 2])
    run = tc.simulate(tc.export_arduino(cut, name="cut"), images)
    cycles.append(run.cycles.mean())
    read = bonsai_trace(cut, images[0]).bytes_read
    rows.append((nodes, f"{cut.model_bytes:,}", f"{read:,}", f"{cycles[-1]:,.0f}"))
table(("nodes in the tree", "bytes stored", "bytes read", "cycles, measured"), rows)

# %% [markdown] stage-text
# A new level brings twice as many nodes as the one above it, so what is stored grows faster and faster. What is read
# grows by the same for each level, and so do the cycles, or nearly: one node and one branch. Subtract, and you have the
# stages.
# The projection costs fewer cycles for each byte than a node does. Its program skips every pixel that is 0, and many
# are.

# %% stages
level = cycles[2] - cycles[1]
start = cycles[0] - level
per_byte = level / (trace.node_bytes + trace.branch_bytes), start / trace.projection_bytes
print(f"one node, one branch:    {level:6,.0f} cycles, {per_byte[0]:4.1f} for each byte")
print(f"projection and the rest: {start:6,.0f} cycles, {per_byte[1]:4.1f} for each byte")
print(f"pixels that are 0: {(images == 0).mean():.0%}")
energy = run.board.millijoules(cycles[2])
print(f"whole tree: {energy:.3f} mJ for one image, estimated for the whole board")
print(f"whole sketch: {run.flash_bytes:,} B of flash, {run.sram_peak_bytes} B of SRAM at most")

# %% [markdown] off-text
# ### Off the path
#
# Do the other nodes cost nothing at all? Take the images whose path is 0, 2, 5. Turn all weights of the other nodes
# around, plus for minus. If any of them took part, something would change.

# %% off-path tags=["nbval-check-output"]
way = (graph.run(images)["path"] == [0, 2, 5]).all(axis=1)
sign = np.array([1, -1, 1, -1, -1, 1, -1]).reshape(7, 1, 1)
changed = with_values(graph, W=sign * W, V=sign * V, theta=sign[:3, 0] * theta)
again = tc.simulate(tc.export_arduino(changed, name="cut"), images[way])
print(way.sum(), "images take this path")
print("scores that differ:", (again.outputs != run.outputs[way]).sum())
print("images whose cycles differ:", (again.cycles != run.cycles[way]).sum())

# %% [markdown] wrong-text
# ## What can go wrong
#
# **1. A step that is nearly right.** Nothing warns you: a class always comes out. Only counting shows the damage. Here
# are four slips, each over all test images.

# %% wrong-steps tags=["nbval-check-output"]
slips = {
    "no slip": {},
    "bias column forgotten": {"Z": graph.tensors["Z"].values * (np.arange(65) > 0)},
    "left for right": {"theta": -theta},
    "hard tanh of the wrong factor": {"W": V, "V": W},
    "hard tanh forgotten": {"one": 2**15 - 1},
}
for name, values in slips.items():
    right = with_values(graph, **values).classify(data.x_test) == data.y_test
    print(f"{name:30}{right.mean():6.1%} of the digits read right")

# %% [markdown] wrong-sums
# **2. The scores of all nodes added up.** As if the tree were a forest. The nodes off the path were trained for other
# images, and talk nonsense about this one.
#
# **3. Softmax.** It turns scores into shares of 1. It needs an exponential for each class, and the largest stays the
# largest. For a class, the largest score is enough.

# %% wrong-sums-code tags=["nbval-check-output"]
nodes = [with_values(graph, W=W[[k]], V=V[[k]], theta=theta[:0]) for k in range(7)]
everything = sum(one_node.predict(data.x_test).astype(int) for one_node in nodes)
right = everything.argmax(axis=1) == data.y_test
print(f"all nodes added up: {right.mean():.1%} of the digits read right")
scores = graph.predict(data.x_test) * graph.tensors["scores"].encoding.one_scale
shares = np.exp(scores) / np.exp(scores).sum(axis=1, keepdims=True)
print("answers that softmax changes:", (shares.argmax(axis=1) != scores.argmax(axis=1)).sum())

# %% [markdown] summary
# ## Summary
#
# 1. The projection turns all pixels into a few integers: weighted sums with a bias, rounded to the nearest.
# 2. At an inner node the sign of theta · z decides; zero goes right. The children's numbers follow from the node's.
# 3. A node gives each class W z times the hard tanh of V z, shifted right. The scores of the path add up.
# 4. The largest sum is the class, the first one of equals. No softmax is needed.
# 5. A level more doubles the nodes that are stored, and adds one to those that are read. The rest costs flash, no time.
#
# **Next:** the exercise `exercises/10_how_bonsai_decides.ipynb`. There you walk the path, build the whole
# classifier from your own functions, and write one node in C for the board. Then lesson 11 trains a Bonsai that fits
# {bonsai.budget_bytes}.
#
# **Sources.** Model: Kumar, Goyal and Varma 2017, PMLR 70:1935. The hard tanh: their Table 5, BonsaiOpt.
# Digits: UCI optdigits, test part, from scikit-learn.
