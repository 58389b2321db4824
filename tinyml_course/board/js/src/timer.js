// SPDX-License-Identifier: Apache-2.0
// avr8js' timers, made lazy. The original plans an event for every tick, which for an undivided clock is one
// per cycle. Here a timer is brought up to date when somebody looks, and an event is planned only for the next
// moment at which something happens: a compare match, an overflow or a change of direction.
import { AVRTimer } from "avr8js";

const PHASE_CORRECT_MODES = [1, 4]; // avr8js' TimerMode: PWMPhaseCorrect, PWMPhaseFrequencyCorrect

export class LazyTimer extends AVRTimer {
  constructor(cpu, config) {
    super(cpu, config);
    const countToNow = this.count;
    this.count = (reschedule = true, external = false) => {
      countToNow(false, external);
      if (reschedule) this.plan();
    };
    for (const register of [config.OCRA, config.OCRB, config.ICR, config.TCCRA, config.TCCRB]) {
      if (register) this.upToDateBefore(register);
    }
    // A flag is cleared by writing a one to it. (The original also loses the flags that get a zero.)
    cpu.writeHooks[config.TIFR] = (value, _old, _address, mask) => {
      for (const flag of [this.OVF, this.OCFA, this.OCFB]) cpu.clearInterruptByFlag(flag, value & mask);
      return true;
    };
  }

  // A write that changes the timer's course first settles the past, then plans anew.
  upToDateBefore(register) {
    const { cpu } = this;
    const write = cpu.writeHooks[register];
    cpu.writeHooks[register] = (value, old, address, mask) => {
      this.count(false);
      const done = write(value, old, address, mask);
      if (!this.updateDivider && !this.tcntUpdated) this.plan();
      return done;
    };
  }

  plan() {
    const { cpu } = this;
    while (cpu.clearClockEvent(this.count));
    if (this.divider) cpu.addClockEvent(this.count, this.lastCycle + this.ticksToChange() * this.divider - cpu.cycles);
  }

  ticksToChange() {
    const { tcnt, ocrA, ocrB, TOP } = this;
    if (tcnt > TOP) return 1; // the limit was lowered under way
    const rising = this.countingUp || !PHASE_CORRECT_MODES.includes(this.timerMode);
    const ahead = rising
      ? [ocrA, ocrB, TOP, TOP + 1].filter((value) => value > tcnt)
      : [ocrA, ocrB, 0].filter((value) => value < tcnt);
    return Math.min(...ahead.map((value) => Math.abs(value - tcnt)), TOP + 1);
  }
}
