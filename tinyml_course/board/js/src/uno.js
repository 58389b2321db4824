// SPDX-License-Identifier: Apache-2.0
// The board: an ATmega328P with its peripherals (avr8js) and the numbering of its pins.
import {
  AVRClock,
  AVREEPROM,
  AVRIOPort,
  AVRSPI,
  AVRTWI,
  CPU,
  EEPROMMemoryBackend,
  clockConfig,
  portBConfig,
  portCConfig,
  portDConfig,
  spiConfig,
  timer0Config,
  timer1Config,
  timer2Config,
  twiConfig,
} from "avr8js";
import { Adc } from "./adc.js";
import { parseHex } from "./hex.js";
import { LAST_SRAM_BYTE, Machine } from "./machine.js";
import { noCycles, Sleep } from "./sleep.js";
import { LazyTimer } from "./timer.js";
import { Uart } from "./uart.js";
import { Watchdog } from "./watchdog.js";

const SRAM_BYTES = 2048;
const EEPROM_BYTES = 1024;
const GPIOR0 = 0x3e; // what the program writes here is kept as a mark
const MCUSR = 0x54; // why the chip started
const POWER_ON = 1;
const WATCHDOG = 8;

export class Uno {
  // hex: the program as Intel HEX text; staticEnd: first SRAM address behind the static variables (a stack
  // that grows below it is a fault); clockHz: of the processor; recordConversions: keep what the ADC gives.
  constructor({ hex, staticEnd = 0x100, clockHz = 16e6, recordConversions = false }) {
    this.program = parseHex(hex);
    this.staticEnd = staticEnd;
    this.clockHz = clockHz;
    this.eepromMemory = new EEPROMMemoryBackend(EEPROM_BYTES);
    this.levels = new Array(20).fill(false); // what is wired to each pin
    this.volts = new Array(8).fill(0); // at each analog input
    this.waves = new Array(8).fill(null); // what plays there: {volts, start, cyclesPerValue, repeat}
    this.recordConversions = recordConversions;
    this.conversions = []; // since the last takeConversions()
    this.sent = []; // bytes that have left the chip since the last take()
    this.marks = []; // since the last takeMarks()
    this.lowest = LAST_SRAM_BYTE; // lowest stack pointer since the start
    this.sleepCycles = noCycles(); // since the start, for each sleep mode
    this.onByte = null; // a listener for serial output
    this.awaited = null; // the serial output that ends run()
    this.start(POWER_ON, 0);
  }

  // Power on, or start again after a watchdog reset: everything but EEPROM, wires and the count of cycles is new.
  start(cause, cycles) {
    const cpu = new CPU(new Uint16Array(this.program.flash.buffer), SRAM_BYTES);
    cpu.cycles = cycles;
    cpu.data[MCUSR] = cause;
    cpu.reset = () => {
      this.resetWanted = true;
      this.machine.stopped = true;
    };
    this.resetWanted = false;
    this.timers = [timer0Config, timer1Config, timer2Config].map((config) => new LazyTimer(cpu, config));
    this.ports = [portDConfig, portBConfig, portCConfig].map((config) => new AVRIOPort(cpu, config));
    this.uart = new Uart(cpu, (byte) => this.byteSent(byte));
    this.adc = new Adc(
      cpu,
      (channel) => this.voltsAt(channel),
      (...conversion) => this.recordConversions && this.conversions.push(conversion),
    );
    this.eeprom = new AVREEPROM(cpu, this.eepromMemory);
    this.clock = new AVRClock(cpu, this.clockHz, clockConfig);
    this.watchdog = new Watchdog(cpu, this.clock);
    this.spi = new AVRSPI(cpu, spiConfig, this.clockHz);
    this.twi = new AVRTWI(cpu, twiConfig, this.clockHz);
    cpu.writeHooks[GPIOR0] = (value) => this.mark(value);
    this.rest = new Sleep(cpu, this.sleepCycles, {
      timers: this.timers,
      uart: this.uart,
      eeprom: this.eeprom,
      unclocked: new Set([this.watchdog.timeOut, this.uart.frameArrived]),
    });
    this.levels.forEach((level, pin) => this.setPin(pin, level));
    this.machine = new Machine(cpu, this.program, this.staticEnd, this.rest);
    this.cpu = cpu;
  }

