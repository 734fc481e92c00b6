/**
 * Carry frames as JPEG over the WebSocket, both ways, with one frame in flight.
 *
 * @typedef {import("./connection.js").Connection} Connection
 * @typedef {import("./messages.js").Picture} Picture
 */
import { onVideoFrame } from "./video_frames.js";

const LONGEST_SIDE = 640, QUALITY = 0.8;
const PATIENCE = 1000; // ms until the next frame goes without the answer to the last

export class JpegWay {
  name = "jpeg";
  paused = false;
  /** @type {(() => void)[]} */
  #ends = [];
  #canvas = document.createElement("canvas");
  #number = 0;
  #flying = 0; // number of the frame in flight; 0 for none
  #fresh = false;
  #encoding = false;
  #timer = 0;
  /** @type {Map<number, number>} when each frame was taken */
  #taken = new Map();
  /** @type {Picture | null} */
  #next = null;
  #decoding = false;

  /**
   * @param {Connection} connection
   * @param {HTMLVideoElement | null} video frames to send; null if the server has its own
   * @param {(image: ImageBitmap, age: number) => void} paint takes each picture and its age in ms
   */
  constructor(connection, video, paint) {
    this.connection = connection;
    this.video = video;
    this.paint = paint;
  }

  start() {
    this.#ends.push(this.connection.on("picture", (picture) => this.#take(picture)));
    if (!this.video) return;
    this.#ends.push(onVideoFrame(this.video, () => {
      this.#fresh = true;
      this.#send();
    }));
  }

  stop() {
    for (const end of this.#ends.splice(0)) end();
    clearTimeout(this.#timer);
    this.#next = null;
  }

  /** @param {boolean} paused */
  pause(paused) {
    this.paused = paused;
    if (!paused) this.#send();
  }

  async #send() {
    const { video, connection } = this;
    if (!video || !this.#fresh || this.#flying || this.#encoding || this.paused) return;
    if (!connection.ready || connection.waiting) return; // a slow network gets fewer frames, never old ones
    this.#fresh = false;
    this.#encoding = true;
    const taken = performance.now(), number = ++this.#number;
    const scale = Math.min(1, LONGEST_SIDE / Math.max(video.videoWidth, video.videoHeight));
    const canvas = this.#canvas;
    canvas.width = Math.max(2, Math.round(video.videoWidth * scale));
    canvas.height = Math.max(2, Math.round(video.videoHeight * scale));
    canvas.getContext("2d", { alpha: false })?.drawImage(video, 0, 0, canvas.width, canvas.height);
    const blob = await new Promise((resolve) => canvas.toBlob(resolve, "image/jpeg", QUALITY));
    const bytes = new Uint8Array(4 + (blob?.size ?? 0));
    new DataView(bytes.buffer).setUint32(0, number);
    if (blob) bytes.set(new Uint8Array(await blob.arrayBuffer()), 4);
    this.#encoding = false;
    if (!blob || this.paused || !this.#ends.length) return;
    this.#taken.set(number, taken);
    this.#flying = number;
    this.#timer = setTimeout(() => this.#landed(), PATIENCE);
    connection.send(bytes.buffer);
  }

  #landed() {
    clearTimeout(this.#timer);
    this.#flying = 0;
    this.#send();
  }

  /** @param {Picture} picture */
  #take(picture) {
    if (this.video && picture.number >= this.#flying) this.#landed();
    this.#next = picture;
    this.#decode();
  }

  /** Decode the newest picture; those that come meanwhile replace one another. */
  async #decode() {
    const picture = this.#next;
    if (!picture || this.#decoding) return;
    this.#next = null;
    this.#decoding = true;
    try {
      const image = await createImageBitmap(picture.jpeg);
      if (this.#ends.length) this.paint(image, this.#age(picture));
      else image.close();
    } catch {
      console.warn("A picture that cannot be read was left out.");
    }
    this.#decoding = false;
    if (!this.video) this.connection.send({ type: "seen", number: picture.number });
    this.#decode();
  }

  /** @param {Picture} picture */
  #age(picture) {
    const taken = this.#taken.get(picture.number);
    for (const number of this.#taken.keys()) if (number <= picture.number) this.#taken.delete(number);
    return taken === undefined ? picture.age : performance.now() - taken;
  }
}
