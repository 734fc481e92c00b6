/**
 * Take the keys of the mirror.
 *
 * @typedef {{key: string, shown: string, says: string, act: () => void}} Key
 */
import { byId } from "./by_id.js";

/** Act on keys while `active` says so, and list them in the panel. @param {Key[]} keys @param {() => boolean} active */
export function takeKeys(keys, active) {
  document.addEventListener("keydown", (event) => {
    if (!active() || event.ctrlKey || event.metaKey || event.altKey || event.repeat || types(event)) return;
    const found = keys.find(({ key }) => key === event.key || key === event.key.toLowerCase());
    if (!found) return;
    event.preventDefault();
    found.act();
  });
  byId("keys").replaceChildren(...keys.flatMap(({ shown, says }) => {
    const name = document.createElement("dt");
    const key = document.createElement("kbd");
    key.textContent = shown;
    name.append(key);
    const meaning = document.createElement("dd");
    meaning.textContent = says;
    return [name, meaning];
  }));
}

/** Whether the key belongs to the element that has the focus. @param {KeyboardEvent} event */
function types({ target, key }) {
  if (!(target instanceof HTMLElement)) return false;
  if (target.matches("input, select, textarea")) return key !== "Escape";
  return (key === "Enter" || key === " ") && target.matches("button, summary, a");
}
