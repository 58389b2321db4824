// SPDX-License-Identifier: Apache-2.0
// Intel HEX, the text that carries a program to the board.

export const FLASH_BYTES = 0x8000;
const DATA = 0;
const END = 1;
const SEGMENT = 2;
const SEGMENT_START = 3;
const LINEAR = 4;
const LINEAR_START = 5;

// Returns {flash: Uint8Array of 32 KiB, end: first byte behind the program}; throws an Error that names the line.
export function parseHex(text) {
  const flash = new Uint8Array(FLASH_BYTES).fill(0xff);
  let end = 0;
  let base = 0;
  let ended = false;
  text.split(/\r\n|\r|\n/).forEach((line, index) => {
    if (line.trim() === "") return;
    const fail = (what) => {
      throw new Error(`Line ${index + 1} of the .hex file: ${what}.`);
    };
    if (ended) fail("there is more behind the end record");
    const { type, address, bytes } = parseRecord(line.trim(), fail);
    if (type === DATA) {
      const start = base + address;
      if (start + bytes.length > FLASH_BYTES) fail("the address is outside the flash");
      flash.set(bytes, start);
      if (bytes.length) end = Math.max(end, start + bytes.length);
    } else if (type === END) ended = true;
    else if (type === SEGMENT || type === LINEAR) base = ((bytes[0] << 8) | bytes[1]) * (type === SEGMENT ? 16 : 65536);
    else if (type !== SEGMENT_START && type !== LINEAR_START) fail(`unknown record type ${type}`);
  });
  if (!ended) throw new Error("The .hex file has no end record.");
  if (end === 0) throw new Error("The .hex file has no data.");
  return { flash, end };
}

function parseRecord(line, fail) {
  if (!/^:([0-9a-f]{2})+$/i.test(line)) fail("it is not a colon and pairs of hexadecimal digits");
  const all = Uint8Array.from(line.slice(1).match(/../g), (pair) => parseInt(pair, 16));
  if (all.length < 5 || all.length !== all[0] + 5) fail("its length is not what its first byte says");
  if (all.reduce((sum, byte) => sum + byte, 0) & 0xff) fail("the checksum is wrong");
  const bytes = all.subarray(4, -1);
  const type = all[3];
  if ((type === SEGMENT || type === LINEAR) && bytes.length !== 2) fail("an address record needs two bytes");
  return { type, address: (all[1] << 8) | all[2], bytes };
}
