/**
 * A text field with a list under it, by the ARIA pattern "combobox with a listbox": the field keeps the focus, arrows
 * choose, Enter or a click takes.
 *
 * @typedef {{name: string, note?: string, colour?: string, back?: boolean}} Row
 */
export class ListBox {
  /** @type {Row[]} */
  #rows = [];
  #chosen = -1;

  /**
   * @param {HTMLInputElement} field
   * @param {HTMLElement} list
   * @param {{filter: (text: string) => Row[], take: (row: Row) => void, empty: () => void}} does
   *   `filter` returns the rows for a text, `empty` is called by Backspace in an empty field
   */
  constructor(field, list, does) {
    this.field = field;
    this.list = list;
    this.does = does;
    field.addEventListener("input", () => this.show());
    field.addEventListener("keydown", (event) => this.#press(event));
    list.addEventListener("pointerdown", (event) => event.preventDefault()); // the field keeps the focus
    list.addEventListener("click", ({ target }) => {
      const place = this.#items.indexOf(/** @type {HTMLElement} */ (target).closest("li") ?? document.createElement("li"));
      if (place >= 0) this.does.take(this.#rows[place]);
    });
  }

  /** Show the rows for the text; the first one is chosen once something was typed. */
  show() {
    this.#rows = this.does.filter(this.field.value.trim().toLowerCase());
    this.list.replaceChildren(...this.#rows.map(item));
    this.list.scrollTop = 0;
    this.#choose(this.field.value && this.#rows.length ? 0 : -1);
  }

  get length() {
    return this.#rows.length;
  }

  get #items() {
    return /** @type {HTMLElement[]} */ ([...this.list.children]);
  }

  /** @param {number} place */
  #choose(place) {
    this.#items[this.#chosen]?.setAttribute("aria-selected", "false");
    this.#chosen = place;
    const chosen = this.#items[place];
    chosen?.setAttribute("aria-selected", "true");
    chosen?.scrollIntoView({ block: "nearest" });
    if (chosen) this.field.setAttribute("aria-activedescendant", chosen.id);
    else this.field.removeAttribute("aria-activedescendant");
  }

  /** @param {KeyboardEvent} event */
  #press(event) {
    const last = this.#rows.length - 1, at = this.#chosen;
    const places = { ArrowDown: at + 1, ArrowUp: at - 1, PageDown: at + 8, PageUp: at - 8 };
    const place = places[/** @type {keyof typeof places} */ (event.key)];
    if (place !== undefined) {
      this.#choose(Math.max(0, Math.min(last, place)));
    } else if (event.key === "Enter") {
      if (this.#rows[at]) this.does.take(this.#rows[at]);
    } else if (event.key === "Backspace" && !this.field.value) {
      this.does.empty();
    } else {
      return;
    }
    event.preventDefault();
    event.stopPropagation();
  }
}

/** @param {Row} row @param {number} place */
function item({ name, note, colour, back }, place) {
  const li = document.createElement("li");
  li.id = `row-${place}`;
  li.setAttribute("role", "option");
  li.setAttribute("aria-selected", "false");
  if (back) li.className = "back";
  const dot = document.createElement("i");
  dot.style.background = colour ?? "transparent";
  const small = document.createElement("small");
  small.textContent = note ?? "";
  li.append(dot, name, small);
  return li;
}
