/*!
A piece of tinyml-course, SPDX-License-Identifier: Apache-2.0.
Built by "npm run build"; the readable source is in src/. Do not edit.
*/
var gt="http://www.w3.org/2000/svg";function Q(t,i,p){for(let[s,o]of Object.entries(i??{}))s.startsWith("on")?t.addEventListener(s.slice(2),o):o===!0?t.setAttribute(s,""):o!==!1&&o!==null&&o!==void 0&&t.setAttribute(s,o);return t.append(...p.flat(1/0).filter(s=>s!=null&&s!==!1)),t}function v(t,i,...p){return Q(document.createElement(t),i,p)}function m(t,i,...p){return Q(document.createElementNS(gt,t),i,p)}var Z=`
.tinyml .choice { border: 0; margin: 0; padding: 0; min-width: 0; display: flex; flex-wrap: wrap; align-items: center; }
.tinyml .choice legend { float: left; padding: 0; margin-right: 8px; color: var(--quiet); }
.tinyml .choice label {
  display: flex; align-items: center; border: 1px solid var(--line); padding: 3px 10px; min-height: 30px;
  margin-left: -1px; background: var(--raised); cursor: pointer;
}
.tinyml .choice label:first-of-type { border-radius: 4px 0 0 4px; }
.tinyml .choice label:last-of-type { border-radius: 0 4px 4px 0; }
.tinyml .choice input { position: absolute; opacity: 0; min-height: 0; }
.tinyml .choice label:has(:checked) {
  background: var(--sunken); font-weight: 600; box-shadow: inset 0 -3px var(--accent);
}
.tinyml .choice label:has(:focus-visible) { outline: 3px solid var(--accent); outline-offset: 1px; z-index: 1; }
`,bt=0,vt=Math.random().toString(36).slice(2);function tt(t,i,p){let s=`tinyml-${vt}-${bt++}`,o=i.map(([r])=>v("input",{type:"radio",name:s,value:r,onchange:()=>p(r)})),E=i.map(([,r],w)=>v("label",{},o[w],r));return{element:v("fieldset",{class:"choice"},v("legend",{},t),E),show:r=>o.forEach(w=>w.checked=w.value===String(r))}}var et={float:"#0072B2",int8:"#E69F00",fourBit:"#D55E00",bonsai:"#009E73",knn:"#CC79A7",network:"#56B4E9",big:"#5F5F5F",uno:"#00585E",sram:"#C3E2E0",flash:"#E8F4F3"},wt=`
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
`;function nt(t=""){let i=document.createElement("style");return i.textContent=wt+t,i}function Et(t){t.ctrlKey||t.altKey||t.metaKey||t.stopPropagation()}function at(t,i,...p){return v("div",{class:`tinyml tinyml-${t}`,onkeydown:Et},nt(i),...p)}function ot(t,i,p){let s=i.map(o=>`change:${o}`);return s.forEach(o=>t.on(o,p)),p(),()=>s.forEach(o=>t.off(o,p))}function P(t,i){Object.entries(i).forEach(([p,s])=>t.set(p,s)),t.save_changes()}function rt(t,{start:i=()=>!0,move:p,end:s=()=>{}}){let o=null,E=r=>[r.clientX-o.x,r.clientY-o.y];t.addEventListener("touchstart",r=>r.preventDefault(),{passive:!1}),t.addEventListener("pointerdown",r=>{r.button!==0||i(r)===!1||(o={x:r.clientX,y:r.clientY},t.setPointerCapture(r.pointerId))}),t.addEventListener("pointermove",r=>o&&p(...E(r),r));for(let r of["pointerup","pointercancel"])t.addEventListener(r,w=>{if(!o)return;let B=E(w);o=null,s(...B,w)})}var q=["#CDE7F5","#FBE3B5","#C9E9DD","#F1D9E6","#E4E4E4","#F7CDB3"],[z,Y,F,K,it,_t]=[66,26,330,118,26,7],C=Y+F,$=t=>t.toLocaleString("en"),Mt=t=>typeof t=="number"?+t.toFixed(2):t,g=(t,i)=>Object.entries(i).forEach(([p,s])=>t.setAttribute(p,Mt(s))),$t=(t,i)=>t.first<=i.last&&i.first<=t.last;function st({blocks:t,steps:i,on:p}){let s=null,o=0,E=1,r=null,w=`tinyml-hatch-${Math.random().toString(36).slice(2)}`,B=m("pattern",{id:w,width:7,height:7,patternUnits:"userSpaceOnUse",patternTransform:"rotate(45)"},m("rect",{width:3,height:7,fill:"var(--clash)","fill-opacity":.75})),T=i.map((e,n)=>m("rect",{class:"column",onclick:()=>p.step(n)},m("title",{},`operator ${n}, ${e.kind}`))),j=i.map((e,n)=>m("text",{"text-anchor":"middle"},n)),D=m("rect",{class:"here"}),A=t.map((e,n)=>ct(e,n)),I=m("line",{class:"bound"}),L=m("text",{class:"bound-text","text-anchor":"end"}),H=m("line",{class:"top"}),O=m("text",{"text-anchor":"end"}),d=m("path",{class:"top",fill:"none"}),_=m("text",{"text-anchor":"end"},"0 B"),M=m("text",{"text-anchor":"middle"},"operators, in the order they run"),S=m("g"),R=m("g"),G=m("text",{class:"name","text-anchor":"middle"}),W=m("svg",{role:"group","aria-label":"Memory plan: time from left to right, bytes of the arena from bottom to top"},m("defs",{},B),D,T,A.map(e=>e.element),S,I,L,H,O,d,_,j,M,R,G),k=()=>(o-z)/Math.max(1,i.length),U=e=>z+k()*e,b=e=>C-F*e/E;function lt(e,n){let l=t[e],u=[0];t.forEach((f,x)=>{x!==e&&$t(l,f)&&u.push(s.offsets[x]+f.size,s.offsets[x]-l.size)});let h=_t*E/F,y=f=>Math.abs(f-n),c=u.filter(f=>f>=0&&y(f)<h).sort((f,x)=>y(f)-y(x)),a=c.length?c[0]:n;return Math.max(0,Math.ceil(Math.round(Math.min(a,E-l.size))/l.alignment)*l.alignment)}function ct(e,n){let l=m("rect",{class:"body",fill:q[n%q.length]}),u=m("rect",{class:"grab"}),h=m("text",{class:"name","text-anchor":"middle"},e.label),y=m("text",{"text-anchor":"middle"},`${$(e.size)} B`),c=m("g",{class:"block",tabindex:0,role:"slider","aria-orientation":"vertical","data-block":n,"aria-valuemin":0,"aria-label":`${e.label}, ${$(e.size)} bytes, needed from operator ${e.first} to ${e.last}`},m("title",{},`${e.label} (${e.names}): ${$(e.size)} B`),l,u,h,y);return rt(c,{start:a=>{a.preventDefault(),c.focus({preventScroll:!0}),r={k:n,from:s.offsets[n],at:s.offsets[n],highest:E}},move:(a,f)=>{r.at=lt(n,r.from-f*E/F),V({...s,offsets:s.offsets.map((x,N)=>N===n?r.at:x)},!0)},end:(a,f)=>{let x=r.at;r=null,Math.abs(f)<3&&x===s.offsets[n]?p.step(Math.min(e.last,Math.max(e.first,s.step))):p.place(n,x)}}),c.addEventListener("keydown",a=>{if(a.key==="Home")p.place(n,0);else if(a.key==="ArrowUp"||a.key==="ArrowDown")p.key(n,a.key==="ArrowUp",a.shiftKey);else return;a.preventDefault()}),{element:c,rect:l,grab:u,name:h,size:y}}function pt(e){o=e-K-it,g(W,{width:e,height:C+44,viewBox:`0 0 ${e} ${C+44}`});let n=Math.ceil(22/k());T.forEach((l,u)=>g(l,{x:U(u),y:Y,width:k(),height:F+22})),j.forEach((l,u)=>{g(l,{x:U(u+.5),y:C+16}),l.style.display=u%n?"none":""}),g(d,{d:`M${z} ${Y-6}V${C}H${o}`}),g(_,{x:z-6,y:C}),g(M,{x:(z+o)/2,y:C+36})}function V(e,n=!1){n||(s=e);let{offsets:l,step:u,bound:h,most:y}=e,c=l.map((f,x)=>f+t[x].size),a=n?Math.max(...c):e.arena;E=r?r.highest:Math.max(1,a,y)*1.12,g(D,{x:U(u),y:Y-6,width:k(),height:F+6}),A.forEach((f,x)=>mt(f,x,l[x],t[x].first<=u&&u<=t[x].last)),g(I,{x1:z,x2:o,y1:b(h),y2:b(h)}),g(L,{x:o,y:b(h)-5}),L.textContent=`lower bound ${$(h)} B`,g(H,{x1:z-5,x2:o,y1:b(a),y2:b(a)}),g(O,{x:z-8,y:b(a)+4}),O.textContent=`${$(a)} B`,S.replaceChildren(...(n?ft(l):e.clashes).map(ht)),ut(e,a,n?[]:e.free)}function mt(e,n,l,u){let h=t[n],y={x:U(h.first)+1,width:k()*(h.last+1-h.first)-2},c=F*h.size/E,a=y.width>26;g(e.rect,{...y,y:b(l+h.size),height:Math.max(2,c)});let f=b(l+h.size/2);g(e.grab,{...y,y:f-Math.max(c,16)/2,height:Math.max(c,16)}),g(e.name,{x:y.x+y.width/2,y:f+(c>27?-3:4)}),g(e.size,{x:y.x+y.width/2,y:f+11}),e.name.style.display=c>13&&a&&y.width>6.6*h.label.length?"":"none",e.size.style.display=c>27&&a?"":"none",e.element.classList.toggle("alive",u),g(e.element,{"aria-valuenow":l,"aria-valuemax":Math.floor(E)-h.size,"aria-valuetext":`bytes ${l} to ${l+h.size-1}`})}function ft(e){let n=r.k;return t.flatMap((l,u)=>{let h=Math.max(e[n],e[u]),y=Math.min(e[n]+t[n].size,e[u]+l.size),[c,a]=[Math.max(t[n].first,l.first),Math.min(t[n].last,l.last)];return u!==n&&h<y&&c<=a?[{low:h,high:y,first:c,last:a}]:[]})}let ht=({low:e,high:n,first:l,last:u})=>m("rect",{class:"clash",fill:`url(#${w})`,x:U(l),width:k()*(u+1-l),y:b(n),height:Math.max(3,b(e)-b(n))});function ut({offsets:e,step:n},l,u){let h=o+it,y=(i[n]?.alive??[]).map(c=>{let[a,f]=[e[c],t[c].size],x=`${t[c].label}, ${$(f)} B`;return[a,a+f,x,{class:"slice",fill:q[c%q.length]},"slice-text"]});for(let[c,a]of u)y.push([c,a,`free, ${$(a-c)} B`,{class:"free"},""]);R.replaceChildren(...y.flatMap(([c,a,f,x,N])=>{let X=b(c)-b(a),dt=m("title",{},`${f}: bytes ${$(c)} to ${$(a-1)}`),J=m("rect",{...x,x:h,width:K-2,y:b(a),height:Math.max(1,X)},dt),yt={x:h+K/2,y:(b(c)+b(a))/2+4,"text-anchor":"middle"},xt=m("text",{class:N,...yt},f);return X>13?[J,xt]:[J]})),g(G,{x:h+K/2,y:C+16}),G.textContent=`operator ${n} runs`}return{element:W,lay:pt,draw:V}}var zt=`
${Z}
.tinyml-memory_plan { --bound: ${et.fourBit}; --hole: #00000014; --clash: #C00000; --here: #0072B222; }
[data-jp-theme-light="false"] .tinyml-memory_plan { --bound: #FF8C42; --hole: #FFFFFF24; --clash: #FF6B6B; --here: #56B4E933; }
.tinyml-memory_plan .bar { display: flex; flex-wrap: wrap; gap: 8px 12px; align-items: center; margin: 6px 0; }
.tinyml-memory_plan .bar input { padding: 0; width: 180px; accent-color: var(--accent); }
.tinyml-memory_plan svg { display: block; max-width: 100%; }
.tinyml-memory_plan svg text { font-size: 11px; pointer-events: none; }
.tinyml-memory_plan p { margin: 6px 0; }
.tinyml-memory_plan .verdict { font-weight: 600; min-height: 1.4em; }
.tinyml-memory_plan .here { fill: var(--here); stroke: var(--accent); }
.tinyml-memory_plan .bound { stroke: var(--bound); stroke-width: 2; stroke-dasharray: 7 4; }
.tinyml-memory_plan .bound-text { fill: var(--bound); font-weight: 700; }
.tinyml-memory_plan .top { stroke: var(--text); stroke-width: 1.5; }
.tinyml-memory_plan .block { cursor: ns-resize; outline: none; }
.tinyml-memory_plan .block .body { stroke: #222; }
.tinyml-memory_plan .block .grab { fill: transparent; }
.tinyml-memory_plan .block text { fill: #1a1a1a; }
.tinyml-memory_plan .block .name { font-weight: 700; }
.tinyml-memory_plan .block.alive .body { stroke-width: 2.5; }
.tinyml-memory_plan .block:not(.alive) .body { fill-opacity: 0.45; stroke-opacity: 0.5; }
[data-jp-theme-light="false"] .tinyml-memory_plan .block:not(.alive) .body { fill-opacity: 0.6; }
.tinyml-memory_plan .block:focus-visible .body { stroke: var(--accent); stroke-width: 4; }
.tinyml-memory_plan .clash { stroke: var(--clash); stroke-width: 2; pointer-events: none; }
.tinyml-memory_plan .free { stroke: var(--line); fill: var(--hole); }
.tinyml-memory_plan .slice { stroke: #222; }
.tinyml-memory_plan .slice-text { fill: #1a1a1a; }
.tinyml-memory_plan .column { fill: transparent; cursor: pointer; }
.tinyml-memory_plan .quiet { color: var(--quiet); }
`;function Ct({model:t,el:i}){let p=t.get("steps").length-1,s=d=>P(t,{step:Math.min(p,Math.max(0,d))}),o=st({blocks:t.get("blocks"),steps:t.get("steps"),on:{step:s,place:(d,_)=>P(t,{offsets:t.get("offsets").map((M,S)=>S===d?_:M)}),key:(d,_,M)=>t.send({block:d,upwards:_,fine:M})}}),r=tt("Plan",Object.entries({best:"library",greedy:"TFLite Micro",none:"nothing shared",mine:"mine"}).map(([d,_])=>{let M=t.get("plans")[d];return[d,M?`${_}: ${M.arena_bytes.toLocaleString("en")} B`:_]}),d=>P(t,{plan:d})),w=v("input",{type:"range",min:0,max:Math.max(0,p),step:1,"aria-label":"Operator",oninput:()=>s(Number(w.value))}),B=(d,_,M,S)=>v("button",{type:"button",class:d,"aria-label":_,onclick:()=>s(t.get("step")+M)},S),T=B("back","Operator before",-1,"\u25C0"),j=B("on","Next operator",1,"\u25B6"),D=v("p",{class:"step","aria-live":"polite"}),A=v("p",{class:"verdict",role:"status","aria-live":"polite"});i.append(at("memory_plan",zt,v("div",{class:"bar"},r.element),o.element,A,v("div",{class:"bar"},v("strong",{},"Operator"),T,w,j),D,v("p",{class:"quiet"},"Drag a block up or down. Keys: Up and Down to the next block it touches, Shift for the smallest step.")));let I=!1,L=()=>I&&o.draw({offsets:t.get("offsets"),step:t.get("step"),arena:t.get("arena_bytes"),bound:t.get("lower_bound_bytes"),clashes:t.get("clashes"),free:t.get("free"),most:Math.max(...Object.values(t.get("plans")).map(d=>d.arena_bytes).slice(0,2))}),H=ot(t,["plan","offsets","step","arena_bytes","clashes","free","step_text","verdict_text"],()=>{r.show(t.get("plan")),w.value=t.get("step"),T.disabled=t.get("step")<=0,j.disabled=t.get("step")>=p;for(let[d,_]of[[D,"step_text"],[A,"verdict_text"]])d.textContent!==t.get(_)&&(d.textContent=t.get(_));w.setAttribute("aria-valuetext",`operator ${t.get("step")}`),L()}),O=new ResizeObserver(()=>{let d=Math.floor(Math.min(i.clientWidth-10,970));d<100||(o.lay(d),I=!0,L())});return O.observe(i),()=>{H(),O.disconnect()}}var qt={render:Ct};export{qt as default};
