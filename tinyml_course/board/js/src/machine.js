// SPDX-License-Identifier: Apache-2.0
// The processor with what surrounds its inner loop: events of peripherals, interrupts, sleep, registers that
// a peripheral listens to, the watch over the stack, and faults. Memory, hooks and the list of events are avr8js'.
import { decodeProgram } from "./decode.js";
import { execute } from "./execute.js";
import { Sleep } from "./sleep.js";

export const LAST_SRAM_BYTE = 0x8ff;
const SPL = 93;
const SREG = 95;
const INTERRUPT_CYCLES = 4; // datasheet 7.7.1: until the vector
const LONGEST_RUN = 1 << 30; // cycles in one call of execute: they are counted in a small integer

export class Machine {
  // cpu: avr8js CPU; program: {flash, end} (hex.js); staticEnd: first SRAM address behind the static variables;
  // rest: what sleep does (sleep.js).
  constructor(cpu, program, staticEnd, rest = new Sleep(cpu)) {
    this.cpu = cpu;
    this.rest = rest;
    this.data = cpu.data;
    this.flash = program.flash;
    this.code = decodeProgram(cpu.progMem, (program.end + 1) >> 1, (address) => ({
      read: Boolean(cpu.readHooks[address]),
      write: Boolean(cpu.writeHooks[address]),
    }));
    this.lowestAllowed = staticEnd - 1; // the stack pointer shows the next free byte
    this.pc = 0;
    this.sp = LAST_SRAM_BYTE;
    this.sreg = 0;
    this.lowest = LAST_SRAM_BYTE; // lowest stack pointer since the last mark
    this.halfWritten = 0; // 1: only SPL of a pair was written, 2: only SPH
    this.used = 0;
    this.interruptWaiting = false;
    this.stopped = false; // a listener may set it to end run()
    this.access = null;
    this.fault = null;
  }

  // Runs for `cycles` cycles (the last instruction may end a few later), or to a fault, or until stopped.
  run(cycles) {
    const { cpu } = this;
    const end = cpu.cycles + cycles;
    this.stopped = false;
    while (cpu.cycles < end && !this.fault && !this.stopped) {
      if (this.rest.mode) this.rest.pass(end, Boolean(this.sreg & 0x80));
      else {
        if (this.sreg & 0x80 && cpu.nextInterrupt >= 0) this.enterInterrupt();
        if (this.fault) return; // the interrupt's return address fell into the static variables
        const until = Math.min(end, cpu.nextClockEvent ? cpu.nextClockEvent.cycles : end);
        this.interruptWaiting = cpu.nextInterrupt >= 0;
        execute(this, Math.min(until - cpu.cycles, LONGEST_RUN));
        cpu.cycles += this.used;
        if (this.access) this.performAccess();
      }
      this.fireEvents();
    }
  }

  // An event falls due within an instruction and is seen behind it. For its listener the clock shows when it
  // fell due, so that what repeats does not drift.
  fireEvents() {
    const { cpu } = this;
    const now = cpu.cycles;
    while (cpu.nextClockEvent && cpu.nextClockEvent.cycles <= now) {
      const event = cpu.nextClockEvent;
      cpu.nextClockEvent = event.next;
      cpu.cycles = event.cycles;
      event.callback();
    }
    cpu.cycles = now;
  }

  enterInterrupt() {
    const { cpu } = this;
    const interrupt = cpu.pendingInterrupts[cpu.nextInterrupt];
    this.data[this.sp] = this.pc;
    this.data[this.sp - 1] = this.pc >> 8;
    this.sp -= 2;
    this.watchStack();
    this.sreg &= 0x7f;
    cpu.cycles += INTERRUPT_CYCLES;
    this.pc = interrupt.address;
    if (!interrupt.constant) cpu.clearInterrupt(interrupt);
    interrupt.onEntry?.();
  }

  watchStack() {
    if (this.sp < this.lowest) this.lowest = this.sp;
    if (this.sp < this.lowestAllowed) this.fail("stack overflow", this.pc);
  }

  fail(kind, pc) {
    this.fault = { kind, address: 2 * pc, opcode: this.cpu.progMem[pc] ?? 0, stackPointer: this.sp };
  }

  sleep(pc) {
    if (!this.rest.request()) this.fail("reserved sleep mode", pc);
  }

  // The sleep mode, or null: the program runs.
  get asleep() {
    return this.rest.mode?.name ?? null;
  }

  // Cycles in each sleep mode since the start, and in starting up after one; all others are active.
  get sleepCycles() {
    return this.rest.cycles;
  }

  resetWatchdog(used) {
    this.cpu.cycles += used;
    this.cpu.onWatchdogReset();
    this.cpu.cycles -= used;
  }

  // An access that execute.js cannot do itself: to a register, an input or output register, or nowhere.
  // cycles and words: of the whole instruction.
  deferLoad(address, register, cycles, words = 1) {
    this.access = { address: address & 0xffff, register, cycles, words };
  }

  deferStore(address, value, mask, cycles, words = 1) {
    this.access = { address: address & 0xffff, value, mask, cycles, words };
  }

  performAccess() {
    const { address, register, value, mask, cycles, words } = this.access;
    this.access = null;
    if (address > LAST_SRAM_BYTE) this.fail("address outside SRAM", this.pc - words);
    else if (register !== undefined) this.data[register] = this.load(address);
    else this.store(address, value, mask);
    this.cpu.cycles += cycles;
  }

  load(address) {
    if (address >= SPL && address <= SREG) return [this.sp & 0xff, this.sp >> 8, this.sreg][address - SPL];
    return this.cpu.readData(address);
  }

  store(address, value, mask) {
    if (address === SREG) this.sreg = value;
    else if (address === SPL) this.storeStackPointer((this.sp & 0xff00) | value, 1);
    else if (address === SPL + 1) this.storeStackPointer((this.sp & 0xff) | (value << 8), 2);
    else this.cpu.writeData(address, value, mask);
  }

  storeStackPointer(sp, half) {
    this.sp = sp;
    const whole = this.halfWritten + half === 3;
    this.halfWritten = whole ? 0 : half;
    if (whole) this.watchStack();
  }
}
