// SPDX-License-Identifier: Apache-2.0
// The page's preview of what Python measures: the same arithmetic, on the page's sample of the values.

export const limits = (bits) => [-(2 ** (bits - 1)), 2 ** (bits - 1) - 1];

export const rangeOf = ({ scale, zero_point, bits }) => limits(bits).map((code) => scale * (code - zero_point));

const clamp = (value, low, high) => Math.min(Math.max(value, low), high);

// Halves away from zero, of the float32 quotient, as TFLite does.
function rounded(quotient) {
  return Math.sign(quotient) * Math.floor(Math.abs(quotient) + 0.5);
}

// The encoding that spreads all codes from low to high, its zero point an integer.
export function encodingOf(low, high, { bits, symmetric }) {
  const [lowest, highest] = limits(bits);
  if (symmetric) return { scale: Math.fround(Math.max(-low, high) / highest), zero_point: 0 };
  const scale = Math.fround((high - low) / (highest - lowest));
  return { scale, zero_point: lowest - Math.round(low / scale) };
}

// One value's way to its code and back.
export function magnify(value, { scale, zero_point, bits }) {
  const [lowest, highest] = limits(bits);
  const real = Math.fround(value);
  const quotient = Math.fround(real / Math.fround(scale));
  const sum = rounded(quotient) + zero_point;
  const code = clamp(sum, lowest, highest);
  const back = scale * (code - zero_point);
  return { value: real, quotient, rounded: rounded(quotient), sum, code, lowest, highest, back, error: back - real };
}

// The errors over a sample; Python's stand for all values.
export function measure(sample, encoding) {
  const [low, high] = rangeOf(encoding);
  const half = encoding.scale / 2;
  const used = new Set();
  let [sum, largest, rounding, clipping, clipped, signal] = [0, 0, 0, 0, 0, 0];
  for (const value of sample) {
    const { code, error } = magnify(value, encoding);
    used.add(code);
    sum += Math.abs(error);
    largest = Math.max(largest, Math.abs(error));
    signal += value * value;
    if (value < low - half || value > high + half) {
      clipped += 1;
      clipping += error * error;
    } else rounding += error * error;
  }
  const n = sample.length;
  const noise = rounding + clipping;
  return {
    mean: sum / n,
    largest,
    rounding: rounding / n,
    clipping: clipping / n,
    snr_db: noise && signal ? 10 * Math.log10(signal / noise) : null,
    clipped,
    count: n,
    codes_used: used.size,
    codes: 2 ** encoding.bits,
    zero_error: Math.abs(magnify(0, encoding).back),
  };
}
