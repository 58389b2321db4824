// SPDX-License-Identifier: Apache-2.0
// The histogram, the codes above it, and three handles: both ends of the range, and the value under the magnifier.
import { h, svg } from "../common/dom.js";
import { number, withMinus } from "../common/numbers.js";
import { draggable } from "../common/piece.js";
import { encodingOf, limits, rangeOf } from "./codes.js";

const SIDE = 14;
const CODES = 34; // where the row of codes begins
const BARS = 66; // where the tallest bar begins
const FLOOR = 226;
const HEIGHT = 274;
const CLOSEST = 3; // lines closer than this many pixels cannot be told apart
const WIDE = 9; // from here on, the lines go down through the histogram
const NAMED = 28; // from here on, each has its code's number

const KEYS = { ArrowLeft: -1, ArrowDown: -1, ArrowRight: 1, ArrowUp: 1, PageDown: -1, PageUp: 1 };

function handle(name, label, shape) {
  return svg(
    "g",
    { class: `handle handle-${name}`, role: "slider", tabindex: 0, "aria-label": label, "aria-orientation": "horizontal" },
    ...shape,
  );
}

const grip = () => [
  svg("line", { y1: CODES - 4, y2: FLOOR, class: "stem" }),
  svg("rect", { x: -14, y: CODES - 4, width: 28, height: FLOOR - CODES + 4, class: "reach" }),
  svg("rect", { x: -9, y: FLOOR - 96, width: 18, height: 34, rx: 5, class: "knob" }),
  svg("path", { d: `M-3 ${FLOOR - 86}v14M3 ${FLOOR - 86}v14`, class: "rib" }),
];

const pointer = () => [
  svg("line", { y1: CODES + 20, y2: FLOOR, class: "thread" }),
  svg("rect", { x: -22, y: FLOOR, width: 44, height: 24, class: "reach" }),
  svg("path", { d: `M0 ${FLOOR + 2}l9 14h-18z`, class: "knob" }),
];

