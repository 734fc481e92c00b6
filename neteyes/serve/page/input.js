/**
 * Open the visitor's camera, screen or clip as a video that plays.
 *
 * @typedef {{
 *   kind: "camera" | "screen" | "clip", video: HTMLVideoElement, stream: MediaStream | null, mirrored: boolean,
 *   close: () => void, ended: Promise<void>
 * }} Input  `mirrored`: people expect to see themselves as in a mirror.
 */
const SIZE = { width: { ideal: 640 }, height: { ideal: 360 } };
const LARGEST = 1280; // of a screen: the nets see less
const RATE = 60; // the receiver holds each frame until the next comes, so more frames are younger frames

/**
 * Ask for the camera; rejects with a DOMException.
 * @param {string} [deviceId] one of `cameras()`; by default the one that faces the visitor
 * @returns {Promise<Input>}
 */
export async function openCamera(deviceId) {
  const which = deviceId ? { deviceId: { exact: deviceId } } : { facingMode: "user" };
  const video = { ...turned(), frameRate: { ideal: RATE }, ...which };
  const stream = await devices().getUserMedia({ video, audio: false });
  const facing = stream.getVideoTracks()[0].getSettings().facingMode;
  return live("camera", stream, facing !== "environment");
}

/** Ask for a screen, a window or a tab. @returns {Promise<Input>} */
export async function openScreen() {
  const video = { frameRate: { ideal: 30 }, width: { max: LARGEST }, height: { max: LARGEST } };
  const stream = await devices().getDisplayMedia({ video, audio: false });
  return live("screen", stream, false);
}

/** Play a file of the visitor's, again and again; it stays in the browser. @param {File} file @returns {Promise<Input>} */
export async function openClip(file) {
  const video = player();
  video.loop = true;
  video.src = URL.createObjectURL(file);
  const close = () => {
    video.pause();
    URL.revokeObjectURL(video.src);
    video.removeAttribute("src");
    video.load();
  };
  try {
    await video.play();
    if (!video.videoWidth) throw new DOMException("no picture in it", "NotSupportedError");
  } catch (wrong) {
    close();
    throw new DOMException(String(wrong), "ClipError");
  }
  // @ts-ignore: not in every browser; without it the clip goes as JPEG
  const stream = video.captureStream?.() ?? null;
  return { kind: "clip", video, stream, mirrored: false, close, ended: new Promise(() => {}) };
}

/** List the cameras; their names are known after one was opened. */
export async function cameras() {
  const all = (await navigator.mediaDevices?.enumerateDevices()) ?? [];
  return all.filter(({ kind }) => kind === "videoinput");
}

function devices() {
  if (!navigator.mediaDevices) throw new DOMException("a page over plain http", "InsecureError");
  return navigator.mediaDevices;
}

/** A phone held upright gives upright pictures, if it is asked for them. */
function turned() {
  const upright = matchMedia("(orientation: portrait) and (pointer: coarse)").matches;
  return upright ? { width: SIZE.height, height: SIZE.width } : SIZE;
}

/** @param {"camera" | "screen"} kind @param {MediaStream} stream @param {boolean} mirrored @returns {Promise<Input>} */
async function live(kind, stream, mirrored) {
  const video = player();
  video.srcObject = stream;
  await video.play();
  const [track] = stream.getVideoTracks();
  const ended = new Promise((resolve) => track.addEventListener("ended", () => resolve(undefined)));
  const close = () => {
    for (const each of stream.getTracks()) each.stop();
    video.srcObject = null;
  };
  return { kind, video, stream, mirrored, close, ended: /** @type {Promise<void>} */ (ended) };
}

function player() {
  const video = document.createElement("video");
  video.muted = true;
  video.playsInline = true;
  return video;
}
