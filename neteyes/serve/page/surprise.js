/**
 * Choose random swaps of what is in the picture that make sense: a creature for a creature, ground for ground.
 *
 * @typedef {import("./visit.js").Visit} Visit
 */
import { announce } from "./announce.js";
import { labelMaps, shares } from "./label_maps.js";

/** Labels that may stand for one another. */
const KINDS = [
  "person, dog, cat, horse, cow, sheep, bear, bird, elephant, zebra, giraffe",
  "car, bus, truck, train, boat, airplane, motorcycle, bicycle",
  "grass, sand, snow, sea, road, pavement, ground-other, water-other, river, gravel, dirt, playingfield",
  "mountain, tree, building-other, house, hill, rock, plant-other, bush",
  "sky-other, clouds, sea, snow, water-other",
  "wall-other, wall-brick, wall-stone, wall-wood, tree, curtain, building-other, mountain, window-other, sky-other",
  "floor-other, floor-wood, floor-tile, grass, sand, snow, sea, water-other, carpet",
  "chair, couch, bed, bench, dining table, potted plant, shelf",
  "ceiling-other, sky-other, clouds",
].map((line) => line.split(", "));

const SMALLEST = 0.02, MOST = 3;

/** Swap up to three things of the picture. @param {Visit} visit */
export async function surprise(visit) {
  const { welcome } = visit;
  const maps = welcome && await labelMaps(visit);
  if (!maps) return announce("There is no picture yet");
  const trained = new Set(welcome.paintable.filter(({ note }) => !note).map(({ name }) => name));
  const here = shuffled(shares(maps.seen, welcome.labels).filter(({ share }) => share > SMALLEST));
  /** @type {Record<string, string>} */
  const swaps = {};
  for (const { name } of here) {
    const others = KINDS.filter((kind) => kind.includes(name)).flat()
      .filter((other) => other !== name && trained.has(other) && other !== visit.controls.swaps[name]);
    if (others.length && Object.keys(swaps).length < MOST) swaps[name] = shuffled(others)[0];
  }
  if (!Object.keys(swaps).length) return announce("Nothing here has anything to be swapped with");
  visit.change({ swaps });
  announce(Object.entries(swaps).map(([from, to]) => `${from} → ${to}`).join(" · "));
}

/** @template T @param {T[]} all @returns {T[]} */
function shuffled(all) {
  return all.map((each) => ({ each, key: Math.random() })).sort((one, other) => one.key - other.key).map(({ each }) => each);
}
