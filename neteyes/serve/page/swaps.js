/**
 * Change swaps and say so, and show each as a chip that takes it back.
 *
 * @typedef {import("./visit.js").Visit} Visit
 */
import { announce } from "./announce.js";
import { byId } from "./by_id.js";
import { icon } from "./icon.js";

/** Paint a label as another one; null takes the swap back. @param {Visit} visit @param {string} label @param {string | null} painted */
export function swap(visit, label, painted) {
  const { [label]: _, ...others } = visit.controls.swaps;
  visit.change({ swaps: painted && painted !== label ? { ...others, [label]: painted } : others });
  announce(painted && painted !== label ? `${label} is painted as ${painted}` : `${label} is painted as itself again`);
}

/** Show the swaps of a visit as chips. @param {Visit} visit */
export function showChips(visit) {
  const chips = Object.entries(visit.controls.swaps).map(([from, to]) => {
    const chip = document.createElement("li");
    const dot = document.createElement("i");
    dot.style.background = visit.welcome?.colours[to] ?? "transparent";
    const arrow = document.createElement("span");
    arrow.className = "arrow";
    arrow.textContent = "→";
    arrow.role = "img";
    arrow.ariaLabel = "is painted as";
    const back = document.createElement("button");
    back.type = "button";
    back.ariaLabel = `Paint ${from} as itself again`;
    back.append(icon("close"));
    back.addEventListener("click", () => swap(visit, from, null));
    chip.append(from, arrow, dot, to, back);
    return chip;
  });
  byId("chips").replaceChildren(...chips);
}
