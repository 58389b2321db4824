// SPDX-License-Identifier: Apache-2.0
import { COLOURS } from "../common/style.js";

export const LOOK = `
.tinyml-quantization .row { display: flex; flex-wrap: wrap; gap: 8px 14px; align-items: center; margin: 6px 0; }
.tinyml-quantization label { display: inline-flex; gap: 6px; align-items: center; }
.tinyml-quantization .slider { flex: 1 1 300px; }
.tinyml-quantization input[type="range"] { flex: 1; min-width: 90px; padding: 0; accent-color: var(--accent); }
.tinyml-quantization input[type="number"] { width: 8.5em; padding: 2px 6px; }
.tinyml-quantization .slider > span { width: 5.5em; }
.tinyml-quantization button[aria-pressed="true"] { border-color: var(--accent); box-shadow: inset 0 0 0 1px var(--accent); font-weight: 600; }
.tinyml-quantization svg { display: block; overflow: visible; user-select: none; }
.tinyml-quantization svg text { font-size: 12px; }
.tinyml-quantization .chart, .tinyml-quantization .lens { overflow: hidden; }
.tinyml-quantization svg .note { fill: var(--quiet); font-size: 11px; }
.tinyml-quantization svg .code { font-weight: 600; }
.tinyml-quantization .codes { stroke: var(--accent); stroke-width: 1; }
.tinyml-quantization .lanes { stroke: var(--accent); stroke-width: 1; opacity: 0.3; }
.tinyml-quantization .bar { fill: ${COLOURS.int8}; }
.tinyml-quantization .bar.clipped { fill: url(#tinyml-clipped); }
.tinyml-quantization .hatch-ground { fill: ${COLOURS.fourBit}; }
.tinyml-quantization .hatch { stroke: var(--page); stroke-width: 3; }
.tinyml-quantization .outside { fill: var(--quiet); opacity: 0.13; }
.tinyml-quantization .floor { stroke: var(--quiet); }
.tinyml-quantization .handle { cursor: ew-resize; }
.tinyml-quantization .handle:focus { outline: none; }
.tinyml-quantization .reach { fill: transparent; }
.tinyml-quantization .stem { stroke: var(--accent); stroke-width: 2; }
.tinyml-quantization .knob { fill: var(--raised); stroke: var(--accent); stroke-width: 2; }
.tinyml-quantization .rib { stroke: var(--accent); stroke-width: 1.5; }
.tinyml-quantization .handle:hover .knob { fill: var(--sunken); }
.tinyml-quantization .handle:focus-visible .knob { stroke-width: 4; fill: var(--sunken); }
.tinyml-quantization .handle:focus-visible .stem { stroke-width: 3; }
.tinyml-quantization .thread { pointer-events: none; stroke: var(--text); stroke-dasharray: 2 4; }
.tinyml-quantization .handle-value .knob { stroke: var(--text); }
.tinyml-quantization .readings { display: grid; grid-template-columns: repeat(6, minmax(0, 1fr)); gap: 6px; margin: 4px 0 10px; }
.tinyml-quantization .reading { background: var(--sunken); border-radius: 4px; padding: 5px 10px; display: grid; }
.tinyml-quantization .reading span { color: var(--quiet); font-size: 12px; }
.tinyml-quantization .reading output { font-size: 16px; font-weight: 600; white-space: nowrap; }
.tinyml-quantization .reading .bad { text-decoration: underline wavy ${COLOURS.fourBit}; }
.tinyml-quantization .split { grid-column: 1 / -1; }
.tinyml-quantization .split-bar { display: flex; height: 10px; border-radius: 4px; overflow: hidden; margin-bottom: 3px; }
.tinyml-quantization .part.rounding { background: ${COLOURS.int8}; }
.tinyml-quantization .part.clipping { background: repeating-linear-gradient(45deg, ${COLOURS.fourBit} 0 4px, var(--page) 4px 6px); }
.tinyml-quantization .split-words { font-size: 13px; }
.tinyml-quantization .readings[data-from="page"] output { opacity: 0.75; }
.tinyml-quantization .magnifier { display: grid; grid-template-columns: minmax(260px, 2fr) 3fr; gap: 6px 18px; align-items: center;
  border-top: 1px solid var(--line); padding-top: 8px; }
.tinyml-quantization .magnifier .lens { min-width: 0; }
@container (max-width: 760px) {
  .tinyml-quantization .magnifier { grid-template-columns: minmax(0, 1fr); }
  .tinyml-quantization .readings { grid-template-columns: repeat(3, minmax(0, 1fr)); }
}
.tinyml-quantization .formula { display: grid; gap: 3px; min-width: 0; }
.tinyml-quantization .line { display: grid; grid-template-columns: 5.5em 1fr; }
.tinyml-quantization .name { color: var(--quiet); font-size: 12px; padding-top: 1px; }
.tinyml-quantization .formula code { font: 13px/1.4 var(--code-font); background: none; color: inherit; padding: 0; overflow-wrap: anywhere; }
.tinyml-quantization .rung { stroke: var(--line); }
.tinyml-quantization .code-dot { fill: var(--quiet); }
.tinyml-quantization .code-dot.here { fill: var(--accent); }
.tinyml-quantization .here { font-weight: 700; }
.tinyml-quantization .way { stroke: var(--accent); stroke-width: 2; fill: none; }
.tinyml-quantization .value-dot { fill: var(--raised); stroke: var(--text); stroke-width: 2.5; }
.tinyml-quantization .off { fill: ${COLOURS.fourBit}; }
.tinyml-quantization .channels { border-top: 1px solid var(--line); margin-top: 8px; padding-top: 6px; }
.tinyml-quantization .channels summary { cursor: pointer; }
.tinyml-quantization .channels p { margin: 4px 0; font-size: 13px; }
.tinyml-quantization .own { fill: ${COLOURS.int8}; opacity: 0.35; }
.tinyml-quantization .extent { fill: ${COLOURS.int8}; }
.tinyml-quantization .one { stroke: var(--accent); stroke-dasharray: 6 4; fill: none; }
.tinyml-quantization { container-type: inline-size; }
.tinyml-quantization [hidden] { display: none; }
`;
