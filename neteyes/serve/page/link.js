/**
 * Carry view, steadiness and swaps in the address's fragment, which browsers never send to a server.
 *
 * @typedef {{view?: string, steadiness?: number, swaps?: Record<string, string>}} Look
 */

/** Read a fragment; what is not a look is left out. @param {string} fragment @returns {Look} */
export function readLook(fragment) {
  const said = new URLSearchParams(fragment.replace(/^#/, ""));
  /** @type {Look} */
  const look = {};
  const view = said.get("view");
  if (view && /^[a-z]{1,12}$/.test(view)) look.view = view;
  const steadiness = Number.parseFloat(said.get("steadiness") ?? "");
  if (steadiness >= 0 && steadiness <= 1) look.steadiness = steadiness;
  const swaps = said.getAll("swap").slice(0, 182).map((text) => text.split("=")).filter((pair) => pair.length === 2);
  if (swaps.length) look.swaps = Object.fromEntries(swaps);
  return look;
}

/** Write a look as a fragment. @param {Look} look */
export function writeLook({ view, steadiness, swaps }) {
  const said = new URLSearchParams();
  if (view) said.set("view", view);
  if (typeof steadiness === "number") said.set("steadiness", String(steadiness));
  for (const [from, to] of Object.entries(swaps ?? {})) said.append("swap", `${from}=${to}`);
  return `#${said}`.replaceAll("%3D", "=").replaceAll("+", "%20");
}

/** Return this page's address with a look, without what came behind a `?`. @param {Look} look */
export function linkTo(look) {
  return location.origin + location.pathname + writeLook(look);
}
