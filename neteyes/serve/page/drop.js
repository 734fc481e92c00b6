/** Take a clip: chosen by its button, or dropped anywhere onto the page. */
import { byId } from "./by_id.js";

/** @param {(file: File) => void} take */
export function takeClips(take) {
  const field = byId("clip", HTMLInputElement);
  byId("use-clip").addEventListener("click", () => field.click());
  field.addEventListener("change", () => {
    if (field.files?.[0]) take(field.files[0]);
    field.value = ""; // so that the same clip can be chosen again
  });
  const over = (/** @type {boolean} */ on) => void (byId("dropping").hidden = !on);
  addEventListener("dragover", (event) => {
    event.preventDefault();
    over(event.dataTransfer?.types.includes("Files") ?? false);
  });
  addEventListener("dragleave", (event) => void (event.relatedTarget || over(false)));
  addEventListener("drop", (event) => {
    event.preventDefault();
    over(false);
    if (event.dataTransfer?.files[0]) take(event.dataTransfer.files[0]);
  });
}
