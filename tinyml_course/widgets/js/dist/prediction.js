/*!
A piece of tinyml-course, SPDX-License-Identifier: Apache-2.0.
Built by "npm run build"; the readable source is in src/. Do not edit.
*/
function b(t,n,o){for(let[e,i]of Object.entries(n??{}))e.startsWith("on")?t.addEventListener(e.slice(2),i):i===!0?t.setAttribute(e,""):i!==!1&&i!==null&&i!==void 0&&t.setAttribute(e,i);return t.append(...o.flat(1/0).filter(e=>e!=null&&e!==!1)),t}function r(t,n,...o){return b(document.createElement(t),n,o)}var h=`
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
`;function l(t=""){let n=document.createElement("style");return n.textContent=h+t,n}function v(t){t.ctrlKey||t.altKey||t.metaKey||t.stopPropagation()}function p(t,n,...o){return r("div",{class:`tinyml tinyml-${t}`,onkeydown:v},l(n),...o)}function f(t,n,o){let e=n.map(i=>`change:${i}`);return e.forEach(i=>t.on(i,o)),o(),()=>e.forEach(i=>t.off(i,o))}function d(t,n){Object.entries(n).forEach(([o,e])=>t.set(o,e)),t.save_changes()}var E=5e3,w=`
.tinyml-prediction form { display: flex; flex-wrap: wrap; gap: 6px 8px; align-items: center; }
.tinyml-prediction .question { font-weight: 600; margin: 0 0 8px; }
.tinyml-prediction input { width: 17em; max-width: 100%; }
.tinyml-prediction .reading { min-height: 1.4em; margin: 4px 0 0; color: var(--quiet); }
.tinyml-prediction .committed { margin: 4px 0 0; font-weight: 600; }
`,g=t=>`tinyml-course guess: ${t.get("asked_as")}`;function k(t){try{return sessionStorage.getItem(g(t))}catch{return null}}function m(t){try{t.get("guess")!==null&&sessionStorage.setItem(g(t),String(t.get("guess")))}catch{}}function j({model:t}){t.on("change:guess",()=>m(t));let n=k(t);t.get("guess")===null&&!t.get("skipped")&&n!==null&&t.send({restore:n}),m(t)}function C({model:t,el:n}){let o=0,e=r("input",{type:"text",autocomplete:"off",placeholder:"such as 5000, 5e3 or 5 thousand","aria-label":`Your guess${t.get("unit")?`, in ${t.get("unit")}`:""}`,oninput:()=>d(t,{entry:e.value})}),i=r("button",{type:"submit",title:"Commit your guess; it cannot be changed afterwards"},"Commit"),a=r("p",{class:"reading","aria-live":"polite"}),c=r("p",{class:"committed",role:"status","aria-live":"polite"}),y=r("form",{onsubmit:s=>{s.preventDefault(),!i.disabled&&(t.send({commit:e.value}),clearTimeout(o),o=setTimeout(()=>{a.textContent="Python does not answer: it is busy, or was restarted. Run this cell again."},E))}},e,r("span",{},t.get("unit")),i);n.append(p("prediction",w,r("p",{class:"question"},"Predict. ",t.get("question")),y,a,c)),n.dataset.question=t.get("asked_as");let u=()=>clearTimeout(o);t.on("msg:custom",u);let x=f(t,["guess","skipped","entry","reading","outcome"],()=>{let s=t.get("guess")!==null||t.get("skipped");s&&u(),e.disabled=i.disabled=s,(document.activeElement!==e||s)&&(e.value=t.get("entry")),a.textContent=s?"":t.get("reading"),a.style.display=s?"none":"",c.textContent=t.get("outcome")});return()=>{x(),u(),t.off("msg:custom",u)}}var $={initialize:j,render:C};export{$ as default};
