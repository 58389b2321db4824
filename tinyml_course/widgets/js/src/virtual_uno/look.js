// SPDX-License-Identifier: Apache-2.0
// The rules of this piece's look; those that all pieces share are in common/style.js.

export const LOOK = `
.uno-body { display: grid; grid-template-columns: 320px minmax(0, 1fr); gap: 8px 24px; }
.uno-body[inert] { opacity: 0.5; }
.uno-left, .uno-right, .uno-below { display: flex; flex-direction: column; gap: 10px; min-width: 0; }
.uno-pair { display: flex; flex-wrap: wrap; gap: 16px; margin-bottom: 10px; }
.uno-pair:empty { display: none; }
.uno-board { display: block; height: 204px; }
.tinyml-uno p { margin: 4px 0; }
.uno-leds, .uno-state, .uno-help, .uno-counts, .uno-example { color: var(--quiet); font-size: 12px; }
.uno-state { display: block; min-height: 34px; font-variant-numeric: tabular-nums; }
.uno-row { display: flex; flex-wrap: wrap; gap: 6px; align-items: center; }
.uno-controls { display: flex; flex-direction: column; gap: 6px; }
.uno-controls input { flex: 1; min-width: 60px; padding: 0; min-height: 24px; }
.uno-speed { min-width: 135px; font-size: 13px; }
.uno-run { min-width: 70px; }
.tinyml-uno button[aria-pressed="true"] { background: var(--accent); color: #fff; border-color: var(--accent); }
.uno-title { display: flex; justify-content: space-between; align-items: center; gap: 8px; margin: 6px 0 3px; }
.uno-title > span:first-child { font-weight: 600; }
.uno-title button { padding: 1px 8px; min-height: 24px; font-size: 12px; }
.uno-bar { display: block; width: 100%; height: 22px; background: var(--sunken); }
.uno-frame { fill: none; stroke: var(--quiet); }
.uno-legend { list-style: none; margin: 5px 0; padding: 0; font-size: 12px; display: grid;
  grid-template-columns: 1fr 1fr; grid-auto-flow: column; grid-template-rows: repeat(3, auto); }
.uno-key { display: inline-block; width: 10px; height: 10px; margin-right: 5px; border: 1px solid var(--quiet); }
.uno-striped { background: repeating-linear-gradient(45deg, #E69F00 0 2px, transparent 2px 4px); }
.uno-inference { display: block; margin-top: 8px; }
.uno-steps { width: 100%; border-collapse: collapse; font: 12px/1.5 var(--code-font); margin-top: 6px; }
.uno-steps caption, .uno-scores caption { text-align: left; font: 600 12px var(--jp-ui-font-family, sans-serif); }
.uno-steps th, .uno-steps td { text-align: left; padding: 0 6px 0 0; font-weight: normal; white-space: nowrap; }
.uno-steps th { color: var(--quiet); }
.uno-steps td:nth-child(2) { max-width: 90px; overflow: hidden; text-overflow: ellipsis; }
.uno-steps td:last-child, .uno-steps th:last-child { text-align: right; padding-right: 0; }
.uno-steps [aria-current] { background: var(--sunken); font-weight: 600; }
.uno-steps [aria-current] td { font-weight: 600; }
.uno-drawing { width: 250px; display: flex; flex-direction: column; gap: 6px; }
.uno-paper { width: 240px; height: 240px; border: 1px solid var(--quiet); cursor: crosshair; touch-action: none; }
.uno-check { font-size: 13px; }
.tinyml-uno .uno-check input { min-height: 0; }
.uno-answer { flex: 1; min-width: 210px; }
.uno-class { font-size: 88px; line-height: 1; font-weight: 700; text-align: center; color: var(--text); }
.uno-class.uno-long { font-size: 36px; line-height: 1.3; }
.uno-unsure .uno-class { color: var(--quiet); }
.uno-unsure .uno-class::after { content: " ?"; font-size: 0.5em; }
.uno-words { min-height: 40px; text-align: center; }
.uno-scores { width: 100%; border-collapse: collapse; font-size: 12px; }
.uno-scores th { font-weight: normal; text-align: right; padding: 0 6px; white-space: nowrap; width: 1%; }
.uno-scores td.number { text-align: right; padding-left: 6px; width: 1%; white-space: nowrap; }
.uno-track span { display: block; height: 11px; min-width: 2px; background: #56B4E9; }
.uno-best .uno-track span { background: #009E73; }
.uno-best th, .uno-best .number { font-weight: 700; }
.tinyml-uno .uno-log { height: 150px; overflow: auto; margin: 0; padding: 6px; font: 12px/1.4 var(--code-font); white-space: pre-wrap;
  overflow-wrap: anywhere; color: var(--text); background: var(--sunken); border: 1px solid var(--line); }
.uno-monitor { display: flex; flex-direction: column; gap: 6px; }
.uno-monitor input[type="text"] { flex: 1; min-width: 90px; font-family: var(--code-font); }
.uno-monitor select { max-width: 130px; }
.uno-monitor .uno-title { margin: 0; }
.uno-monitor .uno-counts { flex: 1; text-align: right; }
.uno-analog input[type="range"] { flex: 1; min-width: 100px; padding: 0; }
.uno-analog output { min-width: 105px; text-align: right; }
.uno-scope { display: block; width: 100%; height: 70px; background: var(--sunken); border: 1px solid var(--line); margin-top: 4px; }
.uno-scope polyline { fill: none; stroke: #D55E00; stroke-width: 1.2; vector-effect: non-scaling-stroke; }
.uno-fault { border-left: 4px solid #D55E00; padding: 6px 10px; background: var(--sunken); }
.uno-head { display: flex; gap: 10px; align-items: center; }
.uno-note { border-left: 4px solid #0072B2; padding: 4px 10px; background: var(--sunken); flex: 1; }
@media (max-width: 760px) { .uno-body { grid-template-columns: minmax(0, 1fr); } }
`;
