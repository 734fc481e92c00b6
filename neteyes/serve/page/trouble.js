/**
 * Say in words what went wrong and how to mend it.
 *
 * @typedef {{title: string, words: string, command?: string}} Trouble
 */

/** @type {Record<string, Trouble>} */
const CAMERA = {
  NotAllowedError: {
    title: "The camera was refused",
    words: "This page may not use the camera. Allow it by the sign at the left of the address, then try again; "
      + "on a phone, also in the system's settings for this browser.",
  },
  NotFoundError: {
    title: "No camera was found",
    words: "Plug one in, or take your screen or a clip instead.",
  },
  NotReadableError: {
    title: "The camera is busy",
    words: "Another program or tab uses it, or it does not answer. Close that one, or plug the camera out and in, then try again.",
  },
  OverconstrainedError: {
    title: "That camera is gone",
    words: "Choose another one, or plug it in again.",
  },
};

/** @type {Record<string, Trouble>} */
const SCREEN = {
  NotAllowedError: {
    title: "No screen was chosen",
    words: "The browser asks which screen, window or tab this page may see. Try again and choose one; "
      + "macOS also asks in its settings for screen recording.",
  },
  NotReadableError: {
    title: "That screen cannot be read",
    words: "The system does not let the browser see it. Choose another window, or the whole screen.",
  },
  NotSupportedError: {
    title: "This browser cannot share a screen",
    words: "Phones cannot. Take your camera or a clip instead.",
  },
};

/**
 * Return the words for an error of `openCamera`, `openScreen` or `openClip`.
 * @param {any} wrong
 * @param {"camera" | "screen" | "clip"} kind
 * @returns {Trouble}
 */
export function wordsFor(wrong, kind) {
  if (kind === "clip") {
    return {
      title: "This clip cannot be played",
      words: "The browser does not know its format, or it has no picture. MP4 with H.264 and WebM with VP8 or VP9 play nearly everywhere.",
    };
  }
  if (wrong?.name === "InsecureError") {
    return {
      title: `The ${kind} needs https`,
      words: "Browsers give a camera or a screen only to pages over https, or on the same computer. Start the server "
        + "with this, and open the address that it prints:",
      command: "neteyes serve --https",
    };
  }
  if (kind === "screen" && wrong instanceof TypeError) return SCREEN.NotSupportedError;
  const known = (kind === "camera" ? CAMERA : SCREEN)[wrong?.name];
  return known ?? { title: `The ${kind} does not start`, words: `The browser says: ${wrong?.message ?? wrong}.` };
}

/** Return the words for the end of a visit by the server. @param {string} reason @returns {Trouble} */
export function ended(reason) {
  return { title: "The server ended this visit", words: reason || "It gave no reason. Try again." };
}

/** @type {Trouble} */
export const inputEnded = {
  title: "The picture has ended",
  words: "The camera was unplugged, or the browser stopped sharing. Try again, or choose something else.",
};
