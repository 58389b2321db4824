// SPDX-License-Identifier: Apache-2.0
// One call for one turn with a board that has no screen: bytes in, cycles, bytes and marks out. Text crosses the
// border between Python and JavaScript much faster than many small values.

export function fromHex(text) {
  return Array.from(text.match(/../g) ?? [], (pair) => parseInt(pair, 16));
}

function toHex(bytes) {
  return bytes.map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

// Sends the bytes in `inputHex`, runs, and returns JSON.
export function turn(uno, cycles, inputHex) {
  if (inputHex) uno.send(fromHex(inputHex));
  const arrived = uno.run(cycles);
  return JSON.stringify({
    arrived,
    cycles: uno.cycles,
    address: 2 * uno.machine.pc,
    sent: toHex(uno.take()),
    marks: uno.takeMarks(),
    conversions: uno.takeConversions(),
    fault: uno.fault,
    lowest: uno.stackPointerMinimum,
    lost: uno.uart.lostBytes,
    asleep: uno.machine.asleep,
    sleepCycles: uno.sleepCycles,
  });
}
