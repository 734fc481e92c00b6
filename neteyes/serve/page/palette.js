/**
 * Change the palette by which a game is segmented, and save it.
 *
 * @typedef {import("./visit.js").Visit} Visit
 */
import { announce } from "./announce.js";
import { save } from "./save.js";

/** Give a colour another label. @param {Visit} visit @param {string} colour @param {string} label */
export function relabel(visit, colour, label) {
  visit.send({ type: "relabel", colour, label });
  announce(`${colour} is ${label} now: w saves the palette`);
}

/** Save the palette as a file for --segmenter. @param {Visit} visit */
export async function savePalette(visit) {
  if (!visit.welcome?.palette) return announce("A net segments here: there is no palette to save");
  const answer = await visit.ask({ type: "palette" });
  if (answer) save(new Blob([answer.text], { type: "application/toml" }), "-palette.toml");
}
