// SPDX-License-Identifier: Apache-2.0
// What the encoding costs, in numbers.
import { h } from "../common/dom.js";
import { number, whole } from "../common/numbers.js";

const NAMES = {
  mean: "mean error",
  largest: "largest error",
  snr: "signal to noise",
  clipped: "clipped",
  codes: "codes used",
  zero: "zero",
};

export function readings() {
  const values = Object.fromEntries(Object.keys(NAMES).map((key) => [key, h("output", { class: `reading-${key}` })]));
  const cards = Object.entries(NAMES).map(([key, name]) => h("div", { class: "reading" }, h("span", {}, name), values[key]));
  const rounding = h("span", { class: "part rounding" });
  const clipping = h("span", { class: "part clipping" });
  const split = h("output", { class: "split-words" });
  const element = h(
    "div",
    { class: "readings" },
    cards,
    h("div", { class: "split" }, h("div", { class: "split-bar", "aria-hidden": "true" }, rounding, clipping), split),
  );

  function show(found, exact) {
    const squared = found.rounding + found.clipping;
    const share = squared ? Math.round((100 * found.rounding) / squared) : 100;
    values.mean.textContent = number(found.mean);
    values.largest.textContent = number(found.largest);
    values.snr.textContent = found.snr_db === null ? "no noise" : `${found.snr_db.toFixed(1)} dB`;
    values.clipped.textContent = `${number((100 * found.clipped) / found.count, 2)} %`;
    values.codes.textContent = `${whole(found.codes_used)} of ${whole(found.codes)}`;
    values.zero.textContent = found.zero_error ? `off by ${number(found.zero_error)}` : "exact";
    values.zero.classList.toggle("bad", Boolean(found.zero_error));
    rounding.style.width = `${share}%`;
    clipping.style.width = `${100 - share}%`;
    split.textContent = squared
      ? `mean squared error ${number(squared)}: ${share} % from rounding, ${100 - share} % from clipping`
      : "no error at all";
    element.dataset.from = exact ? "python" : "page";
  }

  const words = (found) =>
    `mean error ${number(found.mean)}, largest ${number(found.largest)}, ${values.clipped.textContent} clipped, ` +
    `signal to noise ${values.snr.textContent}, zero ${values.zero.textContent}`;
  return { element, show, words };
}
