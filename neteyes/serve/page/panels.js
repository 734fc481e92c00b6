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
 * Say whether a triptych is larger on a screen with its panels below one another.
 * @param {number} panel width / height of one panel
 * @param {number} screen width / height of what it is shown in
 */
export function isBetterStacked(panel, screen) {
  const beside = Math.min(screen / 3, panel), below = Math.min(screen, panel / 3); // widths of a panel, by the screen's height
  return below > beside;
}

/** Return the top of each of the stacked panels, in pixels, and the height of all. @param {number} height of one panel */
export function stacked(height) {
  return { tops: [0, 1, 2].map((number) => number * (height + GUTTER)), height: 3 * height + 2 * GUTTER };
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
