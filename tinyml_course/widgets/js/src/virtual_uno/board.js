// SPDX-License-Identifier: Apache-2.0
// The board and its time: runs an Uno in short slices, pauses it, steps it, and keeps what can be seen of it.
import { Uno } from "../../../../board/js/src/uno.js";
import { disassemble } from "./disassemble.js";
import { faultText, functionAt } from "./faults.js";
import { memoryOf } from "./memory.js";
import { Pacer, Speedometer } from "./pacing.js";

const SLICE_MS = 8; // the page stays responsive
const CHUNK_CYCLES = 20000; // between two looks at the clock: about half a millisecond
const PAUSE_MS = 4; // between two slices in real time
const EXTERNAL_RESET = 2; // MCUSR
const LED_PIN = 13;
const MARKS = new Map([[1, 2], [3, 4]]); // around an inference: of a sample that was sent, of a window that was heard
const STEPS_KEPT = 6;
const LIT_SHARE = 0.05;
const LONGEST_SLEEP_CYCLES = 16e6; // that one step passes

export class Board {
  // program: {hex, staticEnd, clockHz, symbols, heapPointer, faults}; onText(bytes) gets the serial output,
  // onTurn(board) is called after every slice, onChange() when a picture of the board would be another one.
  constructor(program, { speed, running, onText, onTurn, onChange }) {
    const { hex, staticEnd, clockHz } = program;
    this.program = program;
    this.uno = new Uno({ hex, staticEnd, clockHz });
    this.onText = onText;
    this.onTurn = onTurn;
    this.onChange = onChange;
    this.running = running; // what was chosen; it runs when nothing holds it
    this.holds = new Set(); // why it stands still: "hidden", "closed", "elsewhere", "reset"
    this.pacer = new Pacer(clockHz, speed);
    this.speedometer = new Speedometer();
    this.steps = [];
    this.planned = null;
    this.channel = new MessageChannel();
    this.channel.port1.onmessage = () => this.slice();
    this.forget();
  }

  // What was measured since the last start.
  forget() {
    this.inference = { last: null, total: 0, count: 0 };
    this.marked = null;
    this.led = { high: 0, looks: 0, on: false };
    this.leds = { led13: false, tx: false, rx: false };
    this.sending = false;
    this.steps = [];
  }

  get active() {
    return this.running && this.holds.size === 0 && !this.uno.fault;
  }

  dispose() {
    this.running = false;
    clearTimeout(this.planned);
    this.channel.port1.close();
  }

  // ---- what people do

  run() {
    this.running = true;
    this.wake();
  }

  pause() {
    this.running = false;
    this.onChange();
  }

  hold(reason) {
    this.holds.add(reason);
    this.onChange();
  }

  release(reason) {
    if (!this.holds.delete(reason)) return;
    this.wake();
  }

  setSpeed(speed) {
    this.pacer.setSpeed(speed);
    this.speedometer.restart(null, 0);
    this.onChange();
  }

  // As the button on the board: EEPROM, wires and the count of cycles stay.
  reset() {
    const { uno } = this;
    uno.start(EXTERNAL_RESET, uno.cycles);
    uno.lowest = uno.machine.lowest;
    uno.take();
    uno.takeMarks();
    this.forget();
    this.wake();
  }

  // One instruction (or the entry into an interrupt, or a sleep).
  step() {
    const { uno } = this;
    this.running = false;
    if (uno.fault) return;
    const before = { ...this.next, cycles: uno.cycles };
    const asleep = uno.machine.asleep;
    if (asleep) this.passSleep();
    else uno.run(1);
    const what = asleep ? `(asleep: ${asleep})` : before.instruction;
    this.steps = [...this.steps, { ...before, instruction: what, took: uno.cycles - before.cycles }].slice(-STEPS_KEPT);
    this.collect();
    this.onTurn(this);
    this.onChange();
  }

  passSleep() {
    const { uno } = this;
    const end = uno.cycles + LONGEST_SLEEP_CYCLES;
    while (uno.machine.asleep && uno.cycles < end) {
      const event = uno.cpu.nextClockEvent?.cycles ?? end;
      uno.run(Math.max(1, Math.min(event, end) - uno.cycles));
    }
  }

  // ---- time

  wake() {
    this.pacer.restart(performance.now());
    this.speedometer.restart(null, 0);
    this.onChange();
    this.plan();
  }

  plan() {
    if (!this.active || this.planned !== null) return;
    if (this.pacer.speed === 0) {
      this.planned = 0;
      this.channel.port2.postMessage(null); // a timer would wait four milliseconds
    } else this.planned = setTimeout(() => this.slice(), PAUSE_MS);
  }

  slice() {
    this.planned = null;
    if (!this.active) return;
    const { uno, pacer } = this;
    const start = performance.now();
    for (let due = pacer.due(start); due > 0 && !uno.fault; ) {
      const before = uno.cycles;
      uno.run(Math.min(due, CHUNK_CYCLES));
      due -= uno.cycles - before;
      pacer.ran(uno.cycles - before);
      this.collect();
      if (performance.now() - start >= SLICE_MS) break;
    }
    this.speedometer.measure(start, uno.cycles);
    this.onTurn(this);
    this.onChange();
    this.plan();
  }

  collect() {
    const { uno, led } = this;
    led.high += uno.getPin(LED_PIN) === 1 ? 1 : 0;
    led.looks++;
    const bytes = uno.take();
    if (bytes.length) {
      this.sending = true;
      this.onText(bytes);
    }
    for (const [cycle, value] of uno.takeMarks()) {
      if (MARKS.has(value)) this.marked = { cycle, closes: MARKS.get(value) };
      else if (value === this.marked?.closes) {
        this.inference.last = cycle - this.marked.cycle;
        this.inference.total += this.inference.last;
        this.inference.count++;
        this.marked = null;
      }
    }
  }

  // ---- what can be seen

  get next() {
    const { machine, cpu } = this.uno;
    const address = 2 * machine.pc;
    return {
      address,
      name: functionAt(this.program.symbols, address),
      instruction: disassemble(cpu.progMem, machine.pc),
    };
  }

  get fault() {
    const { fault, cycles, staticEnd } = this.uno;
    return fault && faultText(this.program.faults, fault, this.program.symbols, { cycles, staticEnd });
  }

  // Between two pictures: an LED is lit if it was for some of the time, as the eye sees it.
  settleLeds() {
    const { led } = this;
    if (led.looks) led.on = led.high / led.looks > LIT_SHARE;
    led.high = led.looks = 0;
    this.leds = { led13: led.on, tx: this.sending, rx: this.uno.uart.onWire };
    this.sending = false;
  }

  // This moment, for all views and for Python.
  look() {
    const { uno, inference } = this;
    return {
      running: this.running,
      held: this.holds.size > 0,
      active: this.active,
      cycles: uno.cycles,
      hertz: this.active ? this.speedometer.hertz : 0,
      speed: this.pacer.speed,
      memory: memoryOf(uno, this.program.heapPointer),
      fault: this.fault,
      lost: uno.uart.lostBytes,
      asleep: uno.machine.asleep,
      inference: { ...inference },
      leds: this.leds,
      next: this.active ? null : this.next,
      steps: this.steps,
    };
  }
}
