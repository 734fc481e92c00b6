/**
 * Call back for each new frame of a playing video; returns a function that ends it.
 * @param {HTMLVideoElement} video
 * @param {() => void} each
 */
export function onVideoFrame(video, each) {
  let ended = false;
  const next = () => {
    if (ended) return;
    if (video.requestVideoFrameCallback) video.requestVideoFrameCallback(frame);
    else requestAnimationFrame(frame); // older Firefox: once for each frame of the screen
  };
  const frame = () => {
    if (ended) return;
    if (video.videoWidth) each();
    next();
  };
  next();
  return () => void (ended = true);
}

/**
 * Call back for each new frame of a track, without the wait for the screen that a video element has; Chromium only.
 * Returns a function that ends it.
 * @param {MediaStreamTrack} track
 * @param {(image: ImageBitmap) => void} each takes a picture, and closes it
 */
export function onTrackFrame(track, each) {
  // @ts-ignore: not in every list of types
  const reader = new MediaStreamTrackProcessor({ track, maxBufferSize: 1 }).readable.getReader();
  const next = async () => {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      const image = await createImageBitmap(value);
      value.close();
      each(image);
    }
  };
  next().catch(() => {});
  return () => void reader.cancel().catch(() => {});
}
