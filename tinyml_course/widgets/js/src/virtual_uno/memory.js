// SPDX-License-Identifier: Apache-2.0
// Who has how much of the SRAM: static variables and heap from below, the stack from above. Knows no page.

export const SRAM_START = 0x100;
export const SRAM_END = 0x900; // first address behind it

// heapPointer: address of avr-libc's __brkval, which holds the heap's end, or 0 before the first malloc; null without it.
export function memoryOf(uno, heapPointer) {
  const { data, sp } = uno.machine;
  const heapEnd = heapPointer === null ? 0 : data[heapPointer] | (data[heapPointer + 1] << 8);
  const variables = uno.staticEnd - SRAM_START;
  const heap = Math.max(0, heapEnd - uno.staticEnd);
  const stack = Math.max(0, SRAM_END - 1 - sp); // the stack pointer shows the next free byte
  const stackPeak = Math.max(stack, SRAM_END - 1 - uno.stackPointerMinimum);
  const total = SRAM_END - SRAM_START;
  return { total, variables, heap, stack, stackPeak, free: Math.max(0, total - variables - heap - stackPeak) };
}
