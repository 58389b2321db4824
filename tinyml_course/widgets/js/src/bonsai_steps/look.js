// SPDX-License-Identifier: Apache-2.0
import { COLOURS } from "../common/style.js";

export const LOOK = `
.tinyml-bonsai { container-type: inline-size; }
.tinyml-bonsai .row { display: flex; flex-wrap: wrap; gap: 6px; align-items: center; margin-bottom: 8px; }
.tinyml-bonsai .gap { flex: 0 0 14px; }
.tinyml-bonsai input[type="number"] { width: 5.5em; padding: 2px 6px; }
.tinyml-bonsai .chips { display: flex; flex-wrap: wrap; gap: 4px; margin: 0 0 8px; padding: 0; list-style: none; }
.tinyml-bonsai .chips button { padding: 2px 9px; min-height: 26px; border-radius: 13px; font-size: 13px; }
.tinyml-bonsai .chips .past { border-color: ${COLOURS.bonsai}; }
.tinyml-bonsai .chips button[aria-current], .tinyml-bonsai .chips button[aria-current]:hover:not(:disabled) { background: ${COLOURS.bonsai}; border-color: ${COLOURS.bonsai}; color: #fff; font-weight: 600; }
.tinyml-bonsai .words { min-height: 5.7em; border-left: 4px solid ${COLOURS.bonsai}; padding: 2px 12px; margin-bottom: 10px; }
.tinyml-bonsai .words strong { display: block; font-size: 15px; }
.tinyml-bonsai .panels { display: grid; gap: 8px 18px; grid-template: "sample tree scores" auto "z z scores" 1fr / 160px minmax(0, 1fr) minmax(0, 390px); }
.tinyml-bonsai .sample { grid-area: sample; } .tinyml-bonsai .tree { grid-area: tree; }
.tinyml-bonsai .projection { grid-area: z; } .tinyml-bonsai .scores { grid-area: scores; }
@container (max-width: 940px) {
  .tinyml-bonsai .panels.deep { grid-template: "sample tree" auto "z z" auto "scores scores" auto / 160px minmax(0, 1fr); }
}
@container (max-width: 800px) {
  .tinyml-bonsai .panels { grid-template: "sample tree" auto "z z" auto "scores scores" auto / 160px minmax(0, 1fr); }
}
@container (max-width: 460px) {
  .tinyml-bonsai .panels, .tinyml-bonsai .panels.deep { grid-template: "sample" auto "tree" auto "z" auto "scores" auto / minmax(0, 1fr); }
}
.tinyml-bonsai figure { margin: 0; min-width: 0; }
.tinyml-bonsai figcaption, .tinyml-bonsai caption { color: var(--quiet); font-size: 12px; text-align: left; margin-bottom: 3px; }
.tinyml-bonsai svg { display: block; overflow: visible; }
.tinyml-bonsai svg text { font-size: 12px; }
.tinyml-bonsai .frame { overflow: hidden; }
.tinyml-bonsai .sample svg { background: #fff; border: 1px solid var(--line); overflow: hidden; }
.tinyml-bonsai .pixel { fill: #111; }
.tinyml-bonsai .sample .bar { fill: ${COLOURS.float}; }
.tinyml-bonsai .z-bar { fill: ${COLOURS.bonsai}; }
.tinyml-bonsai .to-come { opacity: 0.5; }
.tinyml-bonsai .floor { stroke: var(--quiet); }
.tinyml-bonsai .edge { stroke: var(--quiet); stroke-width: 1.5; }
.tinyml-bonsai .edge.taken { stroke: ${COLOURS.bonsai}; stroke-width: 6; }
.tinyml-bonsai .edge.off { stroke: var(--line); stroke-dasharray: 4 4; }
.tinyml-bonsai .node { fill: var(--raised); stroke: var(--quiet); stroke-width: 1.5; }
.tinyml-bonsai .node.read { fill: ${COLOURS.bonsai}; stroke: ${COLOURS.bonsai}; }
.tinyml-bonsai .node.off { stroke: var(--line); stroke-dasharray: 3 3; }
.tinyml-bonsai svg .name.read { fill: #fff; font-weight: 700; }
.tinyml-bonsai svg .name.off { fill: var(--quiet); opacity: 0.6; }
.tinyml-bonsai .ring { fill: none; stroke: var(--accent); stroke-width: 3; }
.tinyml-bonsai svg .lost { fill: var(--quiet); font-size: 11px; }
.tinyml-bonsai svg .sign { font-size: 12px; font-weight: 600; paint-order: stroke; stroke: var(--page); stroke-width: 4px; stroke-linejoin: round; }
.tinyml-bonsai .scores { max-height: 420px; overflow: auto; min-width: 0; }
.tinyml-bonsai table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; font-size: 13px; margin: 0; }
.tinyml-bonsai thead th { position: sticky; top: 0; background: var(--page); color: var(--quiet); font-weight: 500; }
.tinyml-bonsai th, .tinyml-bonsai td { text-align: right; padding: 2px 6px; border: 0; white-space: nowrap; background: none; }
.tinyml-bonsai tbody tr { background: none !important; border-top: 1px solid var(--line); }
.tinyml-bonsai .adds { font-weight: 600; }
.tinyml-bonsai .held { text-decoration: underline dotted; }
.tinyml-bonsai thead th:last-child { width: 44%; text-align: left; padding-left: 1.6em; }
.tinyml-bonsai td.sum { display: grid; grid-template-columns: 3.6em 1fr; gap: 8px; width: auto; }
.tinyml-bonsai .bar-cell { position: relative; min-width: 70px; border-left: 0; background: linear-gradient(var(--line), var(--line)) center / 1px 100% no-repeat; }
.tinyml-bonsai .sum-bar { position: absolute; top: 3px; bottom: 3px; background: ${COLOURS.big}; border-radius: 2px; }
.tinyml-bonsai .answer { font-weight: 700; }
.tinyml-bonsai .answer .sum-bar { background: ${COLOURS.bonsai}; }
.tinyml-bonsai .answer th::before { content: "→ "; }
.tinyml-bonsai .label th { text-decoration: underline; }
.tinyml-bonsai .bytes { margin-top: 12px; }
.tinyml-bonsai .bytes-words { margin-bottom: 4px; }
.tinyml-bonsai .bytes-read { font-size: 20px; font-weight: 700; }
.tinyml-bonsai .bytes-bar { display: flex; height: 26px; border: 1px solid var(--line); border-radius: 4px; overflow: hidden; }
.tinyml-bonsai .part { flex: 0 1 0; min-width: 0; overflow: hidden; white-space: nowrap; font-size: 12px; line-height: 24px; text-align: center;
  border-right: 1px solid var(--page); }
.tinyml-bonsai .part.read { color: #111; background: ${COLOURS.bonsai}; }
.tinyml-bonsai .part.part-Z.read { background: ${COLOURS.network}; }
.tinyml-bonsai .part.part-theta.read { background: ${COLOURS.int8}; }
.tinyml-bonsai .part.to-come { opacity: 1; background: var(--page); color: var(--quiet); }
.tinyml-bonsai .part.part-never { color: var(--quiet); background: repeating-linear-gradient(45deg, var(--sunken) 0 6px, var(--page) 6px 10px); }
`;
