// SPDX-License-Identifier: Apache-2.0
// Who has the SRAM and the flash, live; and what an inference takes.
import { COLOURS } from "../common/style.js";
import { h, svg } from "../common/dom.js";
import { short, whole } from "./words.js";

const WIDTH = 320;
const HEIGHT = 22;

// The parts of the SRAM from its lowest address: variables, heap, free, the stack's deepest reach, the stack now.
const PARTS = [
  ["variables", "variables", COLOURS.float],
  ["heap", "heap", COLOURS.knn],
  ["free", "never used", "none"],
  ["reach", "stack, deepest", "stripes"],
  ["stack", "stack now", COLOURS.int8],
];

let stripes = 0; // an id for the pattern that is unique on the page

function bar(id, parts) {
  const pattern = svg(
    "pattern",
    { id, width: 6, height: 6, patternUnits: "userSpaceOnUse", patternTransform: "rotate(45)" },
    svg("rect", { width: 3, height: 6, fill: COLOURS.int8 }),
  );
  const picture = svg("svg", { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, class: "uno-bar", role: "img" });
  picture.append(
    svg("defs", {}, pattern),
    ...parts,
    svg("rect", { class: "uno-frame", x: 0.5, y: 0.5, width: WIDTH - 1, height: HEIGHT - 1 }),
  );
  return picture;
}

export class GaugeView {
  constructor(piece) {
    this.program = piece.program;
    const id = `uno-stripes-${Date.now().toString(36)}-${stripes++}`;
    this.rectangles = PARTS.map(([, , colour]) =>
      svg("rect", { y: 0, height: HEIGHT, x: 0, width: 0, fill: colour === "stripes" ? `url(#${id})` : colour }),
    );
    this.sram = bar(id, this.rectangles);
    this.figures = PARTS.map(() => h("b", { class: "number" }));
    const legend = h(
      "ul",
      { class: "uno-legend" },
      PARTS.map(([, name, colour], i) => {
        const key = h("i", { class: `uno-key ${colour === "stripes" ? "uno-striped" : ""}`, "aria-hidden": "true" });
        if (colour !== "stripes" && colour !== "none") key.style.background = colour;
        return h("li", {}, key, `${name} `, this.figures[i]);
      }),
    );
    this.used = h("b", { class: "number" });
    this.inference = h("output", { class: "uno-inference", "aria-live": "off" });
    this.element = h(
      "div",
      { class: "uno-gauge" },
      h("div", { class: "uno-title" }, h("span", {}, "SRAM"), h("span", {}, this.used)),
      this.sram,
      legend,
      this.flash(),
      this.inference,
    );
  }

  flash() {
    const { flashBytes, flashSize } = this.program;
    const width = (WIDTH * flashBytes) / flashSize;
    const picture = bar(`unused-${stripes++}`, [svg("rect", { width, height: HEIGHT, fill: COLOURS.bonsai })]);
    const text = `${whole(flashBytes)} of ${whole(flashSize)} bytes`;
    picture.setAttribute("aria-label", `Flash: the program takes ${text}.`);
    return [h("div", { class: "uno-title" }, h("span", {}, "Flash"), h("span", {}, h("b", {}, text))), picture];
  }

  update({ memory, inference }) {
    this.showInference(inference);
    const key = JSON.stringify(memory);
    if (key === this.key) return;
    this.key = key;
    const { total, variables, heap, stackPeak } = memory;
    const bytes = { ...memory, reach: stackPeak - memory.stack };
    let x = 0;
    PARTS.forEach(([name], i) => {
      const width = (WIDTH * bytes[name]) / total;
      this.rectangles[i].setAttribute("x", x);
      this.rectangles[i].setAttribute("width", width);
      x += width;
      this.figures[i].textContent = whole(name === "reach" ? stackPeak : bytes[name]);
    });
    this.used.textContent = `${whole(variables + heap + stackPeak)} of ${whole(total)} bytes`;
    this.sram.setAttribute(
      "aria-label",
      `SRAM of ${whole(total)} bytes: ${PARTS.map(([, name], i) => `${name} ${this.figures[i].textContent}`).join(", ")}.`,
    );
  }

  showInference({ last, total, count }) {
    if (last === null) {
      this.inference.textContent = "No inference yet.";
      return;
    }
    const milliseconds = (cycles) => short((cycles / this.program.clockHz) * 1000);
    const mean = total / count;
    this.inference.textContent =
      `Last inference: ${whole(last)} cycles, ${milliseconds(last)} ms. ` +
      `Mean of ${whole(count)}: ${whole(mean)} cycles, ${milliseconds(mean)} ms.`;
  }
}
