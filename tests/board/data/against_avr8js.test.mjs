// SPDX-License-Identifier: Apache-2.0
// Our inner loop and timers against avr8js' own, on random states. Runs under node, bundled beside src/.
import assert from "node:assert/strict";
import test from "node:test";
import { AVRTimer, CPU, avrInstruction, timer0Config, timer1Config, timer2Config } from "avr8js";
import { decodeWord, kindOf } from "./src/decode.js";
import * as K from "./src/kinds.js";
import { Machine } from "./src/machine.js";
import { LazyTimer } from "./src/timer.js";
import { Uno } from "./src/uno.js";

// A small generator with a fixed seed: the same states on every computer.
let seed = 1;
function random(limit) {
  seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
  return Math.floor((seed / 2 ** 32) * limit);
}

const START = 0x1000; // word address of the instruction
const words = new Uint16Array(0x4000);
const avr8js = new CPU(words, 2048);
const machine = new Machine(new CPU(words, 2048), { flash: new Uint8Array(words.buffer), end: 0 }, 0x100);

function load(opcode, second) {
  words[START] = opcode;
  words[START + 1] = second;
  machine.code[START] = decodeWord(words, START, () => ({}));
}

// Both run the instruction at START from the same data memory and give [data, pc, cycles].
function theirs(bytes) {
  avr8js.data.set(bytes);
  Object.assign(avr8js, { pc: START, cycles: 0 });
  avrInstruction(avr8js);
  return { data: avr8js.data, pc: avr8js.pc, cycles: avr8js.cycles };
}

function ours(bytes) {
  const { cpu } = machine;
  cpu.data.set(bytes);
  cpu.cycles = 0;
  Object.assign(machine, { pc: START, sp: bytes[93] | (bytes[94] << 8), sreg: bytes[95], fault: null });
  machine.run(1);
  cpu.data[93] = machine.sp;
  cpu.data[94] = machine.sp >> 8;
  cpu.data[95] = machine.sreg;
  return { data: cpu.data, pc: machine.pc, cycles: cpu.cycles };
}

function randomize(bytes) {
  for (let i = 0; i < 96; i++) bytes[i] = random(256);
  for (const low of [26, 28, 30]) {
    const pointer = 0x180 + random(0x600); // X, Y and Z point into SRAM, with room for a displacement
    bytes[low] = pointer & 0xff;
    bytes[low + 1] = pointer >> 8;
  }
  bytes[94] = 4 + random(3); // the stack pointer, in the middle of the SRAM
  bytes[95] &= 0x7f; // interrupts off
}

// "ld r26, X+" and its like: the manual leaves the result undefined.
function changesItsOwnPointer(kind, opcode) {
  const register = (opcode >> 4) & 31;
  if (![K.LD_INC, K.LD_DEC, K.ST_INC, K.ST_DEC, K.LPM_INC].includes(kind)) return false;
  return register >= 26;
}

// Where avr8js 0.21.1 departs from the Instruction Set Manual, and we follow the manual. `before` has the operands.
function correct(kind, before, result, opcode) {
  const d = (opcode >> 4) & 31;
  const r = (opcode & 15) | ((opcode >> 5) & 16);
  const sreg = result.data[95];
  const set = (bit, on) => (result.data[95] = on ? result.data[95] | bit : result.data[95] & ~bit);
  if (kind === K.CBI) result.cycles += 1; // CBI takes two cycles
  if (kind === K.FMULSU) set(2, !(sreg & 2)); // Z is set where the result is zero
  if (kind === K.SBIW) set(32, before[95] & 32); // H is left alone
  if (kind === K.NEG && before[d] === 0x80) result.data[95] = (sreg | 8) & ~16; // V is set, S = N ^ V
  const constant = kind === K.SUBI || kind === K.SBCI || kind === K.CPI;
  const a = before[constant ? 16 + (d & 15) : d];
  const b = constant ? (opcode & 15) | ((opcode >> 4) & 0xf0) : before[r];
  const withCarry = kind === K.ADC || kind === K.SBC || kind === K.SBCI || kind === K.CPC;
  const carry = withCarry ? before[95] & 1 : 0;
  // H is the carry out of bit 3, not out of bit 0.
  if (kind === K.ADD || kind === K.ADC) set(32, (a & 15) + (b & 15) + carry > 15);
  if (kind === K.NEG) set(32, a & 15);
  if (constant || kind === K.SUB || kind === K.SBC || kind === K.CP || kind === K.CPC) {
    set(32, (a & 15) < (b & 15) + carry);
    if (a - b - carry === -256) set(2, before[95] & 2); // a result byte of zero leaves Z as it was
  }
}

