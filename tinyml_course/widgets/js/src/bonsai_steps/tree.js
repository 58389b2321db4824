// SPDX-License-Identifier: Apache-2.0
// The tree: the path so far, the node at hand, and what is never read.
import { h, svg } from "../common/dom.js";
import { whole, withMinus } from "../common/numbers.js";

const TOP = 34;
const LEVEL = [0, 96, 78, 60, 50]; // pixels between two levels, by depth
const CROWDED = 2; // deeper trees show the last branch only
const SIGN = 108; // pixels that "θ·z = −1234 ≤ 0" takes
const RADIUS = [20, 19, 17, 14, 10];

const levelOf = (node) => Math.floor(Math.log2(node + 1));
const below = (node, of) => {
  while (node > of) node = (node - 1) >> 1;
  return node === of;
};

// What has been settled at a step: nodes scored, the node at hand, and the roots of what is not read.
export function progress(shown, step) {
  const { kind, level } = shown.steps[step];
  const scored = shown.steps.slice(0, step + 1).filter((past) => past.kind === "node").map((past) => shown.nodes[past.level].node);
  const turned = shown.steps.slice(0, step + 1).filter((past) => past.kind === "branch").map((past) => shown.nodes[past.level]);
  const skipped = turned.map(({ node, next }) => 4 * node + 3 - next); // the other child
  const current = kind === "node" || kind === "branch" ? shown.nodes[level].node : null;
  return { scored, turned, skipped, current, taken: turned.map(({ next }) => next) };
}

export function treeView(tree) {
  let width = 400;
  let last = null;
  const { depth } = tree;
  const nodes = 2 ** (depth + 1) - 1;
  const apart = LEVEL[Math.min(depth, 4)] ?? 50;
  const radius = RADIUS[Math.min(depth, 4)];
  const height = TOP + depth * apart + radius + 46;
  const picture = svg("svg", { role: "img", height });
  const frame = h("div", { class: "frame" }, picture);
  const element = h("figure", { class: "tree" }, h("figcaption", {}, depth ? `tree: ${nodes} nodes` : "tree: a single node"), frame);
  const x = (node) => (width * (node + 1 - 2 ** levelOf(node) + 0.5)) / 2 ** levelOf(node);
  const y = (node) => TOP + levelOf(node) * apart;

  // Bytes of a node and all below it.
  function bytesBelow(root) {
    let sum = 0;
    for (let node = root; node < nodes; node++)
      if (below(node, root)) sum += tree.bytes.node + (levelOf(node) < depth ? tree.bytes.branch : 0);
    return sum;
  }

  const off = (node, { skipped }) => skipped.some((root) => below(node, root));

  function edge(node, state) {
    const parent = (node - 1) >> 1;
    const kind = state.taken.includes(node) ? "taken" : off(node, state) ? "off" : "open";
    return svg("line", { x1: x(parent), y1: y(parent), x2: x(node), y2: y(node), class: `edge ${kind}` });
  }

  function dot(node, state) {
    const kind = state.scored.includes(node) ? "read" : off(node, state) ? "off" : "open";
    const here = node === state.current;
    return [
      here && svg("circle", { cx: x(node), cy: y(node), r: radius + 5, class: "ring" }),
      svg("circle", { cx: x(node), cy: y(node), r: radius, class: `node ${kind}`, "data-node": node }),
      svg("text", { x: x(node), y: y(node) + 4, "text-anchor": "middle", class: `name ${kind}` }, node),
    ].filter(Boolean);
  }

  // theta z stands beside its node, away from the parent; above it where there is no room.
  function sign({ node, branch }) {
    const left = node % 2 === 1;
    const beside = (left ? x(node) : width - x(node)) - radius > SIGN;
    const place = beside
      ? { x: x(node) + (left ? -1 : 1) * (radius + 9), y: y(node) - 7, "text-anchor": left ? "end" : "start" }
      : { x: Math.min(Math.max(x(node), SIGN / 2), width - SIGN / 2), y: y(node) - radius - 7, "text-anchor": "middle" };
    return svg("text", { ...place, class: "sign" }, `θ·z = ${withMinus(branch)} ${branch > 0 ? "> 0" : "≤ 0"}`);
  }

  function notes(state) {
    const lost = state.skipped.map((root, i) =>
      svg("text", { x: Math.min(Math.max(x(root), 44), width - 44), y: height - (i % 2 ? 4 : 18), "text-anchor": "middle", class: "lost" },
        `${whole(bytesBelow(root))} B not read`));
    return [...lost, ...state.turned.slice(depth > CROWDED ? -1 : 0).map(sign)];
  }

  function draw(shown, step) {
    const state = progress(shown, step);
    const every = [...Array(nodes).keys()];
    picture.replaceChildren(
      ...every.slice(1).map((node) => edge(node, state)),
      ...every.flatMap((node) => dot(node, state)),
      ...notes(state),
    );
    const way = [0, ...state.taken].slice(0, Math.max(1, state.taken.length + 1)).join(", ");
    const unread = every.filter((node) => off(node, state));
    picture.setAttribute("aria-label",
      `Tree of ${nodes} nodes. ${state.scored.length ? `Path: ${way}.` : "No node is read yet."}` +
      (unread.length ? ` Never read: ${unread.join(", ")}.` : ""));
  }

  function show(shown, step) {
    last = [shown, step];
    draw(...last);
  }
  const watch = new ResizeObserver(([entry]) => {
    width = Math.max(120, Math.floor(entry.contentRect.width));
    picture.setAttribute("width", width);
    if (last) draw(...last);
  });
  watch.observe(frame);
  return { element, show, stop: () => watch.disconnect() };
}
