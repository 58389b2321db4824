// SPDX-License-Identifier: Apache-2.0
// One view of a board: its parts side by side, and above them what one has to know.
import { announcer, h } from "../common/dom.js";
import { root } from "../common/piece.js";
import { AnalogView } from "./analog_view.js";
import { AnswerView } from "./answer_view.js";
import { BoardView } from "./board_view.js";
import { ControlsView } from "./controls_view.js";
import { DrawingView } from "./drawing_view.js";
import { GaugeView } from "./gauge_view.js";
import { MonitorView } from "./monitor_view.js";
import { LOOK } from "./look.js";

const AGAIN = "The board started again: this page is new, and what the board had in its memory is gone.";
const ELSEWHERE = "Another page runs this board now. Here it stands still.";
const ALONE =
  "The kernel that made this board is gone. The board goes on in this page, but Python does not hear of it: " +
  "run the cell again for a new one.";

export class View {
  constructor(piece, place) {
    this.piece = piece;
    const { program } = piece;
    const said = announcer();
    this.fault = h("p", { class: "uno-fault", role: "alert", hidden: true });
    this.note = h("p", { class: "uno-note", role: "status", hidden: true });
    this.take = h("button", { onclick: () => piece.claim(), hidden: true }, "Run it here");
    this.parts = [new BoardView(piece), new ControlsView(piece, said), new GaugeView(piece)];
    const right = [];
    if (program.image) right.push(new DrawingView(piece));
    if (program.outputs) right.push(new AnswerView(piece));
    const below = [];
    if (program.analogPins.length) below.push(new AnalogView(piece, said));
    below.push(new MonitorView(piece, said));
    const column = (parts, name) => h("div", { class: name }, parts.map(({ element }) => element));
    this.body = h(
      "div",
      { class: "uno-body" },
      column(this.parts, "uno-left"),
      h("div", { class: "uno-right" }, column(right, "uno-pair"), column(below, "uno-below")),
    );
    this.parts = [...this.parts, ...right, ...below];
    const head = h("div", { class: "uno-head" }, this.note, this.take);
    this.element = root("uno", LOOK, head, this.fault, this.body, said);
    this.element.setAttribute("role", "group");
    this.element.setAttribute("aria-label", `Virtual Uno: ${program.name}`);
    place.append(this.element);
  }

  update(look) {
    const { piece } = this;
    const elsewhere = !piece.owns;
    const note = elsewhere ? ELSEWHERE : !piece.line.connected ? ALONE : piece.startedAgain ? AGAIN : "";
    show(this.note, note);
    this.take.hidden = !elsewhere;
    this.body.inert = elsewhere;
    show(this.fault, look.fault ?? "");
    for (const part of this.parts) part.update(look);
  }
}

function show(element, text) {
  if (element.textContent !== text) element.textContent = text;
  element.hidden = text === "";
}
