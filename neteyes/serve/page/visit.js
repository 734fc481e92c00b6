/**
 * Hold one visit: its connection, its settings as the server has them, and the way that frames take: as JPEGs at first,
 * by WebRTC once that is connected. Where WebRTC does not come about, JPEGs stay, for good.
 *
 * Events: those of `Connection`, and `controls` whenever a setting has changed, `way` with words on the transport,
 * `painted` after each picture.
 *
 * @typedef {import("./messages.js").Controls} Controls
 * @typedef {import("./messages.js").Welcome} Welcome
 * @typedef {import("./input.js").Input} Input
 * @typedef {import("./stage.js").Stage} Stage
 */
import { Connection } from "./connection.js";
import { JpegWay } from "./jpeg_way.js";
import { WebRtcWay } from "./webrtc_way.js";

export class Visit extends Connection {
  /** @type {Welcome | null} */
  welcome = null;
  /** @type {Controls} */
  controls = { view: "picture", steadiness: null, swaps: {}, mirror: false, frozen: false };
  wiping = false;
  /** Age of the last picture in ms, from this browser's camera to its screen; null where only the server knows it. */
  age = /** @type {number | null} */ (null);
  frames = 0;
  /** The way that pictures take. @type {JpegWay | WebRtcWay | null} */
  way = null;
  /** WebRTC, from its offer on. @type {WebRtcWay | null} */
  #webrtc = null;
  #jpeg = !window.RTCPeerConnection;
  #why = "";
  #wipeBegan = false; // whether the server knows of it

  /**
   * @param {Input | null} input null if the server has its own
   * @param {Partial<Controls>} first what the visitor begins with
   * @param {Stage} stage
   */
  constructor(input, first, stage) {
    super();
    this.input = input;
    this.first = first;
    this.stage = stage;
    this.on("welcome", (welcome) => this.#welcomed(welcome));
    this.on("state", (state) => this.#take(state.controls));
    this.on("lost", () => this.#end());
  }

  start() {
    this.open(() => ({ transport: this.#jpeg ? "jpeg" : "webrtc", controls: this.#hello() }));
  }

  close() {
    super.close();
    this.#end();
  }

  /** Change settings, here at once if the server is away. @param {Partial<Controls>} changes */
  change(changes) {
    if (this.ready) this.send({ type: "set", ...changes });
    else this.#take({ ...this.controls, ...changes });
  }

  /** The view as people choose it: the wipe is made here, of the triptych. */
  get view() {
    return this.wiping ? "wipe" : this.controls.view;
  }

  /** @param {string} view */
  set view(view) {
    this.wiping = view === "wipe";
    this.#wipeBegan = false;
    this.stage.wipe(this.wiping);
    this.change({ view: /** @type {Controls["view"]} */ (this.wiping ? "triptych" : view) });
    this.emit("controls");
  }

  /** Give WebRTC up, for good. @param {string} why */
  useJpeg(why) {
    this.#jpeg = true;
    this.#why = why;
    this.send({ type: "transport", use: "jpeg" });
    this.#webrtc?.stop();
    this.#webrtc = null;
    if (this.way?.name === "jpeg") this.emit("way"); // its words
    else this.#begin();
  }

  /** Say which way frames take, and why. */
  get wayWords() {
    if (!this.way) return "";
    if (this.way.name === "webrtc") return "WebRTC";
    return this.#webrtc ? "JPEG, until WebRTC is connected" : `JPEG over WebSocket${this.#why && `: ${this.#why}`}`;
  }

  /** A hidden tab costs nothing. @param {boolean} paused */
  pause(paused) {
    this.send({ type: "pause", paused });
    this.way?.pause(paused);
    if (this.#webrtc !== this.way) this.#webrtc?.pause(paused);
  }

  /** Go on with another camera. @param {Input} input */
  replaceInput(input) {
    this.input?.close();
    this.input = input;
    if (this.way === this.#webrtc && input.stream) this.#webrtc?.replace(input.stream);
    else this.#begin();
    this.change({ mirror: input.mirrored });
  }

  #hello() {
    if (!this.welcome) return this.first;
    return this.welcome.shared ? {} : this.controls; // a server that began anew gets the settings back
  }

  /** @param {Welcome} welcome */
  #welcomed(welcome) {
    this.welcome = welcome;
    this.#take(welcome.controls);
    if (!welcome.webrtc && !this.#jpeg) {
      this.#jpeg = true;
      this.#why = "this server has no WebRTC";
    }
    const video = this.input?.video;
    this.stage.expect(video ? [video.videoHeight, video.videoWidth] : welcome.size);
    this.#begin();
    if (document.hidden) this.pause(true);
  }

  /** @param {Controls} controls */
  #take(controls) {
    const before = JSON.stringify(this.controls);
    this.controls = { ...this.controls, ...controls };
    const triptych = this.controls.view === "triptych";
    if (this.wiping && this.#wipeBegan && !triptych) {
      this.wiping = false; // another visitor of a shared picture chose another view
      this.stage.wipe(false);
    }
    this.#wipeBegan ||= triptych;
    if (JSON.stringify(this.controls) !== before) this.emit("controls");
  }

  #begin() {
    this.#end();
    const { input } = this;
    if (!this.#jpeg && input && !input.stream) {
      this.#jpeg = true;
      this.#why = "this browser cannot send a clip otherwise";
      this.send({ type: "transport", use: "jpeg" });
    }
    this.way = new JpegWay(this, input?.video ?? null, (image, age) => this.#painted(image, age));
    this.way.start();
    if (!this.#jpeg) {
      const failed = (/** @type {string} */ why) => this.useJpeg(`WebRTC was given up, ${why}`);
      this.#webrtc = new WebRtcWay(this, input?.stream ?? null, (image) => this.#byWebRtc(image), failed);
      this.#webrtc.start();
    }
    this.emit("way");
  }

  /** @param {HTMLVideoElement} image */
  #byWebRtc(image) {
    if (this.way !== this.#webrtc) {
      this.way?.stop();
      this.way = this.#webrtc;
      this.emit("way");
    }
    this.#painted(image, null);
  }

  #end() {
    this.way?.stop();
    this.#webrtc?.stop();
    this.way = this.#webrtc = null;
  }

  /** @param {ImageBitmap | HTMLVideoElement} image @param {number | null} age */
  #painted(image, age) {
    this.stage.paint(image);
    this.age = age;
    this.frames++;
    this.emit("painted");
  }
}
