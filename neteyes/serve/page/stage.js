/**
 * Paint pictures onto the page's canvas, whole or as a wipe between camera and painting, and know where a click is.
 *
 * @typedef {{x: number, y: number}} Point  From 0 to 1, from the upper left corner of the server's view.
 */
import { isBetterStacked, isTriptych, panelsOf, stacked } from "./panels.js";

const frame = /** @type {HTMLElement} */ (document.getElementById("frame"));
const canvas = /** @type {HTMLCanvasElement} */ (document.getElementById("picture"));
const waiting = /** @type {HTMLElement} */ (document.getElementById("waiting"));
const handle = /** @type {HTMLElement} */ (document.getElementById("wipe"));

export class Stage {
  canvas = canvas;
  #context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d", { alpha: false }));
  /** @type {ImageBitmap | HTMLVideoElement | null} */
  #last = null;
  #panelShape = 16 / 9;
  #wiping = false;
  #at = 0.5;
  /** @type {((canvas: HTMLCanvasElement) => void)[]} */
  #watchers = [];

  constructor() {
    handle.addEventListener("pointerdown", (event) => {
      event.preventDefault();
      handle.focus();
      handle.setPointerCapture(event.pointerId);
    });
    handle.addEventListener("pointermove", (event) => {
      if (!handle.hasPointerCapture(event.pointerId)) return;
      const box = frame.getBoundingClientRect();
      this.#wipeTo((event.clientX - box.left) / box.width);
    });
    handle.addEventListener("keydown", (event) => {
      const steps = { ArrowLeft: -0.02, ArrowRight: 0.02, PageDown: -0.1, PageUp: 0.1, Home: -1, End: 1 };
      const step = steps[/** @type {keyof typeof steps} */ (event.key)];
      if (!step) return;
      event.preventDefault();
      event.stopPropagation();
      this.#wipeTo(this.#at + step);
    });
  }

  /** Expect views of this (height, width), a panel's. @param {[number, number] | undefined} size */
  expect(size) {
    if (size) this.#panelShape = size[1] / size[0];
  }

  /** Call back after each picture. @param {(canvas: HTMLCanvasElement) => void} watcher */
  watch(watcher) {
    this.#watchers.push(watcher);
  }

  /** Show the left of the camera and the right of the painting, of triptychs. @param {boolean} on */
  wipe(on) {
    this.#wiping = on;
    handle.hidden = !on;
    this.#draw();
  }

  /** Whether the picture on the page is a wipe now. */
  get wiped() {
    return this.#wiping && this.#triptych;
  }

  /** Show a picture; it is closed when the next one comes. @param {ImageBitmap | HTMLVideoElement} image */
  paint(image) {
    if (this.#last !== image) this.#forget();
    this.#last = image;
    const { width, height } = this.#size;
    if (!this.#wiping && !isTriptych(width / height, this.#panelShape)) this.#panelShape = width / height;
    this.#draw();
    waiting.hidden = true;
    for (const watcher of this.#watchers) watcher(canvas);
  }

  /** Show nothing. */
  clear() {
    this.#forget();
    this.#context.clearRect(0, 0, canvas.width, canvas.height);
    waiting.hidden = false;
  }

  /** Return the boxes of the panels that the page shows, from 0 to 1 of its sides. */
  get panels() {
    if (this.wiped || !this.#triptych) return [{ left: 0, top: 0, width: 1, height: 1 }];
    const { width, height } = this.#size;
    const all = stacked(height);
    return panelsOf(width, true).map((panel, number) => this.#stacked
      ? { left: 0, top: all.tops[number] / all.height, width: 1, height: height / all.height }
      : { left: panel.left / width, top: 0, width: panel.width / width, height: 1 });
  }

  /** Return the point of the server's view under a place of the page. @param {number} x @param {number} y @returns {Point} */
  pointAt(x, y) {
    const box = frame.getBoundingClientRect();
    const across = within((x - box.left) / box.width), down = within((y - box.top) / box.height);
    const { width, height } = this.#size;
    if (this.wiped) {
      const panel = panelsOf(width, true)[across < this.#at ? 0 : 2];
      return { x: (panel.left + across * panel.width) / width, y: down };
    }
    if (!this.#stacked) return { x: across, y: down };
    const all = stacked(height), row = down * all.height;
    const number = row < all.tops[1] ? 0 : row < all.tops[2] ? 1 : 2;
    const panel = panelsOf(width, true)[number];
    return { x: (panel.left + across * panel.width) / width, y: within((row - all.tops[number]) / height) };
  }

  get #size() {
    const image = this.#last;
    if (!image) return { width: 16, height: 9 };
    return "videoWidth" in image
      ? { width: image.videoWidth, height: image.videoHeight }
      : { width: image.width, height: image.height };
  }

  get #triptych() {
    const { width, height } = this.#size;
    return isTriptych(width / height, this.#panelShape);
  }

  /** Whether the panels of the triptych are shown below one another: on a screen that stands upright. */
  get #stacked() {
    if (this.#wiping || !this.#triptych || !frame.parentElement) return false;
    const { clientWidth, clientHeight } = frame.parentElement;
    return isBetterStacked(this.#panelShape, clientWidth / Math.max(1, clientHeight));
  }

  /** @param {number} at */
  #wipeTo(at) {
    this.#at = within(at);
    handle.style.setProperty("--at", `${100 * this.#at}%`);
    handle.setAttribute("aria-valuenow", String(Math.round(100 * this.#at)));
    this.#draw();
  }

  #draw() {
    const image = this.#last;
    if (!image) return;
    const { width, height } = this.#size;
    const panels = panelsOf(width, this.wiped || this.#stacked);
    const shown = panels[0].width, all = stacked(height);
    this.#resize(shown, this.#stacked ? all.height : height);
    if (panels.length === 1) {
      this.#context.drawImage(image, 0, 0);
      return;
    }
    if (this.#stacked) {
      panels.forEach(({ left }, number) => this.#context.drawImage(image, left, 0, shown, height, 0, all.tops[number], shown, height));
      return;
    }
    const cut = Math.round(this.#at * shown), rest = shown - cut;
    if (cut) this.#context.drawImage(image, 0, 0, cut, height, 0, 0, cut, height);
    if (rest) this.#context.drawImage(image, panels[2].left + cut, 0, rest, height, cut, 0, rest, height);
  }

  /** @param {number} width @param {number} height */
  #resize(width, height) {
    if (canvas.width === width && canvas.height === height) return;
    canvas.width = width;
    canvas.height = height;
    frame.style.setProperty("--shape", String(width / height));
  }

  #forget() {
    if (this.#last instanceof ImageBitmap) this.#last.close();
    this.#last = null;
  }
}

/** @param {number} share */
function within(share) {
  return Math.min(1, Math.max(0, share));
}
