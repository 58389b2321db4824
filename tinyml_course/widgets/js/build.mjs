// SPDX-License-Identifier: Apache-2.0
// Bundles every src/NAME/index.js into dist/NAME.js: `npm ci && npm run build`. The same input gives the same bytes.
import { existsSync, readFileSync, readdirSync } from "node:fs";
import { build } from "esbuild";

// anywidget loads a bundle once for every piece on the page, but a page can define an element's name only once.
// This takes the place of the decorator with which lit defines elements.
const defineOnce = {
  name: "define elements once",
  setup(bundler) {
    bundler.onLoad({ filter: /decorators[\\/]custom-element\.js$/ }, () => ({
      contents: `export const customElement = (name) => (element) => {
        if (!customElements.get(name)) customElements.define(name, element);
      };`,
    }));
  },
};

function licenses(inputs) {
  const packages = new Set();
  for (const path of Object.keys(inputs)) {
    const found = path.replace(/\\/g, "/").match(/node_modules\/((?:@[^/]+\/)?[^/]+)\//);
    if (found) packages.add(found[1]);
  }
  return [...packages].sort().map((name) => {
    const { version } = JSON.parse(readFileSync(`node_modules/${name}/package.json`, "utf8"));
    return `Contains parts of ${name} ${version}:\n\n${readFileSync(`node_modules/${name}/LICENSE`, "utf8").replace(/\r\n/g, "\n").trim()}\n`;
  });
}

async function bundle(name) {
  const options = {
    entryPoints: [`src/${name}/index.js`],
    outfile: `dist/${name}.js`,
    bundle: true,
    minify: true,
    format: "esm",
    target: "es2020",
    charset: "ascii",
    legalComments: "none", // the banner holds the licenses
    nodePaths: ["node_modules"], // for the virtual Uno's own sources, which lie beside this folder
    plugins: [defineOnce],
  };
  const { metafile } = await build({ ...options, metafile: true, write: false });
  const parts = licenses(metafile.inputs).join("\n");
  const banner = `/*!
A piece of tinyml-course, SPDX-License-Identifier: Apache-2.0.
Built by "npm run build"; the readable source is in src/. Do not edit.
${parts}*/`;
  await build({ ...options, banner: { js: banner } });
}

const names = readdirSync("src").filter((name) => existsSync(`src/${name}/index.js`));
await Promise.all(names.map(bundle));
