/*!
A piece of tinyml-course, SPDX-License-Identifier: Apache-2.0.
Built by "npm run build"; the readable source is in src/. Do not edit.
*/
var tt="http://www.w3.org/2000/svg";function K(t,e,o){for(let[a,p]of Object.entries(e??{}))a.startsWith("on")?t.addEventListener(a.slice(2),p):p===!0?t.setAttribute(a,""):p!==!1&&p!==null&&p!==void 0&&t.setAttribute(a,p);return t.append(...o.flat(1/0).filter(a=>a!=null&&a!==!1)),t}function r(t,e,...o){return K(document.createElement(t),e,o)}function k(t,e,...o){return K(document.createElementNS(tt,t),e,o)}var C=t=>String(t).replace("-","\u2212"),$=t=>C(String(Math.round(t)).replace(/\B(?=(\d{3})+$)/g,","));var M={float:"#0072B2",int8:"#E69F00",fourBit:"#D55E00",bonsai:"#009E73",knn:"#CC79A7",network:"#56B4E9",big:"#5F5F5F",uno:"#00585E",sram:"#C3E2E0",flash:"#E8F4F3"},et=`
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
`;function U(t=""){let e=document.createElement("style");return e.textContent=et+t,e}function nt(t){t.ctrlKey||t.altKey||t.metaKey||t.stopPropagation()}function T(t,e,...o){return r("div",{class:`tinyml tinyml-${t}`,onkeydown:nt},U(e),...o)}function R(t,e,o){let a=e.map(p=>`change:${p}`);return a.forEach(p=>t.on(p,o)),o(),()=>a.forEach(p=>t.off(p,o))}function O(t,e){Object.entries(e).forEach(([o,a])=>t.set(o,a)),t.save_changes()}function _(t){let{total:e,projection:o,other:a,node:p,branch:b}=t.bytes,f=r("div",{class:"bytes-bar",role:"img"}),d=r("output",{class:"bytes-read"}),n=r("div",{class:"bytes"},r("div",{class:"bytes-words"},d,` of ${$(e)} bytes read`),f);function c(s){return s.steps.flatMap(({kind:m,level:h},y)=>m==="project"?[{kind:"Z",size:o+a,at:y,name:"Z"}]:m==="node"?[{kind:"node",size:p,at:y,name:`node ${s.nodes[h].node}`}]:m==="branch"?[{kind:"theta",size:b,at:y,name:"\u03B8"}]:[])}function i(s,m){let h=s.steps[m].read,y=c(s),x=e-y.reduce((v,u)=>v+u.size,0);d.textContent=$(h),f.replaceChildren(...y.map(({kind:v,size:u,at:z,name:S})=>r("span",{class:`part part-${v} ${z<=m?"read":"to-come"}`,style:`flex-grow:${u}`,title:`${S}: ${$(u)} B`},u/e>.07?S:"")),x>0&&r("span",{class:"part part-never",style:`flex-grow:${x}`,title:`not read: ${$(x)} B`},"never read")),f.setAttribute("aria-label",`${$(h)} of ${$(e)} bytes read so far; ${$(x)} will never be read for this sample`)}return{element:n,show:i}}var j=160,W=44,ot=18;function Z(t){let e=k("svg",{role:"img",width:j,height:j,viewBox:`0 0 ${j} ${j}`}),o=r("figure",{class:"sample"},r("figcaption",{},"input x"),e),a=d=>(d-t.low)/(t.high-t.low||1);function p(d){let[n,c]=t.image,i=j/Math.max(n,c);return e.setAttribute("viewBox",`0 0 ${c*i} ${n*i}`),e.setAttribute("width",c*i),e.setAttribute("height",n*i),d.map((s,m)=>k("rect",{x:m%c*i,y:Math.floor(m/c)*i,width:i+.3,height:i+.3,class:"pixel",style:`fill-opacity:${a(s)}`}))}function b(d){let n=j/d.length;return d.map((c,i)=>{let s=Math.max(1,a(c)*j);return k("rect",{x:i*n,y:j-s,width:Math.max(n*.85,.4),height:s,class:"bar"})})}function f(d){e.replaceChildren(...t.image?p(d.sample):b(d.sample));let n=t.image?`An image of ${t.image.join(" by ")} pixels`:`${d.sample.length} values as bars`;e.setAttribute("aria-label",d.label===null?n:`${n}, labelled ${d.label}`)}return{element:o,show:f}}function G(t){let e=500,o=null,a=2*(W+ot),p=k("svg",{role:"img",height:a}),b=r("div",{class:"frame"},p),f=r("figure",{class:"projection"},r("figcaption",{},"projection z: integers"),b);function d(i){let s=e/i.length,m=s>=22;p.replaceChildren(...i.flatMap((h,y)=>{let x=Math.max(.5,W*Math.abs(h)/t.largest_z),v=a/2,u=k("rect",{x:(y+.1)*s,y:h<0?v:v-x,width:s*.8,height:x,class:"z-bar"}),z=h<0?v+x+14:v-x-5;return m?[u,k("text",{x:(y+.5)*s,y:z,"text-anchor":"middle"},C(h))]:[u]}),k("line",{class:"floor",x2:e,y1:a/2,y2:a/2})),p.setAttribute("aria-label",`z: ${i.map(h=>C(h)).join(", ")}`)}function n(i,s){f.classList.toggle("to-come",!s),o=s?i.z:i.z.map(()=>0),d(o),s||p.setAttribute("aria-label",`z: ${i.z.length} integers, not calculated yet`)}let c=new ResizeObserver(([i])=>{e=Math.max(80,Math.floor(i.contentRect.width)),p.setAttribute("width",e),o&&d(o)});return c.observe(b),{element:f,show:n,stop:()=>c.disconnect()}}var H=`
.tinyml-bonsai { container-type: inline-size; }
.tinyml-bonsai .row { display: flex; flex-wrap: wrap; gap: 6px; align-items: center; margin-bottom: 8px; }
.tinyml-bonsai .gap { flex: 0 0 14px; }
.tinyml-bonsai input[type="number"] { width: 5.5em; padding: 2px 6px; }
.tinyml-bonsai .chips { display: flex; flex-wrap: wrap; gap: 4px; margin: 0 0 8px; padding: 0; list-style: none; }
.tinyml-bonsai .chips button { padding: 2px 9px; min-height: 26px; border-radius: 13px; font-size: 13px; }
.tinyml-bonsai .chips .past { border-color: ${M.bonsai}; }
.tinyml-bonsai .chips button[aria-current], .tinyml-bonsai .chips button[aria-current]:hover:not(:disabled) { background: ${M.bonsai}; border-color: ${M.bonsai}; color: #fff; font-weight: 600; }
.tinyml-bonsai .words { min-height: 5.7em; border-left: 4px solid ${M.bonsai}; padding: 2px 12px; margin-bottom: 10px; }
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
.tinyml-bonsai .sample .bar { fill: ${M.float}; }
.tinyml-bonsai .z-bar { fill: ${M.bonsai}; }
.tinyml-bonsai .to-come { opacity: 0.5; }
.tinyml-bonsai .floor { stroke: var(--quiet); }
.tinyml-bonsai .edge { stroke: var(--quiet); stroke-width: 1.5; }
.tinyml-bonsai .edge.taken { stroke: ${M.bonsai}; stroke-width: 6; }
.tinyml-bonsai .edge.off { stroke: var(--line); stroke-dasharray: 4 4; }
.tinyml-bonsai .node { fill: var(--raised); stroke: var(--quiet); stroke-width: 1.5; }
.tinyml-bonsai .node.read { fill: ${M.bonsai}; stroke: ${M.bonsai}; }
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
.tinyml-bonsai .sum-bar { position: absolute; top: 3px; bottom: 3px; background: ${M.big}; border-radius: 2px; }
.tinyml-bonsai .answer { font-weight: 700; }
.tinyml-bonsai .answer .sum-bar { background: ${M.bonsai}; }
.tinyml-bonsai .answer th::before { content: "\u2192 "; }
.tinyml-bonsai .label th { text-decoration: underline; }
.tinyml-bonsai .bytes { margin-top: 12px; }
.tinyml-bonsai .bytes-words { margin-bottom: 4px; }
.tinyml-bonsai .bytes-read { font-size: 20px; font-weight: 700; }
.tinyml-bonsai .bytes-bar { display: flex; height: 26px; border: 1px solid var(--line); border-radius: 4px; overflow: hidden; }
.tinyml-bonsai .part { flex: 0 1 0; min-width: 0; overflow: hidden; white-space: nowrap; font-size: 12px; line-height: 24px; text-align: center;
  border-right: 1px solid var(--page); }
.tinyml-bonsai .part.read { color: #111; background: ${M.bonsai}; }
.tinyml-bonsai .part.part-Z.read { background: ${M.network}; }
.tinyml-bonsai .part.part-theta.read { background: ${M.int8}; }
.tinyml-bonsai .part.to-come { opacity: 1; background: var(--page); color: var(--quiet); }
.tinyml-bonsai .part.part-never { color: var(--quiet); background: repeating-linear-gradient(45deg, var(--sunken) 0 6px, var(--page) 6px 10px); }
`;var I=50;function X(t){let e=r("tbody",{}),o=r("caption",{}),a=["class","W z","V z","tanh","adds","sum"],p=r("div",{class:"scores",tabindex:t.classes.length>12?0:null,role:"region","aria-label":"Scores of the classes"},r("table",{},o,r("thead",{},r("tr",{},a.map(n=>r("th",{scope:"col"},n)))),e));function b(n,c){let i=I*Math.abs(n)/c,s=n<0?`right:${I}%;width:${i}%`:`left:${I}%;width:${i}%`;return r("span",{class:"bar-cell","aria-hidden":"true"},r("span",{class:"sum-bar",style:s}))}function f(n,c,i,s){let m=c?c.totals[n]:0,h=c&&c.gate[n]!==c.v[n],y=(x,v="")=>r("td",{class:v},c?$(x):"\xB7");return r("tr",{class:[i.done&&n===i.best?"answer":"",i.done&&t.classes[n]===i.label?"label":""].join(" ")},r("th",{scope:"row"},t.classes[n]),y(c?.w[n]),y(c?.v[n],h?"held":""),y(c?.gate[n],h?"held":""),y(c?.scores[n],"adds"),r("td",{class:"sum"},r("span",{class:"number"},c?$(m):"\xB7"),b(m,s)))}function d(n,c){let{kind:i,level:s}=n.steps[c],m=s<0?null:n.nodes[s],h=Math.max(1,...n.nodes.flatMap(({totals:x})=>x.map(Math.abs))),y={done:i==="answer",best:n.class,label:n.label};o.textContent=m?`node ${m.node}${s?`, and the sum of ${s+1} nodes`:""}`:"scores: no node has been read yet",e.replaceChildren(...t.classes.map((x,v)=>f(v,m,y,h)))}return{element:p,show:d}}var Y=34,at=[0,96,78,60,50],it=2,P=108,st=[20,19,17,14,10],q=t=>Math.floor(Math.log2(t+1)),J=(t,e)=>{for(;t>e;)t=t-1>>1;return t===e};function rt(t,e){let{kind:o,level:a}=t.steps[e],p=t.steps.slice(0,e+1).filter(n=>n.kind==="node").map(n=>t.nodes[n.level].node),b=t.steps.slice(0,e+1).filter(n=>n.kind==="branch").map(n=>t.nodes[n.level]),f=b.map(({node:n,next:c})=>4*n+3-c),d=o==="node"||o==="branch"?t.nodes[a].node:null;return{scored:p,turned:b,skipped:f,current:d,taken:b.map(({next:n})=>n)}}function Q(t){let e=400,o=null,{depth:a}=t,p=2**(a+1)-1,b=at[Math.min(a,4)]??50,f=st[Math.min(a,4)],d=Y+a*b+f+46,n=k("svg",{role:"img",height:d}),c=r("div",{class:"frame"},n),i=r("figure",{class:"tree"},r("figcaption",{},`tree: ${p} nodes`),c),s=l=>e*(l+1-2**q(l)+.5)/2**q(l),m=l=>Y+q(l)*b;function h(l){let w=0;for(let g=l;g<p;g++)J(g,l)&&(w+=t.bytes.node+(q(g)<a?t.bytes.branch:0));return w}let y=(l,{skipped:w})=>w.some(g=>J(l,g));function x(l,w){let g=l-1>>1,E=w.taken.includes(l)?"taken":y(l,w)?"off":"open";return k("line",{x1:s(g),y1:m(g),x2:s(l),y2:m(l),class:`edge ${E}`})}function v(l,w){let g=w.scored.includes(l)?"read":y(l,w)?"off":"open";return[l===w.current&&k("circle",{cx:s(l),cy:m(l),r:f+5,class:"ring"}),k("circle",{cx:s(l),cy:m(l),r:f,class:`node ${g}`,"data-node":l}),k("text",{x:s(l),y:m(l)+4,"text-anchor":"middle",class:`name ${g}`},l)].filter(Boolean)}function u({node:l,branch:w}){let g=l%2===1,N=(g?s(l):e-s(l))-f>P?{x:s(l)+(g?-1:1)*(f+9),y:m(l)-7,"text-anchor":g?"end":"start"}:{x:Math.min(Math.max(s(l),P/2),e-P/2),y:m(l)-f-7,"text-anchor":"middle"};return k("text",{...N,class:"sign"},`\u03B8\xB7z = ${C(w)} ${w>0?"> 0":"\u2264 0"}`)}function z(l){return[...l.skipped.map((g,E)=>k("text",{x:Math.min(Math.max(s(g),44),e-44),y:d-(E%2?4:18),"text-anchor":"middle",class:"lost"},`${$(h(g))} B not read`)),...l.turned.slice(a>it?-1:0).map(u)]}function S(l,w){let g=rt(l,w),E=[...Array(p).keys()];n.replaceChildren(...E.slice(1).map(L=>x(L,g)),...E.flatMap(L=>v(L,g)),...z(g));let N=[0,...g.taken].slice(0,Math.max(1,g.taken.length+1)).join(", "),F=E.filter(L=>y(L,g));n.setAttribute("aria-label",`Tree of ${p} nodes. ${g.scored.length?`Path: ${N}.`:"No node is read yet."}`+(F.length?` Never read: ${F.join(", ")}.`:""))}function B(l,w){o=[l,w],S(...o)}let D=new ResizeObserver(([l])=>{e=Math.max(120,Math.floor(l.contentRect.width)),n.setAttribute("width",e),o&&S(...o)});return D.observe(c),{element:i,show:B,stop:()=>D.disconnect()}}var lt=2,A=(t,e)=>O(t,{step:Math.min(Math.max(e,0),t.get("steps")-1)});function V(t,e){let{samples:o}=t.get("tree");O(t,{index:(t.get("index")+e+o)%o})}function ct(t){let e=t.get("step")>=t.get("steps")-1;O(t,{playing:!t.get("playing"),...e&&!t.get("playing")?{step:0}:{}})}function pt({model:t}){let e=0,o=()=>{t.get("step")>=t.get("steps")-1?O(t,{playing:!1}):A(t,t.get("step")+1)},a=R(t,["playing"],()=>{clearInterval(e),t.get("playing")&&(e=setInterval(o,lt*1e3))});return()=>{a(),clearInterval(e)}}function dt(t){let e=t.get("tree"),o=(i,s,m,h={})=>r("button",{type:"button",class:i,onclick:m,...h},s),a=r("input",{type:"number",class:"index",min:1,max:e.samples,"aria-label":"Sample"});a.addEventListener("change",()=>{let i=Math.round(Number(a.value));i>=1&&i<=e.samples?O(t,{index:i-1}):a.value=t.get("index")+1});let p=o("next-wrong",`next wrong (${e.wrong})`,()=>t.send({do:"next_wrong"}),{disabled:e.wrong===0,title:e.labelled?`${e.wrong} of ${e.samples} samples are answered wrong`:"No labels were given"}),b=o("back","\u25C0 step",()=>A(t,t.get("step")-1),{title:"One step back (left arrow)"}),f=o("forward","step \u25B6",()=>A(t,t.get("step")+1),{title:"One step forward (right arrow)"}),d=o("play","play",()=>ct(t)),n=r("div",{class:"row"},o("previous","\u25C0",()=>V(t,-1),{"aria-label":"Previous sample"}),r("label",{},"sample ",a,` of ${$(e.samples)}`),o("next","\u25B6",()=>V(t,1),{"aria-label":"Next sample"}),p,r("span",{class:"gap"}),b,f,d);function c(i,s){document.activeElement!==a&&(a.value=t.get("index")+1),b.setAttribute("aria-disabled",i===0),f.setAttribute("aria-disabled",i===s-1),d.textContent=t.get("playing")?"pause":"play"}return{element:n,show:c}}var mt={input:()=>"x",project:()=>"z",node:t=>`node ${t}`,branch:()=>"\u03B8",answer:()=>"answer"};function ut(t){let e=r("ol",{class:"chips","aria-label":"Steps"}),o=null;function a(b){o=b;let f=b.steps.map(({kind:n,level:c,title:i},s)=>r("li",{},r("button",{type:"button",title:i,onclick:()=>A(t,s)},mt[n](b.nodes[c]?.node)))),d=[...e.querySelectorAll("button")].indexOf(document.activeElement);e.replaceChildren(...f),d>=0&&e.querySelectorAll("button")[d]?.focus()}function p(b,f){o!==b&&a(b),e.querySelectorAll("button").forEach((d,n)=>{d.classList.toggle("past",n<f),n===f?d.setAttribute("aria-current","step"):d.removeAttribute("aria-current")})}return{element:e,show:p}}function ft({model:t,el:e}){let o=t.get("tree"),a=dt(t),p=ut(t),b=r("div",{class:"words",role:"status","aria-live":"polite"}),f=[Z(o),Q(o),G(o),X(o),_(o)],[d,n,c,i,s]=f;function m(){let u=t.get("shown"),z=Math.min(t.get("step"),u.steps.length-1),{title:S,words:B}=u.steps[z];a.show(z,u.steps.length),p.show(u,z),b.replaceChildren(r("strong",{},S),B),d.show(u),c.show(u,z>0),n.show(u,z),i.show(u,z),s.show(u,z)}let h={ArrowRight:()=>A(t,t.get("step")+1),ArrowLeft:()=>A(t,t.get("step")-1),Home:()=>A(t,0),End:()=>A(t,t.get("steps")-1),PageDown:()=>V(t,1),PageUp:()=>V(t,-1)},y=r("div",{class:o.depth>2?"panels deep":"panels"},d.element,n.element,c.element,i.element),x=T("bonsai",H,a.element,p.element,b,y,s.element);x.addEventListener("keydown",u=>{!(u.key in h)||u.target.tagName==="INPUT"||u.altKey||u.ctrlKey||u.metaKey||(h[u.key](),u.preventDefault())}),e.append(x);let v=R(t,["shown","step","playing"],m);return()=>{v(),[n,c].forEach(u=>u.stop())}}var Ut={initialize:pt,render:ft};export{Ut as default};
