/** Find labels by what was typed: those whose name, or a later word of it, begins with the text. */

/** @param {string} name @param {string} text */
export function begins(name, text) {
  return name.startsWith(text) || name.split(/[ -]/).some((_, place, words) => words.slice(place).join(" ").startsWith(text));
}

/**
 * Return the labels that match, in their order, but names that begin with the text before those with a later word.
 * Those that the painter was trained on (without a note) stay before the others.
 * @template {{name: string, note?: string}} T
 * @param {T[]} labels
 * @param {string} text
 */
export function search(labels, text) {
  const rank = (/** @type {T} */ { name, note }) => (note ? 2 : 0) + (name.startsWith(text) ? 0 : 1);
  return labels.filter(({ name }) => begins(name, text)).sort((one, other) => rank(one) - rank(other));
}