// `now` gives the state, which keys can change several times between two pictures. `act` has range(low, high) and
// value(x); both are called while dragging.
export function chart(histogram, now, act) {
  const { start, end, low: first, high: last, counts } = histogram;
  let width = 800;
  let shown = null;
  let asked = null; // the range as it was dragged; the real one snaps to where zero is a code
  const x = (value) => SIDE + ((width - 2 * SIDE) * (Math.min(Math.max(value, start), end) - start)) / (end - start);
  const perPixel = () => (end - start) / (width - 2 * SIDE);

  const outside = [svg("rect", { class: "outside" }), svg("rect", { class: "outside" })];
  const bars = svg("g", {});
  const ticks = svg("path", { class: "codes" });
  const grid = svg("path", { class: "lanes" });
  const labels = svg("g", { class: "labels" });
  const axis = svg("g", { class: "labels" });
  const handles = {
    low: handle("low", "Lowest value that has a code", grip()),
    high: handle("high", "Highest value that has a code", grip()),
    value: handle("value", "Value under the magnifier", pointer()),
  };
  const hatch = svg(
    "pattern",
    { id: "tinyml-clipped", width: 7, height: 7, patternUnits: "userSpaceOnUse", patternTransform: "rotate(45)" },
    svg("rect", { width: 7, height: 7, class: "hatch-ground" }),
    svg("line", { y2: 7, class: "hatch" }),
  );
  const picture = svg(
    "svg",
    { height: HEIGHT, role: "group", "aria-label": "Histogram of the values, with the codes above it" },
    svg("defs", {}, hatch),
    outside,
    grid,
    bars,
    ticks,
    labels,
    axis,
    svg("line", { class: "floor", x1: SIDE, y1: FLOOR, y2: FLOOR }),
    handles.value,
    handles.low,
    handles.high,
  );
  const element = h("div", { class: "chart" }, picture);

  // The range as it was asked for, unless the encoding is another one by now.
  function wanted() {
    const state = now();
    const same = asked && encodingOf(...asked, state);
    if (same && (same.scale !== state.scale || same.zero_point !== state.zero_point)) asked = null;
    return asked ?? rangeOf(state);
  }

  function moveEnd(name, value) {
    const [low, high] = wanted();
    const smallest = (end - start) / 1000;
    if (now().symmetric) {
      const largest = Math.max(smallest, name === "low" ? -value : value);
      asked = [-largest, largest];
    } else if (name === "low") asked = [Math.min(value, high - smallest), high];
    else asked = [low, Math.max(value, low + smallest)];
    act.range(...asked);
  }

  function move(name, value) {
    const limited = Math.min(Math.max(value, start), end);
    if (name === "value") act.value(limited);
    else moveEnd(name, limited);
  }

  const place = (name) => (name === "value" ? now().value : wanted()[name === "low" ? 0 : 1]);

  function step(name, coarse) {
    if (name === "value") return Math.min(now().scale, (end - start) / 20) * (coarse ? 1 : 1 / 8);
    return ((end - start) / 400) * (coarse ? 10 : 1);
  }

  for (const [name, element] of Object.entries(handles)) {
    let from = 0;
    draggable(element, {
      start: () => {
        from = Math.min(Math.max(place(name), start), end);
        element.focus();
      },
      move: (dx) => move(name, from + dx * perPixel()),
    });
    element.addEventListener("keydown", (event) => {
      if (event.key === "Home") move(name, first);
      else if (event.key === "End") move(name, last);
      else if (event.key in KEYS)
        move(name, place(name) + KEYS[event.key] * step(name, event.shiftKey || event.key.startsWith("Page")));
      else return;
      event.preventDefault();
    });
  }
  picture.addEventListener("click", (event) => {
    if (event.target.closest(".handle")) return;
    const { left } = picture.getBoundingClientRect();
    move("value", start + (event.clientX - left - SIDE) * perPixel());
  });

  function drawBars() {
    const step = (last - first) / counts.length;
    const tallest = Math.max(...counts);
    bars.replaceChildren(
      ...counts.map((count, i) => {
        const left = x(first + i * step);
        const tall = count ? Math.max(1.5, ((FLOOR - BARS) * count) / tallest) : 0;
        const across = Math.max(1, x(first + (i + 1) * step) - left - 0.6);
        return svg("rect", { x: left, y: FLOOR - tall, width: across, height: tall, class: "bar" });
      }),
    );
  }

  function drawCodes(low, high) {
    const [lowest, highest] = limits(shown.bits);
    let every = 1;
    while (every < 2 ** shown.bits && (every * shown.scale) / perPixel() < CLOSEST) every *= 2;
    const apart = shown.scale / perPixel();
    const names = [[low, lowest], [high, highest]];
    let [lines, lanes] = ["", ""];
    for (let code = lowest; code <= highest; code += every) {
      const value = shown.scale * (code - shown.zero_point);
      if (value < start || value > end) continue;
      lines += `M${x(value).toFixed(1)} ${CODES}v${code === shown.zero_point ? 22 : 15}`;
      if (apart > WIDE) lanes += `M${x(value).toFixed(1)} ${CODES + 15}V${FLOOR}`;
      if (apart > NAMED && code > lowest && code < highest) names.push([value, code]);
    }
    ticks.setAttribute("d", lines);
    grid.setAttribute("d", lanes);
    const zero = shown.zero_point;
    if (apart <= NAMED && zero > lowest && zero < highest && Math.min(x(0) - x(low), x(high) - x(0)) > 34) names.push([0, zero]);
    const every_ = every > 1 ? `one line for ${every} codes` : "one line for each code";
    const wide = width > 560 ? `codes of ${shown.bits} bits, ${every_}` : every_;
    labels.replaceChildren(
      svg("text", { x: SIDE, y: 12, class: "note" }, wide),
      ...names.map(([value, code]) =>
        svg("text", { x: x(value), y: CODES - 6, "text-anchor": "middle", class: "code" }, withMinus(code)),
      ),
    );
  }

  function drawAxis(low, high) {
    const marks = [[low, "end"], [high, "start"]];
    if (Math.min(Math.abs(x(0) - x(low)), Math.abs(x(high) - x(0))) > 30) marks.push([0, "middle"]);
    axis.replaceChildren(
      ...marks.map(([value, anchor]) => {
        const at = Math.min(Math.max(x(value), anchor === "end" ? 48 : SIDE), width - (anchor === "start" ? 48 : SIDE));
        return svg("text", { x: at, y: FLOOR + 30, "text-anchor": anchor }, number(value));
      }),
      svg("text", { x: width - SIDE, y: HEIGHT - 4, "text-anchor": "end", class: "note" }, "real value"),
    );
  }

  function show(state) {
    shown = state;
    const [low, high] = rangeOf(state);
    const [left, right] = [x(low), x(high)];
    drawCodes(low, high);
    drawAxis(low, high);
    const boxes = [[SIDE, left - SIDE], [right, width - SIDE - right]];
    outside.forEach((box, i) => {
      box.setAttribute("x", boxes[i][0]);
      box.setAttribute("y", BARS - 6);
      box.setAttribute("width", Math.max(0, boxes[i][1]));
      box.setAttribute("height", FLOOR - BARS + 6);
    });
    const across = (last - first) / counts.length;
    [...bars.children].forEach((bar, i) => {
      const middle = first + (i + 0.5) * across;
      bar.classList.toggle("clipped", middle < low || middle > high);
    });
    for (const [name, value] of [["low", low], ["high", high], ["value", state.value]]) {
      const element = handles[name];
      element.setAttribute("transform", `translate(${x(value)} 0)`);
      element.setAttribute("aria-valuemin", start);
      element.setAttribute("aria-valuemax", end);
      element.setAttribute("aria-valuenow", value);
      element.setAttribute("aria-valuetext", number(value));
    }
  }

  function resize(to) {
    if (to < 50) return;
    width = to;
    picture.setAttribute("width", width);
    picture.querySelector(".floor").setAttribute("x2", width - SIDE);
    drawBars();
    if (shown) show(shown);
  }
  const watch = new ResizeObserver(([entry]) => resize(Math.floor(entry.contentRect.width)));
  watch.observe(element);
  resize(width);
  return { element, show, stop: () => watch.disconnect() };
}
