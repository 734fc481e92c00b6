/**
 * Begin: wire the page's parts together, and lead a visitor from the start page to the picture and back.
 *
 * @typedef {import("./input.js").Input} Input
 * @typedef {import("./messages.js").Controls} Controls
 */
import { announce, hint } from "./announce.js";
import { keepAwake } from "./awake.js";
import { chooseView, freeze, mirror, nextView, showControls, VIEWS, wireBar } from "./bar.js";
import { byId } from "./by_id.js";
import { hideTrouble, show, showLost, showPlace, showTrouble } from "./cards.js";
import { takeClips } from "./drop.js";
import { Figures } from "./figures.js";
import { toggleFullScreen } from "./full_screen.js";
import { fadeWhenIdle } from "./idle.js";
import { openCamera, openClip, openScreen } from "./input.js";
import { takeKeys } from "./keys.js";
import { readLook, writeLook } from "./link.js";
import { copyLink, listCameras, lookOf, showSettings, steady, togglePanel, wirePanel } from "./panel.js";
import { savePalette } from "./palette.js";
import { Picker } from "./picker.js";
import { Recorder } from "./recorder.js";
import { snapshot } from "./snapshot.js";
import { Stage } from "./stage.js";
import { surprise } from "./surprise.js";
import { showChips } from "./swaps.js";
import { ended, inputEnded, wordsFor } from "./trouble.js";
import { Visit } from "./visit.js";

const stage = new Stage(), picker = new Picker(stage), recorder = new Recorder(stage), figures = new Figures();
/** The visit of the moment, for those who test or look into the page. @type {Visit | null} */
export let visit = null;
let shared = false;
const current = () => visit;

/** Open a camera, screen or clip, and go on with it. @param {Input["kind"]} kind @param {() => Promise<Input>} open */
async function use(kind, open) {
  const again = () => void use(kind, open);
  hideTrouble();
  try {
    const input = await open();
    input.ended.then(() => visit?.input === input && leave(() => showTrouble(inputEnded, again)));
    if (visit) visit.replaceInput(input);
    else begin(input);
    listCameras(input.kind === "camera" ? input.stream?.getVideoTracks()[0].getSettings().deviceId : undefined);
  } catch (wrong) {
    console.warn(wrong);
    showTrouble(wordsFor(wrong, kind), kind === "clip" ? null : again);
  }
}

/** Begin a visit. @param {Input | null} input */
function begin(input) {
  const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
  const { view, ...look } = readLook(location.hash);
  /** @type {Partial<Controls>} */
  const first = { ...(input && { mirror: input.mirrored }), ...(input && calm && { steadiness: 1 }), ...look };
  const wiping = view === "wipe";
  if (view && VIEWS.includes(view)) first.view = /** @type {Controls["view"]} */ (wiping ? "triptych" : view);
  const mine = visit = new Visit(input, first, stage);
  mine.wiping = wiping;
  stage.wipe(wiping);
  mine.on("queued", (queued) => {
    show("queue");
    showPlace(queued);
  });
  mine.on("welcome", () => {
    if (document.body.dataset.page !== "live") enter();
  });
  mine.on("controls", () => {
    showControls(mine);
    showSettings(mine);
    showChips(mine);
    if (input) history.replaceState(null, "", writeLook(lookOf(mine)));
  });
  mine.on("state", (state) => figures.show(mine, state));
  mine.on("painted", () => {
    if (mine.frames === 1) hint(`${matchMedia("(pointer: coarse)").matches ? "Touch" : "Click"} anything to swap it`);
    figures.painted(mine.age);
    showLost("");
  });
  mine.on("way", () => {
    figures.clear(); // ages of one way say nothing of the other
    showSettings(mine);
  });
  mine.on("error", ({ about, message }) => about === "offer" || announce(message));
  mine.on("lost", () => {
    if (document.body.dataset.page !== "live") enter();
    showLost("The server does not answer. Trying again…");
  });
  mine.on("ended", (reason) => leave(() => showTrouble(ended(reason), () => location.reload())));
  mine.start();
}

