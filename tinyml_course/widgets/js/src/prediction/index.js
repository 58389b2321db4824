// SPDX-License-Identifier: Apache-2.0
// A question with a box for one number. Python reads what is typed; Enter commits it.
import { h } from "../common/dom.js";
import { UNKNOWN, ask, follow, root, tell } from "../common/piece.js";

const SILENT_AFTER_MS = 5000;
const BUSY = "Python does not answer yet: another cell is running. Your guess waits for it.";
const STYLE = `
.tinyml-prediction form { display: flex; flex-wrap: wrap; gap: 6px 8px; align-items: center; }
.tinyml-prediction .question { font-weight: 600; margin: 0 0 8px; }
.tinyml-prediction input { width: 17em; max-width: 100%; }
.tinyml-prediction .reading { min-height: 1.4em; margin: 4px 0 0; color: var(--quiet); }
.tinyml-prediction .committed { margin: 4px 0 0; font-weight: 600; }
`;

// The tab's memory outlives a restarted kernel, and ends with the tab: nothing is stored for others to find.
const key = (model) => `tinyml-course guess: ${model.get("asked_as")}`;

function remembered(model) {
  try {
    return sessionStorage.getItem(key(model));
  } catch {
    return null; // a page that may not store anything
  }
}

function remember(model) {
  try {
    if (model.get("guess") !== null) sessionStorage.setItem(key(model), String(model.get("guess")));
  } catch {
    // Then the guess lives as long as the kernel.
  }
}

function initialize({ model }) {
  model.on("change:guess", () => remember(model));
  const earlier = remembered(model);
  if (model.get("guess") === null && !model.get("skipped") && earlier !== null) ask(model, { restore: earlier });
  remember(model);
}

function render({ model, el }) {
  let waiting = 0;
  const entry = h("input", {
    type: "text",
    autocomplete: "off",
    placeholder: "such as 50 or 5 thousand",
    "aria-label": `Your guess${model.get("unit") ? `, in ${model.get("unit")}` : ""}`,
    oninput: () => tell(model, { entry: entry.value }),
  });
  const button = h("button", { type: "submit", title: "Commit your guess; it cannot be changed afterwards" }, "Commit");
  const reading = h("p", { class: "reading", "aria-live": "polite" });
  const committed = h("p", { class: "committed", role: "status", "aria-live": "polite" });
  const commit = (event) => {
    event.preventDefault();
    if (button.disabled) return;
    const sent = ask(model, { commit: entry.value });
    const say = () => (reading.textContent = sent ? BUSY : UNKNOWN);
    clearTimeout(waiting);
    waiting = setTimeout(say, sent ? SILENT_AFTER_MS : 0);
  };
  const form = h("form", { onsubmit: commit }, entry, h("span", {}, model.get("unit")), button);
  el.append(
    root("prediction", STYLE, h("p", { class: "question" }, "Predict. ", model.get("question")), form, reading, committed),
  );
  el.dataset.question = model.get("asked_as");

  const answered = () => clearTimeout(waiting);
  model.on("msg:custom", answered);
  const stop = follow(model, ["guess", "skipped", "entry", "reading", "outcome"], () => {
    const over = model.get("guess") !== null || model.get("skipped");
    if (over) answered();
    entry.disabled = button.disabled = over;
    if (document.activeElement !== entry || over) entry.value = model.get("entry");
    reading.textContent = over ? "" : model.get("reading");
    reading.style.display = over ? "none" : "";
    committed.textContent = model.get("outcome");
  });
  return () => {
    stop();
    answered();
    model.off("msg:custom", answered);
  };
}

export default { initialize, render };
