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
