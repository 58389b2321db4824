// SPDX-License-Identifier: Apache-2.0
// The status register's flags, looked up. Bits: C 1, Z 2, N 4, V 8, S 16, H 32 (T 64 and I 128 stay as they are).

// ADD_FLAGS[carry << 16 | a << 8 | b] and SUB_FLAGS[borrow << 16 | a << 8 | b]: flags of a + b + carry, a - b - borrow.
export const ADD_FLAGS = new Uint8Array(0x20000);
export const SUB_FLAGS = new Uint8Array(0x20000);
// LOGIC_FLAGS[result]: Z, N and S, with V clear.
export const LOGIC_FLAGS = new Uint8Array(0x100);
// SHIFT_FLAGS[bit shifted out << 8 | result].
export const SHIFT_FLAGS = new Uint8Array(0x200);

function flags(result, carry, overflow, half) {
  const negative = (result >> 7) & 1;
  return carry | (result === 0 ? 2 : 0) | (negative << 2) | (overflow << 3) | ((negative ^ overflow) << 4) | (half << 5);
}

for (let i = 0; i < 0x20000; i++) {
  const carry = i >> 16;
  const a = (i >> 8) & 0xff;
  const b = i & 0xff;
  const sum = (a + b + carry) & 0xff;
  const carries = (a & b) | ((a | b) & ~sum);
  ADD_FLAGS[i] = flags(sum, (carries >> 7) & 1, (((a ^ sum) & (b ^ sum)) >> 7) & 1, (carries >> 3) & 1);
  const difference = (a - b - carry) & 0xff;
  const borrows = (~a & b) | ((~a | b) & difference);
  SUB_FLAGS[i] = flags(difference, (borrows >> 7) & 1, (((a ^ b) & (a ^ difference)) >> 7) & 1, (borrows >> 3) & 1);
}
for (let i = 0; i < 0x200; i++) {
  const out = i >> 8;
  const result = i & 0xff;
  LOGIC_FLAGS[result] = flags(result, 0, 0, 0);
  SHIFT_FLAGS[i] = flags(result, out, (result >> 7) ^ out, 0);
}
