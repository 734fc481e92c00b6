/**
 * Carry frames over WebRTC: one offer with all its candidates, signalled over the WebSocket, no STUN.
 *
 * @typedef {import("./connection.js").Connection} Connection
 */
import { onTrackFrame, onVideoFrame } from "./video_frames.js";

const CONNECTS_WITHIN = 3000; // ms; then it is given up
const SHOWS_WITHIN = 4000; // ms from the connection to the first picture
const LONGEST_SIDE = 960; // of what is sent: the nets see less
const LEAST_RATE = 8; // frames a second that the camera sends at least
const GATHERS_WITHIN = 1000; // ms; the candidates of this machine are there at once

export class WebRtcWay {
  name = "webrtc";
  /** @type {RTCPeerConnection | null} */
  #peer = null;
  /** @type {RTCRtpSender | null} */
  #sender = null;
  /** @type {(() => void)[]} */
  #ends = [];
  #timer = 0;
  #rate = 0; // frames a second that are sent at most; 0: as many as the camera has

  /**
   * @param {Connection} connection
   * @param {MediaStream | null} stream the visitor's; null if the server has its own input
   * @param {(image: HTMLVideoElement) => void} paint takes each picture
   * @param {(reason: string) => void} failed is called once if it does not connect, or breaks
   */
  constructor(connection, stream, paint, failed) {
    this.connection = connection;
    this.stream = stream;
    this.paint = paint;
    this.failed = failed;
  }

  async start() {
    this.#expect("it did not connect within 3 s", CONNECTS_WITHIN);
    this.#ends.push(
      () => clearTimeout(this.#timer),
      this.connection.on("error", ({ about, message }) => about === "offer" && this.#fail(message)),
      this.connection.on("state", ({ fps }) => this.#pace(fps)),
    );
    try {
      const peer = this.#open();
      await peer.setLocalDescription(await peer.createOffer());
      await gathered(peer);
      if (this.#peer !== peer) return;
      this.#ends.push(this.connection.on("answer", ({ sdp }) => this.#answered(peer, sdp)));
      this.connection.send({ type: "offer", sdp: peer.localDescription?.sdp });
    } catch (wrong) {
      this.#fail(String(wrong));
    }
  }

  stop() {
    for (const end of this.#ends.splice(0)) end();
    this.#peer?.close();
    this.#peer = this.#sender = null;
  }

  /** Send no frames while paused. @param {boolean} paused */
  pause(paused) {
    this.#sender?.replaceTrack(paused ? null : this.#track()).catch(() => {});
  }

  /** Send another camera's frames. @param {MediaStream | null} stream */
  replace(stream) {
    this.stream = stream;
    this.pause(false);
  }

  #track() {
    const [track] = this.stream?.getVideoTracks() ?? [];
    if (track) track.contentHint = "motion"; // rather coarse than late
    return track ?? null;
  }

  #open() {
    const peer = new RTCPeerConnection();
    this.#peer = peer;
    const track = this.#track();
    if (track && this.stream) {
      const { width = 0, height = 0 } = track.getSettings();
      const sendEncodings = [{ scaleResolutionDownBy: Math.max(1, Math.max(width, height) / LONGEST_SIDE) }];
      this.#sender = peer.addTransceiver(track, { direction: "sendrecv", streams: [this.stream], sendEncodings }).sender;
    } else {
      peer.addTransceiver("video", { direction: "recvonly" });
    }
    peer.ontrack = ({ track: remote, receiver }) => this.#show(remote, receiver);
    peer.onconnectionstatechange = () => {
      if (peer.connectionState === "connected") {
        this.#expect("no picture came", SHOWS_WITHIN);
        this.#hurry();
      }
      if (peer.connectionState === "failed") this.#fail("its connection broke");
    };
    return peer;
  }

  /** Keep the rate, and lose sharpness, where the network is slow. */
  async #hurry() {
    if (!this.#sender) return;
    const parameters = this.#sender.getParameters();
    // @ts-ignore: in the standard, not in every list of types
    parameters.degradationPreference = "maintain-framerate";
    await this.#sender.setParameters(parameters).catch(() => {});
  }

  /**
   * Send fewer frames where far fewer are painted: the others would cost time on both sides for nothing.
   *
   * @param {number | null} painted frames a second
   */
  async #pace(painted) {
    if (!this.#sender || !painted) return;
    const rate = Math.max(LEAST_RATE, Math.round(1.5 * painted + 2));
    if (Math.abs(rate - this.#rate) < 0.2 * this.#rate) return;
    const parameters = this.#sender.getParameters();
    if (!parameters.encodings?.length) return;
    parameters.encodings[0].maxFramerate = this.#rate = rate;
    await this.#sender.setParameters(parameters).catch(() => {});
  }

  /** @param {RTCPeerConnection} peer @param {string} sdp */
  async #answered(peer, sdp) {
    try {
      await peer.setRemoteDescription({ type: "answer", sdp });
    } catch (wrong) {
      this.#fail(String(wrong));
    }
  }

  /** @param {MediaStreamTrack} remote @param {RTCRtpReceiver} receiver */
  #show(remote, receiver) {
    if ("jitterBufferTarget" in receiver) receiver.jitterBufferTarget = 0; // newest first
    const shown = (/** @type {ImageBitmap | HTMLVideoElement} */ image) => {
      clearTimeout(this.#timer);
      this.paint(image);
    };
    if ("MediaStreamTrackProcessor" in window) {
      this.#ends.push(onTrackFrame(remote, shown));
      return;
    }
    const video = document.createElement("video");
    video.muted = true;
    video.playsInline = true;
    video.srcObject = new MediaStream([remote]);
    video.play().catch(() => {});
    this.#ends.push(onVideoFrame(video, () => shown(video)), () => void (video.srcObject = null));
  }

  /** Fail for a reason unless the next step comes in time; a hidden tab gets no pictures. @param {string} reason @param {number} within ms */
  #expect(reason, within) {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => (document.hidden ? this.#expect(reason, within) : this.#fail(reason)), within);
  }

  /** @param {string} reason */
  #fail(reason) {
    if (!this.#peer) return;
    this.stop();
    this.failed(reason);
  }
}

/** Wait until all candidates stand in the local description. @param {RTCPeerConnection} peer */
function gathered(peer) {
  return new Promise((resolve) => {
    if (peer.iceGatheringState === "complete") return resolve(undefined);
    const timer = setTimeout(resolve, GATHERS_WITHIN);
    peer.addEventListener("icegatheringstatechange", () => {
      if (peer.iceGatheringState !== "complete") return;
      clearTimeout(timer);
      resolve(undefined);
    });
  });
}
