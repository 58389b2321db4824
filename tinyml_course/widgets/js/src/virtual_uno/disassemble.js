// SPDX-License-Identifier: Apache-2.0
// An instruction as the AVR Instruction Set Manual writes it. Knows no page.
import { decodeWord } from "../../../../board/js/src/decode.js";
import * as K from "../../../../board/js/src/kinds.js";

const IO = 0x20; // data address of input and output register 0
const NAMES = { 0x3f: "SREG", 0x3e: "SPH", 0x3d: "SPL", 0x1e: "GPIOR0", 0x05: "PORTB", 0x04: "DDRB", 0x03: "PINB" };
const POINTERS = { 26: "X", 28: "Y", 30: "Z" };
const SET = ["brcs", "breq", "brmi", "brvs", "brlt", "brhs", "brts", "brie"];
const CLEAR = ["brcc", "brne", "brpl", "brvc", "brge", "brhc", "brtc", "brid"];
const FLAGS = "cznvshti";

const register = (d) => `r${d}`;
const hex = (value, digits = 2) => `0x${value.toString(16).padStart(digits, "0")}`;
const target = (word) => hex(2 * word, 4);
const io = (address) => NAMES[address - IO] ?? hex(address - IO);
const bit = (mask) => 31 - Math.clz32(mask & 0xff);
const pointer = (k) => POINTERS[k & 0xff];
const displaced = (k) => (k >> 8 ? `${pointer(k)}+${k >> 8}` : pointer(k));

const two = (name) => (d, k) => `${name} ${register(d)}, ${register(k & 0xff)}`;
const constant = (name) => (d, k) => `${name} ${register(d)}, ${hex(k)}`;
const one = (name) => (d) => `${name} ${register(d)}`;
const alone = (name) => () => name;
const jump = (name) => (_d, k) => `${name} ${target(k)}`;
const registerBit = (name) => (d, k) => `${name} ${register(d)}, ${bit(k)}`;
const ioBit = (name) => (d, k) => `${name} ${io(d)}, ${bit(k)}`;
const input = (d, k) => `in ${register(d)}, ${io(k)}`;
const output = (d, k) => `out ${io(k)}, ${register(d)}`;

const TEXTS = new Map([
  [K.NOP, alone("nop")],
  [K.ILLEGAL, alone("(no instruction)")],
  [K.RUNAWAY, alone("(no program)")],
  ...[
    [K.ADD, "add"], [K.ADC, "adc"], [K.SUB, "sub"], [K.SBC, "sbc"], [K.CP, "cp"], [K.CPC, "cpc"], [K.AND, "and"],
    [K.OR, "or"], [K.EOR, "eor"], [K.MOV, "mov"], [K.MOVW, "movw"], [K.MUL, "mul"], [K.MULS, "muls"],
    [K.MULSU, "mulsu"], [K.FMUL, "fmul"], [K.FMULS, "fmuls"], [K.FMULSU, "fmulsu"], [K.CPSE, "cpse"],
  ].map(([kind, name]) => [kind, two(name)]),
  ...[
    [K.LDI, "ldi"], [K.CPI, "cpi"], [K.SUBI, "subi"], [K.SBCI, "sbci"], [K.ANDI, "andi"], [K.ORI, "ori"],
    [K.ADIW, "adiw"], [K.SBIW, "sbiw"],
  ].map(([kind, name]) => [kind, constant(name)]),
  ...[
    [K.COM, "com"], [K.NEG, "neg"], [K.INC, "inc"], [K.DEC, "dec"], [K.LSR, "lsr"], [K.ROR, "ror"], [K.ASR, "asr"],
    [K.SWAP, "swap"], [K.PUSH, "push"], [K.POP, "pop"],
  ].map(([kind, name]) => [kind, one(name)]),
  [K.LDS, (d, k) => `lds ${register(d)}, ${hex(k, 4)}`],
  [K.LDS_PLAIN, (d, k) => `lds ${register(d)}, ${hex(k, 4)}`],
  [K.STS, (d, k) => `sts ${hex(k, 4)}, ${register(d)}`],
  [K.LDD, (d, k) => `${k >> 8 ? "ldd" : "ld"} ${register(d)}, ${displaced(k)}`],
  [K.STD, (d, k) => `${k >> 8 ? "std" : "st"} ${displaced(k)}, ${register(d)}`],
  [K.LD_INC, (d, k) => `ld ${register(d)}, ${pointer(k)}+`],
  [K.LD_DEC, (d, k) => `ld ${register(d)}, -${pointer(k)}`],
  [K.ST_INC, (d, k) => `st ${pointer(k)}+, ${register(d)}`],
  [K.ST_DEC, (d, k) => `st -${pointer(k)}, ${register(d)}`],
  [K.LPM, (d) => `lpm ${register(d)}, Z`],
  [K.LPM_INC, (d) => `lpm ${register(d)}, Z+`],
  ...[K.IN, K.IN_PLAIN, K.IN_SPL, K.IN_SPH, K.IN_SREG].map((kind) => [kind, input]),
  ...[K.OUT, K.OUT_PLAIN, K.OUT_SPL, K.OUT_SPH, K.OUT_SREG].map((kind) => [kind, output]),
  [K.CBI, ioBit("cbi")], [K.SBI, ioBit("sbi")], [K.SBIC, ioBit("sbic")], [K.SBIS, ioBit("sbis")],
  [K.SBRC, registerBit("sbrc")], [K.SBRS, registerBit("sbrs")], [K.BST, registerBit("bst")], [K.BLD, registerBit("bld")],
  [K.RJMP, jump("rjmp")], [K.RJMP_WAITING, jump("rjmp")], [K.JMP, jump("jmp")], [K.RCALL, jump("rcall")],
  [K.CALL, jump("call")], [K.IJMP, alone("ijmp")], [K.ICALL, alone("icall")], [K.RET, alone("ret")],
  [K.RETI, alone("reti")],
  [K.BRBS, (d, k) => `${SET[bit(d)]} ${target(k)}`],
  [K.BRBC, (d, k) => `${CLEAR[bit(d)]} ${target(k)}`],
  [K.BSET, (d) => `se${FLAGS[bit(d)]}`],
  [K.BCLR, (d) => `cl${FLAGS[bit(d)]}`],
  [K.SLEEP, alone("sleep")],
  [K.WDR, alone("wdr")],
]);

const everything = () => ({ read: true, write: true });

// words: Uint16Array of the flash; pc: in words.
export function disassemble(words, pc) {
  const packed = decodeWord(words, pc, everything);
  return TEXTS.get(packed & 0xff)((packed >> 8) & 0xff, packed >>> 16);
}
