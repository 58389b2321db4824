// SPDX-License-Identifier: Apache-2.0
// A sample's way through a Bonsai tree. All numbers and words come from Python; the page goes through them.
import { h } from "../common/dom.js";
import { whole } from "../common/numbers.js";
import { follow, root, tell } from "../common/piece.js";
import { bytesView } from "./bytes.js";
import { projectionView, sampleView } from "./input.js";
import { LOOK } from "./look.js";
import { scoresView } from "./scores.js";
import { treeView } from "./tree.js";

const SECONDS = 2; // that a step stays while playing

const goTo = (model, step) => tell(model, { step: Math.min(Math.max(step, 0), model.get("steps") - 1) });

function otherSample(model, way) {
  const { samples } = model.get("tree");
  tell(model, { index: (model.get("index") + way + samples) % samples });
}

function play(model) {
  const atEnd = model.get("step") >= model.get("steps") - 1;
  tell(model, { playing: !model.get("playing"), ...(atEnd && !model.get("playing") ? { step: 0 } : {}) });
}

// One clock for all views of a piece.
function initialize({ model }) {
  let clock = 0;
  const tick = () => {
    if (model.get("step") >= model.get("steps") - 1) tell(model, { playing: false });
    else goTo(model, model.get("step") + 1);
  };
  const end = follow(model, ["playing"], () => {
    clearInterval(clock);
    if (model.get("playing")) clock = setInterval(tick, SECONDS * 1000);
  });
  return () => {
    end();
    clearInterval(clock);
  };
}

function controls(model) {
  const tree = model.get("tree");
  const button = (name, label, act, more = {}) => h("button", { type: "button", class: name, onclick: act, ...more }, label);
  const at = h("input", { type: "number", class: "index", min: 1, max: tree.samples, "aria-label": "Sample" });
  at.addEventListener("change", () => {
    const wanted = Math.round(Number(at.value));
    if (wanted >= 1 && wanted <= tree.samples) tell(model, { index: wanted - 1 });
    else at.value = model.get("index") + 1;
  });
  const wrong = button("next-wrong", `next wrong (${tree.wrong})`, () => model.send({ do: "next_wrong" }), {
    disabled: tree.wrong === 0,
    title: tree.labelled ? `${tree.wrong} of ${tree.samples} samples are answered wrong` : "No labels were given",
  });
  const back = button("back", "◀ step", () => goTo(model, model.get("step") - 1), { title: "One step back (left arrow)" });
  const forward = button("forward", "step ▶", () => goTo(model, model.get("step") + 1), { title: "One step forward (right arrow)" });
  const playing = button("play", "play", () => play(model));
  const element = h(
    "div",
    { class: "row" },
    button("previous", "◀", () => otherSample(model, -1), { "aria-label": "Previous sample" }),
    h("label", {}, "sample ", at, ` of ${whole(tree.samples)}`),
    button("next", "▶", () => otherSample(model, 1), { "aria-label": "Next sample" }),
    wrong,
    h("span", { class: "gap" }),
    back,
    forward,
    playing,
  );

  function show(step, steps) {
    if (document.activeElement !== at) at.value = model.get("index") + 1;
    // A disabled button would lose the focus, and with it the arrow keys.
    back.setAttribute("aria-disabled", step === 0);
    forward.setAttribute("aria-disabled", step === steps - 1);
    playing.textContent = model.get("playing") ? "pause" : "play";
  }
  return { element, show };
}

const CHIPS = { input: () => "x", project: () => "z", node: (node) => `node ${node}`, branch: () => "θ", answer: () => "answer" };

function chips(model) {
  const element = h("ol", { class: "chips", "aria-label": "Steps" });
  let made = null;

  function make(shown) {
    made = shown;
    const buttons = shown.steps.map(({ kind, level, title }, i) =>
      h("li", {}, h("button", { type: "button", title, onclick: () => goTo(model, i) }, CHIPS[kind](shown.nodes[level]?.node))));
    const had = [...element.querySelectorAll("button")].indexOf(document.activeElement);
    element.replaceChildren(...buttons);
    if (had >= 0) element.querySelectorAll("button")[had]?.focus();
  }

  function show(shown, step) {
    if (made !== shown) make(shown);
    element.querySelectorAll("button").forEach((button, i) => {
      button.classList.toggle("past", i < step);
      if (i === step) button.setAttribute("aria-current", "step");
      else button.removeAttribute("aria-current");
    });
  }
  return { element, show };
}

function render({ model, el }) {
  const tree = model.get("tree");
  const bar = controls(model);
  const steps = chips(model);
  const words = h("div", { class: "words", role: "status", "aria-live": "polite" });
  const parts = [sampleView(tree), treeView(tree), projectionView(tree), scoresView(tree), bytesView(tree)];
  const [sample, path, projection, scores, bytes] = parts;

  function show() {
    const shown = model.get("shown");
    const step = Math.min(model.get("step"), shown.steps.length - 1);
    const { title, words: text } = shown.steps[step];
    bar.show(step, shown.steps.length);
    steps.show(shown, step);
    words.replaceChildren(h("strong", {}, title), text);
    sample.show(shown);
    projection.show(shown, step > 0);
    path.show(shown, step);
    scores.show(shown, step);
    bytes.show(shown, step);
  }
  const keys = {
    ArrowRight: () => goTo(model, model.get("step") + 1),
    ArrowLeft: () => goTo(model, model.get("step") - 1),
    Home: () => goTo(model, 0),
    End: () => goTo(model, model.get("steps") - 1),
    PageDown: () => otherSample(model, 1),
    PageUp: () => otherSample(model, -1),
  };
  const panels = h("div", { class: tree.depth > 2 ? "panels deep" : "panels" }, sample.element, path.element, projection.element, scores.element);
  const whole_ = root("bonsai", LOOK, bar.element, steps.element, words, panels, bytes.element);
  whole_.addEventListener("keydown", (event) => {
    if (!(event.key in keys) || event.target.tagName === "INPUT" || event.altKey || event.ctrlKey || event.metaKey) return;
    keys[event.key]();
    event.preventDefault();
  });
  el.append(whole_);
  const end = follow(model, ["shown", "step", "playing"], show);
  return () => {
    end();
    [path, projection].forEach((part) => part.stop());
  };
}

export default { initialize, render };
