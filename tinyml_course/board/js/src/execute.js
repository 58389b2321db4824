// SPDX-License-Identifier: Apache-2.0
// The processor's inner loop. It runs decoded instructions for a number of cycles in which nothing else
// happens: no event of a peripheral, no interrupt, no access to a register that a peripheral listens to.
// Everything the loop touches is in local variables, so that a JavaScript engine turns it into fast code.
import { ADD_FLAGS, LOGIC_FLAGS, SHIFT_FLAGS, SUB_FLAGS } from "./flags.js";
import * as K from "./kinds.js";

const SRAM_START = 0x100;
const SRAM_BYTES = 0x800;
const LAST_WORD = 0x3fff;
const LAST_FLASH_BYTE = 0x7fff;

// `m` is a Machine (machine.js). Runs until `limit` cycles are used or the loop must be left, and
// leaves the state in `m`; m.used is the number of cycles used.
export function execute(m, limit) {
  const { data, code, flash, lowestAllowed, interruptWaiting } = m;
  let { pc, sp, sreg, lowest, halfWritten } = m;
  let used = 0;
  let waited = -100; // when the latest round of a waiting loop ended; none yet
  let a = 0;
  let b = 0;
  while (used < limit) {
    const word = code[pc];
    const d = (word >> 8) & 0xff;
    const k = word >>> 16;
    pc++;
    used++;
    switch (word & 0xff) {
      case K.NOP:
        break;
      case K.ILLEGAL:
      case K.RUNAWAY:
        m.fail((word & 0xff) === K.ILLEGAL ? "illegal opcode" : "runaway program counter", --pc);
        used--;
        limit = 0;
        break;

      // ---- two registers
      case K.ADD:
        a = data[d];
        b = data[k];
        data[d] = a + b;
        sreg = (sreg & 0xc0) | ADD_FLAGS[(a << 8) | b];
        break;
      case K.ADC:
        a = data[d];
        b = data[k];
        data[d] = a + b + (sreg & 1);
        sreg = (sreg & 0xc0) | ADD_FLAGS[((sreg & 1) << 16) | (a << 8) | b];
        break;
      case K.SUB:
        a = data[d];
        b = data[k];
        data[d] = a - b;
        sreg = (sreg & 0xc0) | SUB_FLAGS[(a << 8) | b];
        break;
      case K.SBC: // Z stays set only if it was: a longer number is zero when all its bytes are
        a = data[d];
        b = data[k];
        data[d] = a - b - (sreg & 1);
        sreg = (sreg & 0xc0) | (SUB_FLAGS[((sreg & 1) << 16) | (a << 8) | b] & (sreg | ~2));
        break;
      case K.CP:
        sreg = (sreg & 0xc0) | SUB_FLAGS[(data[d] << 8) | data[k]];
        break;
      case K.CPC:
        sreg = (sreg & 0xc0) | (SUB_FLAGS[((sreg & 1) << 16) | (data[d] << 8) | data[k]] & (sreg | ~2));
        break;
      case K.AND:
        a = data[d] & data[k];
        data[d] = a;
        sreg = (sreg & 0xe1) | LOGIC_FLAGS[a];
        break;
      case K.OR:
        a = data[d] | data[k];
        data[d] = a;
        sreg = (sreg & 0xe1) | LOGIC_FLAGS[a];
        break;
      case K.EOR:
        a = data[d] ^ data[k];
        data[d] = a;
        sreg = (sreg & 0xe1) | LOGIC_FLAGS[a];
        break;
      case K.MOV:
        data[d] = data[k];
        break;
      case K.MOVW:
        data[d] = data[k];
        data[d + 1] = data[k + 1];
        break;
      case K.MUL:
        a = data[d] * data[k];
        data[0] = a;
        data[1] = a >> 8;
        sreg = (sreg & 0xfc) | ((a >> 15) & 1) | (a & 0xffff ? 0 : 2);
        used++;
        break;
      case K.MULS:
        a = ((data[d] << 24) >> 24) * ((data[k] << 24) >> 24);
        data[0] = a;
        data[1] = a >> 8;
        sreg = (sreg & 0xfc) | ((a >> 15) & 1) | (a & 0xffff ? 0 : 2);
        used++;
        break;
      case K.MULSU:
        a = ((data[d] << 24) >> 24) * data[k];
        data[0] = a;
        data[1] = a >> 8;
        sreg = (sreg & 0xfc) | ((a >> 15) & 1) | (a & 0xffff ? 0 : 2);
        used++;
        break;
      case K.FMUL:
      case K.FMULS:
      case K.FMULSU:
        a = (word & 0xff) === K.FMUL ? data[d] : (data[d] << 24) >> 24;
        b = (word & 0xff) === K.FMULS ? (data[k] << 24) >> 24 : data[k];
        a *= b;
        sreg = (sreg & 0xfc) | ((a >> 15) & 1) | ((a << 1) & 0xffff ? 0 : 2);
        data[0] = a << 1;
        data[1] = a >> 7;
        used++;
        break;

      // ---- a register and a constant
      case K.LDI:
        data[d] = k;
        break;
      case K.CPI:
        sreg = (sreg & 0xc0) | SUB_FLAGS[(data[d] << 8) | k];
        break;
      case K.SUBI:
        a = data[d];
        data[d] = a - k;
        sreg = (sreg & 0xc0) | SUB_FLAGS[(a << 8) | k];
        break;
      case K.SBCI:
        a = data[d];
        data[d] = a - k - (sreg & 1);
        sreg = (sreg & 0xc0) | (SUB_FLAGS[((sreg & 1) << 16) | (a << 8) | k] & (sreg | ~2));
        break;
      case K.ANDI:
        a = data[d] & k;
        data[d] = a;
        sreg = (sreg & 0xe1) | LOGIC_FLAGS[a];
        break;
      case K.ORI:
        a = data[d] | k;
        data[d] = a;
        sreg = (sreg & 0xe1) | LOGIC_FLAGS[a];
        break;
      case K.ADIW: // carry: bit 15 falls; overflow: bit 15 rises
        a = data[d] | (data[d + 1] << 8);
        b = (a + k) & 0xffff;
        data[d] = b;
        data[d + 1] = b >> 8;
        sreg = (sreg & 0xe0) | ((a & ~b) >> 15) | (b ? 0 : 2) | ((b >> 13) & 4) | (((~a & b) >> 12) & 8);
        sreg |= ((sreg << 2) ^ (sreg << 1)) & 16;
        used++;
        break;
      case K.SBIW: // carry: bit 15 rises; overflow: bit 15 falls
        a = data[d] | (data[d + 1] << 8);
        b = (a - k) & 0xffff;
        data[d] = b;
        data[d + 1] = b >> 8;
        sreg = (sreg & 0xe0) | ((~a & b) >> 15) | (b ? 0 : 2) | ((b >> 13) & 4) | (((a & ~b) >> 12) & 8);
        sreg |= ((sreg << 2) ^ (sreg << 1)) & 16;
        used++;
        break;

      // ---- one register
      case K.COM:
        a = data[d] ^ 0xff;
        data[d] = a;
        sreg = (sreg & 0xe0) | LOGIC_FLAGS[a] | 1;
        break;
      case K.NEG:
        a = data[d];
        data[d] = -a;
        sreg = (sreg & 0xc0) | SUB_FLAGS[a];
        break;
      case K.INC: // V: 127 became -128
        a = (data[d] + 1) & 0xff;
        data[d] = a;
        sreg = (sreg & 0xe1) | (a === 0x80 ? 4 | 8 : LOGIC_FLAGS[a]);
        break;
      case K.DEC: // V: -128 became 127
        a = (data[d] - 1) & 0xff;
        data[d] = a;
        sreg = (sreg & 0xe1) | (a === 0x7f ? 8 | 16 : LOGIC_FLAGS[a]);
        break;
      case K.LSR:
        a = data[d];
        b = a >> 1;
        data[d] = b;
        sreg = (sreg & 0xe0) | SHIFT_FLAGS[((a & 1) << 8) | b];
        break;
      case K.ROR:
        a = data[d];
        b = (a >> 1) | ((sreg & 1) << 7);
        data[d] = b;
        sreg = (sreg & 0xe0) | SHIFT_FLAGS[((a & 1) << 8) | b];
        break;
      case K.ASR:
        a = data[d];
        b = (a >> 1) | (a & 0x80);
        data[d] = b;
        sreg = (sreg & 0xe0) | SHIFT_FLAGS[((a & 1) << 8) | b];
        break;
      case K.SWAP:
        a = data[d];
        data[d] = (a << 4) | (a >> 4);
        break;
      case K.BST:
        sreg = data[d] & k ? sreg | 0x40 : sreg & 0xbf;
        break;
      case K.BLD:
        data[d] = sreg & 0x40 ? data[d] | k : data[d] & ~k;
        break;

      // ---- data memory: SRAM here, everything else through m.deferLoad and m.deferStore
      case K.LDS_PLAIN:
        data[d] = data[k];
        pc++;
        used++;
        break;
      case K.LDS:
        pc++;
        used--;
        m.deferLoad(k, d, 2, 2);
        limit = 0;
        break;
      case K.LDD: // k: the pointer's register, and above it the displacement
        a = (data[k & 0xff] | (data[(k & 0xff) + 1] << 8)) + (k >> 8);
        if ((a - SRAM_START) >>> 0 < SRAM_BYTES) {
          data[d] = data[a];
          used++;
        } else {
          m.deferLoad(a, d, 2);
          used--;
          limit = 0;
        }
        break;
      case K.LD_INC:
      case K.LD_DEC:
        a = data[k] | (data[k + 1] << 8);
        if ((word & 0xff) === K.LD_DEC) a = (a - 1) & 0xffff;
        b = (word & 0xff) === K.LD_INC ? a + 1 : a;
        data[k] = b;
        data[k + 1] = b >> 8;
        if ((a - SRAM_START) >>> 0 < SRAM_BYTES) {
          data[d] = data[a];
          used++;
        } else {
          m.deferLoad(a, d, 2);
          used--;
          limit = 0;
        }
        break;
      case K.STS:
        pc++;
        if ((k - SRAM_START) >>> 0 < SRAM_BYTES) {
          data[k] = data[d];
          used++;
        } else {
          m.deferStore(k, data[d], 0xff, 2, 2);
          used--;
          limit = 0;
        }
        break;
      case K.STD:
        a = (data[k & 0xff] | (data[(k & 0xff) + 1] << 8)) + (k >> 8);
        if ((a - SRAM_START) >>> 0 < SRAM_BYTES) {
          data[a] = data[d];
          used++;
        } else {
          m.deferStore(a, data[d], 0xff, 2);
          used--;
          limit = 0;
        }
        break;
      case K.ST_INC:
      case K.ST_DEC:
        a = data[k] | (data[k + 1] << 8);
        if ((word & 0xff) === K.ST_DEC) a = (a - 1) & 0xffff;
        if ((a - SRAM_START) >>> 0 < SRAM_BYTES) {
          data[a] = data[d];
          used++;
        } else {
          m.deferStore(a, data[d], 0xff, 2);
          used--;
          limit = 0;
        }
        if ((word & 0xff) === K.ST_INC) a++;
        data[k] = a;
        data[k + 1] = a >> 8;
        break;

      // ---- the stack
      case K.PUSH:
        data[sp] = data[d];
        sp--;
        used++;
        halfWritten = 0;
        if (sp < lowest) {
          lowest = sp;
          if (sp < lowestAllowed) {
            m.fail("stack overflow", pc - 1);
            limit = 0;
          }
        }
        break;
      case K.POP:
        sp++;
        used++;
        if (sp >= SRAM_START + SRAM_BYTES) {
          m.fail("stack underflow", pc - 1);
          limit = 0;
        } else data[d] = data[sp];
        break;
      case K.CALL:
      case K.RCALL:
      case K.ICALL:
        if ((word & 0xff) === K.CALL) pc++;
        data[sp] = pc;
        data[sp - 1] = pc >> 8;
        sp -= 2;
        halfWritten = 0;
        a = pc;
        if ((word & 0xff) === K.ICALL) pc = (data[30] | (data[31] << 8)) & LAST_WORD;
        else pc = k;
        used += (word & 0xff) === K.CALL ? 3 : 2;
        if (sp < lowest) {
          lowest = sp;
          if (sp < lowestAllowed) {
            m.fail("stack overflow", a - ((word & 0xff) === K.CALL ? 2 : 1));
            limit = 0;
          }
        }
        break;
      case K.RET:
      case K.RETI:
        sp += 2;
        if (sp >= SRAM_START + SRAM_BYTES) {
          m.fail("stack underflow", pc - 1);
          limit = 0;
          break;
        }
        pc = ((data[sp - 1] << 8) | data[sp]) & LAST_WORD;
        used += 3;
        if ((word & 0xff) === K.RETI) {
          sreg |= 0x80;
          if (interruptWaiting) limit = used + 1; // one instruction runs before the next interrupt
        }
        break;

      // ---- flash
      case K.LPM:
        data[d] = flash[(data[30] | (data[31] << 8)) & LAST_FLASH_BYTE];
        used += 2;
        break;
      case K.LPM_INC:
        a = data[30] | (data[31] << 8);
        data[d] = flash[a & LAST_FLASH_BYTE];
        a++;
        data[30] = a;
        data[31] = a >> 8;
        used += 2;
        break;

      // ---- input and output registers
      case K.IN_PLAIN:
        data[d] = data[k];
        break;
      case K.IN_SPL:
        data[d] = sp;
        break;
      case K.IN_SPH:
        data[d] = sp >> 8;
        break;
      case K.IN_SREG:
        data[d] = sreg;
        break;
      case K.IN:
        m.deferLoad(k, d, 1);
        used--;
        limit = 0;
        break;
      case K.OUT_PLAIN:
        data[k] = data[d];
        break;
      case K.OUT_SPL: // a half-written stack pointer is no stack pointer yet
      case K.OUT_SPH:
        if ((word & 0xff) === K.OUT_SPL) sp = (sp & 0xff00) | data[d];
        else sp = (sp & 0xff) | (data[d] << 8);
        b = (word & 0xff) === K.OUT_SPL ? 1 : 2;
        if (halfWritten + b === 3) {
          halfWritten = 0;
          if (sp < lowest) {
            lowest = sp;
            if (sp < lowestAllowed) {
              m.fail("stack overflow", pc - 1);
              limit = 0;
            }
          }
        } else halfWritten = b;
        break;
      case K.OUT_SREG:
        sreg = data[d];
        if (sreg & 0x80 && interruptWaiting) limit = used + 1;
        break;
      case K.OUT:
        m.deferStore(k, data[d], 0xff, 1);
        used--;
        limit = 0;
        break;
      case K.CBI: // always through the detour: a write of one bit
      case K.SBI:
        a = data[d];
        m.deferStore(d, (word & 0xff) === K.SBI ? a | k : a & ~k, k, 2);
        used--;
        limit = 0;
        break;

      // ---- jumps and skips
      case K.RJMP:
        pc = k;
        used++;
        break;
      case K.RJMP_WAITING: // d: cycles of the whole loop, this jump included; a whole round must lie in this call
        pc = k;
        used++;
        if (used - waited === d && used < limit) used += (((limit - used) / d) | 0) * d;
        waited = used;
        break;
      case K.JMP:
        pc = k;
        used += 2;
        break;
      case K.IJMP:
        pc = (data[30] | (data[31] << 8)) & LAST_WORD;
        used++;
        break;
      case K.BRBS:
        if (sreg & d) {
          pc = k;
          used++;
        }
        break;
      case K.BRBC:
        if ((sreg & d) === 0) {
          pc = k;
          used++;
        }
        break;
      case K.CPSE: // k: the register, or the bit, and above it the words to skip
        if (data[d] === data[k & 0xff]) {
          pc += k >> 8;
          used += k >> 8;
        }
        break;
      case K.SBRC:
      case K.SBIC:
        if ((data[d] & k & 0xff) === 0) {
          pc += k >> 8;
          used += k >> 8;
        }
        break;
      case K.SBRS:
      case K.SBIS:
        if (data[d] & k & 0xff) {
          pc += k >> 8;
          used += k >> 8;
        }
        break;

      // ---- the processor
      case K.BSET:
        sreg |= d;
        if (d === 0x80 && interruptWaiting) limit = used + 1;
        break;
      case K.BCLR:
        sreg &= ~d;
        break;
      case K.SLEEP:
        m.sleep(pc - 1);
        limit = 0;
        break;
      case K.WDR:
        m.resetWatchdog(used);
        break;
    }
  }
  m.pc = pc;
  m.sp = sp;
  m.sreg = sreg;
  m.lowest = lowest;
  m.halfWritten = halfWritten;
  m.used = used;
}
