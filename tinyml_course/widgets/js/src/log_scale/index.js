// SPDX-License-Identifier: Apache-2.0
// Models on one axis of bytes. Python has the facts and says what they mean; this draws them.
import { CHOICE_STYLE, choice, menu } from "../common/controls.js";
import { h } from "../common/dom.js";
import { follow, reducedMotion, root, tell } from "../common/piece.js";
import { COLOURS } from "../common/style.js";
import { chart } from "./chart.js";
import { glider } from "./scale.js";

const [LOW, HIGH, LOWEST_STEP] = [2, 12, 3];
const GLIDE_MS = 900;
const STYLE = `
${CHOICE_STYLE}
.tinyml-log_scale { --uno: ${COLOURS.uno}; --sram: ${COLOURS.sram}; --flash: ${COLOURS.flash}; --mark: ${COLOURS.fourBit}; }
[data-jp-theme-light="false"] .tinyml-log_scale { --uno: #6CC5CB; --sram: #124A4E; --flash: #0F2E31; --mark: #FF8C42; }
.tinyml-log_scale .sram { fill: var(--sram); }
.tinyml-log_scale .flash { fill: var(--flash); }
.tinyml-log_scale h4 { margin: 0 0 8px; font-size: 15px; }
.tinyml-log_scale .bar { display: flex; flex-wrap: wrap; gap: 8px 20px; align-items: center; margin: 6px 0; }
.tinyml-log_scale svg { display: block; max-width: 100%; }
.tinyml-log_scale svg text { font-size: 12px; }
.tinyml-log_scale svg .heading { font-weight: 600; fill: var(--quiet); }
.tinyml-log_scale svg .uno { font-size: 11px; font-weight: 600; fill: var(--uno); }
.tinyml-log_scale svg .size { font-variant-numeric: tabular-nums; paint-order: stroke; stroke: var(--page); stroke-width: 3px; }
.tinyml-log_scale .row { cursor: pointer; }
.tinyml-log_scale .row .back { fill: transparent; }
.tinyml-log_scale .row:hover .back { fill: var(--sunken); }
.tinyml-log_scale .row.chosen .back { fill: var(--sunken); stroke: var(--line); }
.tinyml-log_scale .row.chosen .name, .tinyml-log_scale .row.fits .size { font-weight: 700; }
.tinyml-log_scale .bracket { stroke: var(--text); stroke-width: 1.5; stroke-dasharray: 3 4; }
.tinyml-log_scale .decade { fill: var(--mark); opacity: 0.3; }
.tinyml-log_scale .grab { cursor: ew-resize; }
.tinyml-log_scale .grip { cursor: ew-resize; outline: none; }
.tinyml-log_scale .marker { stroke: var(--mark); stroke-width: 2; stroke-dasharray: 6 3; }
.tinyml-log_scale .knob { fill: var(--mark); stroke: var(--page); stroke-width: 1.5; }
.tinyml-log_scale .grip:focus-visible .knob { stroke: var(--text); stroke-width: 3; }
.tinyml-log_scale .marker-label { font-weight: 700; }
.tinyml-log_scale p { margin: 6px 0; }
.tinyml-log_scale .bar select { max-width: 16em; }
.tinyml-log_scale .walk input { padding: 0; width: 160px; accent-color: var(--mark); }
.tinyml-log_scale table { border-collapse: collapse; margin: 6px 0; font-size: 13px; }
.tinyml-log_scale th, .tinyml-log_scale td { text-align: left; vertical-align: top; padding: 3px 8px; border-top: 1px solid var(--line); }
.tinyml-log_scale summary { cursor: pointer; }
`;

const bounded = (value, low, high) => Math.min(high, Math.max(low, value));

// Arrow keys multiply: a tenth of an order of magnitude, a hundredth with Shift, a whole one with Page Up and Down.
function afterKey(event, bytes) {
  const fine = event.shiftKey ? 0.01 : 0.1;
  const steps = { ArrowRight: fine, ArrowUp: fine, ArrowLeft: -fine, ArrowDown: -fine, PageUp: 1, PageDown: -1 };
  if (event.key === "Home") return 10 ** LOW;
  if (event.key === "End") return 10 ** HIGH;
  if (!(event.key in steps)) return null;
  return 10 ** bounded(Math.log10(bytes) + steps[event.key], LOW, HIGH);
}

function sources(rows) {
  const head = h("tr", {}, ["what", "number", "source", "how it is known"].map((name) => h("th", { scope: "col" }, name)));
  const body = rows.map((row) =>
    h("tr", {}, [row.name, row.fact, row.source, row.certainty].map((text) => h("td", {}, text))),
  );
  return h("details", { class: "sources" }, h("summary", {}, "Where the numbers come from"), h("table", {}, head, body));
}

