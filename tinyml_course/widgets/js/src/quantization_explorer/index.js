// SPDX-License-Identifier: Apache-2.0
// Drag a scale and a zero point over a histogram. The page shows a preview at once; Python's numbers replace it.
import { announcer, h } from "../common/dom.js";
import { number, whole, withMinus } from "../common/numbers.js";
import { follow, root, tell } from "../common/piece.js";
import { channels } from "./channels.js";
import { chart } from "./chart.js";
import { encodingOf, limits, magnify, measure, rangeOf } from "./codes.js";
import { LOOK } from "./look.js";
import { magnifier } from "./magnifier.js";
import { readings } from "./readings.js";

const PER_OCTAVE = 64; // steps of the scale's slider
const OCTAVES = 5; // to each side of the range from minimum to maximum
const COARSE = 10;

const STATE = ["scale", "zero_point", "bits", "symmetric", "value"];
const stateOf = (model) => Object.fromEntries(STATE.map((name) => [name, model.get(name)]));
const same = (found, state) => ["scale", "zero_point", "bits"].every((name) => found[name] === state[name]);

function slider(name, label, act) {
  const range = h("input", { type: "range", "aria-label": `${label}, slider`, class: `slide-${name}` });
  const exact = h("input", { type: "number", "aria-label": label, class: `exact-${name}`, step: "any" });
  range.addEventListener("input", () => act.slide(Number(range.value)));
  range.addEventListener("keydown", (event) => {
    const way = { ArrowLeft: -1, ArrowDown: -1, ArrowRight: 1, ArrowUp: 1 }[event.key];
    if (!way || !event.shiftKey) return;
    event.preventDefault();
    act.slide(Math.min(Math.max(Number(range.value) + way * COARSE, Number(range.min)), Number(range.max)));
  });
  exact.addEventListener("change", () => act.type(Number(exact.value), exact));
  return { element: h("label", { class: "slider" }, h("span", {}, label), range, exact), range, exact };
}

function controls(model) {
  const { low, high } = model.get("histogram");
  const span = Math.max(high, 0) - Math.min(low, 0) || 1;
  const middle = () => span / (2 ** model.get("bits") - 1);
  const button = (action, label, title) =>
    h("button", { type: "button", class: `do-${action}`, title, onclick: () => model.send({ do: action }) }, label);
  const symmetric = h(
    "button",
    { type: "button", class: "do-symmetric", title: "Keep the zero point at 0",
      onclick: () => tell(model, { symmetric: !model.get("symmetric") }) },
    "symmetric",
  );
  const bits = h(
    "select",
    { class: "bits", onchange: () => tell(model, { bits: Number(bits.value) }) },
    model.get("choices").map((count) => h("option", { value: count }, `${count} bits`)),
  );
  const scale = slider("scale", "scale", {
    slide: (at) => tell(model, { scale: Math.fround(middle() * 2 ** (at / PER_OCTAVE)) }),
    type: (value, box) => (Math.fround(value) > 0 && Number.isFinite(Math.fround(value)) ? tell(model, { scale: Math.fround(value) }) : show(stateOf(model), box)),
  });
  const zero = slider("zero", "zero point", {
    slide: (at) => tell(model, { zero_point: at }),
    type: (value, box) => (Number.isSafeInteger(value) ? tell(model, { zero_point: value }) : show(stateOf(model), box)),
  });

  function show(state, always = null) {
    bits.value = state.bits;
    symmetric.setAttribute("aria-pressed", state.symmetric);
    const [lowest, highest] = limits(state.bits);
    const set = ({ range, exact }, ends, at, text, words) => {
      [range.min, range.max] = ends;
      range.value = at;
      range.setAttribute("aria-valuetext", words);
      if (document.activeElement !== exact || always === exact) exact.value = text;
    };
    const at = Math.round(Math.log2(state.scale / middle()) * PER_OCTAVE);
    set(scale, [-OCTAVES * PER_OCTAVE, OCTAVES * PER_OCTAVE], at, Number(state.scale.toPrecision(4)), number(state.scale));
    const point = state.zero_point;
    set(zero, [Math.min(lowest, point), Math.max(highest, point)], point, point, withMinus(point));
  }
  const element = h(
    "div",
    {},
    h("div", { class: "row" },
      bits,
      button("min_max", "min to max", "Cover everything from the minimum to the maximum"),
      button("percentile", `middle ${model.get("percent")} %`, "Leave the outermost values out"),
      button("best", "best", "Search for the smallest mean squared error"),
      symmetric,
    ),
    h("div", { class: "row" }, scale.element, zero.element),
  );
  return { element, show };
}

function render({ model, el }) {
  const values = new Float32Array(Uint8Array.from(atob(model.get("page_sample")), (sign) => sign.charCodeAt(0)).buffer);
  const parts = {
    controls: controls(model),
    chart: chart(model.get("histogram"), () => stateOf(model), {
      range: (low, high) => tell(model, encodingOf(low, high, stateOf(model))),
      value: (value) => tell(model, { value }),
    }),
    readings: readings(),
    magnifier: magnifier(),
    channels: channels(),
  };
  const said = announcer();
  let speaking = 0;

  function speak(state) {
    clearTimeout(speaking);
    speaking = setTimeout(() => {
      const [low, high] = rangeOf(state);
      said.textContent = `Range ${number(low)} to ${number(high)}: ${parts.readings.words(model.get("error"))}.`;
    }, 500);
  }

  function show() {
    const state = stateOf(model);
    const exact = same(model.get("error"), state);
    parts.controls.show(state);
    parts.chart.show(state);
    parts.readings.show(exact ? model.get("error") : measure(values, state), exact);
    const found = model.get("magnified");
    parts.magnifier.show(state, exact && found.value === Math.fround(state.value) ? found : magnify(state.value, state));
    parts.channels.show(model.get("channels"));
    if (exact) speak(state);
  }
  let frame = 0;
  const later = () => {
    cancelAnimationFrame(frame);
    frame = requestAnimationFrame(show);
  };
  const title = h("div", { class: "title" }, `${whole(model.get("histogram").count)} ${model.get("what")}`);
  el.append(root("quantization", LOOK, title, parts.controls.element, parts.chart.element, parts.readings.element,
    parts.magnifier.element, parts.channels.element, said));
  show();
  const end = follow(model, [...STATE, "error", "magnified", "channels"], later);
  return () => {
    end();
    clearTimeout(speaking);
    cancelAnimationFrame(frame);
    [parts.chart, parts.magnifier, parts.channels].forEach((part) => part.stop());
  };
}

export default { render };
