// SPDX-License-Identifier: Apache-2.0
// A memory plan to step through and to change. Python judges it; this draws it.
import { CHOICE_STYLE, choice } from "../common/controls.js";
import { h } from "../common/dom.js";
import { UNKNOWN, ask, follow, root, tell } from "../common/piece.js";
import { COLOURS } from "../common/style.js";
import { drawing } from "./drawing.js";

const STYLE = `
${CHOICE_STYLE}
.tinyml-memory_plan { --bound: ${COLOURS.fourBit}; --hole: #00000014; --clash: #C00000; --here: #0072B222; }
[data-jp-theme-light="false"] .tinyml-memory_plan { --bound: #FF8C42; --hole: #FFFFFF24; --clash: #FF6B6B; --here: #56B4E933; }
.tinyml-memory_plan .bar { display: flex; flex-wrap: wrap; gap: 8px 12px; align-items: center; margin: 6px 0; }
.tinyml-memory_plan .bar input { padding: 0; width: 180px; accent-color: var(--accent); }
.tinyml-memory_plan svg { display: block; max-width: 100%; }
.tinyml-memory_plan svg text { font-size: 11px; pointer-events: none; }
.tinyml-memory_plan p { margin: 6px 0; }
.tinyml-memory_plan .verdict { font-weight: 600; min-height: 1.4em; }
.tinyml-memory_plan .here { fill: var(--here); stroke: var(--accent); }
.tinyml-memory_plan .bound { stroke: var(--bound); stroke-width: 2; stroke-dasharray: 7 4; }
.tinyml-memory_plan .bound-text { fill: var(--bound); font-weight: 700; }
.tinyml-memory_plan .top { stroke: var(--text); stroke-width: 1.5; }
.tinyml-memory_plan .block { cursor: ns-resize; outline: none; }
.tinyml-memory_plan .block .body { stroke: #222; }
.tinyml-memory_plan .block .grab { fill: transparent; }
.tinyml-memory_plan .block text { fill: #1a1a1a; }
.tinyml-memory_plan .block .name { font-weight: 700; }
.tinyml-memory_plan .block.alive .body { stroke-width: 2.5; }
.tinyml-memory_plan .block:not(.alive) .body { fill-opacity: 0.45; stroke-opacity: 0.5; }
[data-jp-theme-light="false"] .tinyml-memory_plan .block:not(.alive) .body { fill-opacity: 0.6; }
.tinyml-memory_plan .block:focus-visible .body { stroke: var(--accent); stroke-width: 4; }
.tinyml-memory_plan .clash { stroke: var(--clash); stroke-width: 2; pointer-events: none; }
.tinyml-memory_plan .free { stroke: var(--line); fill: var(--hole); }
.tinyml-memory_plan .slice { stroke: #222; }
.tinyml-memory_plan .slice-text { fill: #1a1a1a; }
.tinyml-memory_plan .column { fill: transparent; cursor: pointer; }
.tinyml-memory_plan .quiet { color: var(--quiet); }
`;

function render({ model, el }) {
  const last = model.get("steps").length - 1;
  const go = (step) => tell(model, { step: Math.min(last, Math.max(0, step)) });
  const picture = drawing({
    blocks: model.get("blocks"),
    steps: model.get("steps"),
    on: {
      step: go,
      place: (block, offset) => tell(model, { offsets: model.get("offsets").map((at, k) => (k === block ? offset : at)) }),
      key: (block, upwards, fine) => ask(model, { block, upwards, fine }) || (verdict.textContent = UNKNOWN),
    },
  });
  const names = { best: "library", greedy: "TFLite Micro", none: "nothing shared", mine: "mine" };
  const plans = choice(
    "Plan",
    Object.entries(names).map(([name, words]) => {
      const plan = model.get("plans")[name];
      return [name, plan ? `${words}: ${plan.arena_bytes.toLocaleString("en")} B` : words];
    }),
    (value) => tell(model, { plan: value }),
  );
  const step = h("input", {
    type: "range", min: 0, max: Math.max(0, last), step: 1, "aria-label": "Operator", oninput: () => go(Number(step.value)),
  });
  const button = (name, words, by, sign) =>
    h("button", { type: "button", class: name, "aria-label": words, onclick: () => go(model.get("step") + by) }, sign);
  const back = button("back", "Operator before", -1, "◀");
  const on = button("on", "Next operator", 1, "▶");
  const stepText = h("p", { class: "step", "aria-live": "polite" });
  const verdict = h("p", { class: "verdict", role: "status", "aria-live": "polite" });
  el.append(
    root(
      "memory_plan", STYLE,
      h("div", { class: "bar" }, plans.element),
      picture.element, verdict,
      h("div", { class: "bar" }, h("strong", {}, "Operator"), back, step, on), stepText,
      h("p", { class: "quiet" }, "Drag a block up or down. Keys: Up and Down to the next block it touches, Shift for the smallest step."),
    ),
  );

  let laid = false;
  const draw = () =>
    laid &&
    picture.draw({
      offsets: model.get("offsets"), step: model.get("step"), arena: model.get("arena_bytes"),
      bound: model.get("lower_bound_bytes"), clashes: model.get("clashes"), free: model.get("free"),
      most: Math.max(...Object.values(model.get("plans")).map((plan) => plan.arena_bytes).slice(0, 2)),
    });
  const stop = follow(
    model,
    ["plan", "offsets", "step", "arena_bytes", "clashes", "free", "step_text", "verdict_text"],
    () => {
      plans.show(model.get("plan"));
      step.value = model.get("step");
      back.disabled = model.get("step") <= 0;
      on.disabled = model.get("step") >= last;
      for (const [element, name] of [[stepText, "step_text"], [verdict, "verdict_text"]])
        if (element.textContent !== model.get(name)) element.textContent = model.get(name);
      step.setAttribute("aria-valuetext", `operator ${model.get("step")}`);
      draw();
    },
  );
  const resized = new ResizeObserver(() => {
    const width = Math.floor(Math.min(el.clientWidth - 10, 970));
    if (width < 100) return; // in a hidden tab
    picture.lay(width);
    laid = true;
    draw();
  });
  resized.observe(el);
  return () => {
    stop();
    resized.disconnect();
  };
}

export default { render };
