/**
 * The buttons at the lower edge: views, freeze, mirror; they show what the server says.
 *
 * @typedef {import("./visit.js").Visit} Visit
 */
import { announce } from "./announce.js";
import { byId } from "./by_id.js";

export const VIEWS = ["picture", "labels", "triptych", "overlay", "wipe"];
const radios = /** @type {HTMLButtonElement[]} */ ([...byId("views").children]);

/** Show the settings of a visit on the buttons. @param {Visit} visit */
export function showControls(visit) {
  for (const radio of radios) {
    const checked = radio.dataset.view === visit.view;
    radio.setAttribute("aria-checked", String(checked));
    radio.tabIndex = checked ? 0 : -1; // Tab goes to the chosen one, arrows to the others
  }
  byId("freeze").setAttribute("aria-pressed", String(visit.controls.frozen));
  byId("mirror").setAttribute("aria-pressed", String(visit.controls.mirror));
}

/** @param {Visit} visit @param {string} view */
export function chooseView(visit, view) {
  visit.view = view;
  announce(`View: ${view}`);
}

/** @param {Visit} visit */
export function nextView(visit) {
  chooseView(visit, VIEWS[(VIEWS.indexOf(visit.view) + 1) % VIEWS.length]);
}

/** @param {Visit} visit */
export function freeze(visit) {
  announce(visit.controls.frozen ? "Labels follow the picture again" : "Labels are frozen");
  visit.change({ frozen: !visit.controls.frozen });
}

/** @param {Visit} visit */
export function mirror(visit) {
  announce(visit.controls.mirror ? "Not mirrored" : "Mirrored");
  visit.change({ mirror: !visit.controls.mirror });
}

/** Let buttons act on the visit of the moment. @param {() => Visit | null} current */
export function wireBar(current) {
  const act = (/** @type {(visit: Visit) => void} */ does) => () => {
    const visit = current();
    if (visit) does(visit);
  };
  for (const radio of radios) radio.addEventListener("click", act((visit) => chooseView(visit, radio.dataset.view ?? "picture")));
  byId("views").addEventListener("keydown", (event) => {
    const step = { ArrowLeft: -1, ArrowUp: -1, ArrowRight: 1, ArrowDown: 1 }[event.key];
    if (!step) return;
    event.preventDefault();
    const at = radios.indexOf(/** @type {HTMLButtonElement} */ (event.target));
    const next = radios[(at + step + radios.length) % radios.length];
    next.focus();
    next.click();
  });
  byId("freeze").addEventListener("click", act(freeze));
  byId("mirror").addEventListener("click", act(mirror));
}
