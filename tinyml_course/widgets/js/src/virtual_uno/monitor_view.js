// SPDX-License-Identifier: Apache-2.0
// The serial monitor: what the board says, and a line to send to it.
import { h } from "../common/dom.js";
import { whole } from "./words.js";

const ENDINGS = [
  ["\n", "new line"],
  ["\r\n", "carriage return and new line"],
  ["\r", "carriage return"],
  ["", "nothing"],
];

export class MonitorView {
  constructor(piece, said) {
    this.piece = piece;
    this.said = said;
    this.shown = "";
    this.log = h("pre", { class: "uno-log", tabindex: 0, role: "log", "aria-live": "off", "aria-label": "Serial output" });
    this.node = document.createTextNode("");
    this.log.append(this.node);
    this.input = h("input", {
      type: "text",
      "aria-label": "Line to send",
      spellcheck: "false",
      autocomplete: "off",
      onkeydown: (event) => event.key === "Enter" && !event.isComposing && this.sendLine(),
    });
    this.ending = h(
      "select",
      { "aria-label": "Line ending sent" },
      ENDINGS.map(([, name], i) => h("option", { value: i }, name)),
    );
    this.counts = h("output", { class: "uno-counts", "aria-live": "off" });
    const send = h("button", { onclick: () => this.sendLine(), "aria-label": "Send the line" }, "Send");
    const clear = h("button", { onclick: () => piece.clearText() }, "Clear output");
    this.element = h(
      "section",
      { class: "uno-monitor", "aria-label": "Serial monitor" },
      h("div", { class: "uno-title" }, h("span", {}, "Serial monitor"), this.counts, clear),
      this.log,
      h("div", { class: "uno-row" }, this.input, this.ending, send),
    );
  }

  sendLine() {
    const line = this.input.value;
    this.piece.type(line + ENDINGS[Number(this.ending.value)][0]);
    this.said.textContent = `Sent: ${line}`;
    this.input.value = "";
  }

  update({ lost }) {
    const { text, textEnd } = this.piece;
    if (text !== this.shown) this.show(text);
    const counts = `${whole(textEnd)} characters; the board lost ${whole(lost)} bytes`;
    if (this.counts.textContent !== counts) this.counts.textContent = counts;
  }

  // It stays at its end unless somebody reads further up.
  show(text) {
    const { log } = this;
    const atEnd = log.scrollHeight - log.scrollTop - log.clientHeight < 30;
    if (this.shown && text.startsWith(this.shown)) this.node.appendData(text.slice(this.shown.length));
    else this.node.data = text;
    this.shown = text;
    if (atEnd) log.scrollTop = log.scrollHeight;
  }
}
