// SPDX-License-Identifier: Apache-2.0
// Time from left to right, the arena from bottom to top; at the right the arena while one operator runs.
import { svg } from "../common/dom.js";
import { draggable } from "../common/piece.js";

// As in memory_picture.py: fills that differ for colour-blind readers; the text inside says what each block is.
const FILLS = ["#CDE7F5", "#FBE3B5", "#C9E9DD", "#F1D9E6", "#E4E4E4", "#F7CDB3"];
const [LEFT, TOP, HEIGHT, NARROW, SNAP] = [66, 26, 330, 480, 7];
const BOTTOM = TOP + HEIGHT;
const count = (bytes) => bytes.toLocaleString("en");

const written = (value) => (typeof value === "number" ? +value.toFixed(2) : value);
const set = (element, values) =>
  Object.entries(values).forEach(([name, value]) => element.setAttribute(name, written(value)));
const together = (a, b) => a.first <= b.last && b.first <= a.last;

// `on` has step(number), place(block, offset) and key(block, upwards, fine).
export function drawing({ blocks, steps, on }) {
  let state = null;
  let width = 0;
  let right = 0;
  let room = 0; // for the arena while one operator runs
  let highest = 1;
  let held = null; // while a block is dragged: its number, where it was, where it is, and the scale that then stays
  const id = `tinyml-hatch-${Math.random().toString(36).slice(2)}`;
  const hatch = svg(
    "pattern", { id, width: 7, height: 7, patternUnits: "userSpaceOnUse", patternTransform: "rotate(45)" },
    svg("rect", { width: 3, height: 7, fill: "var(--clash)", "fill-opacity": 0.75 }),
  );
  const columns = steps.map((step, k) =>
    svg("rect", { class: "column", onclick: () => on.step(k) }, svg("title", {}, `operator ${k}, ${step.kind}`)),
  );
  const numbers = steps.map((_, k) => svg("text", { "text-anchor": "middle" }, k));
  const here = svg("rect", { class: "here" });
  const drawn = blocks.map((block, k) => one(block, k));
  const bound = svg("line", { class: "bound" });
  const boundText = svg("text", { class: "bound-text", "text-anchor": "end" });
  const top = svg("line", { class: "top" });
  const topText = svg("text", { "text-anchor": "end" });
  const axis = svg("path", { class: "top", fill: "none" });
  const zero = svg("text", { "text-anchor": "end" }, "0 B");
  const xName = svg("text", { "text-anchor": "middle" }, "operators, in the order they run");
  const clashes = svg("g");
  const slice = svg("g");
  const sliceName = svg("text", { class: "name", "text-anchor": "middle" });
  const element = svg(
    "svg", { role: "group", "aria-label": "Memory plan: time from left to right, bytes of the arena from bottom to top" },
    svg("defs", {}, hatch), here, columns, drawn.map((d) => d.element), clashes,
    bound, boundText, top, topText, axis, zero, numbers, xName, slice, sliceName,
  );

  const stepWidth = () => (right - LEFT) / Math.max(1, steps.length);
  const x = (step) => LEFT + stepWidth() * step;
  const y = (bytes) => BOTTOM - (HEIGHT * bytes) / highest;

  // The nearest place that touches another block or the bottom, if it is close; else what the pointer says.
  function settled(k, bytes) {
    const me = blocks[k];
    const stops = [0];
    blocks.forEach((other, j) => {
      if (j !== k && together(me, other)) stops.push(state.offsets[j] + other.size, state.offsets[j] - me.size);
    });
    const reach = (SNAP * highest) / HEIGHT;
    const away = (stop) => Math.abs(stop - bytes);
    const near = stops.filter((stop) => stop >= 0 && away(stop) < reach).sort((a, b) => away(a) - away(b));
    const wished = near.length ? near[0] : bytes;
    return Math.max(0, Math.ceil(Math.round(Math.min(wished, highest - me.size)) / me.alignment) * me.alignment);
  }

  function one(block, k) {
    const rect = svg("rect", { class: "body", fill: FILLS[k % FILLS.length] });
    const grab = svg("rect", { class: "grab" }); // so that a block of a few bytes can be taken
    const name = svg("text", { class: "name", "text-anchor": "middle" }, block.label);
    const size = svg("text", { "text-anchor": "middle" }, `${count(block.size)} B`);
    const group = svg(
      "g",
      {
        class: "block", tabindex: 0, role: "slider", "aria-orientation": "vertical", "data-block": k, "aria-valuemin": 0,
        "aria-label": `${block.label}, ${count(block.size)} bytes, needed from operator ${block.first} to ${block.last}`,
      },
      svg("title", {}, `${block.label} (${block.names}): ${count(block.size)} B`), rect, grab, name, size,
    );
    draggable(group, {
      start: (event) => {
        event.preventDefault();
        group.focus({ preventScroll: true });
        held = { k, from: state.offsets[k], at: state.offsets[k], highest };
      },
      move: (dx, dy) => {
        held.at = settled(k, held.from - (dy * highest) / HEIGHT);
        draw({ ...state, offsets: state.offsets.map((at, j) => (j === k ? held.at : at)) }, true);
      },
      end: (dx, dy) => {
        const at = held.at;
        held = null;
        const pressed = Math.abs(dy) < 3 && at === state.offsets[k];
        if (pressed) on.step(Math.min(block.last, Math.max(block.first, state.step)));
        else on.place(k, at);
      },
    });
    group.addEventListener("keydown", (event) => {
      if (event.key === "Home") on.place(k, 0);
      else if (event.key === "ArrowUp" || event.key === "ArrowDown") on.key(k, event.key === "ArrowUp", event.shiftKey);
      else return;
      event.preventDefault();
    });
    return { element: group, rect, grab, name, size };
  }

  function lay(newWidth) {
    width = newWidth;
    room = width < NARROW ? 92 : 118;
    right = width - room - (width < NARROW ? 8 : 26);
    set(element, { width, height: BOTTOM + 44, viewBox: `0 0 ${width} ${BOTTOM + 44}` });
    const every = Math.ceil(22 / stepWidth());
    columns.forEach((column, k) => set(column, { x: x(k), y: TOP, width: stepWidth(), height: HEIGHT + 22 }));
    numbers.forEach((text, k) => {
      set(text, { x: x(k + 0.5), y: BOTTOM + 16 });
      text.style.display = k % every ? "none" : "";
    });
    set(axis, { d: `M${LEFT} ${TOP - 6}V${BOTTOM}H${right}` });
    set(zero, { x: LEFT - 6, y: BOTTOM });
    set(xName, { x: (LEFT + right) / 2, y: BOTTOM + 36 });
  }

  // `preview`: a block is in the hand; Python has not judged where it is now.
  function draw(next, preview = false) {
    if (!preview) state = next;
    const { offsets, step, bound: lowest, most } = next;
    const tops = offsets.map((at, k) => at + blocks[k].size);
    const arena = preview ? Math.max(...tops) : next.arena;
    highest = held ? held.highest : Math.max(1, arena, most) * 1.12;
    set(here, { x: x(step), y: TOP - 6, width: stepWidth(), height: HEIGHT + 6 });
    drawn.forEach((d, k) => place(d, k, offsets[k], blocks[k].first <= step && step <= blocks[k].last));
    set(bound, { x1: LEFT, x2: right, y1: y(lowest), y2: y(lowest) });
    set(boundText, { x: right, y: y(lowest) - 5 });
    boundText.textContent = `lower bound ${count(lowest)} B`;
    set(top, { x1: LEFT - 5, x2: right, y1: y(arena), y2: y(arena) });
    set(topText, { x: LEFT - 8, y: y(arena) + 4 });
    topText.textContent = `${count(arena)} B`;
    clashes.replaceChildren(...(preview ? previewed(offsets) : next.clashes).map(clash));
    slicing(next, arena, preview ? [] : next.free);
  }

  function place(d, k, offset, alive) {
    const block = blocks[k];
    const box = { x: x(block.first) + 1, width: stepWidth() * (block.last + 1 - block.first) - 2 };
    const high = (HEIGHT * block.size) / highest;
    const roomy = box.width > 26;
    set(d.rect, { ...box, y: y(offset + block.size), height: Math.max(2, high) });
    const middle = y(offset + block.size / 2);
    set(d.grab, { ...box, y: middle - Math.max(high, 16) / 2, height: Math.max(high, 16) });
    set(d.name, { x: box.x + box.width / 2, y: middle + (high > 27 ? -3 : 4) });
    set(d.size, { x: box.x + box.width / 2, y: middle + 11 });
    d.name.style.display = high > 13 && roomy && box.width > 6.6 * block.label.length ? "" : "none";
    d.size.style.display = high > 27 && roomy ? "" : "none";
    d.element.classList.toggle("alive", alive);
    set(d.element, {
      "aria-valuenow": offset, "aria-valuemax": Math.floor(highest) - block.size,
      "aria-valuetext": `bytes ${offset} to ${offset + block.size - 1}`,
    });
  }

  function previewed(offsets) {
    const k = held.k;
    return blocks.flatMap((other, j) => {
      const low = Math.max(offsets[k], offsets[j]);
      const high = Math.min(offsets[k] + blocks[k].size, offsets[j] + other.size);
      const [first, last] = [Math.max(blocks[k].first, other.first), Math.min(blocks[k].last, other.last)];
      return j !== k && low < high && first <= last ? [{ low, high, first, last }] : [];
    });
  }

  const clash = ({ low, high, first, last }) =>
    svg("rect", {
      class: "clash", fill: `url(#${id})`, x: x(first), width: stepWidth() * (last + 1 - first),
      y: y(high), height: Math.max(3, y(low) - y(high)),
    });

  function slicing({ offsets, step }, arena, free) {
    const left = width - room;
    const parts = (steps[step]?.alive ?? []).map((k) => {
      const [low, size] = [offsets[k], blocks[k].size];
      const words = `${blocks[k].label}, ${count(size)} B`;
      return [low, low + size, words, { class: "slice", fill: FILLS[k % FILLS.length] }, "slice-text"];
    });
    for (const [low, high] of free) parts.push([low, high, `free, ${count(high - low)} B`, { class: "free" }, ""]);
    slice.replaceChildren(
      ...parts.flatMap(([low, high, words, style, textClass]) => {
        const tall = y(low) - y(high);
        const title = svg("title", {}, `${words}: bytes ${count(low)} to ${count(high - 1)}`);
        const box = svg("rect", { ...style, x: left, width: room - 2, y: y(high), height: Math.max(1, tall) }, title);
        const place = { x: left + room / 2, y: (y(low) + y(high)) / 2 + 4, "text-anchor": "middle" };
        const text = svg("text", { class: textClass, ...place }, words);
        return tall > 13 ? [box, text] : [box];
      }),
    );
    set(sliceName, { x: left + room / 2, y: BOTTOM + 16 });
    sliceName.textContent = `operator ${step} runs`;
  }

  return { element, lay, draw };
}
