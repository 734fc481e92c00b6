/**
 * Ask for the label maps of the newest frame, and read them.
 *
 * @typedef {import("./visit.js").Visit} Visit
 * @typedef {{width: number, height: number, ids: Uint8Array}} LabelMap
 */

/**
 * Return what the segmenter saw and what was painted; null if there is no frame.
 * @param {Visit} visit
 * @returns {Promise<{seen: LabelMap, painted: LabelMap, frame: number} | null>}
 */
export async function labelMaps(visit) {
  const answer = await visit.ask({ type: "labels" });
  if (!answer?.seen) return null;
  const [seen, painted] = await Promise.all([decode(answer.seen), decode(answer.painted)]);
  return { seen, painted, frame: answer.frame };
}

/** Return the share of each label in a map, by name, largest first. @param {LabelMap} map @param {string[]} names */
export function shares(map, names) {
  const counts = new Uint32Array(256);
  for (const id of map.ids) counts[id]++;
  return names
    .map((name, id) => ({ name, share: counts[id] / map.ids.length }))
    .filter(({ share }) => share > 0)
    .sort((one, other) => other.share - one.share);
}

/** @param {string} png base64 of a grey PNG @returns {Promise<LabelMap>} */
async function decode(png) {
  const bytes = Uint8Array.from(atob(png), (letter) => letter.charCodeAt(0));
  const exact = { colorSpaceConversion: /** @type {const} */ ("none"), premultiplyAlpha: /** @type {const} */ ("none") };
  const image = await createImageBitmap(new Blob([bytes], { type: "image/png" }), exact);
  const { width, height } = image;
  const canvas = document.createElement("canvas");
  Object.assign(canvas, { width, height });
  const context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d", { willReadFrequently: true }));
  context.drawImage(image, 0, 0);
  image.close();
  const { data } = context.getImageData(0, 0, width, height);
  return { width, height, ids: Uint8Array.from({ length: width * height }, (_, pixel) => data[4 * pixel]) };
}
