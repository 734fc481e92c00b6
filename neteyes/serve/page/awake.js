/** Keep the screen on while a picture is shown, where the browser lets a page do so. */
let wanted = false;
/** @type {WakeLockSentinel | null} */
let lock = null;

/** @param {boolean} on */
export async function keepAwake(on) {
  wanted = on;
  if (!on) return void lock?.release().catch(() => {});
  try {
    lock = await navigator.wakeLock.request("screen");
  } catch {
    lock = null; // over plain http, or with a battery that is low: the screen may go dark
  }
}

document.addEventListener("visibilitychange", () => {
  if (wanted && !document.hidden) keepAwake(true);
});
