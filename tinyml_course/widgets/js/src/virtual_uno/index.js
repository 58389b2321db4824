// SPDX-License-Identifier: Apache-2.0
// The virtual Uno in a notebook. anywidget calls this function once for each model: what it keeps belongs to one board.
import { Piece } from "./piece.js";
import { View } from "./view.js";

export default () => {
  let piece = null;
  return {
    initialize({ model }) {
      piece = new Piece(model);
      return () => piece.dispose();
    },
    render({ el }) {
      const view = new View(piece, el);
      piece.attach(view);
      return () => piece.detach(view);
    },
  };
};
