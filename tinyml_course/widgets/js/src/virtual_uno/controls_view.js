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
    this.speed = h("input", {
      type: "range",
      min: 0,
      max: SPEEDS.length - 1,
      step: 1,
      "aria-label": "Speed",
      oninput: () => piece.board.setSpeed(SPEEDS[Number(this.speed.value)][0]),
    });
    this.speedText = h("span", { class: "uno-speed" });
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
    buttons.append(this.toggle, this.step, this.reset);
    const speed = h("label", { class: "uno-row" }, "Speed", this.speed, this.speedText);
    this.element = h("div", { class: "uno-controls" }, buttons, speed, this.state, this.table);
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
    this.showSpeed(look.speed);
    this.state.textContent = this.stateText(look);
    this.showSteps(look);
  }

  // Python may have set one between two stops: the slider then stands at the next slower one.
  showSpeed(speed) {
    const text = speedText(speed);
    if (this.speedText.textContent === text) return;
    const slower = SPEEDS.filter(([value]) => value && value <= speed).length - 1;
    this.speed.value = speed === 0 ? SPEEDS.length - 1 : Math.max(0, slower);
    this.speed.setAttribute("aria-valuetext", text);
    this.speedText.textContent = text;
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
