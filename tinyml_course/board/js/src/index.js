// SPDX-License-Identifier: Apache-2.0
// What the bundle offers, as properties of the global VirtualUno.
export { fromHex, turn } from "./headless.js";
export { parseHex } from "./hex.js";
export { Uno } from "./uno.js";
