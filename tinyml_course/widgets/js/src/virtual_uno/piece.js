// SPDX-License-Identifier: Apache-2.0
// One board on one page, whatever the number of its views: the board, what it said, the drawing, and the line to Python.
//
// Python and every page with the notebook share one model. The page whose hello came last owns the board; the others
// hold theirs. To Python go a report and the serial text, a few times a second at most; from Python come commands,
// which are kept there until this page has said that they are done.
import { Board } from "./board.js";
import { Drawing } from "./brush.js";
import { Line } from "./line.js";
import { Asker, judge, request } from "./protocol.js";

const TEXT_KEPT = 20000; // characters of the serial output that the monitors show
const FRAME_MS = 50;
const REPORT_MS = 250;
const LOOK_AROUND_MS = 500;

export class Piece {
  constructor(model) {
    this.model = model;
    this.program = model.get("_program");
    this.line = new Line(model, () => this.changed());
    this.views = new Set();
    this.board = null;
    this.text = "";
    this.textEnd = 0; // characters since the start, those no longer kept included
    this.decoder = new TextDecoder();
    this.encoder = new TextEncoder();
    this.outbox = []; // bytes from Python that wait for a board that listens
    this.done = 0; // number of the last command
    this.confirmed = false;
    this.watch = null;
    this.shown = {};
    this.startedAgain = model.get("_owner") !== "";
    const { image } = this.program;
    this.drawing = image ? new Drawing(image.side, image.maximum - image.minimum) : null;
    this.sendOnChange = true;
    this.listens = this.program.analogPins.length > 0; // a sketch that samples by itself is asked to tell its classes
    this.example = -1;
    this.answer = null;
    this.trouble = "";
    this.watchAll();
  }

  watchAll() {
    const { model } = this;
    this.onVisibility = () => this.lookAround();
    document.addEventListener("visibilitychange", this.onVisibility);
    model.on("change:_owner", () => this.ownerChanged());
    model.on("change:_running", () => this.follow());
    model.on("change:_speed", () => this.follow());
    model.on("msg:custom", (message) => this.heard(message));
  }

  dispose() {
    document.removeEventListener("visibilitychange", this.onVisibility);
    clearInterval(this.watch);
    clearTimeout(this.reporting);
    clearTimeout(this.framing);
    this.board?.dispose();
    this.line.closed = true;
  }

  // ---- views and pages

  attach(view) {
    this.views.add(view);
    this.watch ??= setInterval(() => this.lookAround(), LOOK_AROUND_MS);
    if (!this.board) {
      this.start();
      this.claim();
    }
    this.lookAround();
    this.changed();
  }

  detach(view) {
    this.views.delete(view);
    this.lookAround();
    if (this.views.size) return;
    clearInterval(this.watch);
    this.watch = null;
  }

  start() {
    const { model } = this;
    this.board = new Board(this.program, {
      speed: model.get("_speed"),
      running: model.get("_running"),
      onText: (bytes) => this.said(bytes),
      onTurn: ({ uno }) => this.turn(uno.cycles),
      onChange: () => this.changed(),
    });
    this.asker = new Asker({
      send: (text) => this.type(text),
      onReady: () => this.listens && this.type("s\n"),
      onAnswer: ({ tag, ...answer }) => this.answered({ ...answer, empty: tag.empty }),
      onWindow: (heard) => this.answered({ ...heard, outputs: [], empty: false }),
      onTrouble: (text) => this.say(text),
    });
    for (const [pin, high] of Object.entries(model.get("_pins"))) this.board.uno.setPin(Number(pin), high);
    for (const [channel, volts] of Object.entries(model.get("_volts"))) this.board.uno.setVolts(Number(channel), volts);
    this.board.wake();
  }

  // This page wants to be the one; Python's answer tells all of them.
  claim() {
    this.confirmed = false;
    this.board.release("elsewhere");
    this.line.greeted = false;
    this.line.greet();
    this.changed();
  }

  ownerChanged() {
    if (this.model.get("_owner") === this.line.page) this.confirmed = true;
    else if (this.confirmed) this.board?.hold("elsewhere");
    this.changed();
  }

  // Nobody looks: the board stands still, and what it missed is not caught up.
  lookAround() {
    const { board, views } = this;
    if (!board) return;
    const elements = [...views].map((view) => view.element);
    // A view outside of the document was scrolled away: JupyterLab takes such cells out.
    const covered = elements.length > 0 && elements.every((el) => el.isConnected && el.getClientRects().length === 0);
    const set = (reason, wanted) => wanted !== board.holds.has(reason) && board[wanted ? "hold" : "release"](reason);
    set("closed", views.size === 0);
    set("hidden", document.visibilityState === "hidden" || covered);
    this.line.greet();
    if (this.line.connected !== this.shown.connected) this.changed();
  }

  // ---- Python