function render({ model, el }) {
  const models = model.get("models");
  const memories = model.get("memories");
  const rows = [...models, ...memories];
  const size = (id) => rows.find((row) => row.id === id).bytes.fp16;
  const walk = (power) => tell(model, { power: bounded(power, LOWEST_STEP, HIGH) });
  const picture = chart({
    rows, models: models.length, low: LOW, high: HIGH, sram: size("uno.sram_bytes"), flash: size("uno.flash_bytes"),
    on: {
      pick: (id) => id !== model.get("second") && tell(model, { first: model.get("second"), second: id }),
      move: (bytes) => tell(model, { marker: bytes }),
      key: (event) => {
        const bytes = afterKey(event, model.get("marker"));
        if (bytes === null) return;
        event.preventDefault();
        tell(model, { marker: bytes });
      },
    },
  });

  const precision = choice("Stored as", model.get("precisions"), (value) => tell(model, { precision: value }));
  const axis = choice("Axis", [["log", "logarithmic"], ["linear", "linear"]], (value) => tell(model, { logarithmic: value === "log" }));
  const named = (some) => some.map((row) => [row.id, row.name]);
  const options = [["Models", named(models)], ["Memories", named(memories)]];
  const first = menu("Compare this", options, (value) => tell(model, { first: value }));
  const second = menu("with this", options, (value) => tell(model, { second: value }));
  const step = h("input", {
    type: "range", min: LOWEST_STEP, max: HIGH, step: 1, "aria-label": "Power of ten", oninput: () => walk(Number(step.value)),
  });
  const smaller = h("button", { type: "button", class: "smaller", onclick: () => walk(model.get("power") - 1) }, "÷ 10");
  const larger = h("button", { type: "button", class: "larger", onclick: () => walk(model.get("power") + 1) }, "× 10");
  const said = (name, live = "polite") => h("p", { class: `text ${name}`, "aria-live": live });
  const texts = {
    title: h("h4"), axis_text: said("axis_text"), marker_text: said("marker_text", "off"),
    step_text: said("step_text"), ratio_text: said("ratio_text"),
  };
  el.append(
    root(
      "log_scale", STYLE, texts.title,
      h("div", { class: "bar" }, precision.element, axis.element),
      picture.element, texts.marker_text, texts.axis_text,
      h("div", { class: "bar walk" }, h("strong", {}, "Powers of ten"), smaller, step, larger), texts.step_text,
      h("div", { class: "bar" }, h("strong", {}, "Compare"), first, "with", second), texts.ratio_text,
      sources(rows),
    ),
  );

  const target = () => {
    const numbers = { mix: model.get("logarithmic") ? 0 : 1, power: model.get("power") };
    for (const row of rows) numbers[row.id] = Math.log10(row.bytes[model.get("precision")]);
    return numbers;
  };
  const now = target();
  const draw = () =>
    picture.draw(now, {
      marker: model.get("marker"),
      power: model.get("power"),
      chosen: [model.get("first"), model.get("second")],
      labels: Object.fromEntries(rows.map((row) => [row.id, row.labels[model.get("precision")]])),
      words: { title: model.get("title"), label: model.get("marker_label"), marker: model.get("marker_text") },
    });
  const glide = glider(now, draw);
  let laid = false;
  const stops = [
    follow(model, ["precision", "logarithmic", "power"], () => {
      precision.show(model.get("precision"));
      axis.show(model.get("logarithmic") ? "log" : "linear");
      step.value = model.get("power");
      smaller.disabled = model.get("power") <= LOWEST_STEP;
      larger.disabled = model.get("power") >= HIGH;
      if (laid) glide.to(target(), reducedMotion() ? 0 : GLIDE_MS);
    }),
    follow(model, ["marker", "marker_label", "marker_text", "title", "first", "second"], () => {
      first.value = model.get("first");
      second.value = model.get("second");
      if (laid) draw();
    }),
    follow(model, ["title", "axis_text", "marker_text", "step_title", "step_text", "ratio_text"], () => {
      for (const [name, element] of Object.entries(texts)) element.textContent = model.get(name);
      texts.step_text.textContent = `${model.get("step_title")} ${model.get("step_text")}`;
      step.setAttribute("aria-valuetext", model.get("step_title"));
    }),
  ];
  const resized = new ResizeObserver(() => {
    const width = Math.floor(Math.min(el.clientWidth - 10, 970));
    if (width < 100) return; // in a hidden tab
    picture.lay(width);
    laid = true;
    draw();
  });
  resized.observe(el);
  return () => {
    stops.forEach((stop) => stop());
    glide.stop();
    resized.disconnect();
  };
}

export default { render };
