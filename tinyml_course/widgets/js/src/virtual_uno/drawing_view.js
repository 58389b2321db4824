// SPDX-License-Identifier: Apache-2.0
// The grid to draw on, with mouse, finger, pen and keys.
import { announcer, h } from "../common/dom.js";

const PIXELS = 240; // of the picture, on a side
const STEPS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
const HELP = "Arrow keys move, space switches a pixel, 0 to 9 set its grey, Delete clears the drawing, Enter sends it.";

export class DrawingView {
  constructor(piece) {
    this.piece = piece;
    this.at = { column: Math.floor(piece.drawing.side / 2), row: Math.floor(piece.drawing.side / 2) };
    this.stroke = null;
    this.said = announcer();
    this.canvas = h("canvas", {
      class: "uno-paper",
      width: PIXELS,
      height: PIXELS,
      tabindex: 0,
      role: "application",
      "aria-roledescription": "drawing",
      onpointerdown: (event) => this.begin(event),
      onpointermove: (event) => this.move(event),
      onpointerup: () => this.end(),
      onpointercancel: () => this.end(),
      oncontextmenu: (event) => event.preventDefault(),
      onkeydown: (event) => this.key(event),
      onfocus: () => this.paint(),
      onblur: () => this.paint(),
    });
    this.eraser = h("button", { "aria-pressed": "false", onclick: () => this.toggleEraser() }, "Eraser");
    this.automatic = h("input", { type: "checkbox", checked: true, onchange: () => this.toggleAutomatic() });
    this.example = h("span", { class: "uno-example" });
    this.element = h(
      "section",
      { class: "uno-drawing", "aria-label": "Drawing" },
      this.canvas,
      this.buttons(),
      h("label", { class: "uno-check" }, this.automatic, " send every change"),
      this.example,
      h("p", { class: "uno-help" }, HELP),
      this.said,
    );
  }

  buttons() {
    const { piece } = this;
    return h(
      "div",
      { class: "uno-row" },
      h("button", { onclick: () => this.clear() }, "Clear"),
      this.eraser,
      h("button", { onclick: () => piece.askDrawing() }, "Send"),
      piece.program.examples.length ? h("button", { onclick: () => piece.nextExample() }, "Next example") : null,
    );
  }

  clear() {
    this.piece.drawing.clear();
    this.piece.drawn();
    this.said.textContent = "The drawing is empty.";
  }

  toggleEraser() {
    this.erasing = !this.erasing;
    this.eraser.setAttribute("aria-pressed", String(this.erasing));
  }

  toggleAutomatic() {
    this.piece.sendOnChange = this.automatic.checked;
    if (this.automatic.checked) this.piece.askDrawing();
  }

  // ---- mouse, finger, pen

  place({ clientX, clientY }) {
    const box = this.canvas.getBoundingClientRect();
    const { side } = this.piece.drawing;
    return [((clientX - box.left) / box.width) * side, ((clientY - box.top) / box.height) * side];
  }

  begin(event) {
    if (event.button > 2) return;
    event.preventDefault();
    this.canvas.focus({ preventScroll: true, focusVisible: false });
    this.canvas.setPointerCapture(event.pointerId);
    this.stroke = { from: this.place(event), erase: this.erasing || event.button === 2 };
    this.draw([event]);
  }

  move(event) {
    if (!this.stroke) return;
    const events = event.getCoalescedEvents?.() ?? [];
    this.draw(events.length ? events : [event]);
  }

  draw(events) {
    const { stroke } = this;
    for (const event of events) {
      const to = this.place(event);
      this.piece.drawing.stroke(...stroke.from, ...to, stroke.erase);
      stroke.from = to;
    }
    this.piece.drawn();
  }

  end() {
    this.stroke = null;
  }

  // ---- keys

  key(event) {
    const { drawing } = this.piece;
    const { levels } = drawing;
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const value = () => drawing.values[this.at.row * drawing.side + this.at.column];
    if (STEPS[event.key]) this.go(STEPS[event.key]);
    else if (event.key === " ") this.set(value() ? 0 : levels);
    else if (/^[0-9]$/.test(event.key)) this.set(Math.round((Number(event.key) / 9) * levels));
    else if (event.key === "Delete" || event.key === "Backspace") this.clear();
    else if (event.key === "Enter") this.piece.askDrawing();
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  go([columns, rows]) {
    const inside = (place) => Math.max(0, Math.min(this.piece.drawing.side - 1, place));
    this.at = { column: inside(this.at.column + columns), row: inside(this.at.row + rows) };
    this.sayPixel();
    this.paint();
  }

  set(value) {
    const { drawing } = this.piece;
    drawing.set(this.at.row * drawing.side + this.at.column, value);
    this.sayPixel();
    this.piece.drawn();
  }

  sayPixel() {
    const { drawing } = this.piece;
    const { row, column } = this.at;
    const value = drawing.values[row * drawing.side + column];
    this.said.textContent = `Row ${row + 1}, column ${column + 1}: ${value} of ${drawing.levels}.`;
  }

  // ---- the picture

  update() {
    const { piece } = this;
    const key = piece.drawing.values.join(" ");
    if (key !== this.shown) {
      this.shown = key;
      this.paint();
      const rows = piece.drawing.rows();
      const { side, levels } = piece.drawing;
      const label = `Drawing of ${side} by ${side} pixels from 0 to ${levels}. ${HELP} Rows: ${rows.join("; ")}.`;
      this.canvas.setAttribute("aria-label", label);
    }
    const { examples } = piece.program;
    const example = examples[piece.example];
    this.example.textContent = example
      ? `Example ${piece.example + 1} of ${examples.length}${example.label === null ? "" : `: a ${example.label}`}`
      : "";
    this.automatic.checked = piece.sendOnChange;
  }

  paint() {
    const { canvas, at } = this;
    const { side, levels, values } = this.piece.drawing;
    const context = canvas.getContext("2d");
    const cell = PIXELS / side;
    context.fillStyle = "#fff";
    context.fillRect(0, 0, PIXELS, PIXELS);
    values.forEach((value, pixel) => {
      const light = Math.round(255 * (1 - (0.93 * value) / levels));
      context.fillStyle = `rgb(${light},${light},${light})`;
      if (value) context.fillRect((pixel % side) * cell, Math.floor(pixel / side) * cell, cell, cell);
    });
    context.strokeStyle = "rgba(120,120,120,0.35)";
    context.lineWidth = 1;
    for (let i = 1; i < side; i++) {
      const line = Math.round(i * cell) + 0.5;
      context.strokeRect(line, -1, 0, PIXELS + 2);
      context.strokeRect(-1, line, PIXELS + 2, 0);
    }
    if (!canvas.matches(":focus-visible")) return;
    context.strokeStyle = "#D55E00";
    context.lineWidth = 3;
    context.strokeRect(at.column * cell + 1.5, at.row * cell + 1.5, cell - 3, cell - 3);
  }
}
