// SPDX-License-Identifier: Apache-2.0
// The watchdog timer (datasheet 11.8 and 11.9). avr8js has one, too, but every write to its control register starts
// the period anew there; on the chip only WDR and switching it on do. Its oscillator runs in every sleep mode.
// The oscillator's nominal 128 kHz are taken to be exact: 2,048 of its cycles are 16 ms. (On a chip they vary with
// supply and temperature, by about a tenth.)

const WDTCSR = 0x60;
const WDIF = 0x80;
const WDIE = 0x40;
const WDCE = 0x10;
const WDE = 0x08;
const PRESCALER = 0x27;
const PROTECTED = WDE | PRESCALER;
const OSCILLATOR_HZ = 128000;
const SHORTEST_PERIOD = 2048; // cycles of the oscillator
const LAST_PRESCALER = 9;
const CHANGE_CYCLES = 4; // how long WDCE lets the protected bits be written

export class Watchdog {
  constructor(cpu, clock) {
    this.cpu = cpu;
    this.clock = clock;
    this.origin = 0; // the cycle at which the counter was zero
    this.changeUntil = -1;
    this.interrupt = {
      address: 0x0c,
      flagRegister: WDTCSR,
      flagMask: WDIF,
      enableRegister: WDTCSR,
      enableMask: WDIE,
      onEntry: () => this.interruptEntered(),
    };
    this.timeOut = () => this.timedOut();
    cpu.onWatchdogReset = () => this.restart();
    cpu.writeHooks[WDTCSR] = (value) => this.write(value);
  }

  get running() {
    return Boolean(this.cpu.data[WDTCSR] & (WDE | WDIE));
  }

  // Processor cycles between two time-outs.
  get period() {
    const bits = this.cpu.data[WDTCSR];
    const prescaler = Math.min(((bits & 0x20) >> 2) | (bits & 7), LAST_PRESCALER); // the others are reserved
    return Math.floor(((SHORTEST_PERIOD << prescaler) * this.clock.frequency) / OSCILLATOR_HZ);
  }

  // WDR: the counter starts at zero.
  restart() {
    this.origin = this.cpu.cycles;
    this.plan();
  }

  plan() {
    const { cpu, period } = this;
    cpu.clearClockEvent(this.timeOut);
    if (!this.running) return;
    const periods = Math.floor((cpu.cycles - this.origin) / period) + 1;
    cpu.addClockEvent(this.timeOut, this.origin + periods * period - cpu.cycles);
  }

  timedOut() {
    const { cpu } = this;
    const { data } = cpu;
    if (data[WDTCSR] & WDIE) cpu.setInterruptFlag(this.interrupt);
    else if (data[WDTCSR] & WDE) return cpu.reset();
    this.plan();
  }

  // With a reset to follow, the interrupt's vector switches the interrupt off: the next time-out is the reset.
  interruptEntered() {
    if (this.cpu.data[WDTCSR] & WDE) this.cpu.data[WDTCSR] &= ~WDIE;
  }

  // The timed sequence: WDCE and WDE first; within four cycles the protected bits, with WDCE clear.
  write(value) {
    const { cpu } = this;
    const { data } = cpu;
    const before = data[WDTCSR];
    const wasRunning = this.running;
    const open = cpu.cycles <= this.changeUntil && !(value & WDCE);
    if (value & WDCE && value & WDE) this.changeUntil = cpu.cycles + CHANGE_CYCLES;
    let bits = open ? value & PROTECTED : (before & PROTECTED) | (value & WDE); // WDE may always be set
    bits |= value & WDIE;
    data[WDTCSR] = bits | (before & WDIF);
    cpu.clearInterruptByFlag(this.interrupt, value); // a one clears the flag
    cpu.updateInterruptEnable(this.interrupt, data[WDTCSR]);
    if (this.running && !wasRunning) this.origin = cpu.cycles;
    this.plan();
    return true;
  }
}
