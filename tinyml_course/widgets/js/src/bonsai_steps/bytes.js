// SPDX-License-Identifier: Apache-2.0
// All stored bytes as one bar: read so far, still to come, never read.
import { h } from "../common/dom.js";
import { whole } from "../common/numbers.js";

export function bytesView(tree) {
  const { total, projection, other, node, branch } = tree.bytes;
  const bar = h("div", { class: "bytes-bar", role: "img" });
  const count = h("output", { class: "bytes-read" });
  const element = h("div", { class: "bytes" }, h("div", { class: "bytes-words" }, count, ` of ${whole(total)} bytes read`), bar);

  // Parts in the order in which they are read; `at` is the step that reads them.
  function parts(shown) {
    return shown.steps.flatMap(({ kind, level }, at) => {
      if (kind === "project") return [{ kind: "Z", size: projection + other, at, name: "Z" }];
      if (kind === "node") return [{ kind: "node", size: node, at, name: `node ${shown.nodes[level].node}` }];
      return kind === "branch" ? [{ kind: "theta", size: branch, at, name: "θ" }] : [];
    });
  }

  const never = (size) =>
    h("span", { class: "part part-never", style: `flex-grow:${size}`, title: `not read: ${whole(size)} B` }, "never read");

  function show(shown, step) {
    const read = shown.steps[step].read;
    const all = parts(shown);
    const rest = total - all.reduce((sum, part) => sum + part.size, 0);
    count.textContent = whole(read);
    bar.replaceChildren(
      ...all.map(({ kind, size, at, name }) =>
        h("span", { class: `part part-${kind} ${at <= step ? "read" : "to-come"}`, style: `flex-grow:${size}`, title: `${name}: ${whole(size)} B` },
          size / total > 0.07 ? name : "")),
      ...(rest > 0 ? [never(rest)] : []),
    );
    bar.setAttribute("aria-label", `${whole(read)} of ${whole(total)} bytes read so far; ${whole(rest)} are never read for this sample`);
  }
  return { element, show };
}
