/**
 * Show one of the pages: start, queue, live; and trouble over any of them.
 *
 * @typedef {import("./trouble.js").Trouble} Trouble
 */
import { byId } from "./by_id.js";

const BEHIND = ["start", "queue", "stage", "top", "bottom", "panel"]; // what trouble covers

/** @param {"start" | "queue" | "live"} page */
export function show(page) {
  document.body.dataset.page = page;
  byId("start").hidden = page !== "start";
  byId("queue").hidden = page !== "queue";
  for (const id of ["stage", "top", "bottom"]) byId(id).hidden = page !== "live";
  hideTrouble();
  if (page !== "live") showLost("");
  document.title = page === "queue" ? "Waiting · neteyes" : "neteyes";
}

/** @param {{place: number, of: number}} queued */
export function showPlace({ place, of }) {
  const before = place - 1;
  byId("queue-place").textContent = before
    ? `${before} ${before === 1 ? "visitor is" : "visitors are"} before you, of ${of} who wait.`
    : "You are next.";
}

/** @param {Trouble} trouble @param {(() => void) | null} again */
export function showTrouble({ title, words, command }, again) {
  byId("trouble-title").textContent = title;
  byId("trouble-words").textContent = words;
  byId("trouble-command").hidden = !command;
  byId("trouble-command").firstElementChild?.replaceChildren(command ?? "");
  byId("trouble-again").hidden = !again;
  byId("trouble-again").onclick = again;
  byId("trouble").hidden = false;
  for (const id of BEHIND) byId(id).inert = true;
  byId(again ? "trouble-again" : "trouble-back").focus();
}

export function hideTrouble() {
  byId("trouble").hidden = true;
  for (const id of BEHIND) byId(id).inert = false;
}

/** Say that the server is away, over the last picture; empty when it is back. @param {string} words */
export function showLost(words) {
  byId("lost").hidden = !words;
  byId("lost").textContent = words;
  document.body.classList.toggle("lost", Boolean(words));
}
