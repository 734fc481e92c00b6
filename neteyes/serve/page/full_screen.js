/** Fill the whole screen with the page, and leave it again. */
import { byId } from "./by_id.js";

export function toggleFullScreen() {
  if (document.fullscreenElement) document.exitFullscreen();
  else document.documentElement.requestFullscreen?.({ navigationUI: "hide" }).catch(() => {});
}

document.addEventListener("fullscreenchange", () => {
  byId("fullscreen").setAttribute("aria-pressed", String(Boolean(document.fullscreenElement)));
});
