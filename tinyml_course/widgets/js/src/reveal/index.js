// SPDX-License-Identifier: Apache-2.0
// The answer beside the guess; asks for a guess first, but a reader may go on without one.
import { h } from "../common/dom.js";
import { UNKNOWN, ask, follow, root } from "../common/piece.js";

const STYLE = `
.tinyml-reveal .gate { display: flex; flex-wrap: wrap; gap: 8px; align-items: center; }
.tinyml-reveal .gate p { margin: 0; flex-basis: 100%; }
.tinyml-reveal svg { max-width: 100%; height: auto; }
`;

function render({ model, el }) {
  const toQuestion = () => {
    const question = document.querySelector(`[data-question="${CSS.escape(model.get("asked_as"))}"]`);
    question?.scrollIntoView({ block: "center" });
    question?.querySelector("input")?.focus({ preventScroll: true });
  };
  const problem = h("p", { role: "status" });
  const skip = () => ask(model, { skip: true }) || (problem.textContent = UNKNOWN);
  const gate = h(
    "div",
    { class: "gate" },
    h("p", {}, "Commit a guess first: a wrong guess helps you to remember the right answer."),
    h("button", { type: "button", class: "back", onclick: toQuestion }, "Back to the question"),
    h("button", { type: "button", class: "skip", onclick: skip }, "Show it without a guess"),
    problem,
  );
  const answer = h("div", { class: "answer", "aria-live": "polite" });
  el.append(root("reveal", STYLE, gate, answer));
  return follow(model, ["opened", "shown"], () => {
    gate.hidden = model.get("opened");
    gate.style.display = model.get("opened") ? "none" : "";
    answer.innerHTML = model.get("opened") ? model.get("shown") : ""; // Python's, escaped there
  });
}

export default { render };
