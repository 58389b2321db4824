// SPDX-License-Identifier: Apache-2.0
// Controls that several pieces have.
import { h } from "./dom.js";

// CSS for `choice`: belongs into the styles of a piece that has one.
export const CHOICE_STYLE = `
.tinyml .choice { border: 0; margin: 0; padding: 0; min-width: 0; display: flex; flex-wrap: wrap; align-items: center; }
.tinyml .choice legend { float: left; padding: 0; margin-right: 8px; color: var(--quiet); }
.tinyml .choice label {
  display: flex; align-items: center; border: 1px solid var(--line); padding: 3px 10px; min-height: 30px;
  margin-left: -1px; background: var(--raised); cursor: pointer;
}
.tinyml .choice label:first-of-type { border-radius: 4px 0 0 4px; }
.tinyml .choice label:last-of-type { border-radius: 0 4px 4px 0; }
.tinyml .choice input { position: absolute; opacity: 0; min-height: 0; }
.tinyml .choice label:has(:checked) {
  background: var(--sunken); font-weight: 600; box-shadow: inset 0 -3px var(--accent);
}
.tinyml .choice label:has(:focus-visible) { outline: 3px solid var(--accent); outline-offset: 1px; z-index: 1; }
`;

let groups = 0;
const group = Math.random().toString(36).slice(2); // each piece on a page loads this file anew

// One of several: radio buttons that look like one bar. `options` are [value, words].
export function choice(legend, options, pick) {
  const name = `tinyml-${group}-${groups++}`;
  const inputs = options.map(([value]) =>
    h("input", { type: "radio", name, value, onchange: () => pick(value) }),
  );
  const labels = options.map(([, words], k) => h("label", {}, inputs[k], words));
  return {
    element: h("fieldset", { class: "choice" }, h("legend", {}, legend), labels),
    show: (value) => inputs.forEach((input) => (input.checked = input.value === String(value))),
  };
}

// A list to choose from. `options` are [value, words]; groups are [label, options].
export function menu(label, groupsOfOptions, pick) {
  const made = (options) => options.map(([value, words]) => h("option", { value }, words));
  const select = h("select", { "aria-label": label, onchange: () => pick(select.value) });
  for (const [name, options] of groupsOfOptions)
    select.append(...(name ? [h("optgroup", { label: name }, made(options))] : made(options)));
  return select;
}
