// SPDX-License-Identifier: Apache-2.0
// Sleep (ATmega328P datasheet, Atmel 8271, chapter 10). A mode stops clocks; what they drive stands still and goes on
// behind the start-up time where it was. cpu.cycles goes on as the time of the world outside, in cycles of the
// crystal's nominal clock, and `cycles` counts them for each mode.
//
// As the datasheet says:
//   idle             all but the processor runs; every interrupt wakes
//   adc              (ADC noise reduction) timers and serial port stop; the ADC, the EEPROM, the watchdog, INT0/INT1
//                    and pin changes wake
//   powerDown        all but the watchdog stops; the watchdog, INT0/INT1 and pin changes wake
//   powerSave        the same, but Timer 2 runs on and wakes
//   standby, extendedStandby   as the two before, with the oscillator running: six cycles of start-up
// Entering idle or adc with the ADC enabled in single conversion mode starts a conversion.
// INT0 and INT1 wake from all modes but idle by a low level alone (datasheet 13.2; later papers of Microchip list
// edges, too). An edge that comes in such a mode is lost.
// Not here, because nothing could cause it on this board: Timer 2 with a watch crystal (the Uno's 16 MHz crystal is on
// those pins), a TWI address match (no other device is on the bus), external and brown-out reset. A transfer of SPI or
// TWI that is under way when adc begins is finished; on the chip it would wait.

// Cycles until the clock is stable behind a mode that stops the oscillator: the fuses CKSEL = 1111 and SUT = 11 of the
// Uno (low fuse 0xFF in Arduino's boards.txt) select a crystal with 16K cycles (datasheet table 9-4).
export const START_UP_CYCLES = 16384;
const STANDBY_START_UP_CYCLES = 6; // datasheet 10.7
const HALTED_CYCLES = 4; // datasheet 7.7.1 and 10.1: in addition to the start-up time

const SMCR = 0x53;
const ADCSRA = 0x7a;
const [ADEN, ADSC, ADATE, ADIF] = [0x80, 0x40, 0x20, 0x10];
const EICRA = 0x69;
const EIMSK = 0x3d;

// Interrupt vectors.
const PINS_AND_WATCHDOG = [0x02, 0x04, 0x06, 0x08, 0x0a, 0x0c];
const TIMER_2 = [0x0e, 0x10, 0x12];
const ADC_AND_EEPROM = [0x2a, 0x2c];

// By the bits SM2..0. `deep` modes stop the ADC's clock, too; 4 and 5 are reserved.
const MODES = {
  0: { name: "idle", startUp: 0 },
  1: { name: "adc", startUp: 0, wakes: [...PINS_AND_WATCHDOG, ...ADC_AND_EEPROM] },
  2: { name: "powerDown", deep: true, startUp: START_UP_CYCLES, wakes: PINS_AND_WATCHDOG },
  3: { name: "powerSave", deep: true, timer2: true, startUp: START_UP_CYCLES, wakes: [...PINS_AND_WATCHDOG, ...TIMER_2] },
  6: { name: "standby", deep: true, startUp: STANDBY_START_UP_CYCLES, wakes: PINS_AND_WATCHDOG },
  7: {
    name: "extendedStandby",
    deep: true,
    timer2: true,
    startUp: STANDBY_START_UP_CYCLES,
    wakes: [...PINS_AND_WATCHDOG, ...TIMER_2],
  },
};

// Cycles spent in each mode, and starting up after one.
export function noCycles() {
  const names = Object.values(MODES).map((mode) => mode.name);
  return Object.fromEntries([...names, "startUp"].map((name) => [name, 0]));
}

export class Sleep {
  // cycles: where they are counted. timers, uart, eeprom: of the board. unclocked: callbacks of events that need no
  // clock that could stop: the watchdog, and what happens outside of the chip.
  constructor(cpu, cycles = noCycles(), { timers = [], uart = null, eeprom = null, unclocked = new Set() } = {}) {
    this.cpu = cpu;
    this.timers = timers;
    this.uart = uart;
    this.eeprom = eeprom;
    this.unclocked = unclocked;
    this.cycles = cycles;
    this.mode = null; // null: awake
    this.entered = false;
    this.waking = false;
    this.standing = []; // events of what stands still: {callback, left}
  }

