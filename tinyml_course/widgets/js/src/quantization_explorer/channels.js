// SPDX-License-Identifier: Apache-2.0
// The ranges of a matrix's channels, and what a scale for each of them gains.
import { h, svg } from "../common/dom.js";
import { number } from "../common/numbers.js";

const HEIGHT = 150;
const SIDE = 12;

export function channels() {
  let width = 600;
  let last = null;
  const picture = svg("svg", { height: HEIGHT, role: "img" });
  const frame = h("div", { class: "lens" }, picture);
  const title = h("summary", {});
  const words = h("p", {});
  const element = h("details", { class: "channels" }, title, frame, words);

  function draw({ low, high, one_scale, scales }) {
    const top = Math.max(...high.map(Math.abs), ...low.map(Math.abs)) || 1;
    const y = (value) => HEIGHT / 2 - (value / top) * (HEIGHT / 2 - 16);
    const across = (width - 2 * SIDE) / low.length;
    const bars = low.map((bottom, i) => {
      const x = SIDE + i * across;
      const own = (scales[i] / one_scale) * top;
      return [
        svg("rect", { x: x + across * 0.12, y: y(own), width: across * 0.76, height: y(-own) - y(own), class: "own" }),
        svg("rect", { x: x + across * 0.34, y: y(high[i]), width: across * 0.32, height: Math.max(1, y(bottom) - y(high[i])), class: "extent" }),
      ];
    });
    picture.replaceChildren(
      ...bars.flat(),
      svg("path", { class: "one", d: `M${SIDE} ${y(top)}H${width - SIDE}M${SIDE} ${y(-top)}H${width - SIDE}` }),
      svg("line", { class: "floor", x1: SIDE, x2: width - SIDE, y1: y(0), y2: y(0) }),
      svg("text", { x: SIDE, y: 11, class: "note" }, `one range for all: ±${number(top)}`),
      svg("text", { x: width - SIDE, y: HEIGHT - 2, "text-anchor": "end", class: "note" }, `${low.length} channels side by side`),
    );
    picture.setAttribute("aria-label", `The ranges of ${low.length} channels beside each other, and the one range that covers all`);
  }

  function show(found) {
    element.hidden = !found.scales;
    if (element.hidden) return;
    last = found;
    const ratio = (snr) => (snr === null ? "no error" : `${snr.toFixed(1)} dB`);
    const [one, each] = found.snr_db;
    title.textContent = `A scale for each of the ${found.scales.length} channels? SNR ${ratio(one)} → ${ratio(each)}`;
    words.textContent =
      `Both symmetric, from the largest magnitude. One scale for all: mean error ${number(found.mean[0])}, ` +
      `SNR ${ratio(one)}. A scale for each channel: mean error ${number(found.mean[1])}, SNR ${ratio(each)}; ` +
      `it stores ${found.scales.length} scales instead of one.`;
    draw(found);
  }
  const watch = new ResizeObserver(([entry]) => {
    if (!entry.contentRect.width) return; // folded away
    width = Math.floor(entry.contentRect.width);
    picture.setAttribute("width", width);
    if (last) draw(last);
  });
  watch.observe(frame);
  return { element, show, stop: () => watch.disconnect() };
}
