// SPDX-License-Identifier: Apache-2.0
// Fills the texts about crashes, which come from Python: templates of str.format with {name}, {name:,} and
// {name:#06x}. Knows no page.

const LAST_SRAM_BYTE = 0x8ff;

export function fill(template, values) {
  return template.replace(/\{(\w+)(?::([^}]*))?\}/g, (_all, name, format) => {
    const value = values[name];
    if (format === "#06x") return `0x${value.toString(16).padStart(4, "0")}`;
    return format === "," ? value.toLocaleString("en-US") : String(value);
  });
}

// symbols: [[address, name], ...] by address. The last one at or below the address, or null.
export function functionAt(symbols, address) {
  let low = 0;
  let high = symbols.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (symbols[middle][0] <= address) low = middle + 1;
    else high = middle;
  }
  return low ? symbols[low - 1][1] : null;
}

// texts: {crash, place, inFunction, reasons}; fault: of the Uno.
export function faultText(texts, fault, symbols, { cycles, staticEnd }) {
  const name = functionAt(symbols, fault.address);
  const place = fill(texts.place, fault) + (name === null ? "" : fill(texts.inFunction, { name }));
  const known = { opcode: fault.opcode, sp: fault.stackPointer, end: staticEnd, last: LAST_SRAM_BYTE };
  return fill(texts.crash, { cycles, place, reason: fill(texts.reasons[fault.kind], known) });
}
