/**
 * Keep one WebSocket to the server: connect, reconnect with growing waits, send messages, wait for answers.
 *
 * Events: `queued`, `welcome`, `state`, `error`, `answer` with the message of that type; `picture` with a `Picture`;
 * `lost` when the connection has gone and is tried again; `ended` with words when the server ended the visit.
 *
 * @typedef {import("./messages.js").Picture} Picture
 */
import { Events } from "./events.js";

const FIRST_WAIT = 250, LONGEST_WAIT = 2000; // ms; so the picture is back soon after the server is
const HEADER = 12; // bytes before the JPEG: number, age in ms, flags
const PATIENCE = 5000; // ms for an answer
const FOR_GOOD = [1008, 1011, 1013]; // codes of an end that a new connection would not mend: rules, errors, too many

export class Connection extends Events {
  /** @type {WebSocket | null} */
  #socket = null;
  /** @type {() => object} */
  #hello = () => ({});
  #wanted = false;
  #wait = FIRST_WAIT;
  #timer = 0;
  #asked = 0;
  #reason = "";
  /** @type {Map<number, {type: string, end: (answer: any) => void}>} */
  #open = new Map();

  /**
   * Connect, and again whenever the connection goes, until `close`.
   * @param {() => object} hello makes the first message of each connection
   */
  open(hello) {
    this.#hello = hello;
    this.#wanted = true;
    this.#connect();
  }

  /** End the visit. */
  close() {
    this.#wanted = false;
    clearTimeout(this.#timer);
    this.#socket?.close(1000);
    this.#socket = null;
  }

  /** Whether messages reach the server now. */
  get ready() {
    return this.#socket?.readyState === WebSocket.OPEN;
  }

  /** Bytes that the network has not taken yet. */
  get waiting() {
    return this.#socket?.bufferedAmount ?? 0;
  }

  /** Send a message, or a frame as bytes; without a connection it is dropped. @param {object | ArrayBuffer} message */
  send(message) {
    if (!this.ready) return;
    this.#socket?.send(message instanceof ArrayBuffer ? message : JSON.stringify(message));
  }

  /**
   * Send a message with an id of its own and wait for its answer; null if none comes.
   * @param {{type: string}} message
   * @returns {Promise<any>}
   */
  ask(message) {
    const id = ++this.#asked;
    return new Promise((resolve) => {
      const end = (/** @type {any} */ answer) => {
        clearTimeout(timer);
        this.#open.delete(id);
        resolve(answer);
      };
      const timer = setTimeout(end, PATIENCE, null);
      this.#open.set(id, { type: message.type, end });
      this.send({ ...message, id });
    });
  }

  #connect() {
    const socket = new WebSocket(new URL("ws", location.href.replace(/^http/, "ws").replace(/[?#].*/, "")));
    socket.binaryType = "arraybuffer";
    this.#socket = socket;
    const mine = (/** @type {(event: any) => void} */ act) => (/** @type {any} */ event) => {
      if (this.#socket === socket) act(event);
    };
    let opened = false;
    socket.onopen = mine(() => {
      opened = true;
      this.send({ type: "hello", ...this.#hello() });
    });
    socket.onmessage = mine(({ data }) => this.#take(data));
    socket.onclose = mine(({ code, reason }) => {
      this.#socket = null;
      for (const { end } of [...this.#open.values()]) end(null);
      if (FOR_GOOD.includes(code)) {
        this.#wanted = false;
        this.emit("ended", this.#reason || reason);
      }
      if (!this.#wanted) return;
      this.emit("lost");
      if (!opened) this.#endIfTurnedAway();
      this.#timer = setTimeout(() => this.#connect(), this.#wait);
      this.#wait = Math.min(this.#wait * 1.6, LONGEST_WAIT);
    });
  }

  /** End when the server lets this browser in no more: why a WebSocket is refused, a browser tells no page. */
  async #endIfTurnedAway() {
    const answer = await fetch("join/status").catch(() => null);
    if (!answer?.ok || (await answer.json()).invited || !this.#wanted) return;
    this.close();
    this.emit("ended", "The mirror was started again with another token. Open its new link, or load this page again.");
  }

  /** @param {string | ArrayBuffer} data */
  #take(data) {
    if (typeof data !== "string") {
      const header = new DataView(data);
      const jpeg = new Blob([new Uint8Array(data, HEADER)], { type: "image/jpeg" });
      this.emit("picture", { number: header.getUint32(0), age: header.getUint32(4), jpeg });
      return;
    }
    const message = JSON.parse(data);
    if (message.type === "welcome") this.#wait = FIRST_WAIT;
    if (message.type === "bye") this.#reason = message.reason;
    const refused = message.type === "error" && [...this.#open.values()].find(({ type }) => type === message.about);
    const asked = this.#open.get(message.id);
    if (asked) asked.end(message);
    else if (refused) refused.end(null);
    else this.emit(message.type, message);
  }
}
