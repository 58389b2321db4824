/*!
A piece of tinyml-course, SPDX-License-Identifier: Apache-2.0.
Built by "npm run build"; the readable source is in src/. Do not edit.
*/
var tt="http://www.w3.org/2000/svg";function F(t,e,o){for(let[a,p]of Object.entries(e??{}))a.startsWith("on")?t.addEventListener(a.slice(2),p):p===!0?t.setAttribute(a,""):p!==!1&&p!==null&&p!==void 0&&t.setAttribute(a,p);return t.append(...o.flat(1/0).filter(a=>a!=null&&a!==!1)),t}function s(t,e,...o){return F(document.createElement(t),e,o)}function $(t,e,...o){return F(document.createElementNS(tt,t),e,o)}var C=t=>String(t).replace("-","\u2212"),M=t=>C(String(Math.round(t)).replace(/\B(?=(\d{3})+$)/g,","));var z={float:"#0072B2",int8:"#E69F00",fourBit:"#D55E00",bonsai:"#009E73",knn:"#CC79A7",network:"#56B4E9",big:"#5F5F5F",uno:"#00585E",sram:"#C3E2E0",flash:"#E8F4F3"},et=`
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
`;function U(t=""){let e=document.createElement("style");return e.textContent=et+t,e}function nt(t){t.ctrlKey||t.altKey||t.metaKey||t.stopPropagation()}function T(t,e,...o){return s("div",{class:`tinyml tinyml-${t}`,onkeydown:nt},U(e),...o)}function B(t,e,o){let a=e.map(p=>`change:${p}`);return a.forEach(p=>t.on(p,o)),o(),()=>a.forEach(p=>t.off(p,o))}function L(t,e){Object.entries(e).forEach(([o,a])=>t.set(o,a)),t.save_changes()}function W(t){let{total:e,projection:o,other:a,node:p,branch:f}=t.bytes,u=s("div",{class:"bytes-bar",role:"img"}),d=s("output",{class:"bytes-read"}),n=s("div",{class:"bytes"},s("div",{class:"bytes-words"},d,` of ${M(e)} bytes read`),u);function c(m){return m.steps.flatMap(({kind:g,level:x},y)=>g==="project"?[{kind:"Z",size:o+a,at:y,name:"Z"}]:g==="node"?[{kind:"node",size:p,at:y,name:`node ${m.nodes[x].node}`}]:g==="branch"?[{kind:"theta",size:f,at:y,name:"\u03B8"}]:[])}let i=m=>s("span",{class:"part part-never",style:`flex-grow:${m}`,title:`not read: ${M(m)} B`},"never read");function l(m,g){let x=m.steps[g].read,y=c(m),k=e-y.reduce((b,v)=>b+v.size,0);d.textContent=M(x),u.replaceChildren(...y.map(({kind:b,size:v,at:S,name:O})=>s("span",{class:`part part-${b} ${S<=g?"read":"to-come"}`,style:`flex-grow:${v}`,title:`${O}: ${M(v)} B`},v/e>.07?O:"")),...k>0?[i(k)]:[]),u.setAttribute("aria-label",`${M(x)} of ${M(e)} bytes read so far; ${M(k)} are never read for this sample`)}return{element:n,show:l}}var j=160,_=44,ot=18;function Z(t){let e=$("svg",{role:"img",width:j,height:j,viewBox:`0 0 ${j} ${j}`}),o=s("figure",{class:"sample"},s("figcaption",{},"input x"),e),a=d=>(d-t.low)/(t.high-t.low||1);function p(d){let[n,c]=t.image,i=j/Math.max(n,c);return e.setAttribute("viewBox",`0 0 ${c*i} ${n*i}`),e.setAttribute("width",c*i),e.setAttribute("height",n*i),d.map((l,m)=>$("rect",{x:m%c*i,y:Math.floor(m/c)*i,width:i+.3,height:i+.3,class:"pixel",style:`fill-opacity:${a(l)}`}))}function f(d){let n=j/d.length;return d.map((c,i)=>{let l=Math.max(1,a(c)*j);return $("rect",{x:i*n,y:j-l,width:Math.max(n*.85,.4),height:l,class:"bar"})})}function u(d){e.replaceChildren(...t.image?p(d.sample):f(d.sample));let n=t.image?`An image of ${t.image.join(" by ")} pixels`:`${d.sample.length} values as bars`;e.setAttribute("aria-label",d.label===null?n:`${n}, labelled ${d.label}`)}return{element:o,show:u}}function G(t){let e=500,o=null,a=2*(_+ot),p=$("svg",{role:"img",height:a}),f=s("div",{class:"frame"},p),u=s("figure",{class:"projection"},s("figcaption",{},"projection z: integers"),f);function d(i){let l=e/i.length,m=l>=22;p.replaceChildren(...i.flatMap((g,x)=>{let y=Math.max(.5,_*Math.abs(g)/t.largest_z),k=a/2,b=$("rect",{x:(x+.1)*l,y:g<0?k:k-y,width:l*.8,height:y,class:"z-bar"}),v=g<0?k+y+14:k-y-5;return m?[b,$("text",{x:(x+.5)*l,y:v,"text-anchor":"middle"},C(g))]:[b]}),$("line",{class:"floor",x2:e,y1:a/2,y2:a/2})),p.setAttribute("aria-label",`z: ${i.map(g=>C(g)).join(", ")}`)}function n(i,l){u.classList.toggle("to-come",!l),o=l?i.z:i.z.map(()=>0),d(o),l||p.setAttribute("aria-label",`z: ${i.z.length} integers, not calculated yet`)}let c=new ResizeObserver(([i])=>{e=Math.max(80,Math.floor(i.contentRect.width)),p.setAttribute("width",e),o&&d(o)});return c.observe(f),{element:u,show:n,stop:()=>c.disconnect()}}var H=`
.tinyml-bonsai { container-type: inline-size; }
.tinyml-bonsai .row { display: flex; flex-wrap: wrap; gap: 6px; align-items: center; margin-bottom: 8px; }
.tinyml-bonsai .gap { flex: 0 0 14px; }
.tinyml-bonsai input[type="number"] { width: 5.5em; padding: 2px 6px; }
.tinyml-bonsai .chips { display: flex; flex-wrap: wrap; gap: 4px; margin: 0 0 8px; padding: 0; list-style: none; }
.tinyml-bonsai .chips button { padding: 2px 9px; min-height: 26px; border-radius: 13px; font-size: 13px; }
.tinyml-bonsai .chips .past { border-color: ${z.bonsai}; }
.tinyml-bonsai .chips button[aria-current], .tinyml-bonsai .chips button[aria-current]:hover:not(:disabled) { background: ${z.bonsai}; border-color: ${z.bonsai}; color: #fff; font-weight: 600; }
.tinyml-bonsai .words { min-height: 5.7em; border-left: 4px solid ${z.bonsai}; padding: 2px 12px; margin-bottom: 10px; }
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
.tinyml-bonsai .sample .bar { fill: ${z.float}; }
.tinyml-bonsai .z-bar { fill: ${z.bonsai}; }
.tinyml-bonsai .to-come { opacity: 0.5; }
.tinyml-bonsai .floor { stroke: var(--quiet); }
.tinyml-bonsai .edge { stroke: var(--quiet); stroke-width: 1.5; }
.tinyml-bonsai .edge.taken { stroke: ${z.bonsai}; stroke-width: 6; }
.tinyml-bonsai .edge.off { stroke: var(--line); stroke-dasharray: 4 4; }
.tinyml-bonsai .node { fill: var(--raised); stroke: var(--quiet); stroke-width: 1.5; }
.tinyml-bonsai .node.read { fill: ${z.bonsai}; stroke: ${z.bonsai}; }
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
.tinyml-bonsai .sum-bar { position: absolute; top: 3px; bottom: 3px; background: ${z.big}; border-radius: 2px; }
.tinyml-bonsai .answer { font-weight: 700; }
.tinyml-bonsai .answer .sum-bar { background: ${z.bonsai}; }
.tinyml-bonsai .answer th::before { content: "\u2192 "; }
.tinyml-bonsai .label th { text-decoration: underline; }
.tinyml-bonsai .bytes { margin-top: 12px; }
.tinyml-bonsai .bytes-words { margin-bottom: 4px; }
.tinyml-bonsai .bytes-read { font-size: 20px; font-weight: 700; }
.tinyml-bonsai .bytes-bar { display: flex; height: 26px; border: 1px solid var(--line); border-radius: 4px; overflow: hidden; }
.tinyml-bonsai .part { flex: 0 1 0; min-width: 0; overflow: hidden; white-space: nowrap; font-size: 12px; line-height: 24px; text-align: center;
  border-right: 1px solid var(--page); }
.tinyml-bonsai .part.read { color: #111; background: ${z.bonsai}; }
.tinyml-bonsai .part.part-Z.read { background: ${z.network}; }
.tinyml-bonsai .part.part-theta.read { background: ${z.int8}; }
.tinyml-bonsai .part.to-come { opacity: 1; background: var(--page); color: var(--quiet); }
.tinyml-bonsai .part.part-never { color: var(--quiet); background: repeating-linear-gradient(45deg, var(--sunken) 0 6px, var(--page) 6px 10px); }
`;var P=50;function X(t){let e=s("tbody",{}),o=s("caption",{}),a=["class","W z","V z","tanh","adds","sum"],p=s("div",{class:"scores",tabindex:t.classes.length>12?0:null,role:"region","aria-label":"Scores of the classes"},s("table",{},o,s("thead",{},s("tr",{},a.map(n=>s("th",{scope:"col"},n)))),e));function f(n,c){let i=P*Math.abs(n)/c,l=n<0?`right:${P}%;width:${i}%`:`left:${P}%;width:${i}%`;return s("span",{class:"bar-cell","aria-hidden":"true"},s("span",{class:"sum-bar",style:l}))}function u(n,c,i,l){let m=c?c.totals[n]:0,g=c&&c.gate[n]!==c.v[n],x=(y,k="")=>s("td",{class:k},c?M(y):"\xB7");return s("tr",{class:[i.done&&n===i.best?"answer":"",i.done&&t.classes[n]===i.label?"label":""].join(" ")},s("th",{scope:"row"},t.classes[n]),x(c?.w[n]),x(c?.v[n],g?"held":""),x(c?.gate[n],g?"held":""),x(c?.scores[n],"adds"),s("td",{class:"sum"},s("span",{class:"number"},c?M(m):"\xB7"),f(m,l)))}function d(n,c){let{kind:i,level:l}=n.steps[c],m=l<0?null:n.nodes[l],g=Math.max(1,...n.nodes.flatMap(({totals:y})=>y.map(Math.abs))),x={done:i==="answer",best:n.class,label:n.label};o.textContent=m?`node ${m.node}${l?`, and the sum of ${l+1} nodes`:""}`:"scores: no node has been read yet",e.replaceChildren(...t.classes.map((y,k)=>u(k,m,x,g)))}return{element:p,show:d}}var Y=34,at=[0,96,78,60,50],it=2,I=108,st=[20,19,17,14,10],q=t=>Math.floor(Math.log2(t+1)),J=(t,e)=>{for(;t>e;)t=t-1>>1;return t===e};function rt(t,e){let{kind:o,level:a}=t.steps[e],p=t.steps.slice(0,e+1).filter(n=>n.kind==="node").map(n=>t.nodes[n.level].node),f=t.steps.slice(0,e+1).filter(n=>n.kind==="branch").map(n=>t.nodes[n.level]),u=f.map(({node:n,next:c})=>4*n+3-c),d=o==="node"||o==="branch"?t.nodes[a].node:null;return{scored:p,turned:f,skipped:u,current:d,taken:f.map(({next:n})=>n)}}function Q(t){let e=400,o=null,{depth:a}=t,p=2**(a+1)-1,f=at[Math.min(a,4)]??50,u=st[Math.min(a,4)],d=Y+a*f+u+46,n=$("svg",{role:"img",height:d}),c=s("div",{class:"frame"},n),i=s("figure",{class:"tree"},s("figcaption",{},a?`tree: ${p} nodes`:"tree: a single node"),c),l=r=>e*(r+1-2**q(r)+.5)/2**q(r),m=r=>Y+q(r)*f;function g(r){let w=0;for(let h=r;h<p;h++)J(h,r)&&(w+=t.bytes.node+(q(h)<a?t.bytes.branch:0));return w}let x=(r,{skipped:w})=>w.some(h=>J(r,h));function y(r,w){let h=r-1>>1,E=w.taken.includes(r)?"taken":x(r,w)?"off":"open";return $("line",{x1:l(h),y1:m(h),x2:l(r),y2:m(r),class:`edge ${E}`})}function k(r,w){let h=w.scored.includes(r)?"read":x(r,w)?"off":"open";return[r===w.current&&$("circle",{cx:l(r),cy:m(r),r:u+5,class:"ring"}),$("circle",{cx:l(r),cy:m(r),r:u,class:`node ${h}`,"data-node":r}),$("text",{x:l(r),y:m(r)+4,"text-anchor":"middle",class:`name ${h}`},r)].filter(Boolean)}function b({node:r,branch:w}){let h=r%2===1,V=(h?l(r):e-l(r))-u>I?{x:l(r)+(h?-1:1)*(u+9),y:m(r)-7,"text-anchor":h?"end":"start"}:{x:Math.min(Math.max(l(r),I/2),e-I/2),y:m(r)-u-7,"text-anchor":"middle"};return $("text",{...V,class:"sign"},`\u03B8\xB7z = ${C(w)} ${w>0?"> 0":"\u2264 0"}`)}function v(r){return[...r.skipped.map((h,E)=>$("text",{x:Math.min(Math.max(l(h),44),e-44),y:d-(E%2?4:18),"text-anchor":"middle",class:"lost"},`${M(g(h))} B not read`)),...r.turned.slice(a>it?-1:0).map(b)]}function S(r,w){let h=rt(r,w),E=[...Array(p).keys()];n.replaceChildren(...E.slice(1).map(N=>y(N,h)),...E.flatMap(N=>k(N,h)),...v(h));let V=[0,...h.taken].slice(0,Math.max(1,h.taken.length+1)).join(", "),K=E.filter(N=>x(N,h));n.setAttribute("aria-label",`Tree of ${p} nodes. ${h.scored.length?`Path: ${V}.`:"No node is read yet."}`+(K.length?` Never read: ${K.join(", ")}.`:""))}function O(r,w){o=[r,w],S(...o)}let D=new ResizeObserver(([r])=>{e=Math.max(120,Math.floor(r.contentRect.width)),n.setAttribute("width",e),o&&S(...o)});return D.observe(c),{element:i,show:O,stop:()=>D.disconnect()}}var lt=2,A=(t,e)=>L(t,{step:Math.min(Math.max(e,0),t.get("steps")-1)});function R(t,e){let{samples:o}=t.get("tree");L(t,{index:(t.get("index")+e+o)%o})}function ct(t){let e=t.get("step")>=t.get("steps")-1;L(t,{playing:!t.get("playing"),...e&&!t.get("playing")?{step:0}:{}})}function pt({model:t}){let e=0,o=()=>{t.get("step")>=t.get("steps")-1?L(t,{playing:!1}):A(t,t.get("step")+1)},a=B(t,["playing"],()=>{clearInterval(e),t.get("playing")&&(e=setInterval(o,lt*1e3))});return()=>{a(),clearInterval(e)}}function dt(t){let e=t.get("tree"),o=(i,l,m,g={})=>s("button",{type:"button",class:i,onclick:m,...g},l),a=s("input",{type:"number",class:"index",min:1,max:e.samples,"aria-label":"Sample"});a.addEventListener("change",()=>{let i=Math.round(Number(a.value));i>=1&&i<=e.samples?L(t,{index:i-1}):a.value=t.get("index")+1});let p=o("next-wrong",`next wrong (${e.wrong})`,()=>t.send({do:"next_wrong"}),{disabled:e.wrong===0,title:e.labelled?`${e.wrong} of ${e.samples} samples are answered wrong`:"No labels were given"}),f=o("back","\u25C0 step",()=>A(t,t.get("step")-1),{title:"One step back (left arrow)"}),u=o("forward","step \u25B6",()=>A(t,t.get("step")+1),{title:"One step forward (right arrow)"}),d=o("play","play",()=>ct(t)),n=s("div",{class:"row"},o("previous","\u25C0",()=>R(t,-1),{"aria-label":"Previous sample"}),s("label",{},"sample ",a,` of ${M(e.samples)}`),o("next","\u25B6",()=>R(t,1),{"aria-label":"Next sample"}),p,s("span",{class:"gap"}),f,u,d);function c(i,l){document.activeElement!==a&&(a.value=t.get("index")+1),f.setAttribute("aria-disabled",i===0),u.setAttribute("aria-disabled",i===l-1),d.textContent=t.get("playing")?"pause":"play"}return{element:n,show:c}}var mt={input:()=>"x",project:()=>"z",node:t=>`node ${t}`,branch:()=>"\u03B8",answer:()=>"answer"};function ut(t){let e=s("ol",{class:"chips","aria-label":"Steps"}),o=null;function a(f){o=f;let u=f.steps.map(({kind:n,level:c,title:i},l)=>s("li",{},s("button",{type:"button",title:i,onclick:()=>A(t,l)},mt[n](f.nodes[c]?.node)))),d=[...e.querySelectorAll("button")].indexOf(document.activeElement);e.replaceChildren(...u),d>=0&&e.querySelectorAll("button")[d]?.focus()}function p(f,u){o!==f&&a(f),e.querySelectorAll("button").forEach((d,n)=>{d.classList.toggle("past",n<u),n===u?d.setAttribute("aria-current","step"):d.removeAttribute("aria-current")})}return{element:e,show:p}}function ft({model:t,el:e}){let o=t.get("tree"),a=dt(t),p=ut(t),f=s("div",{class:"words",role:"status","aria-live":"polite"}),u=[Z(o),Q(o),G(o),X(o),W(o)],[d,n,c,i,l]=u;function m(){let b=t.get("shown"),v=Math.min(t.get("step"),b.steps.length-1),{title:S,words:O}=b.steps[v];a.show(v,b.steps.length),p.show(b,v),f.replaceChildren(s("strong",{},S),O),d.show(b),c.show(b,v>0),n.show(b,v),i.show(b,v),l.show(b,v)}let g={ArrowRight:()=>A(t,t.get("step")+1),ArrowLeft:()=>A(t,t.get("step")-1),Home:()=>A(t,0),End:()=>A(t,t.get("steps")-1),PageDown:()=>R(t,1),PageUp:()=>R(t,-1)},x=s("div",{class:o.depth>2?"panels deep":"panels"},d.element,n.element,c.element,i.element),y=T("bonsai",H,a.element,p.element,f,x,l.element);y.addEventListener("keydown",b=>{!(b.key in g)||b.target.tagName==="INPUT"||b.altKey||b.ctrlKey||b.metaKey||(g[b.key](),b.preventDefault())}),e.append(y);let k=B(t,["shown","step","playing"],m);return()=>{k(),[n,c].forEach(b=>b.stop())}}var Ut={initialize:pt,render:ft};export{Ut as default};
