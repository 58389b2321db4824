// SPDX-License-Identifier: Apache-2.0
// Voltages at the analog inputs that the sketch reads: set by hand, or a signal that plays.
import { h, svg } from "../common/dom.js";
import { recent } from "./waves.js";
import { short } from "./words.js";

const REFERENCE_VOLTS = 5;
const LARGEST_CODE = 1023;
const STEADY = "steady, by the slider";
const SCOPE_SECONDS = 0.5;
const SCOPE_POINTS = 201;
const SCOPE_HEIGHT = 70;

export class AnalogView {
  constructor(piece, said) {
    this.piece = piece;
    this.said = said;
    this.rows = piece.program.analogPins.map((channel) => this.row(channel));
    this.listens = h("input", { type: "checkbox", onchange: () => piece.listen(this.listens.checked) });
    this.element = h(
      "section",
      { class: "uno-analog", "aria-label": "Analog inputs" },
      h(
        "div",
        { class: "uno-title" },
        h("span", {}, "Analog inputs"),
        h("label", { class: "uno-check" }, this.listens, " tell the class of every window"),
      ),
      this.rows.map(({ element }) => element),
    );
  }

  row(channel) {
    const { piece } = this;
    const slider = h("input", {
      type: "range",
      min: 0,
      max: REFERENCE_VOLTS,
      step: 0.01,
      value: 0,
      "aria-label": `Voltage at A${channel}`,
      oninput: () => piece.setVolts(channel, Number(slider.value)),
    });
    const value = h("output", { class: "number", "aria-live": "off" });
    const { signals } = piece.program;
    const play = signals.length
      ? h(
          "select",
          { "aria-label": `Signal at A${channel}`, onchange: () => this.choose(channel, play) },
          h("option", { value: -1 }, STEADY),
          signals.map(({ name }, i) => h("option", { value: i }, `play: ${name}`)),
        )
      : null;
    const line = svg("polyline", {});
    const scope = svg("svg", {
      class: "uno-scope",
      role: "img",
      "aria-label": `The last ${SCOPE_SECONDS} seconds at A${channel}, from 0 to ${REFERENCE_VOLTS} volts.`,
      viewBox: `0 0 ${SCOPE_POINTS - 1} ${SCOPE_HEIGHT}`,
      preserveAspectRatio: "none",
    });
    scope.append(line);
    const controls = h("div", { class: "uno-row" }, h("b", {}, `A${channel}`), slider, value, play);
    return { channel, slider, value, play, line, element: h("div", {}, controls, scope) };
  }

  choose(channel, play) {
    const { piece } = this;
    const signal = piece.program.signals[Number(play.value)];
    if (signal) piece.play(channel, signal);
    else piece.setVolts(channel, piece.board.uno.voltsAt(channel));
    this.said.textContent = signal ? `A${channel} plays ${signal.name}.` : `A${channel} is steady.`;
  }

  update() {
    const { uno } = this.piece.board;
    this.listens.checked = this.piece.listens;
    for (const { channel, slider, value, play, line } of this.rows) {
      this.trace(channel, line);
      if (play) this.showSignal(uno.waves[channel], play);
      const volts = uno.voltsAt(channel);
      const code = Math.max(0, Math.min(LARGEST_CODE, Math.floor((volts / REFERENCE_VOLTS) * (LARGEST_CODE + 1))));
      const text = `${volts.toFixed(2)} V → ${code}`;
      if (value.textContent === text) continue;
      value.textContent = text;
      if (document.activeElement !== slider || uno.waves[channel]) slider.value = volts;
      slider.setAttribute("aria-valuetext", `${short(volts)} volts`);
    }
  }
  // What plays may have been chosen here, in another view, or in Python.
  showSignal(wave, play) {
    const chosen = wave ? this.piece.program.signals.findIndex(({ volts }) => volts === wave.volts) : -1;
    const text = wave && chosen < 0 ? "played by Python" : STEADY;
    if (play.options[0].textContent !== text) play.options[0].textContent = text;
    if (play.value !== String(chosen)) play.value = String(chosen);
  }

  trace(channel, line) {
    const { board, program } = this.piece;
    const volts = recent(board.uno, channel, SCOPE_SECONDS * program.clockHz, SCOPE_POINTS);
    const points = volts.map((value, i) => `${i},${(SCOPE_HEIGHT * (1 - value / REFERENCE_VOLTS)).toFixed(1)}`).join(" ");
    if (points === line.getAttribute("points")) return;
    line.setAttribute("points", points);
  }
}
