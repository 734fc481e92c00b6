/**
 * Show how fast and how old pictures are, what was dropped and why, and what the nets run on.
 *
 * @typedef {import("./visit.js").Visit} Visit
 * @typedef {import("./messages.js").State} State
 */
import { byId } from "./by_id.js";

const LATELY = 3000; // ms

export class Figures {
  /** When each picture of late was painted, and its age. @type {{at: number, age: number | null}[]} */
  #lately = [];

  /** Note that a picture was painted. @param {number | null} age in ms */
  painted(age) {
    const at = performance.now();
    this.#lately.push({ at, age });
    while (this.#lately[0].at < at - LATELY) this.#lately.shift();
  }

  /** Forget the pictures of another visit, or another way. */
  clear() {
    this.#lately = [];
    byId("line").textContent = "";
  }

  /** Show what the server says, with what was measured here. @param {Visit} visit @param {State} state */
  show(visit, state) {
    const rate = Math.round(this.#rate);
    const here = this.#ages;
    const p50 = here ? here.p50 : state.age_ms?.p50, p95 = here ? here.p95 : state.age_ms?.p95;
    byId("line").textContent = rate ? `${rate} fps${p50 ? ` · ${Math.round(p50)} ms` : ""}` : "no picture";
    const badges = state.badges.map((badge) => {
      const span = document.createElement("span");
      span.textContent = badge;
      return span;
    });
    if (byId("badges").textContent !== state.badges.join("")) byId("badges").replaceChildren(...badges);
    const drops = Object.entries(state.dropped).filter(([, number]) => number).map(([reason, number]) => `${reason} ${number}`);
    const { welcome } = visit;
    facts([
      ["Fresh pictures", `${rate} a second`],
      [here ? "Age, camera to screen" : "Age on the server", p50 ? `${Math.round(p50)} ms; 95 % under ${Math.round(p95 ?? p50)}` : "–"],
      ["Dropped", drops.join(", ") || "none"],
      ["Frames travel by", visit.wayWords || "–"],
      ["Nets", welcome?.bundle ?? "–"],
      ...Object.entries(welcome?.runtimes ?? {}).map(([net, runtime]) => [net === "segment" ? "It sees with" : "It paints with", runtime]),
      ["Visitors", String(state.visitors)],
      ...(welcome?.input ? [["Input", welcome.input]] : []),
      ["neteyes", welcome?.version ?? ""],
    ]);
  }

  get #rate() {
    const since = performance.now() - LATELY;
    const fresh = this.#lately.filter(({ at }) => at > since);
    return fresh.length < 2 ? 0 : (1000 * (fresh.length - 1)) / (fresh[fresh.length - 1].at - fresh[0].at);
  }

  get #ages() {
    const ages = this.#lately.map(({ age }) => age).filter((age) => age !== null).sort((one, other) => one - other);
    if (!ages.length) return null;
    return { p50: ages[ages.length >> 1], p95: ages[Math.min(ages.length - 1, Math.floor(0.95 * ages.length))] };
  }
}

/** @param {string[][]} rows */
function facts(rows) {
  byId("facts").replaceChildren(...rows.flatMap(([name, value]) => {
    const dt = document.createElement("dt"), dd = document.createElement("dd");
    dt.textContent = name;
    dd.textContent = value;
    return [dt, dd];
  }));
}
