// SPDX-License-Identifier: Apache-2.0
// Run, pause, step, reset and speed; how fast the board really is; and where it stands when it stands still.
import { h } from "../common/dom.js";
import { hex, short, speedText, SPEEDS, whole } from "./words.js";

export class ControlsView {
  constructor(piece, said) {
    this.piece = piece;
    this.said = said;
    this.toggle = h("button", { class: "uno-run", onclick: () => this.runOrPause() }, "Pause");
    this.step = h("button", { onclick: () => this.stepOnce(), title: "Run one instruction" }, "Step");
    this.reset = h("button", { onclick: () => this.resetNow(), title: "As the button on the board" }, "Reset");
    this.speed = h(
      "select",
      { "aria-label": "Speed", onchange: () => piece.board.setSpeed(Number(this.speed.value)) },
      SPEEDS.map(([value, text]) => h("option", { value }, text)),
    );
    this.state = h("output", { class: "uno-state", "aria-live": "off" });
    this.steps = h("tbody", {});
    this.table = h(
      "table",
      { class: "uno-steps", hidden: true },
      h("caption", {}, "Instructions"),
      h("thead", {}, h("tr", {}, ["address", "in", "instruction", "cycles"].map((name) => h("th", { scope: "col" }, name)))),
      this.steps,
    );
    const buttons = h("div", { class: "uno-row", role: "group", "aria-label": "Run the board" });
    buttons.append(this.toggle, this.step, this.reset, this.speed);
    this.element = h("div", {}, buttons, this.state, this.table);
  }

  runOrPause() {
    const { piece } = this;
    if (piece.board.running && !piece.board.fault) piece.board.pause();
    else piece.run();
    this.said.textContent = piece.board.running ? "The board runs." : "The board is paused.";
  }

  stepOnce() {
    const { piece } = this;
    piece.step();
    const { address, name, instruction } = piece.board.next;
    this.said.textContent = `Next: ${instruction}, at ${hex(address)}${name ? ` in ${name}` : ""}.`;
  }

  resetNow() {
    this.piece.reset();
    this.said.textContent = "The board was reset.";
  }

  update(look) {
    this.toggle.textContent = look.running && !look.fault ? "Pause" : "Run";
    this.step.disabled = look.fault !== null;
    if (document.activeElement !== this.speed) this.chooseSpeed(look.speed);
    this.state.textContent = this.stateText(look);
    this.showSteps(look);
  }

  chooseSpeed(speed) {
    if (![...this.speed.options].some(({ value }) => Number(value) === speed)) {
      this.speed.append(h("option", { value: speed }, speedText(speed)));
    }
    this.speed.value = String(speed);
  }

  stateText({ active, running, fault, held, hertz, cycles, asleep }) {
    const { clockHz } = this.piece.program;
    const at = `${whole(cycles)} cycles, ${short(cycles / clockHz)} s on the board`;
    if (fault) return `Stopped by a fault. ${at}`;
    if (!active) return `${running && held ? "Held" : "Paused"}. ${at}`;
    const speed = hertz ? `${short(hertz / 1e6)} MHz, ${short(hertz / clockHz)} × real time` : "measuring the speed";
    return `Running${asleep ? " (asleep)" : ""}: ${speed}. ${at}`;
  }

  showSteps({ next, steps }) {
    this.table.hidden = next === null;
    if (!next) return;
    const rows = [...steps, { ...next, took: null }];
    const key = JSON.stringify(rows);
    if (key === this.key) return;
    this.key = key;
    this.steps.replaceChildren(
      ...rows.map(({ address, name, instruction, took }) =>
        h(
          "tr",
          { "aria-current": took === null ? "step" : null },
          [hex(address), name ?? "", instruction, took === null ? "next" : took].map((text) => h("td", {}, String(text))),
        ),
      ),
    );
  }
}
