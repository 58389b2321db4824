// SPDX-License-Identifier: Apache-2.0
// How many cycles the board is due, and how fast it really is. Knows no page: times come as arguments.

const LONGEST_MS = 250; // of the past that is caught up; what is older never happens
const MEASURE_MS = 500;

// Turns wall time into cycles. speed: times real time; 0: as fast as possible.
export class Pacer {
  constructor(clockHz, speed = 1) {
    this.clockHz = clockHz;
    this.speed = speed;
    this.last = null;
    this.owed = 0;
  }

  // The past is over: nothing of it is caught up.
  restart(now) {
    this.last = now;
    this.owed = 0;
  }

  setSpeed(speed) {
    this.speed = speed;
    this.owed = 0;
  }

  // Cycles to run now. A page that was hidden, or busy with something else, is not caught up.
  due(now) {
    if (this.speed === 0) return Infinity;
    const perMillisecond = (this.clockHz / 1000) * this.speed;
    const passed = this.last === null ? 0 : Math.max(0, now - this.last);
    this.last = now;
    this.owed = Math.min(this.owed + passed * perMillisecond, LONGEST_MS * perMillisecond);
    return Math.floor(this.owed);
  }

  // An instruction may end a few cycles later than asked; they are taken off the next slice.
  ran(cycles) {
    if (this.speed !== 0) this.owed -= cycles;
  }
}

// Simulated cycles per second over the last half second of running.
export class Speedometer {
  constructor() {
    this.restart(null, 0);
  }

  restart(now, cycles) {
    this.since = now;
    this.from = cycles;
    this.hertz = 0;
  }

  measure(now, cycles) {
    if (this.since === null) this.restart(now, cycles);
    const passed = now - this.since;
    if (passed < MEASURE_MS) return;
    this.hertz = ((cycles - this.from) / passed) * 1000;
    this.since = now;
    this.from = cycles;
  }
}
