// SPDX-License-Identifier: Apache-2.0
// Numbers as the course writes them: three digits, a real minus sign, thousands separated.

const SUPERSCRIPTS = "⁰¹²³⁴⁵⁶⁷⁸⁹";

const raised = (exponent) =>
  [...String(exponent)].map((sign) => (sign === "-" ? "⁻" : SUPERSCRIPTS[Number(sign)])).join("");

export const withMinus = (text) => String(text).replace("-", "−");

// 1234567 gives 1,234,567.
export const whole = (value) => withMinus(String(Math.round(value)).replace(/\B(?=(\d{3})+$)/g, ","));

// 0.00731, −1.25, 4.1 · 10⁻⁵; digits left of the point are never cut.
export function number(value, digits = 3) {
  if (value === 0) return "0";
  const size = Math.abs(value);
  if (size < 1e-4 || size >= 1e7) {
    const [mantissa, exponent] = size.toExponential(Math.max(1, digits - 2)).split("e");
    return `${value < 0 ? "−" : ""}${mantissa} · 10${raised(Number(exponent))}`;
  }
  const decimals = Math.max(0, digits - 1 - Math.floor(Math.log10(size)));
  return withMinus(value.toFixed(Math.min(decimals, 12)));
}

// A number that follows an operator: 3, or (−3).
export const bracketed = (text) => (text.startsWith("−") ? `(${text})` : text);
