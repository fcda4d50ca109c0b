/* dom: the little that the page needs of a framework. Texts are set as texts, never as markup. `keyed` keeps an element as
 * long as its row is there, so that a change elsewhere takes neither focus nor an open <details> from anybody. */

export function byId<T extends HTMLElement = HTMLElement>(id: string): T {
  const found = document.getElementById(id);
  if (found === null) throw new Error(`the page has no #${id}`);
  return found as T;
}

type Child = Node | string;

export function h(tag: string, attributes: Record<string, string> = {}, ...children: Child[]): HTMLElement {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  made.append(...children);
  return made;
}

/** Shows or hides. */
export function show(element: HTMLElement, shown: boolean): void {
  element.hidden = !shown;
}

/** The children of `list`, one for each row, in the order of the rows. */
export function keyed<Row>(
  list: HTMLElement,
  rows: readonly Row[],
  key: (row: Row) => string,
  make: (row: Row) => HTMLElement,
  update: (element: HTMLElement, row: Row) => void,
): void {
  const old = new Map([...list.children].map((child) => [(child as HTMLElement).dataset["key"], child as HTMLElement]));
  let before: Element | null = list.firstElementChild;
  for (const row of rows) {
    let element = old.get(key(row));
    old.delete(key(row));
    if (element === undefined) {
      element = make(row);
      element.dataset["key"] = key(row);
    }
    update(element, row);
    if (element === before) before = before.nextElementSibling;
    else list.insertBefore(element, before);
  }
  for (const gone of old.values()) gone.remove();
}

/** Changes a text only when it differs: screen readers and selections notice every change. */
export function setText(element: Element, text: string): void {
  if (element.textContent !== text) element.textContent = text;
}

export function part(element: HTMLElement, selector: string): HTMLElement {
  return element.querySelector<HTMLElement>(selector)!;
}

/** How much of something there is, 0 to 1: the style sheet draws it. Set on the object, as the policy allows no style attribute. */
export function share(element: HTMLElement, part: number): void {
  element.style.setProperty("--share", String(Math.min(Math.max(part, 0), 1)));
}
