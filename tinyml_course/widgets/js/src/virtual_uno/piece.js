// SPDX-License-Identifier: Apache-2.0
// One board on one page, whatever the number of its views: the board, what it said, the drawing, and the line to Python.
//
// Python and every page with the notebook share one model. The page whose hello came last owns the board; the others
// hold theirs. To Python go a report and the serial text, a few times a second at most; from Python come commands,
// which are kept there until this page has said that they are done.
import { Board } from "./board.js";
import { Drawing } from "./brush.js";
import { Asker, judge, request } from "./protocol.js";

const TEXT_KEPT = 20000; // characters of the serial output
const FRAME_MS = 50;
const REPORT_MS = 250;
const LOOK_AROUND_MS = 500;
const GONE = ["dead", "terminating", "restarting", "autorestarting"]; // states of a kernel

export class Piece {
  constructor(model) {
    this.model = model;
    this.program = model.get("_program");
    this.page = `${Date.now().toString(36)}-${Math.random().toString(36).slice(2)}`;
    this.views = new Set();
    this.board = null;
    this.text = "";
    this.textEnd = 0; // characters since the start, those no longer kept included
    this.decoder = new TextDecoder();
    this.encoder = new TextEncoder();
    this.outbox = []; // bytes from Python that wait for a board that listens
    this.unheard = { text: "", dropped: 0, number: 0, waiting: false }; // serial text on its way to Python
    this.done = 0; // number of the last command
    this.confirmed = false;
    this.watch = null;
    this.live = true;
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
    model.on("comm_live_update", () => this.checkLine());
  }

  dispose() {
    document.removeEventListener("visibilitychange", this.onVisibility);
    clearInterval(this.watch);
    clearTimeout(this.reporting);
    clearTimeout(this.framing);
    this.board?.dispose();
    this.gone = true;
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
    this.tell({ kind: "hello", page: this.page });
    this.changed();
  }

  ownerChanged() {
    if (this.model.get("_owner") === this.page) this.confirmed = true;
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
    if (this.connected !== this.shown.connected) this.changed();
  }

  // The kernel that made this model is gone when its models are dead, or when there is none. (Page environments other
  // than JupyterLab may not tell.)
  async checkLine() {
    const whole = await this.model.widget_manager.get_model(this.model.get("_key"));
    this.live = whole.comm_live;
    this.changed();
  }

  get connected() {
    const { kernel } = this.model.widget_manager ?? {};
    const dead = kernel === null || kernel?.isDisposed || GONE.includes(kernel?.status);
    return this.live && !dead;
  }

  get canTell() {
    const { kernel } = this.model.widget_manager ?? {};
    return this.connected && !this.gone && (kernel?.connectionStatus ?? "connected") === "connected";
  }

  // ---- Python

  get owns() {
    return this.board !== null && !this.board.holds.has("elsewhere");
  }

  tell(message) {
    if (this.canTell) this.model.send(message);
  }

  follow() {
    const { board, model } = this;
    if (!board) return;
    if (model.get("_speed") !== board.pacer.speed) board.setSpeed(model.get("_speed"));
    if (model.get("_running") !== board.running) board[model.get("_running") ? "run" : "pause"]();
  }

  heard(message) {
    if (message.to !== this.page || !this.owns) return;
    if (message.kind === "heard") this.unheard.waiting = false;
    if (message.kind !== "commands") return;
    for (const command of message.items) {
      if (command.number <= this.done) continue;
      this.done = command.number;
      this.obey(command);
    }
    this.tell({ kind: "done", page: this.page, number: this.done });
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

  // At most one every REPORT_MS; JupyterLab holds it back further while the kernel is busy.
  report() {
    this.reporting = null;
    const { board, model } = this;
    if (!this.owns || !this.canTell) return;
    const { memory, inference, fault, lost, cycles, leds, hertz } = board.look();
    const report = { memory, inference, fault, lost, cycles, hertz, led: leds.led13, answer: this.answer };
    model.set("_running", board.running);
    model.set("_speed", board.pacer.speed);
    model.set("_report", report);
    model.save_changes();
    this.sendText();
  }

  sendText() {
    const { unheard } = this;
    if (unheard.waiting || !unheard.text) return;
    unheard.waiting = true;
    unheard.number++;
    this.tell({ kind: "text", page: this.page, number: unheard.number, text: unheard.text, dropped: unheard.dropped });
    unheard.text = "";
    unheard.dropped = 0;
  }

  // ---- the serial line

  said(bytes) {
    const text = this.decoder.decode(Uint8Array.from(bytes), { stream: true });
    const { unheard } = this;
    this.textEnd += text.length;
    this.text = (this.text + text).slice(-TEXT_KEPT);
    const waiting = unheard.text + text;
    unheard.dropped += Math.max(0, waiting.length - TEXT_KEPT);
    unheard.text = waiting.slice(-TEXT_KEPT);
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
    if (this.gone) return;
    this.reporting ??= setTimeout(() => this.report(), REPORT_MS);
    this.framing ??= setTimeout(() => requestAnimationFrame(() => this.draw()), FRAME_MS);
  }

  draw() {
    this.framing = null;
    if (this.gone || !this.board) return;
    this.board.settleLeds();
    const look = this.board.look();
    this.shown = { connected: this.connected };
    for (const view of this.views) view.update(look);
  }
}
