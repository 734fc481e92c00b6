/** Save the picture on the page as a PNG, at the size in which it came. */
import { announce } from "./announce.js";
import { save } from "./save.js";

/** @param {HTMLCanvasElement} canvas @param {string} view */
export function snapshot(canvas, view) {
  canvas.toBlob((png) => {
    if (!png) return announce("There is no picture to save yet");
    save(png, `-${view}.png`);
    announce("Snapshot saved");
  }, "image/png");
}
