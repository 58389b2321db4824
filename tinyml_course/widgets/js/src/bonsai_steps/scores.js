// SPDX-License-Identifier: Apache-2.0
// What the node at hand adds to each class, and the sums so far.
import { h } from "../common/dom.js";
import { whole } from "../common/numbers.js";

const FULL = 50; // percent of a cell, to each side of its middle

export function scoresView(tree) {
  const body = h("tbody", {});
  const caption = h("caption", {});
  const heads = ["class", "W z", "V z", "tanh", "adds", "sum"];
  const element = h(
    "div",
    { class: "scores", tabindex: tree.classes.length > 12 ? 0 : null, role: "region", "aria-label": "Scores of the classes" },
    h("table", {}, caption, h("thead", {}, h("tr", {}, heads.map((head) => h("th", { scope: "col" }, head)))), body),
  );

  function bar(value, largest) {
    const share = (FULL * Math.abs(value)) / largest;
    const place = value < 0 ? `right:${FULL}%;width:${share}%` : `left:${FULL}%;width:${share}%`;
    return h("span", { class: "bar-cell", "aria-hidden": "true" }, h("span", { class: "sum-bar", style: place }));
  }

  function row(c, node, state, largest) {
    const sum = node ? node.totals[c] : 0;
    const held = node && node.gate[c] !== node.v[c];
    const cell = (value, more = "") => h("td", { class: more }, node ? whole(value) : "·");
    return h(
      "tr",
      { class: [state.done && c === state.best ? "answer" : "", state.done && tree.classes[c] === state.label ? "label" : ""].join(" ") },
      h("th", { scope: "row" }, tree.classes[c]),
      cell(node?.w[c]),
      cell(node?.v[c], held ? "held" : ""),
      cell(node?.gate[c], held ? "held" : ""),
      cell(node?.scores[c], "adds"),
      h("td", { class: "sum" }, h("span", { class: "number" }, node ? whole(sum) : "·"), bar(sum, largest)),
    );
  }

  function show(shown, step) {
    const { kind, level } = shown.steps[step];
    const node = level < 0 ? null : shown.nodes[level];
    const largest = Math.max(1, ...shown.nodes.flatMap(({ totals }) => totals.map(Math.abs)));
    const state = { done: kind === "answer", best: shown.class, label: shown.label };
    caption.textContent = node
      ? `node ${node.node}${level ? `, and the sum of ${level + 1} nodes` : ""}`
      : "scores: no node has been read yet";
    body.replaceChildren(...tree.classes.map((_, c) => row(c, node, state, largest)));
  }
  return { element, show };
}
