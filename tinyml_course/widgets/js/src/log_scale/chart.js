// SPDX-License-Identifier: Apache-2.0
// The picture: a row for each model and memory, the Uno's two memories as bands, and a memory to drag.
import { svg } from "../common/dom.js";
import { draggable } from "../common/piece.js";
import { COLOURS } from "../common/style.js";
import { place, snapped } from "./scale.js";

const TOP = 78;
const NARROW = 640;
const PREFIXES = ["B", "kB", "MB", "GB", "TB"];
const decimal = (power) => `${10 ** (power % 3)} ${PREFIXES[Math.floor(power / 3)]}`;

const written = (value) => (typeof value === "number" ? +value.toFixed(2) : value);
const set = (element, values) =>
  Object.entries(values).forEach(([name, value]) => element.setAttribute(name, written(value)));

// `rows` are described models and memories; `sram` and `flash` are bytes. `on` has pick(id), move(bytes) and key(event).
export function chart({ rows, models, low, high, sram, flash, on }) {
  const frame = { left: 0, right: 0, low, high };
  let rowHeight = 23;
  let bottom = 0;
  let width = 0;
  let short = "";
  const uno = { sram: svg("rect", { class: "sram" }), flash: svg("rect", { class: "flash" }) };
  const lines = [sram, flash].map(() => svg("line", { stroke: "var(--uno)", "stroke-width": 1.5 }));
  const names = [1, 2].map(() => svg("text", { class: "uno" }));
  const decade = svg("rect", { class: "decade", rx: 3 });
  const axis = svg("line", { stroke: "var(--text)" });
  const unit = svg("text", { class: "tick", "text-anchor": "middle" });
  const ticks = Array.from({ length: high - low + 1 }, (_, k) => low + k).map((power) => ({
    bytes: () => 10 ** power,
    kind: "log",
    long: power % 3 === 0,
    line: svg("line", { stroke: "var(--text)" }),
    text: svg("text", { class: "tick", "text-anchor": "middle" }, power % 3 === 0 ? decimal(power) : ""),
  }));
  for (const share of [0, 0.2, 0.4, 0.6, 0.8, 1])
    ticks.push({
      share, kind: "linear", long: true,
      line: svg("line", { stroke: "var(--text)" }), text: svg("text", { class: "tick", "text-anchor": "middle" }),
    });
  const bars = rows.map((row, k) => bar(row, k, () => on.pick(row.id)));
  const heading = svg("text", { class: "heading" }, "Memories");
  const bracket = svg("path", { class: "bracket", fill: "none" });
  const grip = marker();
  const clip = `tinyml-clip-${Math.random().toString(36).slice(2)}`;
  const clipRect = svg("rect");
  const band = svg("rect", { class: "grab", fill: "transparent" });
  const element = svg(
    "svg",
    { class: "chart", role: "group" },
    svg("clipPath", { id: clip }, clipRect),
    svg("g", { "clip-path": `url(#${clip})` }, uno.flash, uno.sram, lines, decade, bars.map((b) => b.line), bracket),
    names, axis, unit, ticks.map((tick) => [tick.line, tick.text]), heading, band, bars.map((b) => b.group), grip.element,
  );

  let now = null;
  const to = (event) => {
    const x = event.clientX - element.getBoundingClientRect().left;
    on.move(snapped(x, [...rows.map((row) => 10 ** now[row.id]), sram, flash], now, frame));
  };
  const take = (event) => {
    event.preventDefault();
    grip.element.focus({ preventScroll: true });
  };
  const move = (dx, dy, event) => to(event);
  draggable(grip.element, { start: take, move });
  draggable(band, { start: (event) => (take(event), to(event)), move });
  grip.element.addEventListener("keydown", on.key);

  function lay(newWidth) {
    width = newWidth;
    const stacked = width < NARROW;
    rowHeight = stacked ? 36 : 23;
    const widest = Math.max(...bars.map(({ name }) => name.getComputedTextLength?.() ?? 0), 150);
    Object.assign(frame, { left: stacked ? 8 : widest + 16, right: width - 76 });
    bottom = TOP + rowHeight * (rows.length + 1);
    set(element, { width, height: bottom + 46, viewBox: `0 0 ${width} ${bottom + 46}` });
    set(clipRect, { x: frame.left, y: 0, width: frame.right - frame.left, height: bottom });
    set(band, { x: frame.left, y: TOP - 40, width: frame.right - frame.left, height: bottom - TOP + 80 });
    set(unit, { x: (frame.left + frame.right) / 2, y: bottom + 40 });
    names[1].textContent = "Uno's flash 32 KiB";
    short = stacked ? "SRAM 2 KiB" : "Uno's SRAM 2 KiB";
    set(axis, { x1: frame.left, x2: frame.right, y1: bottom, y2: bottom });
    bars.forEach((b, k) => {
      b.y = TOP + rowHeight * (k + (k < models ? 0 : 1) + (stacked ? 0.7 : 0.5));
      b.lay(stacked, frame, rowHeight);
    });
    set(heading, { x: 0, y: TOP + rowHeight * (models + 0.7) });
  }

  function draw(numbers, { marker: at, power, chosen, labels, words }) {
    now = numbers;
    const x = (bytes) => place(bytes, now, frame);
    const right = frame.right;
    const inside = (bytes) => Math.min(right, x(bytes));
    set(uno.sram, { x: frame.left, y: TOP - 4, width: inside(sram) - frame.left, height: bottom - TOP + 4 });
    set(uno.flash, { x: frame.left, y: TOP - 4, width: inside(flash) - frame.left, height: bottom - TOP + 4 });
    [sram, flash].forEach((bytes, k) => set(lines[k], { x1: x(bytes), x2: x(bytes), y1: TOP - 12, y2: bottom }));
    const apart = x(flash) - x(sram) > 12;
    names[0].textContent = apart ? short : x(sram) > right ? "" : "the Uno's SRAM and flash: this line";
    names[1].style.display = apart && x(flash) < right - 110 ? "" : "none";
    const beside = apart ? -5 : 5;
    const least = apart ? 74 : 0; // the name begins inside the picture
    const nameEnd = Math.max(least, Math.min(x(sram), right) + beside);
    set(names[0], { x: nameEnd, y: TOP - 8, "text-anchor": apart ? "end" : "start" });
    set(names[1], { x: Math.max(x(flash) + 5, nameEnd + 8), y: TOP - 8 });
    unit.textContent = now.mix < 0.5 ? "bytes (logarithmic)" : "bytes (linear)";
    const from = Math.max(frame.left, x(10 ** (power - 1)));
    set(decade, { x: from, y: bottom - 7, width: Math.max(2, inside(10 ** power) - from), height: 14 });
    for (const tick of ticks) {
      const bytes = tick.kind === "log" ? tick.bytes() : tick.share * 10 ** now.power;
      const seen = tick.kind === "log" ? 1 - now.mix : now.mix;
      if (tick.kind === "linear") tick.text.textContent = tick.share === 0 ? "0" : shareLabel(tick.share, power);
      for (const part of [tick.line, tick.text]) part.style.opacity = x(bytes) > right + 1 ? 0 : seen;
      set(tick.line, { x1: x(bytes), x2: x(bytes), y1: bottom, y2: bottom + (tick.long ? 7 : 4) });
      set(tick.text, { x: x(bytes), y: bottom + 22 });
    }
    for (const b of bars) {
      const bytes = 10 ** now[b.row.id];
      const state = { label: labels[b.row.id], fits: bytes <= at * 1.000001, chosen: chosen.includes(b.row.id) };
      b.draw(x(bytes), frame, now.mix, state);
    }
    const [a, z] = chosen.map((id) => bars.find((b) => b.row.id === id));
    const [ax, zx] = [a, z].map((b) => x(10 ** now[b.row.id]));
    const end = zx < ax ? Math.min(ax, zx + 26 + 7 * labels[z.row.id].length) : zx - 8; // not through the label
    bracket.setAttribute("d", a === z ? "" : `M${ax.toFixed(1)} ${a.y}V${z.y}H${end.toFixed(1)}`);
    grip.draw(inside(at), TOP, bottom, words, { width, at });
    set(element, { "aria-label": words.title });
  }

  return { element, lay, draw, focus: () => grip.element.focus() };
}

