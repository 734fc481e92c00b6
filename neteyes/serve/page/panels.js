/**
 * Know where the panels of a view lie: a triptych has three, side by side, with a gutter of 6 pixels between them.
 *
 * @typedef {{left: number, width: number}} Panel  In pixels of the picture.
 */
const GUTTER = 6;

/** Return the panels of a picture. @param {number} width @param {boolean} triptych @returns {Panel[]} */
export function panelsOf(width, triptych) {
  if (!triptych) return [{ left: 0, width }];
  const each = Math.floor((width - 2 * GUTTER) / 3);
  return [0, 1, 2].map((number) => ({ left: number * (each + GUTTER), width: each }));
}

/**
 * Say whether a picture is a triptych, by its shape and that of one panel: a view that was just chosen comes a few
 * frames later.
 * @param {number} shape width / height
 * @param {number} panel width / height of one panel
 */
export function isTriptych(shape, panel) {
  return shape > 2 * panel;
}
