/**
 * Show where a label is while another one is chosen for it: all else is darkened a little.
 *
 * @typedef {import("./visit.js").Visit} Visit
 * @typedef {import("./stage.js").Stage} Stage
 */
import { labelMaps } from "./label_maps.js";

const EVERY = 250; // ms; a darkening that follows slowly does not flash
const DARK = 130; // of 255
const canvas = /** @type {HTMLCanvasElement} */ (document.getElementById("glow"));

/**
 * Show a label's places until the returned function is called.
 * @param {Visit} visit
 * @param {Stage} stage
 * @param {string} label
 */
export function glow(visit, stage, label) {
  const id = visit.welcome?.labels.indexOf(label) ?? -1;
  let ended = false, timer = 0;
  const draw = async () => {
    const maps = await labelMaps(visit);
    if (ended) return;
    if (maps) paint(maps.seen, id, stage);
    timer = setTimeout(draw, EVERY);
  };
  draw();
  return () => {
    ended = true;
    clearTimeout(timer);
    canvas.classList.remove("on");
  };
}

/** @param {import("./label_maps.js").LabelMap} map @param {number} id @param {Stage} stage */
function paint(map, id, stage) {
  const mask = document.createElement("canvas");
  mask.width = map.width;
  mask.height = map.height;
  const pixels = new ImageData(map.width, map.height);
  map.ids.forEach((each, pixel) => void (pixels.data[4 * pixel + 3] = each === id ? 0 : DARK));
  mask.getContext("2d")?.putImageData(pixels, 0, 0);
  canvas.width = Math.min(2000, Math.round(canvas.clientWidth));
  canvas.height = Math.round(canvas.width * canvas.clientHeight / Math.max(1, canvas.clientWidth));
  const context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
  for (const { left, top, width, height } of stage.panels) {
    context.drawImage(mask, left * canvas.width, top * canvas.height, width * canvas.width, height * canvas.height);
  }
  canvas.classList.add("on");
}