  get owns() {
    return this.board !== null && !this.board.holds.has("elsewhere");
  }

  follow() {
    const { board, model } = this;
    if (!board) return;
    if (model.get("_speed") !== board.pacer.speed) board.setSpeed(model.get("_speed"));
    if (model.get("_running") !== board.running) board[model.get("_running") ? "run" : "pause"]();
  }

  heard(message) {
    if (message.to !== this.line.page || !this.owns) return;
    if (message.kind === "heard") this.line.waiting = false;
    if (message.kind !== "commands") return;
    for (const command of message.items) {
      if (command.number <= this.done) continue;
      this.done = command.number;
      this.obey(command);
    }
    this.line.tell({ kind: "done", number: this.done });
    this.changed();
  }

  obey({ name, ...given }) {
    const { board } = this;
    if (name === "send") this.outbox.push(...given.bytes);
    else if (name === "classify") this.ask(given.values, false);
    else if (name === "play") {
      board.uno.play(given.channel, given.volts, this.program.clockHz / given.rate, given.repeat);
    } else if (name === "voltage") board.uno.setVolts(given.channel, given.volts);
    else if (name === "pin") board.uno.setPin(given.pin, given.high);
    else if (name === "step") this.step();
    else if (name === "reset") this.reset();
  }

  // At most one every REPORT_MS.
  report() {
    this.reporting = null;
    const { board, answer } = this;
    if (!this.owns) return;
    const { memory, inference, fault, lost, cycles, leds, hertz } = board.look();
    const report = { memory, inference, fault, lost, cycles, hertz, led: leds.led13, answer };
    this.line.report({ _running: board.running, _speed: board.pacer.speed, _report: report });
    this.line.flush();
  }

  // ---- the serial line

  said(bytes) {
    const text = this.decoder.decode(Uint8Array.from(bytes), { stream: true });
    this.textEnd += text.length;
    this.text = (this.text + text).slice(-TEXT_KEPT);
    this.line.write(text);
    this.asker.receive(text);
  }

  clearText() {
    this.text = "";
    this.changed();
  }

  type(text) {
    this.board.uno.send(this.encoder.encode(text));
    this.changed();
  }

  turn(cycles) {
    this.asker.turn(cycles);
    if (!this.outbox.length || !this.asker.ready) return;
    this.board.uno.send(this.outbox);
    this.outbox = [];
  }

  // ---- what people do

  run() {
    if (this.board.fault) this.reset();
    this.board.run();
  }

  reset() {
    this.board.reset();
    this.asker.restart(this.board.uno.cycles);
    this.trouble = "";
    this.changed();
  }

  step() {
    this.board.step();
  }

  setVolts(channel, volts) {
    this.board.uno.setVolts(channel, volts);
    this.model.set("_volts", { ...this.model.get("_volts"), [channel]: volts });
    this.changed();
  }

  // A listening sketch starts and stops telling its classes by the same request.
  listen(wanted) {
    if (wanted !== this.listens) this.type("s\n");
    this.listens = wanted;
    this.changed();
  }

  play(channel, { volts, rate }) {
    this.board.uno.play(channel, volts, this.program.clockHz / rate, true);
    this.changed();
  }

  // ---- drawing and answers

  drawn() {
    if (this.sendOnChange) this.askDrawing();
    this.changed();
  }

  askDrawing() {
    const { minimum } = this.program.image;
    this.ask(this.drawing.values.map((value) => value + minimum), true);
  }

  // values: a whole sample. A drawing that goes on takes the place of the one before.
  ask(values, replaceable) {
    const { image, bytesEach } = this.program;
    if (image && !replaceable) this.drawing.load(values.map((value) => value - image.minimum));
    this.trouble = "";
    this.asker.ask(request(values, bytesEach), { empty: values.every((value) => value === values[0]) }, replaceable);
    this.changed();
  }

  nextExample() {
    const { examples } = this.program;
    this.example = (this.example + 1) % examples.length;
    this.ask(examples[this.example].values, false);
  }

  answered({ classIndex, ...answer }) {
    const label = this.program.labels[classIndex] ?? String(classIndex);
    const number = (this.answer?.number ?? 0) + 1;
    this.answer = { ...answer, classIndex, label, ...judge(answer.outputs), number };
    this.changed();
  }

  say(text) {
    this.trouble = text;
    this.changed();
  }

  // ---- drawing the page

  changed() {
    if (this.line.closed) return;
    this.reporting ??= setTimeout(() => this.report(), REPORT_MS);
    this.framing ??= setTimeout(() => requestAnimationFrame(() => this.draw()), FRAME_MS);
  }

  draw() {
    this.framing = null;
    if (this.line.closed || !this.board) return;
    this.board.settleLeds();
    const look = this.board.look();
    this.shown = { connected: this.line.connected };
    for (const view of this.views) view.update(look);
  }
}
