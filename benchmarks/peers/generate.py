"""Let the peers write their C. Runs in their environment, without this project: generate.py WORK_FOLDER.

Each peer is called as its documentation says. Where it offers a choice, the variants that make sense on a small
board all get a row.
"""

from __future__ import annotations

import copy
import functools
import json
import re
import sys
import textwrap
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import joblib

Entry = dict[str, Any]
TREES = ("tree", "forest", "extra trees")
NETWORKS = ("mlp", "small mlp")
#: Characters of an error in the table.
SHOWN = 90
_ARGMAX = """
int16_t peer_predict(const peer_input_t *input)
{
    double scores[10];
    uint8_t best = 0;
    score((double *)input, scores);
    for (uint8_t c = 1; c < 10; c++) if (scores[c] > scores[best]) best = c;
    return best;
}
"""


def emlearn(models: dict[str, Any]) -> Iterator[tuple[Entry, Callable[[], Entry]]]:
    """Trees take integer features, networks floats.

    Thresholds lie at halves and whole numbers, and become integers: twice the pixels keeps them exact. The larger
    factors that fill the range of int16 change no answer and cost flash. Raw pixels show what the factor is for.
    ``uint8_t`` is the smallest type that holds the features; ``int16_t`` is the default, and all that "loadable" takes.
    """
    soft = {"leaf_bits": 8}
    variants = [
        ("inline, uint8", "inline", "uint8", 2, {}),
        ("inline, uint8, soft votes of 8 bits", "inline", "uint8", 2, soft),
        ("inline, int16", "inline", "int16", 2, {}),
        ("loadable, int16", "loadable", "int16", 2, {}),
        ("inline, int16, raw pixels", "inline", "int16", 1, {}),
    ]
    for name in TREES:
        for setting, method, dtype, factor, options in variants:
            if (options and name == "tree") or (factor == 1 and name != "tree"):
                continue
            head = {"model": name, "setting": setting, "input_dtype": dtype, "factor": float(factor)}
            write = functools.partial(emlearn_trees, models[name], method, dtype, factor, options)
            yield head, write
    for name in NETWORKS:
        floats = {"model": name, "input_dtype": "float32", "factor": 1 / 16}
        for method, options in (("loadable", {}), ("inline", {}), ("inline", {"use_fixedpoint": True})):
            said = f"{method}, fixed point" if options else f"{method}, float"
            yield {**floats, "setting": said}, functools.partial(emlearn_network, models[name], method, options)


def emlearn_trees(model: Any, method: str, dtype: str, factor: int, options: dict[str, Any]) -> Entry:
    import emlearn

    scaled = copy.deepcopy(model)
    for tree in getattr(scaled, "estimators_", [scaled]):
        tree.tree_.threshold[:] *= factor
    converted = emlearn.convert(scaled, method=method, dtype=f"{dtype}_t", **options)
    text = converted.save(name="model", include_proba=False)
    glue = '#include "peer_code.h"\n' + (
        "int16_t peer_predict(const peer_input_t *x) { return (int16_t)model_predict(x, 64); }\n"
    )
    return {"files": {**emlearn_headers(text), "peer_code.h": text}, "glue": glue}


def emlearn_network(model: Any, method: str, options: dict[str, Any]) -> Entry:
    import emlearn

    text = emlearn.convert(model, method=method, **options).save(name="model", inference=[method])
    glue = '#include "peer_code.h"\n' + (
        "int16_t peer_predict(const peer_input_t *x) { return (int16_t)model_predict(x, 64); }\n"
    )
    return {"files": {**emlearn_headers(text), "peer_code.h": text}, "glue": glue}


def emlearn_headers(text: str) -> dict[str, str]:
    """Headers of the library that a text includes, directly or not."""
    import emlearn

    found: dict[str, str] = {}
    waiting = [text]
    while waiting:
        for name in re.findall(r'#include\s+["<](eml_\w+\.h)[">]', waiting.pop()):
            if name not in found:
                found[name] = (Path(emlearn.includedir) / name).read_text(encoding="utf-8")
                waiting.append(found[name])
    return found


def m2cgen(models: dict[str, Any]) -> Iterator[tuple[Entry, Callable[[], Entry]]]:
    """C with doubles, which are 32-bit floats on an AVR."""
    for name, model in models.items():
        factor = 1 / 16 if name in NETWORKS else 1.0
        yield {"model": name, "setting": "export_to_c", "factor": factor}, functools.partial(m2cgen_code, model)


def m2cgen_code(model: Any) -> Entry:
    import m2cgen as package

    return {"files": {"peer_code.h": package.export_to_c(model)}, "glue": f'#include "peer_code.h"\n{_ARGMAX}'}


def micromlgen(models: dict[str, Any]) -> Iterator[tuple[Entry, Callable[[], Entry]]]:
    """C++ with floats. It includes <cstdarg>, which no AVR compiler has: once as written, once mended."""
    for name, model in models.items():
        factor = 1 / 16 if name in NETWORKS else 1.0
        head = {"model": name, "factor": factor, "language": "cpp"}
        yield {**head, "setting": "port"}, functools.partial(micromlgen_code, model, mended=False)
        if type(model).__name__ in ("DecisionTreeClassifier", "RandomForestClassifier", "LogisticRegression"):
            yield (
                {**head, "setting": "port, mended: <stdarg.h>"},
                functools.partial(micromlgen_code, model, mended=True),
            )


def micromlgen_code(model: Any, mended: bool) -> Entry:
    import micromlgen as package

    text = package.port(model)
    if mended:
        text = text.replace("<cstdarg>", "<stdarg.h>")
    name = re.search(r"class (\w+)", text)[1]
    glue = (
        f'#include "peer_code.h"\nstatic Eloquent::ML::Port::{name} model;\n'
        "int16_t peer_predict(const peer_input_t *x) { return (int16_t)model.predict((float *)x); }\n"
    )
    return {"files": {"peer_code.h": text}, "glue": glue}


def main(work: Path) -> None:
    warnings.simplefilter("ignore")
    models = joblib.load(work / (work / "models.txt").read_text(encoding="utf-8"))
    entries = []
    for exporter in (emlearn, m2cgen, micromlgen):
        for head, write in exporter(models):
            entry = {"exporter": exporter.__name__, **head}
            try:
                entry |= write()
            except Exception as error:  # whatever a peer does wrong is a row of the table
                words = f"writes no C: {type(error).__name__}: {error}"
                entry["error"] = textwrap.shorten(words, SHOWN, placeholder=" ...")
            entries.append(entry)
    (work / "peers.json").write_text(json.dumps(entries), encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
