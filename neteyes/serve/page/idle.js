/** Let the controls fade out when nobody uses them, so that only the picture is left. */
const QUIET = 3500; // ms
let timer = 0;

/** @param {() => boolean} mayFade */
export function fadeWhenIdle(mayFade) {
  const wake = () => {
    document.body.classList.remove("idle");
    clearTimeout(timer);
    timer = setTimeout(() => {
      const used = document.querySelector("#top :focus-visible, #bottom :focus-visible, #bottom :hover, #top :hover");
      if (mayFade() && !(used && !document.body.matches(":has(#frame:hover)"))) document.body.classList.add("idle");
      else wake();
    }, QUIET);
  };
  for (const name of ["pointermove", "pointerdown", "keydown", "focusin"]) addEventListener(name, wake, { passive: true });
  wake();
}
