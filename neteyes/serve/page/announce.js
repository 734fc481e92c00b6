/** Say a short line: on the screen for two seconds, and to screen readers. */
const SHOWN = 2200; // ms
let timer = 0;

/** @param {string} line */
export function announce(line) {
  const says = /** @type {HTMLElement} */ (document.getElementById("says"));
  says.textContent = line;
  says.classList.add("on");
  clearTimeout(timer);
  timer = setTimeout(() => says.classList.remove("on"), SHOWN);
}

/** Say a line that is not worth more than one that stands there now. @param {string} line */
export function hint(line) {
  if (!document.getElementById("says")?.classList.contains("on")) announce(line);
}
