"""The rows as JSON, as a Markdown table and as a plot."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from environment import PINNED

from tinyml_course.version import __version__

Row = dict[str, Any]
TITLES = {
    "tree": "Decision tree, 96 leaves",
    "forest": "Random forest, 10 trees of 32 leaves",
    "extra trees": "Extra trees, 30 trees of 64 leaves",
    "logistic": "Logistic regression",
    "linear svc": "Linear support vector classifier",
    "mlp": "MLP 64-16-10 (scikit-learn)",
    "small mlp": "MLP 64-3-10 (scikit-learn)",
    "tflite mlp": "MLP 64-16-10 (Keras, int8 TFLite)",
    "tflite cnn": "CNN of 7,416 MACs (Keras, int8 TFLite)",
    "bonsai": "Bonsai, at most 2,048 bytes",
}
#: Okabe and Ito's colours, and a shape for each exporter: colour is never the only difference.
LOOKS = {
    "tinyml_course": ("#009E73", "o"),
    "emlearn": ("#0072B2", "s"),
    "m2cgen": ("#D55E00", "^"),
    "micromlgen": ("#CC79A7", "D"),
}
BEGIN, END = "<!-- peers: written by python benchmarks/peers -->", "<!-- peers: end -->"
COLUMNS = "| exporter, setting | level | model B | flash B | SRAM B | cycles | most | on chip | in Python | differ |"
RULE = "|---|---|--:|--:|--:|--:|--:|--:|--:|--:|"


def write_results(rows: list[Row], folder: Path, toolchain: str, seconds: float, readme: Path | None) -> None:
    """Write ``results.json``, ``results.md`` and ``results.svg``; the table also goes into `readme`."""
    folder.mkdir(parents=True, exist_ok=True)
    about = {"toolchain": toolchain, "tinyml_course": __version__, "peers": list(PINNED), "seconds": round(seconds)}
    text = json.dumps({**about, "rows": rows}, indent=1)
    (folder / "results.json").write_text(text + "\n", encoding="utf-8", newline="\n")
    table = markdown(rows, toolchain)
    (folder / "results.md").write_text(table, encoding="utf-8", newline="\n")
    alt = plot(rows, folder / "results.svg")
    if readme is not None:
        before, _, rest = readme.read_text(encoding="utf-8").partition(BEGIN)
        after = rest.partition(END)[2]
        picture = f"![{alt}](peers/results.svg)"
        readme.write_text(f"{before}{BEGIN}\n\n{picture}\n\n{table}\n{END}{after}", encoding="utf-8", newline="\n")


def markdown(rows: list[Row], toolchain: str) -> str:
    """Return one table for each model."""
    parts = [f"Compiled by {toolchain}; {', '.join(PINNED)}."]
    for model, title in TITLES.items():
        mine = _without_repetition([row for row in rows if row["model"] == model])
        if mine:
            parts.append(f"**{title}**\n\n{COLUMNS}\n{RULE}\n" + "\n".join(_line(row) for row in mine))
    return "\n\n".join(parts) + "\n"


def _without_repetition(rows: list[Row]) -> list[Row]:
    """What goes wrong in the same way at every level stands there once."""
    kept: list[Row] = []
    for row in rows:
        last = kept[-1] if kept else None
        same = last and all(row[key] == last[key] for key in ("exporter", "setting", "error"))
        if last and same and row["error"]:
            kept[-1] = {**last, "level": f"{last['level']}, {row['level']}"}
        else:
            kept.append(row)
    return kept


def _line(row: Row) -> str:
    head = f"| {row['exporter']}: {row['setting']} | {row['level']} |"
    if row["error"]:
        return f"{head} {row['error'].replace('|', '/')} ||||||||"
    differ = _count(row["mismatches"])
    if row["mismatches_twin"] is not None:
        differ += f" ({_count(row['mismatches_twin'])})"
    cells = [
        _count(row["model_bytes"]),
        _count(row["flash_bytes"]),
        _count(row["sram_bytes"]),
        f"{row['cycles_mean']:,.0f}",
        _count(row["cycles_max"]),
        f"{row['accuracy']:.3f}",
        "–" if row["accuracy_python"] is None else f"{row['accuracy_python']:.3f}",
        differ,
    ]
    return f"{head} {' | '.join(cells)} |"


def _count(value: int | None) -> str:
    return "–" if value is None else f"{value:,}"


def plot(rows: list[Row], path: Path) -> str:
    """Draw cycles and flash at -Os, one line for each model, and return what the picture says in words."""
    import matplotlib

    matplotlib.use("svg")
    from matplotlib import pyplot

    done = [row for row in rows if row["level"] == "-Os" and not row["error"]]
    models = [model for model in TITLES if any(row["model"] == model for row in done)]
    style = {"svg.hashsalt": "peers", "svg.fonttype": "path", "font.size": 9}
    with pyplot.rc_context(style):
        figure, panels = pyplot.subplots(
            1, 2, figsize=(10, 0.55 * len(models) + 1.6), sharey=True, layout="constrained"
        )
        for axes, key, title in zip(
            panels,
            ("cycles_mean", "flash_bytes"),
            ("Clock cycles for one image", "Flash of the model, bytes"),
            strict=True,
        ):
            _panel(axes, done, models, key, title)
        shapes = [panels[0].scatter([], [], s=42, marker=m, color=c, label=who) for who, (c, m) in LOOKS.items()]
        hollow = panels[0].scatter([], [], s=42, facecolor="none", edgecolor="#222222", label="hollow: classes differ")
        figure.legend(handles=[*shapes, hollow], loc="outside lower center", ncols=len(LOOKS) + 1, frameon=False)
        alt = words(done, models)
        figure.savefig(path, metadata={"Date": None, "Title": "Exporters on the Uno", "Description": alt})
        pyplot.close(figure)
    return alt


def _panel(axes: Any, rows: list[Row], models: list[str], key: str, title: str) -> None:
    for exporter, (colour, shape) in LOOKS.items():
        for differs in (False, True):
            mine = [row for row in rows if row["exporter"] == exporter and bool(row["mismatches"]) == differs]
            if not mine:
                continue
            places = [-models.index(row["model"]) for row in mine]
            values = [row[key] for row in mine]
            face = "none" if differs else colour
            axes.scatter(values, places, s=42, marker=shape, facecolor=face, edgecolor=colour, zorder=3)
    axes.set_xscale("log")
    axes.set_title(title, loc="left", fontweight="bold")
    axes.set_yticks([-k for k in range(len(models))], [TITLES[model] for model in models])
    axes.grid(axis="x", color="#DDDDDD")
    axes.spines[["top", "right", "left"]].set_visible(False)
    axes.tick_params(axis="y", length=0)


def words(rows: list[Row], models: list[str]) -> str:
    """What the plot shows, for those who do not see it."""
    parts = []
    for model in models:
        mine = [row for row in rows if row["model"] == model]
        ours = [row["cycles_mean"] for row in mine if row["exporter"] == "tinyml_course"]
        others = [row["cycles_mean"] for row in mine if row["exporter"] != "tinyml_course"]
        text = f"{TITLES[model]}: {min(ours):,.0f} cycles" if ours else f"{TITLES[model]}: none of ours"
        parts.append(text + (f", the fastest peer {min(others):,.0f}" if others else ", no peer"))
    head = "Clock cycles and flash of every exporter's program at -Os; hollow where a class differs from the model's. "
    return head + "; ".join(parts) + "."