test("every instruction does what avr8js' does", () => {
  const before = Uint8Array.from({ length: 0x900 }, () => random(256));
  for (let opcode = 0; opcode < 0x10000; opcode++) {
    const kind = kindOf(opcode);
    if (kind === K.ILLEGAL || kind === K.SLEEP || kind === K.WDR || changesItsOwnPointer(kind, opcode)) continue;
    randomize(before);
    load(opcode, 0x100 + random(0x800)); // the address of LDS, STS, JMP and CALL; skipped by skips
    const expected = theirs(before);
    correct(kind, before, expected, opcode);
    const got = ours(before);
    const differences = [];
    for (let i = 0; i < 0x900; i++) {
      if (got.data[i] !== expected.data[i]) differences.push({ address: i, got: got.data[i], expected: expected.data[i] });
    }
    const where = opcode.toString(16);
    assert.deepEqual([where, machine.fault, differences, got.pc, got.cycles], [where, null, [], expected.pc, expected.cycles]);
  }
});

test("arithmetic agrees on every pair of bytes and every carry", () => {
  const opcodes = {
    ...{ add: 0x0f23, adc: 0x1f23, sub: 0x1b23, sbc: 0x0b23, cp: 0x1723, cpc: 0x0723, and: 0x2323, eor: 0x2723 },
    ...{ or: 0x2b23, com: 0x9520, neg: 0x9521, inc: 0x9523, dec: 0x952a, asr: 0x9525, lsr: 0x9526, ror: 0x9527 },
    ...{ mul: 0x9f23, muls: 0x0223, mulsu: 0x0323, fmul: 0x032b, fmuls: 0x03a3, fmulsu: 0x03ab },
  };
  const before = new Uint8Array(0x60); // r18 and r19 are the operands
  for (const [name, opcode] of Object.entries(opcodes)) {
    load(opcode, 0);
    for (let i = 0; i < 0x40000; i++) {
      before[18] = i >> 8;
      before[19] = i;
      before[95] = i >> 16; // C and Z
      const expected = theirs(before);
      correct(kindOf(opcode), before, expected, opcode);
      const got = ours(before);
      if ([0, 1, 18, 95].some((at) => got.data[at] !== expected.data[at])) {
        assert.fail(`${name} ${before[18]}, ${before[19]} with SREG ${before[95]}: SREG ${got.data[95]}, not ${expected.data[95]}`);
      }
    }
  }
});

// ---- timers

function timerBoard(Timer, config) {
  const cpu = new CPU(new Uint16Array(16), 2048);
  return { cpu, timer: new Timer(cpu, config) };
}

function advance({ cpu }, cycles) {
  const end = cpu.cycles + cycles;
  while (cpu.nextClockEvent && cpu.nextClockEvent.cycles <= end) {
    const event = cpu.nextClockEvent;
    cpu.nextClockEvent = event.next;
    cpu.cycles = event.cycles;
    event.callback();
  }
  cpu.cycles = end;
}

