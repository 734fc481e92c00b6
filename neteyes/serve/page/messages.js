/**
 * Types of the messages between page and server, for editors and readers. Nothing runs here.
 *
 * @typedef {"picture" | "labels" | "triptych" | "overlay"} View
 * @typedef {{view: View, steadiness: number | null, swaps: Record<string, string>, mirror: boolean, frozen: boolean}} Controls
 * @typedef {{name: string, note: string}} Paintable  A label of the painter; the note says how it paints an untrained one.
 * @typedef {{
 *   bundle: string, runtimes: Record<string, string>, input: string | null, shared: boolean, labels: string[],
 *   paintable: Paintable[], colours: Record<string, string>, views: View[], controls: Controls, webrtc: boolean, palette: boolean,
 *   size: [number, number], version: string
 * }} Welcome
 * @typedef {{
 *   fps: number, age_ms: {p50: number, p95: number} | null, dropped: Record<string, number>, controls: Controls,
 *   badges: string[], visitors: number, transport: string
 * }} State
 * @typedef {{place: number, of: number}} Queued
 * @typedef {{number: number, age: number, jpeg: Blob}} Picture  A frame of the server; its age there in ms.
 */
export {};
