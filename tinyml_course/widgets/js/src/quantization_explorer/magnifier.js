// SPDX-License-Identifier: Apache-2.0
// One value on its way to a code and back: the picture, and the formula with the numbers in it.
import { h, svg } from "../common/dom.js";
import { bracketed, number, whole, withMinus } from "../common/numbers.js";

const HEIGHT = 132;
const CODE_LINE = 34;
const REAL_LINE = 92;
const STEPS = 3; // to each side of the value

const steps = (count) => (count < 1 ? `${number(count, 2)} of a step` : `${count < 100 ? number(count, 2) : whole(count)} steps`);

export function magnifier() {
  let width = 400;
  let last = null;
  const picture = svg("svg", { height: HEIGHT, role: "img" });
  const frame = h("div", { class: "lens" }, picture);
  const formula = h("div", { class: "formula" });
  const element = h("section", { class: "magnifier", "aria-label": "One value under the magnifier" }, frame, formula);

  function draw(state, found) {
    const away = (found.value - found.back) / state.scale; // in steps
    const far = Math.abs(away) > STEPS;
    const centre = found.back + (far ? 0 : away * state.scale);
    const x = (value) => width / 2 + ((value - centre) / state.scale) * (width / (2 * STEPS + 1.4));
    const at = far ? width / 2 + Math.sign(away) * (width / 2 - 16) : x(found.value);
    const target = x(found.back);
    const parts = [];
    for (let code = found.code - STEPS - 1; code <= found.code + STEPS + 1; code++) {
      const real = state.scale * (code - state.zero_point);
      const exists = code >= found.lowest && code <= found.highest;
      if (!exists || x(real) < 12 || x(real) > width - 12) continue;
      const here = code === found.code;
      parts.push(
        svg("line", { x1: x(real), x2: x(real), y1: CODE_LINE, y2: REAL_LINE, class: here ? "way" : "rung" }),
        svg("circle", { cx: x(real), cy: CODE_LINE, r: here ? 6 : 3.5, class: here ? "code-dot here" : "code-dot" }),
        svg("text", { x: x(real), y: CODE_LINE - 12, "text-anchor": "middle", class: here ? "here" : "note" }, withMinus(code)),
      );
      if (Math.abs(code - found.code) < 2 && width > 330)
        parts.push(
          svg("text", { x: x(real), y: REAL_LINE + 18, "text-anchor": "middle", class: here ? "here" : "note" }, number(real)),
        );
    }
    const [left, right] = [Math.min(at, target), Math.max(at, target)];
    picture.replaceChildren(
      svg("line", { x1: 4, x2: width - 4, y1: REAL_LINE, y2: REAL_LINE, class: "floor" }),
      ...parts,
      svg("rect", { x: left, y: REAL_LINE - 4, width: Math.max(right - left, 0.5), height: 8, class: "off" }),
      svg("path", { d: `M${at} ${REAL_LINE - 9}L${target} ${CODE_LINE + 9}`, class: "way" }),
      svg("circle", { cx: at, cy: REAL_LINE, r: 6, class: "value-dot" }),
      svg("text", far ? { x: away < 0 ? 4 : width - 4, y: HEIGHT - 4, "text-anchor": away < 0 ? "start" : "end" } :
        { x: at, y: HEIGHT - 4, "text-anchor": "middle" },
        far ? `x = ${number(found.value)}, ${whole(Math.abs(away))} steps away` : `x = ${number(found.value)}`),
    );
    picture.setAttribute("aria-label", `${number(found.value)} becomes code ${found.code}, which stands for ${number(found.back)}`);
  }

  function write(state, found) {
    const scale = number(state.scale);
    const zero = withMinus(state.zero_point);
    const saturated = found.sum !== found.code;
    const shift = state.zero_point < 0 ? `− ${-state.zero_point}` : `+ ${zero}`;
    const back = bracketed(zero);
    const lines = [
      ["to its code", "q = round(x / scale) + zero_point"],
      ["", `= round(${number(found.value)} / ${scale}) + ${back}`],
      ["", `= round(${number(found.quotient)}) ${shift} = ${withMinus(found.rounded)} ${shift} = ${withMinus(found.sum)}`],
      ["saturated", saturated
        ? `${withMinus(found.sum)} is outside of ${withMinus(found.lowest)} … ${found.highest}: q = ${withMinus(found.code)}`
        : `${withMinus(found.sum)} lies in ${withMinus(found.lowest)} … ${found.highest}: it stays`],
      ["and back", `x′ = scale × (q − zero_point) = ${scale} × (${withMinus(found.code)} − ${back}) = ${number(found.back)}`],
      ["error", `x′ − x = ${number(found.error)}, ${steps(Math.abs(found.error) / state.scale)}` +
        (saturated ? ", from clipping" : "")],
    ];
    formula.replaceChildren(...lines.map(([name, text]) =>
      h("div", { class: "line" }, h("span", { class: "name" }, name), h("code", {}, text))));
  }

  function show(state, found) {
    last = [state, found];
    draw(state, found);
    write(state, found);
  }
  const watch = new ResizeObserver(([entry]) => {
    width = Math.max(120, Math.floor(entry.contentRect.width));
    picture.setAttribute("width", width);
    if (last) draw(...last);
  });
  watch.observe(frame);
  return { element, show, stop: () => watch.disconnect() };
}
