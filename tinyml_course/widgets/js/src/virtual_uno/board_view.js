// SPDX-License-Identifier: Apache-2.0
// The drawn board, with its LEDs and its reset button.
import "@wokwi/elements/dist/esm/arduino-uno-element.js";
import { h } from "../common/dom.js";

export class BoardView {
  constructor(piece) {
    this.board = h("wokwi-arduino-uno", { class: "uno-board", role: "group" });
    this.board.ledPower = true;
    this.board.addEventListener("button-press", () => piece.board.hold("reset"));
    this.board.addEventListener("button-release", () => {
      piece.reset();
      piece.board.release("reset");
    });
    this.board.addEventListener("keydown", (event) => event.key === " " && event.preventDefault()); // it would scroll
    this.text = h("p", { class: "uno-leds" });
    this.element = h("div", {}, this.board, this.text);
    this.board.updateComplete.then(() => this.nameButton());
  }

  nameButton() {
    const button = this.board.shadowRoot.querySelector("#reset-button");
    button.setAttribute("role", "button");
    button.setAttribute("aria-label", "Reset button on the board");
  }

  update({ leds }) {
    const { board } = this;
    board.led13 = leds.led13;
    board.ledTX = leds.tx;
    board.ledRX = leds.rx;
    const text = [
      `LED 13 ${leds.led13 ? "on" : "off"}`,
      `TX ${leds.tx ? "on" : "off"}`,
      `RX ${leds.rx ? "on" : "off"}`,
    ].join(" · ");
    if (this.text.textContent === text) return;
    this.text.textContent = text;
    board.setAttribute("aria-label", `Arduino Uno. Power on, ${text.replaceAll(" ·", ",")}.`);
  }
}
