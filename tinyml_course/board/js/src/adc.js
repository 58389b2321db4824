// SPDX-License-Identifier: Apache-2.0
// The analog-to-digital converter (datasheet chapter 23). avr8js has one, too, but without auto triggering, with
// the voltage of the start instead of the moment of sample and hold, and it takes a one written to the interrupt
// flag as a request, where the chip clears the flag.

const ADCL = 0x78;
const ADCH = 0x79;
const ADCSRA = 0x7a;
const ADCSRB = 0x7b;
const ADMUX = 0x7c;
const ADEN = 0x80; // ADCSRA: enabled
const ADSC = 0x40; // a conversion is under way
const ADATE = 0x20; // auto trigger
const ADIF = 0x10; // interrupt flag
const ADIE = 0x08; // interrupt enabled
const ADPS = 0x07; // prescaler
const ADLAR = 0x20; // ADMUX: the result is left-adjusted
const CHANNEL = 0x0f; // ADMUX
const ADTS = 0x07; // ADCSRB: trigger source
const FREE_RUNNING = 0;
const REFERENCES = [5, 5, 5, 1.1]; // volts: AREF (wired to 5 V), AVCC, reserved, internal
const CONSTANTS = { 8: 0.378125, 14: 1.1 }; // thermometer at 25 degrees, band gap; other channels above 7 show 0 V
const LARGEST = 1023;
const SYNCHRONIZATION = 3; // clock cycles between a trigger and the ADC's clock
// Flag register and bit of each trigger source; the analog comparator (1) is not simulated.
const SOURCES = { 2: [0x3c, 1], 3: [0x35, 2], 4: [0x35, 1], 5: [0x36, 4], 6: [0x36, 1], 7: [0x36, 0x20] };

// Cycles of the ADC's clock until the voltage is held, and until the result is there (table 23-1).
const FIRST = { hold: 13.5, all: 25 };
const NORMAL = { hold: 1.5, all: 13 };
const TRIGGERED = { hold: 2, all: 13.5 };

export class Adc {
  // voltsAt(channel): at this moment. onConversion(cycle of the hold, channel, result) is called for each result.
  constructor(cpu, voltsAt, onConversion) {
    this.cpu = cpu;
    this.voltsAt = voltsAt;
    this.onConversion = onConversion;
    this.first = true; // the next conversion is the first one after enabling
    this.prescalerStart = 0; // cycle from which the prescaler counts
    this.conversion = null; // {channel, reference, cycle, result}
    this.held = () => this.hold();
    this.completed = () => this.complete();
    this.interrupt = {
      address: 0x2a,
      flagRegister: ADCSRA,
      flagMask: ADIF,
      enableRegister: ADCSRA,
      enableMask: ADIE,
    };
    cpu.writeHooks[ADCSRA] = (value, old) => this.writeControl(value, old);
    cpu.writeHooks[ADCSRB] = (value, old) => this.writeTrigger(value, old);
    for (const register of [ADCL, ADCH]) cpu.writeHooks[register] = () => true; // read only
    this.listenToFlags();
  }

  // A trigger is a rising edge of a flag, whether or not its interrupt is enabled.
  listenToFlags() {
    const { cpu } = this;
    const set = cpu.setInterruptFlag.bind(cpu);
    cpu.setInterruptFlag = (interrupt) => {
      const { flagRegister, flagMask } = interrupt;
      const rising = !(cpu.data[flagRegister] & flagMask);
      set(interrupt);
      const source = SOURCES[cpu.data[ADCSRB] & ADTS];
      if (rising && source && source[0] === flagRegister && source[1] === flagMask) this.trigger();
    };
  }

  get cyclesPerTick() {
    return 1 << Math.max(1, this.cpu.data[ADCSRA] & ADPS);
  }

  writeControl(value, old) {
    const { cpu } = this;
    const enabled = Boolean(value & ADEN);
    if (enabled && !(old & ADEN)) {
      this.first = true;
      this.prescalerStart = cpu.cycles;
    }
    if (!enabled) this.abort();
    const flag = old & ADIF & ~value; // a one clears the flag
    const busy = this.conversion ? ADSC : 0; // cannot be cleared by the program
    cpu.data[ADCSRA] = (value & ~(ADIF | ADSC)) | flag | busy;
    if (!flag) cpu.clearInterrupt(this.interrupt);
    cpu.updateInterruptEnable(this.interrupt, value);
    if (value & ADSC) this.request();
    return true;
  }

  // Starts a conversion as the program does; sleep that lowers the ADC's noise does, too.
  request() {
    if (this.cpu.data[ADCSRA] & ADEN && !this.conversion) this.start(this.nextTick(), NORMAL);
  }

  abort() {
    this.conversion = null;
    for (const event of [this.held, this.completed]) this.cpu.clearClockEvent(event);
  }

  // Changing from a source whose flag is clear to one whose flag is set is a rising edge.
  writeTrigger(value, old) {
    const { cpu } = this;
    const flag = (number) => {
      const source = SOURCES[number & ADTS];
      return Boolean(source && cpu.data[source[0]] & source[1]);
    };
    cpu.data[ADCSRB] = value;
    if (flag(value) && !flag(old)) this.trigger();
    return true;
  }

  trigger() {
    const { cpu } = this;
    if (!(cpu.data[ADCSRA] & ADEN) || !(cpu.data[ADCSRA] & ADATE) || this.conversion) return;
    this.prescalerStart = cpu.cycles + SYNCHRONIZATION; // a trigger resets the prescaler
    this.start(this.prescalerStart, TRIGGERED);
  }

  // The first rising edge of the ADC's clock from now on.
  nextTick() {
    const ticks = Math.ceil((this.cpu.cycles - this.prescalerStart) / this.cyclesPerTick);
    return this.prescalerStart + ticks * this.cyclesPerTick;
  }

  start(cycle, normal) {
    const { cpu, cyclesPerTick } = this;
    const { hold, all } = this.first ? FIRST : normal;
    const admux = cpu.data[ADMUX];
    this.conversion = { channel: admux & CHANNEL, reference: REFERENCES[admux >> 6], cycle: 0, result: 0 };
    this.first = false;
    cpu.data[ADCSRA] |= ADSC;
    cpu.addClockEvent(this.held, cycle + hold * cyclesPerTick - cpu.cycles);
    cpu.addClockEvent(this.completed, cycle + all * cyclesPerTick - cpu.cycles);
  }

  hold() {
    const { conversion } = this;
    const { channel, reference } = conversion;
    const volts = channel < 8 ? this.voltsAt(channel) : (CONSTANTS[channel] ?? 0);
    conversion.cycle = this.cpu.cycles;
    conversion.result = Math.min(Math.max(Math.floor((volts / reference) * (LARGEST + 1)), 0), LARGEST);
  }

  complete() {
    const { cpu, conversion } = this;
    const shown = cpu.data[ADMUX] & ADLAR ? conversion.result << 6 : conversion.result;
    cpu.data[ADCL] = shown;
    cpu.data[ADCH] = shown >> 8;
    this.conversion = null;
    cpu.data[ADCSRA] &= ~ADSC;
    cpu.setInterruptFlag(this.interrupt);
    this.onConversion(conversion.cycle, conversion.channel, conversion.result);
    const freeRunning = cpu.data[ADCSRA] & ADATE && (cpu.data[ADCSRB] & ADTS) === FREE_RUNNING;
    if (freeRunning) this.start(cpu.cycles, NORMAL);
  }
}
