// SPDX-License-Identifier: Apache-2.0
// One look for all pieces. The colours are those of plots.COLOURS; the greys are JupyterLab's, so that the dark
// theme works, with the light theme's as what is taken elsewhere.

export const COLOURS = {
  float: "#0072B2",
  int8: "#E69F00",
  fourBit: "#D55E00",
  bonsai: "#009E73",
  knn: "#CC79A7",
  network: "#56B4E9",
  big: "#5F5F5F",
  uno: "#00585E",
  sram: "#C3E2E0",
  flash: "#E8F4F3",
};

const BASE = `
.tinyml {
  --text: var(--jp-ui-font-color1, #222);
  --quiet: var(--jp-ui-font-color2, #555);
  --line: var(--jp-border-color1, #c8c8c8);
  --page: var(--jp-layout-color0, #fff);
  --raised: var(--jp-layout-color1, #fff);
  --sunken: var(--jp-layout-color2, #f2f2f2);
  --accent: var(--jp-brand-color1, #0072b2);
  --code-font: var(--jp-code-font-family, ui-monospace, monospace);
  color: var(--text);
  font: 14px/1.4 var(--jp-ui-font-family, system-ui, sans-serif);
  max-width: 980px;
  padding: 4px;
}
.tinyml *, .tinyml *::before { box-sizing: border-box; }
.tinyml button, .tinyml input, .tinyml select {
  font: inherit; color: inherit; background: var(--raised);
  border: 1px solid var(--line); border-radius: 4px; padding: 4px 10px; min-height: 30px;
}
.tinyml button { cursor: pointer; }
.tinyml button:hover:not(:disabled) { background: var(--sunken); }
.tinyml :disabled { opacity: 0.55; cursor: default; }
.tinyml :focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; }
.tinyml output, .tinyml .number { font-variant-numeric: tabular-nums; }
.tinyml-said { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
.tinyml svg text { fill: var(--text); font-family: inherit; }
`;

// The style elements of a piece: what all share, and its own rules.
export function style(own = "") {
  const element = document.createElement("style");
  element.textContent = BASE + own;
  return element;
}
