// SPDX-License-Identifier: Apache-2.0
// Flash words become one 32-bit number each: kind | d << 8 | k << 16. Done once, before the program runs.
import { INSTRUCTIONS, JUMPS, SKIPS, TWO_WORDS } from "./instructions.js";
import * as K from "./kinds.js";

export const FLASH_WORDS = 0x4000;

const PATTERNS = INSTRUCTIONS.map(([pattern, kind, operands]) => ({
  mask: bitsWhere(pattern, (c) => c === "0" || c === "1"),
  value: bitsWhere(pattern, (c) => c === "1"),
  fields: [...new Set(pattern.replace(/[01]/g, ""))].map((letter) => [letter, positions(pattern, letter)]),
  kind,
  operands: operands ?? (() => [0, 0]),
}));

function bitsWhere(pattern, test) {
  return [...pattern].reduce((word, c) => (word << 1) | (test(c) ? 1 : 0), 0);
}

function positions(pattern, letter) {
  return [...pattern].map((c, i) => (c === letter ? 15 - i : -1)).filter((bit) => bit >= 0);
}

// The kind of one flash word; ILLEGAL when the chip has no such instruction.
export function kindOf(word) {
  return PATTERNS.find((p) => (word & p.mask) === p.value)?.kind ?? K.ILLEGAL;
}

// words: Uint16Array of the flash; endWord: first word behind the program;
// listens(address): {read, write}, whether a peripheral hooks a data address.
export function decodeProgram(words, endWord, listens) {
  const code = new Int32Array(FLASH_WORDS + 1).fill(K.RUNAWAY); // one more: the word behind the flash
  for (let pc = 0; pc < endWord; pc++) code[pc] = decodeWord(words, pc, listens);
  for (let pc = 0; pc < endWord; pc++) markWaitingLoop(code, pc);
  return code;
}

export function decodeWord(words, pc, listens) {
  const word = words[pc];
  const pattern = PATTERNS.find((p) => (word & p.mask) === p.value);
  if (!pattern) return K.ILLEGAL;
  const fields = { pc, next: words[(pc + 1) % FLASH_WORDS] };
  for (const [letter, bits] of pattern.fields) {
    fields[letter] = bits.reduce((value, bit) => (value << 1) | ((word >> bit) & 1), 0);
  }
  let [d, k] = pattern.operands(fields);
  if (JUMPS.has(pattern.kind)) k &= FLASH_WORDS - 1; // the program counter has 14 bits
  if (SKIPS.has(pattern.kind)) k |= (TWO_WORDS.has(kindOf(fields.next)) ? 2 : 1) << 8;
  return pack(specialKind(pattern.kind, d, k, listens), d, k);
}

function pack(kind, d, k) {
  return kind | (d << 8) | (k << 16);
}

// Input and output that no peripheral listens to needs no detour, and SP and SREG live in variables.
function specialKind(kind, d, k, listens) {
  if (kind === K.LDS) {
    const plain = !listens(k).read && (k < 93 || k > 95) && k < 0x900;
    return plain ? K.LDS_PLAIN : K.LDS;
  }
  if (kind === K.IN) return { 93: K.IN_SPL, 94: K.IN_SPH, 95: K.IN_SREG }[k] ?? (listens(k).read ? K.IN : K.IN_PLAIN);
  if (kind === K.OUT) {
    return { 93: K.OUT_SPL, 94: K.OUT_SPH, 95: K.OUT_SREG }[k] ?? (listens(k).write ? K.OUT : K.OUT_PLAIN);
  }
  return kind;
}

// A program that polls ("until this bit is set, look again") changes nothing until the next event.
// The jump that closes such a loop carries the loop's length in cycles, so that execute.js can take
// whole rounds at once. The count of cycles stays exact. Recognised are, before an RJMP back:
//   nothing · SBIC/SBIS · IN, SBRC/SBRS · LDS, SBRC/SBRS
function markWaitingLoop(code, pc) {
  if ((code[pc] & 0xff) !== K.RJMP) return;
  const start = code[pc] >>> 16;
  const body = [];
  for (let at = start; at < pc; at++) {
    body.push(code[at] & 0xff);
    if (body.at(-1) === K.LDS_PLAIN) at++;
    if (body.length > 2) return;
  }
  if (start > pc) return;
  const skip = body.at(-1);
  const load = body.at(-2);
  const tests = skip === K.SBRC || skip === K.SBRS;
  let cycles = 0;
  if (body.length === 0) cycles = 2;
  else if (body.length === 1 && (skip === K.SBIC || skip === K.SBIS)) cycles = 3;
  else if (body.length === 2 && tests && load === K.IN_PLAIN) cycles = 4;
  else if (body.length === 2 && tests && load === K.LDS_PLAIN) cycles = 5;
  if (cycles) code[pc] = pack(K.RJMP_WAITING, cycles, start);
}
