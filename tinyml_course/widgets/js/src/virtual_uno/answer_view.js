// SPDX-License-Identifier: Apache-2.0
// The board's answer: big, with all scores, and with how clear it is.
import { announcer, h } from "../common/dom.js";
import { short, whole } from "./words.js";

const ROWS = 12; // classes shown; the best ones if there are more

export class AnswerView {
  constructor(piece) {
    this.piece = piece;
    this.class = h("div", { class: "uno-class", "aria-hidden": "true" }, "?");
    this.words = h("p", { class: "uno-words" }, "No answer yet.");
    this.rows = h("tbody", {});
    this.table = h(
      "table",
      { class: "uno-scores", hidden: true },
      h("caption", {}, "Scores"),
      h("thead", { class: "tinyml-said" }, h("tr", {}, h("th", {}, "class"), h("th", {}, "bar"), h("th", {}, "score"))),
      this.rows,
    );
    this.said = announcer();
    this.element = h("section", { class: "uno-answer", "aria-label": "Answer" }, this.class, this.words, this.table, this.said);
  }

  update() {
    const { answer, trouble, drawing } = this.piece;
    const key = `${answer?.number} ${trouble}`;
    if (key === this.key) return;
    this.key = key;
    if (answer) this.show(answer);
    if (trouble) this.words.textContent = trouble;
    else if (!answer) this.words.textContent = drawing ? "Draw something." : "No answer yet.";
    this.said.textContent = this.words.textContent;
  }

  show(answer) {
    const { labels } = this.piece.program;
    this.class.textContent = answer.label;
    this.class.classList.toggle("uno-long", answer.label.length > 3);
    this.element.classList.toggle("uno-unsure", answer.unsure || answer.empty);
    this.words.textContent = wordsOf(answer, labels);
    const { outputs } = answer;
    this.table.hidden = !outputs.length;
    const [low, high] = [Math.min(...outputs), Math.max(...outputs)];
    let order = outputs.map((_, i) => i);
    if (order.length > ROWS) order = order.sort((a, b) => outputs[b] - outputs[a]).slice(0, ROWS);
    this.rows.replaceChildren(
      ...order.map((i) => {
        const share = high > low ? (outputs[i] - low) / (high - low) : 0;
        const best = i === answer.classIndex;
        return h(
          "tr",
          { class: best ? "uno-best" : null },
          h("th", { scope: "row" }, labels[i] ?? String(i)),
          h("td", { class: "uno-track" }, h("span", { style: `width:${(100 * share).toFixed(1)}%` })),
          h("td", { class: "number" }, whole(outputs[i])),
        );
      }),
    );
  }
}

function wordsOf({ label, unsure, second, outputs, empty, microseconds, missed = 0 }, labels) {
  const lost = missed ? ` The board missed ${whole(missed)} samples.` : "";
  const time = `It took ${short(microseconds / 1000)} ms on the board.${lost}`;
  if (empty) return `${label}, for an image of one grey: the model has to choose one of its classes all the same. ${time}`;
  if (second === null) return `The board says ${label}. ${time}`;
  const other = labels[second] ?? String(second);
  if (unsure) {
    const best = Math.max(...outputs);
    return `${label}, but unsure: ${other} scores ${whole(outputs[second])}, nearly as much as ${whole(best)}. ${time}`;
  }
  return `The board says ${label}, clearly before ${other}. ${time}`;
}
