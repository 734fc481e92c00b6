/**
 * The panel of settings: steadiness, the camera, the link, the way that frames take.
 *
 * @typedef {import("./visit.js").Visit} Visit
 */
import { announce } from "./announce.js";
import { byId } from "./by_id.js";
import { cameras } from "./input.js";
import { linkTo } from "./link.js";
import { savePalette } from "./palette.js";

const STEP = 0.1;
const slider = byId("steadiness", HTMLInputElement);
const choice = byId("camera-choice", HTMLSelectElement);
let touched = 0; // when the slider was moved last: the server's answer does not pull it back meanwhile

/** Open or close the panel. @param {boolean} [open] */
export function togglePanel(open = byId("panel").hidden) {
  if (open === !byId("panel").hidden) return;
  byId("panel").hidden = !open;
  byId("more").setAttribute("aria-expanded", String(open));
  if (open) byId("panel").focus({ preventScroll: true });
  else byId("more").focus({ preventScroll: true });
}

/** Show the settings of a visit. @param {Visit} visit */
export function showSettings(visit) {
  const { steadiness } = visit.controls;
  slider.disabled = steadiness === null;
  if (performance.now() - touched > 700) slider.value = String(steadiness ?? 0);
  byId("steadiness-value").textContent = steadiness === null ? "this net has none" : `${Math.round(100 * steadiness)} %`;
  byId("shared-note").hidden = !visit.welcome?.shared;
  byId("save-palette").hidden = !visit.welcome?.palette;
  byId("way").hidden = visit.way?.name !== "webrtc";
}

/** Change the steadiness by steps. @param {Visit} visit @param {number} steps */
export function steady(visit, steps) {
  const { steadiness } = visit.controls;
  if (steadiness === null) return announce("This net has no steadiness");
  const next = Math.min(1, Math.max(0, Math.round(10 * (steadiness + steps * STEP)) / 10));
  visit.change({ steadiness: next });
  announce(`Steadiness ${Math.round(100 * next)} %`);
}

/** Return what a link to this visit carries. @param {Visit} visit */
export function lookOf(visit) {
  const { steadiness, swaps } = visit.controls;
  return { view: visit.view, steadiness: steadiness ?? undefined, swaps };
}

/** Copy a link that carries view, steadiness and swaps. @param {Visit} visit */
export async function copyLink(visit) {
  const link = linkTo(lookOf(visit));
  try {
    await navigator.clipboard.writeText(link);
  } catch {
    const field = document.createElement("textarea"); // over plain http there is no clipboard
    field.value = link;
    byId("panel").append(field);
    field.select();
    document.execCommand("copy");
    field.remove();
  }
  announce("Link copied");
}

/** List the cameras, if there are several. @param {string | undefined} used */
export async function listCameras(used) {
  const all = await cameras();
  byId("camera-row").hidden = all.length < 2 || used === undefined;
  choice.replaceChildren(...all.map(({ deviceId, label }, number) => new Option(label || `Camera ${number + 1}`, deviceId)));
  choice.value = used ?? "";
}

/** @param {() => Visit | null} current @param {(deviceId: string) => void} useCamera */
export function wirePanel(current, useCamera) {
  slider.addEventListener("input", () => {
    touched = performance.now();
    byId("steadiness-value").textContent = `${Math.round(100 * slider.valueAsNumber)} %`;
    current()?.change({ steadiness: slider.valueAsNumber });
  });
  const act = (/** @type {(visit: Visit) => void} */ does) => () => {
    const visit = current();
    if (visit) does(visit);
  };
  choice.addEventListener("change", () => useCamera(choice.value));
  byId("copy").addEventListener("click", act(copyLink));
  byId("save-palette").addEventListener("click", act(savePalette));
  byId("way").addEventListener("click", act((visit) => visit.useJpeg("you chose it")));
  byId("more").addEventListener("click", () => togglePanel());
  byId("figures").addEventListener("click", () => togglePanel());
  byId("panel-close").addEventListener("click", () => togglePanel(false));
}
