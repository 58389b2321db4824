// SPDX-License-Identifier: Apache-2.0
// Drawing as the digits of the data set were made: a pen on a fine black and white grid, of which each pixel counts
// a block of 4 x 4 (Alpaydin and Kaynak 1998, for 8 x 8 pixels of 0 to 16). Knows no page.

const FINE = 4;
const BLOCK = FINE * FINE;
const PEN_RADIUS = 3; // fine pixels: a drawn digit then has about as much ink as one of the data set, 310

export class Drawing {
  // side: pixels in a row; levels: the largest value of a pixel, 0 is the paper.
  constructor(side, levels) {
    this.side = side;
    this.levels = levels;
    this.values = new Array(side * side).fill(0);
    this.fine = new Uint8Array(BLOCK * side * side);
  }

  clear() {
    this.values.fill(0);
    this.fine.fill(0);
  }

  // A whole image at once, value by value.
  load(values) {
    this.fine.fill(0);
    this.values = Array.from(values);
  }

  set(pixel, value) {
    this.values[pixel] = Math.max(0, Math.min(this.levels, Math.round(value)));
    this.forEachFine(pixel, (at) => (this.fine[at] = 0));
  }

  // From one place to another, in pixels: (0, 0) is the upper left corner of the drawing. erase: take ink away.
  stroke(x0, y0, x1, y1, erase = false) {
    const steps = Math.max(1, Math.ceil(Math.hypot(x1 - x0, y1 - y0) * FINE * 2));
    const touched = new Set();
    for (let i = 0; i <= steps; i++) {
      this.dab(FINE * (x0 + ((x1 - x0) * i) / steps), FINE * (y0 + ((y1 - y0) * i) / steps), erase, touched);
    }
    for (const pixel of touched) this.recount(pixel, erase);
  }

  dab(x, y, erase, touched) {
    const size = FINE * this.side;
    for (let row = Math.max(0, Math.floor(y - PEN_RADIUS)); row < Math.min(size, y + PEN_RADIUS); row++) {
      for (let column = Math.max(0, Math.floor(x - PEN_RADIUS)); column < Math.min(size, x + PEN_RADIUS); column++) {
        if (Math.hypot(column + 0.5 - x, row + 0.5 - y) > PEN_RADIUS) continue;
        this.fine[row * size + column] = erase ? 0 : 1;
        touched.add(Math.floor(row / FINE) * this.side + Math.floor(column / FINE));
      }
    }
  }

  // Ink adds to what an example or a key has set there, and the eraser takes from it.
  recount(pixel, erase) {
    let ink = 0;
    this.forEachFine(pixel, (at) => (ink += this.fine[at]));
    const value = Math.round((ink / BLOCK) * this.levels);
    this.values[pixel] = erase ? Math.min(this.values[pixel], value) : Math.max(this.values[pixel], value);
  }

  forEachFine(pixel, visit) {
    const size = FINE * this.side;
    const start = FINE * (Math.floor(pixel / this.side) * size + (pixel % this.side));
    for (let row = 0; row < FINE; row++) {
      for (let column = 0; column < FINE; column++) visit(start + row * size + column);
    }
  }

  // "0 0 5 13 ...", one row a line: the picture as text.
  rows() {
    const rows = [];
    for (let row = 0; row < this.side; row++) {
      rows.push(this.values.slice(row * this.side, (row + 1) * this.side).join(" "));
    }
    return rows;
  }
}
