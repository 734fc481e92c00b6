/**
 * Record the pictures of the page into a file on the visitor's disk.
 *
 * The recording has a canvas of its own, because its size has to stay when another view, of another shape, is chosen.
 *
 * @typedef {import("./stage.js").Stage} Stage
 */
import { announce } from "./announce.js";
import { byId } from "./by_id.js";
import { save } from "./save.js";

const KINDS = ["video/mp4;codecs=avc1.42E01F", "video/webm;codecs=vp9", "video/webm;codecs=vp8", "video/webm", "video/mp4"];
const BITS = 6_000_000; // a second

export class Recorder {
  #canvas = document.createElement("canvas");
  /** @type {MediaRecorder | null} */
  #recorder = null;
  /** @type {Blob[]} */
  #parts = [];
  #began = 0;
  #timer = 0;

  /** @param {Stage} stage */
  constructor(stage) {
    this.stage = stage;
    stage.watch((canvas) => this.#recorder && this.#draw(canvas));
  }

  get recording() {
    return this.#recorder !== null;
  }

  toggle() {
    if (this.recording) this.stop();
    else this.start();
  }

  start() {
    const kind = window.MediaRecorder && KINDS.find((each) => MediaRecorder.isTypeSupported(each));
    if (!kind) return announce("This browser cannot record");
    const { width, height } = this.stage.canvas;
    this.#canvas.width = width & ~1;
    this.#canvas.height = height & ~1;
    this.#draw(this.stage.canvas);
    this.#parts = [];
    const recorder = new MediaRecorder(this.#canvas.captureStream(), { mimeType: kind, videoBitsPerSecond: BITS });
    recorder.ondataavailable = ({ data }) => this.#parts.push(data);
    recorder.onstop = () => this.#save(kind);
    recorder.onerror = () => this.stop();
    recorder.start(1000);
    this.#recorder = recorder;
    this.#began = performance.now();
    this.#timer = setInterval(() => this.#tell(), 500);
    this.#tell();
    announce("Recording");
  }

  stop() {
    clearInterval(this.#timer);
    const recorder = this.#recorder;
    this.#recorder = null;
    if (recorder && recorder.state !== "inactive") recorder.stop();
    this.#tell();
  }

  /** @param {string} kind */
  #save(kind) {
    save(new Blob(this.#parts, { type: kind }), kind.includes("mp4") ? ".mp4" : ".webm");
    this.#parts = [];
    announce("Recording saved");
  }

  /** Draw a picture whole into the recording's size. @param {HTMLCanvasElement} picture */
  #draw(picture) {
    const { width, height } = this.#canvas;
    const context = /** @type {CanvasRenderingContext2D} */ (this.#canvas.getContext("2d", { alpha: false }));
    const scale = Math.min(width / picture.width, height / picture.height);
    const wide = picture.width * scale, high = picture.height * scale;
    if (wide < width - 1 || high < height - 1) context.clearRect(0, 0, width, height);
    context.drawImage(picture, (width - wide) / 2, (height - high) / 2, wide, high);
  }

  #tell() {
    const seconds = Math.floor((performance.now() - this.#began) / 1000);
    byId("record").setAttribute("aria-pressed", String(this.recording));
    const clock = `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
    byId("recorded").textContent = this.recording ? clock : "";
  }
}
