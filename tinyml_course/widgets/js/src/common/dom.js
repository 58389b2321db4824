// SPDX-License-Identifier: Apache-2.0
// Elements made of plain calls: h("button", { class: "go", onclick: start, "aria-label": "Run" }, "Run").

const SVG = "http://www.w3.org/2000/svg";

function fill(element, properties, children) {
  for (const [name, value] of Object.entries(properties ?? {})) {
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (value === true) element.setAttribute(name, "");
    else if (value !== false && value !== null && value !== undefined) element.setAttribute(name, value);
  }
  element.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

export function h(tag, properties, ...children) {
  return fill(document.createElement(tag), properties, children);
}

export function svg(tag, properties, ...children) {
  return fill(document.createElementNS(SVG, tag), properties, children);
}

// A text that a screen reader speaks when it changes.
export function announcer() {
  return h("div", { class: "tinyml-said", role: "status", "aria-live": "polite" });
}
