// SPDX-License-Identifier: Apache-2.0
// What every piece needs around its own drawing: a root that keeps the keys to itself, and ways to follow the model.
import { h } from "./dom.js";
import { style } from "./style.js";

// JupyterLab takes keys that nobody stops as commands for the notebook: "a" adds a cell, an arrow goes to the next one.
// Keys with Ctrl, Alt or Meta are its own.
function keep(event) {
  if (!(event.ctrlKey || event.altKey || event.metaKey)) event.stopPropagation();
}

// The root of one view.
export function root(name, own, ...children) {
  return h("div", { class: `tinyml tinyml-${name}`, onkeydown: keep }, style(own), ...children);
}

// Call `show` now and whenever one of the named traits changes; returns what ends that.
export function follow(model, names, show) {
  const events = names.map((name) => `change:${name}`);
  events.forEach((event) => model.on(event, show));
  show();
  return () => events.forEach((event) => model.off(event, show));
}

// Set traits and send them to Python.
export function tell(model, values) {
  Object.entries(values).forEach(([name, value]) => model.set(name, value));
  model.save_changes();
}

// Send a message to Python; false if the kernel that knew this piece was restarted or ended.
export function ask(model, message) {
  try {
    model.send(message);
    return true;
  } catch {
    return false;
  }
}

export const UNKNOWN = "Python does not know this any more: its kernel was restarted. Run this cell again.";

export const reducedMotion = () => matchMedia("(prefers-reduced-motion: reduce)").matches;

// Drag with mouse, pen or finger. `start(event)` may return false to refuse; `move` and `end` get the pixels since.
export function draggable(element, { start = () => true, move, end = () => {} }) {
  let from = null;
  const since = (event) => [event.clientX - from.x, event.clientY - from.y];
  // A finger must not scroll the page meanwhile. The style touch-action would say so, but not for parts of an SVG.
  element.addEventListener("touchstart", (event) => event.preventDefault(), { passive: false });
  element.addEventListener("pointerdown", (event) => {
    if (event.button !== 0 || start(event) === false) return;
    from = { x: event.clientX, y: event.clientY };
    element.setPointerCapture(event.pointerId);
  });
  element.addEventListener("pointermove", (event) => from && move(...since(event), event));
  for (const last of ["pointerup", "pointercancel"])
    element.addEventListener(last, (event) => {
      if (!from) return;
      const moved = since(event);
      from = null;
      end(...moved, event);
    });
}