const shareLabel = (share, power) => {
  const bytes = share * 10 ** power;
  const step = Math.min(4, Math.floor(Math.log10(bytes) / 3 + 1e-9));
  return `${+(bytes / 1000 ** step).toPrecision(3)} ${PREFIXES[step]}`;
};

function bar(row, number, pick) {
  const colour = row.kind === "memory" ? "var(--quiet)" : row.kind === "big" ? "var(--quiet)" : COLOURS[row.kind];
  const line = svg("rect", { fill: colour, opacity: 0.75 });
  const dot =
    row.kind === "memory"
      ? svg("rect", { width: 10, height: 10, x: -5, y: -5, fill: "var(--page)", stroke: colour, "stroke-width": 2.5 })
      : svg("circle", { r: 5.5, fill: colour });
  const name = svg("text", { class: "name" }, row.name);
  const size = svg("text", { class: "size" });
  const back = svg("rect", { class: "back", rx: 3 });
  const title = svg("title", {}, `${row.name}: ${row.fact}`);
  const group = svg("g", { class: "row", "data-id": row.id, onclick: pick }, back, title, name, dot, size);
  const self = {
    row, line, group, name, y: 0,
    lay(stacked, frame, height) {
      self.stacked = stacked;
      set(name, { x: stacked ? 0 : frame.left - 12, y: stacked ? self.y - 11 : self.y + 4, "text-anchor": stacked ? "start" : "end" });
      set(back, { x: 0, y: self.y - (stacked ? 24 : height / 2), width: stacked ? 250 : frame.left - 4, height: stacked ? 17 : height });
    },
    draw(x, frame, mix, { label, fits, chosen }) {
      const beyond = x > frame.right + 0.5;
      const end = Math.min(x, frame.right);
      const thick = 2 + 9 * mix;
      set(line, { x: frame.left, y: self.y - thick / 2, width: Math.max(0, end - frame.left), height: thick });
      dot.setAttribute("transform", `translate(${end.toFixed(1)} ${self.y})`);
      dot.style.opacity = beyond ? 0 : 1 - mix; // a bar has its length to show
      size.textContent = `${beyond ? "→ " : ""}${label}${fits ? " ✓" : ""}`;
      set(size, { x: end + 10, y: self.y + 4 });
      group.classList.toggle("fits", fits);
      group.classList.toggle("chosen", chosen);
    },
  };
  return self;
}

function marker() {
  const line = svg("line", { class: "marker" });
  const knob = svg("path", { class: "knob", d: "M-9 -20H9V-6L0 4L-9 -6Z" });
  const grab = svg("rect", { x: -22, y: -28, width: 44, height: 44, fill: "transparent" });
  const label = svg("text", { class: "marker-label", y: -26, "text-anchor": "middle" });
  const head = svg("g", {}, grab, knob, label);
  const element = svg(
    "g",
    { class: "grip", tabindex: 0, role: "slider", "aria-label": "A memory: what fits it?", "aria-orientation": "horizontal" },
    line, head,
  );
  return {
    element,
    draw(x, top, bottom, words, { width, at }) {
      set(line, { x1: x, x2: x, y1: top - 18, y2: bottom });
      head.setAttribute("transform", `translate(${x.toFixed(1)} ${top - 18})`);
      label.textContent = words.label;
      const half = label.textContent.length * 4;
      set(label, { x: Math.max(half - x, 0) + Math.min(0, width - half - x) });
      element.setAttribute("aria-valuenow", Number(at.toPrecision(4)));
      element.setAttribute("aria-valuetext", words.marker);
    },
  };
}