  // The SLEEP instruction. Returns whether the mode exists.
  request() {
    const control = this.cpu.data[SMCR];
    if (!(control & 1)) return true;
    this.mode = MODES[(control >> 1) & 7] ?? null;
    this.entered = false;
    this.waking = false;
    return this.mode !== null;
  }

  // Whether clocks of the timers and of the serial port stand still.
  get stopped() {
    return this.entered && this.mode.wakes !== undefined;
  }

  // Lets time pass until `end`, until the next event, or until the chip is awake again. interruptsOn: the I bit.
  pass(end, interruptsOn) {
    const { cpu, cycles, mode } = this;
    if (!this.entered) {
      if (interruptsOn && cpu.nextInterrupt >= 0) return this.wakeUp(); // it waits already: no clock stops
      this.enter();
    }
    if (!this.waking && interruptsOn && this.wakes()) {
      this.waking = true;
      this.awakeAt = cpu.cycles + mode.startUp;
    }
    if (this.waking && cpu.cycles >= this.awakeAt) return this.wakeUp();
    const next = Math.min(end, cpu.nextClockEvent?.cycles ?? end, this.waking ? this.awakeAt : end);
    const passed = Math.max(0, next - cpu.cycles);
    cycles[this.waking ? "startUp" : mode.name] += passed;
    cpu.cycles += passed;
  }

  wakes() {
    const { cpu, mode } = this;
    if (cpu.nextInterrupt < 0) return false;
    return !mode.wakes || mode.wakes.some((address) => cpu.pendingInterrupts[address]);
  }

  wakeUp() {
    if (this.stopped) this.startClocks();
    this.mode = null;
    this.entered = false;
    this.cpu.cycles += HALTED_CYCLES;
  }

  enter() {
    const { cpu, mode } = this;
    this.entered = true;
    if (!mode.deep) this.startConversion();
    if (!mode.wakes) return;
    this.since = cpu.cycles;
    this.uart?.stopClock();
    for (let event = cpu.nextClockEvent; event; event = event.next) {
      if (!this.runsOn(event)) this.standing.push({ callback: event.callback, left: event.cycles - cpu.cycles });
    }
    for (const { callback } of this.standing) cpu.clearClockEvent(callback);
  }

  startClocks() {
    const { cpu, timers, mode } = this;
    const slept = cpu.cycles - this.since;
    for (const timer of timers) if (!(mode.timer2 && timer === timers[2])) timer.lastCycle += slept;
    for (const { callback, left } of this.standing) cpu.addClockEvent(callback, left);
    this.standing = [];
    this.uart?.startClock();
  }

  runsOn({ callback, cycles }) {
    const { mode, timers } = this;
    if (this.unclocked.has(callback)) return true;
    const timer = timers.findIndex(({ count }) => count === callback);
    if (timer >= 0) return timer === 2 && Boolean(mode.timer2);
    if (!mode.deep) return callback !== this.uart?.frameSent; // the ADC and the EEPROM have their own clocks
    return this.eeprom?.writeCompleteCycles === cycles; // a write that has begun is completed
  }

  startConversion() {
    const { cpu } = this;
    const control = cpu.data[ADCSRA];
    if (!(control & ADEN) || control & (ADSC | ADATE)) return;
    cpu.writeData(ADCSRA, (control & ~ADIF) | ADSC); // a one written to ADIF would clear it
  }

  // INT0 and INT1 of which an edge goes unnoticed now, as bits of EIMSK.
  get deafExternalInterrupts() {
    if (!this.stopped) return 0;
    const { data } = this.cpu;
    return data[EIMSK] & ((data[EICRA] & 0x03 ? 1 : 0) | (data[EICRA] & 0x0c ? 2 : 0));
  }

  // Calls change(), which wires a pin, so that an edge on INT0 or INT1 sets no flag where no clock could notice it.
  changePin(change) {
    const { data } = this.cpu;
    const deaf = this.deafExternalInterrupts;
    data[EIMSK] &= ~deaf;
    change();
    data[EIMSK] |= deaf;
  }
}