for (const [name, config] of Object.entries({ timer0Config, timer1Config, timer2Config })) {
  test(`the lazy ${name} counts and flags as avr8js' does`, () => {
    for (let run = 0; run < 300; run++) {
      const boards = [timerBoard(AVRTimer, config), timerBoard(LazyTimer, config)];
      const write = (address, value) => boards.forEach(({ cpu }) => cpu.writeData(address, value));
      const wide = config.bits === 16;
      const setWide = (address) => {
        if (wide) write(address + 1, random(3));
        write(address, random(256));
      };
      write(config.TCCRA, random(256));
      setWide(config.OCRA);
      setWide(config.OCRB);
      if (wide) setWide(config.ICR);
      write(config.TCCRB, (wide ? random(4) << 3 : random(2) << 3) | (1 + random(5)));
      boards.forEach((board) => advance(board, 3));
      for (let step = 0; step < 25; step++) {
        const cycles = random(random(2) ? 3000 : 60) + 2;
        boards.forEach((board) => advance(board, cycles));
        const what = random(8);
        if (what === 0) setWide(config.OCRA);
        else if (what === 1) setWide(config.OCRB);
        else if (what === 2) boards.forEach(({ cpu }) => cpu.clearInterruptByFlag({ flagRegister: config.TIFR, flagMask: 7, address: 0 }, 7));
        boards.forEach((board) => advance(board, 2));
        const seen = boards.map(({ cpu }) => ({
          count: cpu.readData(config.TCNT) | (wide ? cpu.data[config.TCNT + 1] << 8 : 0),
          flags: cpu.data[config.TIFR],
        }));
        assert.deepEqual(seen[1], seen[0], `run ${run}, step ${step}, mode ${boards[0].timer.WGM}`);
      }
    }
  });
}

// ---- loops that wait

function hexOf(program) {
  const bytes = program.flatMap((word) => [word & 0xff, word >> 8]);
  const record = (address, type, data) => {
    const all = [data.length, address >> 8, address & 0xff, type, ...data];
    all.push(-all.reduce((sum, byte) => sum + byte, 0) & 0xff);
    return `:${all.map((byte) => byte.toString(16).padStart(2, "0")).join("")}`;
  };
  const lines = [];
  for (let at = 0; at < bytes.length; at += 16) lines.push(record(at, 0, bytes.slice(at, at + 16)));
  return [...lines, record(0, 1, [])].join("\n");
}

// Echoes a byte, then waits for the next overflow of timer 0, in turn with SBIS and with IN and SBRS.
const WAITING = [
  ...[0xe188, 0x9380, 0x00c1], // ldi r24, 0x18 ; sts UCSR0B, r24
  ...[0xe081, 0xbd85], // ldi r24, 1 ; out TCCR0B, r24
  ...[0x9180, 0x00c0, 0xff87, 0xcffc], // 5: lds r24, UCSR0A ; sbrs r24, 7 ; rjmp 5
  ...[0x9180, 0x00c6, 0x9380, 0x00c6], // lds r24, UDR0 ; sts UDR0, r24
  ...[0x9ba8, 0xcffe, 0x9aa8], // 13: sbis TIFR0, 0 ; rjmp 13 ; sbi TIFR0, 0
  ...[0xb385, 0xff80, 0xcffd, 0x9aa8], // 16: in r24, TIFR0 ; sbrs r24, 0 ; rjmp 16 ; sbi TIFR0, 0
  ...[0xcff0], // rjmp 5
];

test("waiting loops taken in one go change nothing", () => {
  for (let run = 0; run < 50; run++) {
    const [quick, slow] = [0, 0].map(() => new Uno({ hex: hexOf(WAITING) }));
    let found = 0;
    slow.machine.code.forEach((word, at) => {
      if ((word & 0xff) !== K.RJMP_WAITING) return;
      slow.machine.code[at] = (word & ~0xffff) | K.RJMP;
      found++;
    });
    assert.equal(found, 3);
    for (let step = 0; step < 40; step++) {
      const cycles = 1 + random(random(2) ? 400 : 9);
      const input = random(3) ? [] : [random(256)];
      const seen = [quick, slow].map((uno) => {
        uno.send(input);
        uno.run(cycles);
        return [uno.cycles, uno.machine.pc, uno.fault, uno.cpu.data[24], uno.take()];
      });
      assert.deepEqual(seen[0], seen[1]);
    }
    assert.ok(quick.cycles > 1000);
  }
});
