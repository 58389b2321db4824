/*!
A piece of tinyml-course, SPDX-License-Identifier: Apache-2.0.
Built by "npm run build"; the readable source is in src/. Do not edit.
*/
function m(t,e,r){for(let[n,o]of Object.entries(e??{}))n.startsWith("on")?t.addEventListener(n.slice(2),o):o===!0?t.setAttribute(n,""):o!==!1&&o!==null&&o!==void 0&&t.setAttribute(n,o);return t.append(...r.flat(1/0).filter(n=>n!=null&&n!==!1)),t}function i(t,e,...r){return m(document.createElement(t),e,r)}var y=`
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
`;function c(t=""){let e=document.createElement("style");return e.textContent=y+t,e}function x(t){t.ctrlKey||t.altKey||t.metaKey||t.stopPropagation()}function u(t,e,...r){return i("div",{class:`tinyml tinyml-${t}`,onkeydown:x},c(e),...r)}function p(t,e,r){let n=e.map(o=>`change:${o}`);return n.forEach(o=>t.on(o,r)),r(),()=>n.forEach(o=>t.off(o,r))}function f(t,e){try{return t.send(e),!0}catch{return!1}}var d="Python does not know this any more: its kernel was restarted. Run this cell again.";var h=`
.tinyml-reveal .gate { display: flex; flex-wrap: wrap; gap: 8px; align-items: center; }
.tinyml-reveal .gate p { margin: 0; flex-basis: 100%; }
.tinyml-reveal svg { max-width: 100%; height: auto; }
`;function g({model:t,el:e}){let r=()=>{let l=document.querySelector(`[data-question="${CSS.escape(t.get("asked_as"))}"]`);l?.scrollIntoView({block:"center"}),l?.querySelector("input")?.focus({preventScroll:!0})},n=i("p",{role:"status"}),o=()=>f(t,{skip:!0})||(n.textContent=d),a=i("div",{class:"gate"},i("p",{},"Commit a guess first: a wrong guess helps you to remember the right answer."),i("button",{type:"button",class:"back",onclick:r},"Back to the question"),i("button",{type:"button",class:"skip",onclick:o},"Show it without a guess"),n),s=i("div",{class:"answer","aria-live":"polite"});return e.append(u("reveal",h,a,s)),p(t,["opened","shown"],()=>{a.hidden=t.get("opened"),a.style.display=t.get("opened")?"none":"",s.innerHTML=t.get("opened")?t.get("shown"):""})}var C={render:g};export{C as default};
