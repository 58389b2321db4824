// SPDX-License-Identifier: Apache-2.0
// The sample as it comes in, and the few integers that the projection makes of it.
import { h, svg } from "../common/dom.js";
import { withMinus } from "../common/numbers.js";

const SIDE = 160;
const TALL = 44; // of the longest bar
const ROOM = 18; // for the numbers above and below the bars

// An image where a sample is one, else bars.
export function sampleView(tree) {
  const picture = svg("svg", { role: "img", width: SIDE, height: SIDE, viewBox: `0 0 ${SIDE} ${SIDE}` });
  const element = h("figure", { class: "sample" }, h("figcaption", {}, "input x"), picture);
  const share = (value) => (value - tree.low) / (tree.high - tree.low || 1);

  function pixels(values) {
    const [rows, columns] = tree.image;
    const cell = SIDE / Math.max(rows, columns);
    picture.setAttribute("viewBox", `0 0 ${columns * cell} ${rows * cell}`);
    picture.setAttribute("width", columns * cell);
    picture.setAttribute("height", rows * cell);
    return values.map((value, i) =>
      svg("rect", { x: (i % columns) * cell, y: Math.floor(i / columns) * cell, width: cell + 0.3, height: cell + 0.3,
        class: "pixel", style: `fill-opacity:${share(value)}` }));
  }

  function bars(values) {
    const across = SIDE / values.length;
    return values.map((value, i) => {
      const tall = Math.max(1, share(value) * SIDE);
      return svg("rect", { x: i * across, y: SIDE - tall, width: Math.max(across * 0.85, 0.4), height: tall, class: "bar" });
    });
  }

  function show(shown) {
    picture.replaceChildren(...(tree.image ? pixels(shown.sample) : bars(shown.sample)));
    const what = tree.image ? `An image of ${tree.image.join(" by ")} pixels` : `${shown.sample.length} values as bars`;
    picture.setAttribute("aria-label", shown.label === null ? what : `${what}, labelled ${shown.label}`);
  }
  return { element, show };
}

// z as bars with their integers, positive ones upward.
export function projectionView(tree) {
  let width = 500;
  let last = null;
  const height = 2 * (TALL + ROOM);
  const picture = svg("svg", { role: "img", height });
  const frame = h("div", { class: "frame" }, picture);
  const element = h("figure", { class: "projection" }, h("figcaption", {}, "projection z: integers"), frame);

  function draw(z) {
    const across = width / z.length;
    const named = across >= 22;
    picture.replaceChildren(
      ...z.flatMap((value, i) => {
        const tall = Math.max(0.5, (TALL * Math.abs(value)) / tree.largest_z);
        const middle = height / 2;
        const bar = svg("rect", { x: (i + 0.1) * across, y: value < 0 ? middle : middle - tall, width: across * 0.8, height: tall, class: "z-bar" });
        const y = value < 0 ? middle + tall + 14 : middle - tall - 5;
        return named ? [bar, svg("text", { x: (i + 0.5) * across, y, "text-anchor": "middle" }, withMinus(value))] : [bar];
      }),
      svg("line", { class: "floor", x2: width, y1: height / 2, y2: height / 2 }),
    );
    picture.setAttribute("aria-label", `z: ${z.map((value) => withMinus(value)).join(", ")}`);
  }

  function show(shown, reached) {
    element.classList.toggle("to-come", !reached);
    last = reached ? shown.z : shown.z.map(() => 0);
    draw(last);
    if (!reached) picture.setAttribute("aria-label", `z: ${shown.z.length} integers, not calculated yet`);
  }
  const watch = new ResizeObserver(([entry]) => {
    width = Math.max(80, Math.floor(entry.contentRect.width));
    picture.setAttribute("width", width);
    if (last) draw(last);
  });
  watch.observe(frame);
  return { element, show, stop: () => watch.disconnect() };
}
