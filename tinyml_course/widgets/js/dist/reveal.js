/*!
A piece of tinyml-course, SPDX-License-Identifier: Apache-2.0.
Built by "npm run build"; the readable source is in src/. Do not edit.
*/
function u(t,o,r){for(let[e,n]of Object.entries(o??{}))e.startsWith("on")?t.addEventListener(e.slice(2),n):n===!0?t.setAttribute(e,""):n!==!1&&n!==null&&n!==void 0&&t.setAttribute(e,n);return t.append(...r.flat(1/0).filter(e=>e!=null&&e!==!1)),t}function i(t,o,...r){return u(document.createElement(t),o,r)}var p=`
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
`;function s(t=""){let o=document.createElement("style");return o.textContent=p+t,o}function f(t){t.ctrlKey||t.altKey||t.metaKey||t.stopPropagation()}function l(t,o,...r){return i("div",{class:`tinyml tinyml-${t}`,onkeydown:f},s(o),...r)}function c(t,o,r){let e=o.map(n=>`change:${n}`);return e.forEach(n=>t.on(n,r)),r(),()=>e.forEach(n=>t.off(n,r))}var d=`
.tinyml-reveal .gate { display: flex; flex-wrap: wrap; gap: 8px; align-items: center; }
.tinyml-reveal .gate p { margin: 0; flex-basis: 100%; }
.tinyml-reveal svg { max-width: 100%; height: auto; }
`;function m({model:t,el:o}){let r=()=>{let a=document.querySelector(`[data-question="${CSS.escape(t.get("asked_as"))}"]`);a?.scrollIntoView({block:"center"}),a?.querySelector("input")?.focus({preventScroll:!0})},e=i("div",{class:"gate"},i("p",{},"Commit a guess first: a wrong guess helps you to remember the right answer."),i("button",{type:"button",class:"back",onclick:r},"Back to the question"),i("button",{type:"button",class:"skip",onclick:()=>t.send({skip:!0})},"Show it without a guess")),n=i("div",{class:"answer","aria-live":"polite"});return o.append(l("reveal",d,e,n)),c(t,["opened","shown"],()=>{e.hidden=t.get("opened"),e.style.display=t.get("opened")?"none":"",n.innerHTML=t.get("opened")?t.get("shown"):""})}var E={render:m};export{E as default};
