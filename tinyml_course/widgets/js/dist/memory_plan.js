/*!
A piece of tinyml-course, SPDX-License-Identifier: Apache-2.0.
Built by "npm run build"; the readable source is in src/. Do not edit.
*/
var wt="http://www.w3.org/2000/svg";function Z(t,a,p){for(let[i,r]of Object.entries(a??{}))i.startsWith("on")?t.addEventListener(i.slice(2),r):r===!0?t.setAttribute(i,""):r!==!1&&r!==null&&r!==void 0&&t.setAttribute(i,r);return t.append(...p.flat(1/0).filter(i=>i!=null&&i!==!1)),t}function w(t,a,...p){return Z(document.createElement(t),a,p)}function m(t,a,...p){return Z(document.createElementNS(wt,t),a,p)}var tt=`
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
`,Et=0,_t=Math.random().toString(36).slice(2);function et(t,a,p){let i=`tinyml-${_t}-${Et++}`,r=a.map(([s])=>w("input",{type:"radio",name:i,value:s,onchange:()=>p(s)})),M=a.map(([,s],x)=>w("label",{},r[x],s));return{element:w("fieldset",{class:"choice"},w("legend",{},t),M),show:s=>r.forEach(x=>x.checked=x.value===String(s))}}var nt={float:"#0072B2",int8:"#E69F00",fourBit:"#D55E00",bonsai:"#009E73",knn:"#CC79A7",network:"#56B4E9",big:"#5F5F5F",uno:"#00585E",sram:"#C3E2E0",flash:"#E8F4F3"},Mt=`
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
`;function ot(t=""){let a=document.createElement("style");return a.textContent=Mt+t,a}function $t(t){t.ctrlKey||t.altKey||t.metaKey||t.stopPropagation()}function at(t,a,...p){return w("div",{class:`tinyml tinyml-${t}`,onkeydown:$t},ot(a),...p)}function rt(t,a,p){let i=a.map(r=>`change:${r}`);return i.forEach(r=>t.on(r,p)),p(),()=>i.forEach(r=>t.off(r,p))}function I(t,a){Object.entries(a).forEach(([p,i])=>t.set(p,i)),t.save_changes()}function it(t,a){try{return t.send(a),!0}catch{return!1}}var st="Python does not know this any more: its kernel was restarted. Run this cell again.";function lt(t,{start:a=()=>!0,move:p,end:i=()=>{}}){let r=null,M=s=>[s.clientX-r.x,s.clientY-r.y];t.addEventListener("touchstart",s=>s.preventDefault(),{passive:!1}),t.addEventListener("pointerdown",s=>{s.button!==0||a(s)===!1||(r={x:s.clientX,y:s.clientY},t.setPointerCapture(s.pointerId))}),t.addEventListener("pointermove",s=>r&&p(...M(s),s));for(let s of["pointerup","pointercancel"])t.addEventListener(s,x=>{if(!r)return;let _=M(x);r=null,i(..._,x)})}var P=["#CDE7F5","#FBE3B5","#C9E9DD","#F1D9E6","#E4E4E4","#F7CDB3"],[C,R,k,ct,zt]=[66,26,330,480,7],F=R+k,z=t=>t.toLocaleString("en"),Ct=t=>typeof t=="number"?+t.toFixed(2):t,b=(t,a)=>Object.entries(a).forEach(([p,i])=>t.setAttribute(p,Ct(i))),Ft=(t,a)=>t.first<=a.last&&a.first<=t.last;function pt({blocks:t,steps:a,on:p}){let i=null,r=0,M=0,s=0,x=1,_=null,N=`tinyml-hatch-${Math.random().toString(36).slice(2)}`,U=m("pattern",{id:N,width:7,height:7,patternUnits:"userSpaceOnUse",patternTransform:"rotate(45)"},m("rect",{width:3,height:7,fill:"var(--clash)","fill-opacity":.75})),T=a.map((e,n)=>m("rect",{class:"column",onclick:()=>p.step(n)},m("title",{},`operator ${n}, ${e.kind}`))),B=a.map((e,n)=>m("text",{"text-anchor":"middle"},n)),j=m("rect",{class:"here"}),D=t.map((e,n)=>ft(e,n)),K=m("line",{class:"bound"}),O=m("text",{class:"bound-text","text-anchor":"end"}),d=m("line",{class:"top"}),E=m("text",{"text-anchor":"end"}),$=m("path",{class:"top",fill:"none"}),L=m("text",{"text-anchor":"end"},"0 B"),q=m("text",{"text-anchor":"middle"},"operators, in the order they run"),Y=m("g"),G=m("g"),W=m("text",{class:"name","text-anchor":"middle"}),V=m("svg",{role:"group","aria-label":"Memory plan: time from left to right, bytes of the arena from bottom to top"},m("defs",{},U),j,T,D.map(e=>e.element),Y,K,O,d,E,$,L,B,q,G,W),S=()=>(M-C)/Math.max(1,a.length),A=e=>C+S()*e,v=e=>F-k*e/x;function mt(e,n){let l=t[e],u=[0];t.forEach((f,g)=>{g!==e&&Ft(l,f)&&u.push(i.offsets[g]+f.size,i.offsets[g]-l.size)});let h=zt*x/k,y=f=>Math.abs(f-n),c=u.filter(f=>f>=0&&y(f)<h).sort((f,g)=>y(f)-y(g)),o=c.length?c[0]:n;return Math.max(0,Math.ceil(Math.round(Math.min(o,x-l.size))/l.alignment)*l.alignment)}function ft(e,n){let l=m("rect",{class:"body",fill:P[n%P.length]}),u=m("rect",{class:"grab"}),h=m("text",{class:"name","text-anchor":"middle"},e.label),y=m("text",{"text-anchor":"middle"},`${z(e.size)} B`),c=m("g",{class:"block",tabindex:0,role:"slider","aria-orientation":"vertical","data-block":n,"aria-valuemin":0,"aria-label":`${e.label}, ${z(e.size)} bytes, needed from operator ${e.first} to ${e.last}`},m("title",{},`${e.label} (${e.names}): ${z(e.size)} B`),l,u,h,y);return lt(c,{start:o=>{o.preventDefault(),c.focus({preventScroll:!0}),_={k:n,from:i.offsets[n],at:i.offsets[n],highest:x}},move:(o,f)=>{_.at=mt(n,_.from-f*x/k),X({...i,offsets:i.offsets.map((g,H)=>H===n?_.at:g)},!0)},end:(o,f)=>{let g=_.at;_=null,Math.abs(f)<3&&g===i.offsets[n]?p.step(Math.min(e.last,Math.max(e.first,i.step))):p.place(n,g)}}),c.addEventListener("keydown",o=>{if(o.key==="Home")p.place(n,0);else if(o.key==="ArrowUp"||o.key==="ArrowDown")p.key(n,o.key==="ArrowUp",o.shiftKey);else return;o.preventDefault()}),{element:c,rect:l,grab:u,name:h,size:y}}function ht(e){r=e,s=r<ct?92:118,M=r-s-(r<ct?8:26),b(V,{width:r,height:F+44,viewBox:`0 0 ${r} ${F+44}`});let n=Math.ceil(22/S());T.forEach((l,u)=>b(l,{x:A(u),y:R,width:S(),height:k+22})),B.forEach((l,u)=>{b(l,{x:A(u+.5),y:F+16}),l.style.display=u%n?"none":""}),b($,{d:`M${C} ${R-6}V${F}H${M}`}),b(L,{x:C-6,y:F}),b(q,{x:(C+M)/2,y:F+36})}function X(e,n=!1){n||(i=e);let{offsets:l,step:u,bound:h,most:y}=e,c=l.map((f,g)=>f+t[g].size),o=n?Math.max(...c):e.arena;x=_?_.highest:Math.max(1,o,y)*1.12,b(j,{x:A(u),y:R-6,width:S(),height:k+6}),D.forEach((f,g)=>ut(f,g,l[g],t[g].first<=u&&u<=t[g].last)),b(K,{x1:C,x2:M,y1:v(h),y2:v(h)}),b(O,{x:M,y:v(h)-5}),O.textContent=`lower bound ${z(h)} B`,b(d,{x1:C-5,x2:M,y1:v(o),y2:v(o)}),b(E,{x:C-8,y:v(o)+4}),E.textContent=`${z(o)} B`,Y.replaceChildren(...(n?dt(l):e.clashes).map(yt)),xt(e,o,n?[]:e.free)}function ut(e,n,l,u){let h=t[n],y={x:A(h.first)+1,width:S()*(h.last+1-h.first)-2},c=k*h.size/x,o=y.width>26;b(e.rect,{...y,y:v(l+h.size),height:Math.max(2,c)});let f=v(l+h.size/2);b(e.grab,{...y,y:f-Math.max(c,16)/2,height:Math.max(c,16)}),b(e.name,{x:y.x+y.width/2,y:f+(c>27?-3:4)}),b(e.size,{x:y.x+y.width/2,y:f+11}),e.name.style.display=c>13&&o&&y.width>6.6*h.label.length?"":"none",e.size.style.display=c>27&&o?"":"none",e.element.classList.toggle("alive",u),b(e.element,{"aria-valuenow":l,"aria-valuemax":Math.floor(x)-h.size,"aria-valuetext":`bytes ${l} to ${l+h.size-1}`})}function dt(e){let n=_.k;return t.flatMap((l,u)=>{let h=Math.max(e[n],e[u]),y=Math.min(e[n]+t[n].size,e[u]+l.size),[c,o]=[Math.max(t[n].first,l.first),Math.min(t[n].last,l.last)];return u!==n&&h<y&&c<=o?[{low:h,high:y,first:c,last:o}]:[]})}let yt=({low:e,high:n,first:l,last:u})=>m("rect",{class:"clash",fill:`url(#${N})`,x:A(l),width:S()*(u+1-l),y:v(n),height:Math.max(3,v(e)-v(n))});function xt({offsets:e,step:n},l,u){let h=r-s,y=(a[n]?.alive??[]).map(c=>{let[o,f]=[e[c],t[c].size],g=`${t[c].label}, ${z(f)} B`;return[o,o+f,g,{class:"slice",fill:P[c%P.length]},"slice-text"]});for(let[c,o]of u)y.push([c,o,`free, ${z(o-c)} B`,{class:"free"},""]);G.replaceChildren(...y.flatMap(([c,o,f,g,H])=>{let J=v(c)-v(o),gt=m("title",{},`${f}: bytes ${z(c)} to ${z(o-1)}`),Q=m("rect",{...g,x:h,width:s-2,y:v(o),height:Math.max(1,J)},gt),bt={x:h+s/2,y:(v(c)+v(o))/2+4,"text-anchor":"middle"},vt=m("text",{class:H,...bt},f);return J>13?[Q,vt]:[Q]})),b(W,{x:h+s/2,y:F+16}),W.textContent=`operator ${n} runs`}return{element:V,lay:ht,draw:X}}var kt=`
${tt}
.tinyml-memory_plan { --bound: ${nt.fourBit}; --hole: #00000014; --clash: #C00000; --here: #0072B222; }
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
`;function Bt({model:t,el:a}){let p=t.get("steps").length-1,i=d=>I(t,{step:Math.min(p,Math.max(0,d))}),r=pt({blocks:t.get("blocks"),steps:t.get("steps"),on:{step:i,place:(d,E)=>I(t,{offsets:t.get("offsets").map(($,L)=>L===d?E:$)}),key:(d,E,$)=>it(t,{block:d,upwards:E,fine:$})||(B.textContent=st)}}),s=et("Plan",Object.entries({best:"library",greedy:"TFLite Micro",none:"nothing shared",mine:"mine"}).map(([d,E])=>{let $=t.get("plans")[d];return[d,$?`${E}: ${$.arena_bytes.toLocaleString("en")} B`:E]}),d=>I(t,{plan:d})),x=w("input",{type:"range",min:0,max:Math.max(0,p),step:1,"aria-label":"Operator",oninput:()=>i(Number(x.value))}),_=(d,E,$,L)=>w("button",{type:"button",class:d,"aria-label":E,onclick:()=>i(t.get("step")+$)},L),N=_("back","Operator before",-1,"\u25C0"),U=_("on","Next operator",1,"\u25B6"),T=w("p",{class:"step","aria-live":"polite"}),B=w("p",{class:"verdict",role:"status","aria-live":"polite"});a.append(at("memory_plan",kt,w("div",{class:"bar"},s.element),r.element,B,w("div",{class:"bar"},w("strong",{},"Operator"),N,x,U),T,w("p",{class:"quiet"},"Drag a block up or down. Keys: Up and Down to the next block it touches, Shift for the smallest step.")));let j=!1,D=()=>j&&r.draw({offsets:t.get("offsets"),step:t.get("step"),arena:t.get("arena_bytes"),bound:t.get("lower_bound_bytes"),clashes:t.get("clashes"),free:t.get("free"),most:Math.max(...Object.values(t.get("plans")).map(d=>d.arena_bytes).slice(0,2))}),K=rt(t,["plan","offsets","step","arena_bytes","clashes","free","step_text","verdict_text"],()=>{s.show(t.get("plan")),x.value=t.get("step"),N.disabled=t.get("step")<=0,U.disabled=t.get("step")>=p;for(let[d,E]of[[T,"step_text"],[B,"verdict_text"]])d.textContent!==t.get(E)&&(d.textContent=t.get(E));x.setAttribute("aria-valuetext",`operator ${t.get("step")}`),D()}),O=new ResizeObserver(()=>{let d=Math.floor(Math.min(a.clientWidth-10,970));d<100||(r.lay(d),j=!0,D())});return O.observe(a),()=>{K(),O.disconnect()}}var qt={render:Bt};export{qt as default};
