// SPDX-License-Identifier: Apache-2.0
// What a decoded instruction does, as a small number: the cases of the switch in execute.js.
// The bundler writes these constants into the switch, so they cost nothing.

// No operation, and the ends of a program that went astray.
export const NOP = 0;
export const ILLEGAL = 1; // a word that is no instruction of the ATmega328P
export const RUNAWAY = 2; // behind the last word of the program

// Two registers.
export const ADD = 3;
export const ADC = 4;
export const SUB = 5;
export const SBC = 6;
export const CP = 7;
export const CPC = 8;
export const AND = 9;
export const OR = 10;
export const EOR = 11;
export const MOV = 12;
export const MOVW = 13;
export const MUL = 14;
export const MULS = 15;
export const MULSU = 16;
export const FMUL = 17;
export const FMULS = 18;
export const FMULSU = 19;

// A register and a constant.
export const LDI = 20;
export const CPI = 21;
export const SUBI = 22;
export const SBCI = 23;
export const ANDI = 24;
export const ORI = 25;
export const ADIW = 26;
export const SBIW = 27;

// One register.
export const COM = 28;
export const NEG = 29;
export const INC = 30;
export const DEC = 31;
export const LSR = 32;
export const ROR = 33;
export const ASR = 34;
export const SWAP = 35;
export const BST = 36;
export const BLD = 37;

// Data memory: an address in the program, or one in X, Y or Z, with a displacement or counted up or down.
export const LDS = 38;
export const LDS_PLAIN = 39;
export const LDD = 40;
export const LD_INC = 41;
export const LD_DEC = 42;
export const STS = 43;
export const STD = 44;
export const ST_INC = 45;
export const ST_DEC = 46;
export const PUSH = 47;
export const POP = 48;

// Flash.
export const LPM = 49;
export const LPM_INC = 50;

// Input and output registers. IN, OUT, CBI and SBI leave the loop where a peripheral listens;
// the others are plain bytes.
export const IN = 51;
export const IN_PLAIN = 52;
export const IN_SPL = 53;
export const IN_SPH = 54;
export const IN_SREG = 55;
export const OUT = 56;
export const OUT_PLAIN = 57;
export const OUT_SPL = 58;
export const OUT_SPH = 59;
export const OUT_SREG = 60;
export const CBI = 61;
export const SBI = 62;

// Jumps, skips and calls.
export const RJMP = 63;
export const RJMP_WAITING = 64; // closes a loop that waits for a bit to change
export const JMP = 65;
export const IJMP = 66;
export const RCALL = 67;
export const CALL = 68;
export const ICALL = 69;
export const RET = 70;
export const RETI = 71;
export const BRBS = 72;
export const BRBC = 73;
export const CPSE = 74;
export const SBRC = 75;
export const SBRS = 76;
export const SBIC = 77;
export const SBIS = 78;

// The processor.
export const BSET = 79;
export const BCLR = 80;
export const SLEEP = 81;
export const WDR = 82;