function enter() {
  show("live");
  byId("stage").focus({ preventScroll: true });
  keepAwake(true);
}

/** End the visit, and go back to the start. @param {() => void} [then] */
function leave(then) {
  if (recorder.recording) recorder.stop();
  picker.close();
  togglePanel(false);
  visit?.close();
  visit?.input?.close();
  visit = null;
  stage.clear();
  figures.clear();
  keepAwake(false);
  show("start");
  if (then) then();
  else byId(shared ? "watch" : "use-camera").focus();
}

const camera = () => use("camera", openCamera);
const act = (/** @type {(visit: Visit) => void} */ does) => () => void (visit && does(visit));
wireBar(current);
wirePanel(current, (deviceId) => use("camera", () => openCamera(deviceId)));
takeClips((file) => void (shared || use("clip", () => openClip(file))));
byId("use-camera").addEventListener("click", camera);
byId("use-screen").addEventListener("click", () => use("screen", openScreen));
byId("watch").addEventListener("click", () => begin(null));
for (const id of ["stop", "leave-queue"]) byId(id).addEventListener("click", () => leave());
byId("trouble-back").addEventListener("click", () => (visit ? hideTrouble() : leave()));
byId("trouble").addEventListener("keydown", ({ key }) => key === "Escape" && byId("trouble-back").click());

byId("frame").addEventListener("click", (event) => {
  togglePanel(false);
  if (visit && event.target !== byId("wipe") && !byId("wipe").contains(/** @type {Node} */ (event.target))) picker.at(visit, event);
});
byId("swap").addEventListener("click", act((mine) => picker.begin(mine)));
byId("surprise").addEventListener("click", act(surprise));
byId("snapshot").addEventListener("click", act((mine) => snapshot(stage.canvas, mine.view)));
byId("record").addEventListener("click", () => recorder.toggle());
byId("fullscreen").addEventListener("click", toggleFullScreen);

takeKeys([
  ...VIEWS.map((view, place) => ({ key: `${place + 1}`, shown: `${place + 1}`, says: view, act: act((mine) => chooseView(mine, view)) })),
  { key: "v", shown: "v", says: "next view", act: act(nextView) },
  { key: "Enter", shown: "Enter", says: "swap something", act: act((mine) => picker.begin(mine)) },
  { key: "x", shown: "x", says: "surprise me", act: act(surprise) },
  { key: "l", shown: "l", says: "freeze the labels", act: act(freeze) },
  { key: "m", shown: "m", says: "mirror left and right", act: act(mirror) },
  { key: "[", shown: "[", says: "livelier", act: act((mine) => steady(mine, -1)) },
  { key: "]", shown: "]", says: "calmer", act: act((mine) => steady(mine, 1)) },
  { key: "s", shown: "s", says: "save a snapshot", act: act((mine) => snapshot(stage.canvas, mine.view)) },
  { key: "r", shown: "r", says: "record, and stop", act: () => recorder.toggle() },
  { key: "w", shown: "w", says: "save the palette of a game", act: act(savePalette) },
  { key: "c", shown: "c", says: "copy a link", act: act(copyLink) },
  { key: "f", shown: "f", says: "full screen", act: toggleFullScreen },
  { key: "?", shown: "?", says: "settings and keys", act: () => togglePanel() },
  { key: "Escape", shown: "Esc", says: "close what is open", act: () => togglePanel(false) },
], () => document.body.dataset.page === "live" && !picker.open);

fadeWhenIdle(() => document.body.dataset.page === "live" && !picker.open && byId("panel").hidden && !recorder.recording);
document.addEventListener("visibilitychange", () => visit?.pause(document.hidden));
if (!document.fullscreenEnabled) byId("fullscreen").hidden = true;
if (!window.MediaRecorder) byId("record").hidden = true;

const about = await fetch("about").then((answer) => answer.ok && answer.json()).catch(() => null);
shared = Boolean(about?.shared);
byId("own").hidden = shared;
byId("watch-row").hidden = !shared;