  get cycles() {
    return this.cpu.cycles;
  }

  // The lowest stack pointer so far.
  get stackPointerMinimum() {
    return Math.min(this.lowest, this.machine.lowest);
  }

  // Null, or {kind, address, opcode, stackPointer}: the program crashed and stays where it is.
  get fault() {
    return this.machine.fault;
  }

  // Runs for `cycles` cycles, or to a fault, or until the awaited bytes were sent. Returns whether they were.
  run(cycles) {
    const end = this.cpu.cycles + cycles;
    this.arrived = false;
    do {
      this.machine.run(end - this.cpu.cycles);
      if (this.resetWanted) {
        this.lowest = this.stackPointerMinimum;
        this.start(WATCHDOG, this.cpu.cycles);
      }
    } while (this.cpu.cycles < end && !this.fault && !this.arrived);
    return this.arrived;
  }

  // ---- serial

  send(bytes) {
    this.uart.send(bytes);
  }

  take() {
    const { sent } = this;
    this.sent = [];
    return sent;
  }

  // From now on run() ends when the serial output ends in these bytes; null: it does not.
  waitFor(bytes) {
    this.awaited = bytes;
    this.latest = []; // the last bytes sent since this call, at most as many as are awaited
  }

  byteSent(byte) {
    const { awaited, latest } = this;
    this.sent.push(byte);
    if (this.onByte) this.onByte(byte);
    if (!awaited) return;
    latest.push(byte);
    if (latest.length > awaited.length) latest.shift();
    if (latest.length === awaited.length && awaited.every((value, i) => value === latest[i])) {
      this.arrived = true;
      this.machine.stopped = true;
    }
  }

  // ---- pins: 0 to 13 digital, 14 to 19 are A0 to A5

  static place(pin) {
    if (pin < 8) return [0, pin];
    return pin < 14 ? [1, pin - 8] : [2, pin - 14];
  }

  // What is wired to the pin: true is high.
  setPin(pin, level) {
    const [port, bit] = Uno.place(pin);
    this.levels[pin] = Boolean(level);
    this.rest.changePin(() => this.ports[port].setPin(bit, this.levels[pin]));
  }

  // 0 or 1: an output, low or high; 2: an input; 3: an input with its pull-up resistor on.
  getPin(pin) {
    const [port, bit] = Uno.place(pin);
    return this.ports[port].pinState(bit);
  }

  // ---- analog inputs: channel 0 is A0

  // A voltage that stays; it ends what plays there.
  setVolts(channel, volts) {
    this.volts[channel] = volts;
    this.waves[channel] = null;
  }

  // From now on the input follows `volts`, each for `cyclesPerValue` cycles of simulated time, which may be a
  // fraction. Behind the last value: from the start again, or the last value stays.
  play(channel, volts, cyclesPerValue, repeat = false) {
    this.waves[channel] = { volts, start: this.cycles, cyclesPerValue, repeat };
  }

  voltsAt(channel) {
    const wave = this.waves[channel];
    if (!wave) return this.volts[channel];
    const { volts, start, cyclesPerValue, repeat } = wave;
    const played = Math.floor((this.cycles - start) / cyclesPerValue);
    return volts[repeat ? played % volts.length : Math.min(played, volts.length - 1)];
  }

  // Lists of [cycle in which the voltage was held, channel, result of 10 bits].
  takeConversions() {
    const { conversions } = this;
    this.conversions = [];
    return conversions;
  }

  // ---- marks

  // Keeps [cycle, value, stack pointer, lowest stack pointer since the last mark].
  mark(value) {
    const { machine, cpu } = this;
    this.marks.push([cpu.cycles, value, machine.sp, machine.lowest]);
    this.lowest = this.stackPointerMinimum;
    machine.lowest = machine.sp;
  }

  takeMarks() {
    const { marks } = this;
    this.marks = [];
    return marks;
  }
}
