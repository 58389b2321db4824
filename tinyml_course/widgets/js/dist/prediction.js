/*!
A piece of tinyml-course, SPDX-License-Identifier: Apache-2.0.
Built by "npm run build"; the readable source is in src/. Do not edit.
*/
function E(t,e,o){for(let[n,i]of Object.entries(e??{}))n.startsWith("on")?t.addEventListener(n.slice(2),i):i===!0?t.setAttribute(n,""):i!==!1&&i!==null&&i!==void 0&&t.setAttribute(n,i);return t.append(...o.flat(1/0).filter(n=>n!=null&&n!==!1)),t}function r(t,e,...o){return E(document.createElement(t),e,o)}var k=`
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
`;function f(t=""){let e=document.createElement("style");return e.textContent=k+t,e}function j(t){t.ctrlKey||t.altKey||t.metaKey||t.stopPropagation()}function d(t,e,...o){return r("div",{class:`tinyml tinyml-${t}`,onkeydown:j},f(e),...o)}function m(t,e,o){let n=e.map(i=>`change:${i}`);return n.forEach(i=>t.on(i,o)),o(),()=>n.forEach(i=>t.off(i,o))}function g(t,e){Object.entries(e).forEach(([o,n])=>t.set(o,n)),t.save_changes()}function u(t,e){try{return t.send(e),!0}catch{return!1}}var y="Python does not know this any more: its kernel was restarted. Run this cell again.";var C=5e3,S="Python does not answer yet: another cell is running. Your guess waits for it.",L=`
.tinyml-prediction form { display: flex; flex-wrap: wrap; gap: 6px 8px; align-items: center; }
.tinyml-prediction .question { font-weight: 600; margin: 0 0 8px; }
.tinyml-prediction input { width: 17em; max-width: 100%; }
.tinyml-prediction .reading { min-height: 1.4em; margin: 4px 0 0; color: var(--quiet); }
.tinyml-prediction .committed { margin: 4px 0 0; font-weight: 600; }
`,h=t=>`tinyml-course guess: ${t.get("asked_as")}`;function N(t){try{return sessionStorage.getItem(h(t))}catch{return null}}function x(t){try{t.get("guess")!==null&&sessionStorage.setItem(h(t),String(t.get("guess")))}catch{}}function F({model:t}){t.on("change:guess",()=>x(t));let e=N(t);t.get("guess")===null&&!t.get("skipped")&&e!==null&&u(t,{restore:e}),x(t)}function q({model:t,el:e}){let o=0,n=r("input",{type:"text",autocomplete:"off",placeholder:"such as 50 or 5 thousand","aria-label":`Your guess${t.get("unit")?`, in ${t.get("unit")}`:""}`,oninput:()=>g(t,{entry:n.value})}),i=r("button",{type:"submit",title:"Commit your guess; it cannot be changed afterwards"},"Commit"),a=r("p",{class:"reading","aria-live":"polite"}),l=r("p",{class:"committed",role:"status","aria-live":"polite"}),b=r("form",{onsubmit:s=>{if(s.preventDefault(),i.disabled)return;let p=u(t,{commit:n.value}),w=()=>a.textContent=p?S:y;clearTimeout(o),o=setTimeout(w,p?C:0)}},n,r("span",{},t.get("unit")),i);e.append(d("prediction",L,r("p",{class:"question"},"Predict. ",t.get("question")),b,a,l)),e.dataset.question=t.get("asked_as");let c=()=>clearTimeout(o);t.on("msg:custom",c);let v=m(t,["guess","skipped","entry","reading","outcome"],()=>{let s=t.get("guess")!==null||t.get("skipped");s&&c(),n.disabled=i.disabled=s,(document.activeElement!==n||s)&&(n.value=t.get("entry")),a.textContent=s?"":t.get("reading"),a.style.display=s?"none":"",l.textContent=t.get("outcome")});return()=>{v(),c(),t.off("msg:custom",c)}}var _={initialize:F,render:q};export{_ as default};
