// SPDX-License-Identifier: Apache-2.0
// Bundles src/ and avr8js into dist/uno.js: `npm ci && npm run build`. The same input gives the same bytes.
import { readFileSync } from "node:fs";
import { build } from "esbuild";

const library = JSON.parse(readFileSync("node_modules/avr8js/package.json", "utf8"));
const license = readFileSync("node_modules/avr8js/LICENSE", "utf8").trim();

await build({
  entryPoints: ["src/index.js"],
  outfile: "dist/uno.js",
  bundle: true,
  minify: true,
  format: "iife",
  globalName: "VirtualUno",
  target: "es2020",
  charset: "ascii",
  legalComments: "inline",
  banner: {
    js: `/*!
The virtual Arduino Uno of tinyml-course, SPDX-License-Identifier: Apache-2.0.
Built by "npm run build"; the readable source is in src/. Do not edit.
Contains parts of avr8js ${library.version}:

${license}
*/`,
  },
});
