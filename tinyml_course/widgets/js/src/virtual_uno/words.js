// SPDX-License-Identifier: Apache-2.0
// Numbers as people read them. Knows no page.

export const whole = (number) => Math.round(number).toLocaleString("en-US");

// Three significant digits.
export function short(number) {
  const rounded = Number(number.toPrecision(3));
  if (rounded === 0) return "0";
  const digits = Math.max(0, 2 - Math.floor(Math.log10(Math.abs(rounded))));
  return digits > 6 ? number.toExponential(2) : number.toFixed(digits);
}

// Times real time, and 0 for as fast as possible, from slow to fast.
export const SPEEDS = [
  [0.001, "1/1,000 of real time"],
  [0.01, "1/100 of real time"],
  [0.1, "1/10 of real time"],
  [1, "real time"],
  [0, "as fast as possible"],
];

export function speedText(speed) {
  return SPEEDS.find(([value]) => value === speed)?.[1] ?? `${short(speed)} times real time`;
}

export const hex = (address) => `0x${address.toString(16).padStart(4, "0")}`;
