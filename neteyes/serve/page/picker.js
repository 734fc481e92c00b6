/**
 * Let people choose a label in the picture and another one to paint in its place.
 *
 * @typedef {import("./visit.js").Visit} Visit
 * @typedef {import("./stage.js").Stage} Stage
 * @typedef {import("./listbox.js").Row} Row
 */
import { announce } from "./announce.js";
import { byId } from "./by_id.js";
import { glow } from "./glow.js";
import { labelMaps, shares } from "./label_maps.js";
import { search } from "./label_search.js";
import { ListBox } from "./listbox.js";
import { relabel } from "./palette.js";
import { swap } from "./swaps.js";

const BACK = "as itself";
const FINGERS = matchMedia("(pointer: coarse)");
const SMALLEST = 0.003; // share of the picture that is worth a row

export class Picker {
  /** @type {Visit | null} */
  #visit = null;
  /** The segmenter's label that another one is chosen for; empty while this one is chosen. */
  #label = "";
  /** The palette's colour that another label is chosen for; empty where a net segments. */
  #colour = "";
  /** @type {Row[]} */
  #here = [];
  #unglow = () => {};
  /** @type {Element | null} where the focus was before */
  #back = null;
  #box = new ListBox(byId("picker-text", HTMLInputElement), byId("picker-list"), {
    filter: (text) => (this.#label ? this.#targets(text) : search(this.#here, text)),
    take: (row) => this.#take(row),
    empty: () => !this.#colour && this.#label && this.#visit?.controls.swaps[this.#label] && this.#swap(null),
  });

  /** @param {Stage} stage */
  constructor(stage) {
    this.stage = stage;
    byId("picker-close").addEventListener("click", () => this.close());
    byId("picker").addEventListener("keydown", (event) => {
      if (event.key === "Escape") this.close();
      if (event.key.length === 1 && event.target === byId("picker")) this.#box.field.focus(); // it gets the letter
      event.stopPropagation(); // letters are text here, not keys of the mirror
    });
  }

  get open() {
    return !byId("picker").hidden;
  }

  /** Open for the label under a place of the page. @param {Visit} visit @param {MouseEvent} event */
  async at(visit, event) {
    const answer = await visit.ask({ type: "at", ...this.stage.pointAt(event.clientX, event.clientY) });
    if (!answer) return;
    if (!answer.label || answer.label === "unlabelled") return announce("Nothing is recognised there");
    this.#show(visit, answer.label, { x: event.clientX, y: event.clientY }, answer.colour ?? "");
  }

  /** Open with what is in the picture, for those who do not point. @param {Visit} visit */
  async begin(visit) {
    const maps = await labelMaps(visit);
    if (!maps) return announce("There is no picture yet");
    this.#here = shares(maps.seen, visit.welcome?.labels ?? [])
      .filter(({ share }) => share > SMALLEST)
      .map(({ name, share }) => ({ name, note: `${Math.max(1, Math.round(100 * share))} %`, colour: visit.welcome?.colours[name] }));
    this.#show(visit, "", null);
  }

  close() {
    if (!this.open) return;
    this.#unglow();
    byId("picker").hidden = true;
    const back = this.#back instanceof HTMLElement && this.#back !== document.body ? this.#back : byId("stage");
    back.focus({ preventScroll: true });
  }

  /** @param {Visit} visit @param {string} label @param {{x: number, y: number} | null} place @param {string} palette */
  #show(visit, label, place, palette = "") {
    if (!this.open) this.#back = document.activeElement;
    this.#visit = visit;
    this.#label = label;
    this.#colour = palette;
    this.#unglow();
    if (label) this.#unglow = glow(visit, this.stage, label);
    const field = this.#box.field;
    const painted = visit.controls.swaps[label];
    const colour = palette || (visit.welcome?.colours[label] ?? "transparent");
    byId("picker-dot").hidden = !label;
    byId("picker-dot").style.background = colour;
    byId("picker-title").textContent = palette ? `${palette}, ${label} → …` : label ? `${label} → ${painted ?? "…"}` : "What shall be swapped?";
    field.placeholder = palette ? "This colour is…" : label ? `Paint ${label} as…` : "Type its name";
    field.value = "";
    const picker = byId("picker");
    if (place) {
      picker.style.setProperty("--x", place.x > innerWidth / 2 ? `calc(${place.x - 60}px - 21.5em)` : `${place.x + 60}px`);
      picker.style.setProperty("--y", `${place.y - 160}px`);
    }
    picker.hidden = false;
    this.#box.show();
    this.#hint();
    if (FINGERS.matches) picker.focus(); // a phone's keyboard would cover the list
    else field.focus({ preventScroll: true });
  }

  #hint() {
    const keys = FINGERS.matches ? "" : this.#label ? "Enter paints it · Esc leaves it" : "Enter chooses it · Esc leaves";
    byId("picker-hint").textContent = this.#box.length ? keys : "No label begins so";
  }

  /** @param {string} text @returns {Row[]} */
  #targets(text) {
    const { welcome, controls } = /** @type {Visit} */ (this.#visit);
    if (!welcome) return [];
    const rows = search(welcome.paintable, text).map((label) => ({ ...label, colour: welcome.colours[label.name] }));
    const swapped = controls.swaps[this.#label] && !text && !this.#colour;
    return swapped ? [{ name: BACK, back: true, colour: welcome.colours[this.#label] }, ...rows] : rows;
  }

  /** @param {Row} row */
  #take(row) {
    if (!this.#label) return this.#show(/** @type {Visit} */ (this.#visit), row.name, null);
    if (!this.#colour) return this.#swap(row.back ? null : row.name);
    relabel(/** @type {Visit} */ (this.#visit), this.#colour, row.name);
    this.close();
  }

  /** @param {string | null} painted */
  #swap(painted) {
    if (this.#visit) swap(this.#visit, this.#label, painted);
    this.close();
  }
}
