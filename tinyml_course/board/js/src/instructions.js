// SPDX-License-Identifier: Apache-2.0
// The instruction set of the ATmega328P, as the AVR Instruction Set Manual (Atmel 0856) prints it.
// Words that match no pattern are not instructions of this chip: EIJMP, ELPM, DES, XCH and the like
// belong to larger ones. SPM is left out on purpose: this board has no boot loader that could use it.
import * as K from "./kinds.js";

const rd = (f) => [f.d, f.r];
const upper = (f) => [16 + f.d, 16 + f.r];
const constant = (f) => [16 + f.d, f.k];
const one = (f) => [f.d, 0];
const displaced = (register) => (f) => [f.d, register | ((f.q ?? 0) << 8)];
const pointer = (register) => (f) => [f.d, register];
const [X, Y, Z] = [26, 28, 30];
const bit = (f) => [f.d, 1 << f.b];
const ioBit = (f) => [f.a + 32, 1 << f.b];

// [pattern, kind, operands(fields)]: operands gives the pair (d, k) that execute.js works with.
// A letter in a pattern marks the bits of one field, most significant first.
export const INSTRUCTIONS = [
  ["0000000000000000", K.NOP],
  ["00000001ddddrrrr", K.MOVW, (f) => [2 * f.d, 2 * f.r]],
  ["00000010ddddrrrr", K.MULS, upper],
  ["000000110ddd0rrr", K.MULSU, upper],
  ["000000110ddd1rrr", K.FMUL, upper],
  ["000000111ddd0rrr", K.FMULS, upper],
  ["000000111ddd1rrr", K.FMULSU, upper],
  ["000001rdddddrrrr", K.CPC, rd],
  ["000010rdddddrrrr", K.SBC, rd],
  ["000011rdddddrrrr", K.ADD, rd],
  ["000100rdddddrrrr", K.CPSE, rd],
  ["000101rdddddrrrr", K.CP, rd],
  ["000110rdddddrrrr", K.SUB, rd],
  ["000111rdddddrrrr", K.ADC, rd],
  ["001000rdddddrrrr", K.AND, rd],
  ["001001rdddddrrrr", K.EOR, rd],
  ["001010rdddddrrrr", K.OR, rd],
  ["001011rdddddrrrr", K.MOV, rd],
  ["0011kkkkddddkkkk", K.CPI, constant],
  ["0100kkkkddddkkkk", K.SBCI, constant],
  ["0101kkkkddddkkkk", K.SUBI, constant],
  ["0110kkkkddddkkkk", K.ORI, constant],
  ["0111kkkkddddkkkk", K.ANDI, constant],
  ["10q0qq0ddddd0qqq", K.LDD, displaced(Z)],
  ["10q0qq0ddddd1qqq", K.LDD, displaced(Y)],
  ["10q0qq1ddddd0qqq", K.STD, displaced(Z)],
  ["10q0qq1ddddd1qqq", K.STD, displaced(Y)],
  ["1001000ddddd0000", K.LDS, (f) => [f.d, f.next]],
  ["1001000ddddd0001", K.LD_INC, pointer(Z)],
  ["1001000ddddd0010", K.LD_DEC, pointer(Z)],
  ["1001000ddddd0100", K.LPM, one],
  ["1001000ddddd0101", K.LPM_INC, one],
  ["1001000ddddd1001", K.LD_INC, pointer(Y)],
  ["1001000ddddd1010", K.LD_DEC, pointer(Y)],
  ["1001000ddddd1100", K.LDD, displaced(X)],
  ["1001000ddddd1101", K.LD_INC, pointer(X)],
  ["1001000ddddd1110", K.LD_DEC, pointer(X)],
  ["1001000ddddd1111", K.POP, one],
  ["1001001ddddd0000", K.STS, (f) => [f.d, f.next]],
  ["1001001ddddd0001", K.ST_INC, pointer(Z)],
  ["1001001ddddd0010", K.ST_DEC, pointer(Z)],
  ["1001001ddddd1001", K.ST_INC, pointer(Y)],
  ["1001001ddddd1010", K.ST_DEC, pointer(Y)],
  ["1001001ddddd1100", K.STD, displaced(X)],
  ["1001001ddddd1101", K.ST_INC, pointer(X)],
  ["1001001ddddd1110", K.ST_DEC, pointer(X)],
  ["1001001ddddd1111", K.PUSH, one],
  ["1001010ddddd0000", K.COM, one],
  ["1001010ddddd0001", K.NEG, one],
  ["1001010ddddd0010", K.SWAP, one],
  ["1001010ddddd0011", K.INC, one],
  ["1001010ddddd0101", K.ASR, one],
  ["1001010ddddd0110", K.LSR, one],
  ["1001010ddddd0111", K.ROR, one],
  ["1001010ddddd1010", K.DEC, one],
  ["100101000bbb1000", K.BSET, (f) => [1 << f.b, 0]],
  ["100101001bbb1000", K.BCLR, (f) => [1 << f.b, 0]],
  ["1001010000001001", K.IJMP],
  ["1001010100001001", K.ICALL],
  ["1001010100001000", K.RET],
  ["1001010100011000", K.RETI],
  ["1001010110001000", K.SLEEP],
  ["1001010110011000", K.NOP], // BREAK, without a debugger
  ["1001010110101000", K.WDR],
  ["1001010111001000", K.LPM, () => [0, 0]],
  ["1001010kkkkk110k", K.JMP, (f) => [0, f.next]],
  ["1001010kkkkk111k", K.CALL, (f) => [0, f.next]],
  ["10010110kkddkkkk", K.ADIW, (f) => [24 + 2 * f.d, f.k]],
  ["10010111kkddkkkk", K.SBIW, (f) => [24 + 2 * f.d, f.k]],
  ["10011000aaaaabbb", K.CBI, ioBit],
  ["10011001aaaaabbb", K.SBIC, ioBit],
  ["10011010aaaaabbb", K.SBI, ioBit],
  ["10011011aaaaabbb", K.SBIS, ioBit],
  ["100111rdddddrrrr", K.MUL, rd],
  ["10110aadddddaaaa", K.IN, (f) => [f.d, f.a + 32]],
  ["10111aadddddaaaa", K.OUT, (f) => [f.d, f.a + 32]],
  ["1100kkkkkkkkkkkk", K.RJMP, (f) => [0, f.pc + 1 + signed(f.k, 12)]],
  ["1101kkkkkkkkkkkk", K.RCALL, (f) => [0, f.pc + 1 + signed(f.k, 12)]],
  ["1110kkkkddddkkkk", K.LDI, constant],
  ["111100kkkkkkkbbb", K.BRBS, (f) => [1 << f.b, f.pc + 1 + signed(f.k, 7)]],
  ["111101kkkkkkkbbb", K.BRBC, (f) => [1 << f.b, f.pc + 1 + signed(f.k, 7)]],
  ["1111100ddddd0bbb", K.BLD, bit],
  ["1111101ddddd0bbb", K.BST, bit],
  ["1111110ddddd0bbb", K.SBRC, bit],
  ["1111111ddddd0bbb", K.SBRS, bit],
];

// The kinds whose second word belongs to them.
export const TWO_WORDS = new Set([K.LDS, K.STS, K.JMP, K.CALL, K.LDS_PLAIN]);
// The kinds that jump to the word address in k.
export const JUMPS = new Set([K.RJMP, K.JMP, K.RCALL, K.CALL, K.BRBS, K.BRBC]);
// The kinds that may skip the next instruction.
export const SKIPS = new Set([K.CPSE, K.SBRC, K.SBRS, K.SBIC, K.SBIS]);

function signed(value, bits) {
  return value < 1 << (bits - 1) ? value : value - (1 << bits);
}
