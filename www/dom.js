// The little that the page needs of a framework.

/** An element: `h('li', { class: 'x' }, 'text', child)`. Text stays text: nothing is parsed as HTML. */
export function h(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === undefined || value === false) continue;
    element.setAttribute(name, value === true ? '' : value);
  }
  element.append(...children.flat().filter((child) => child !== undefined && child !== ''));
  return element;
}

export const $ = (selector, root = document) => root.querySelector(selector);

/** Sets text only when it changes: a screen reader hears it then, and nothing is laid out in vain. */
export function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

/** A provider's title, apart: its name, and what stands after it in brackets. */
export function title(provider) {
  const [, name, note = ''] = provider.title.match(/^([^(]+?)\s*(?:\((.*)\))?$/) ?? [provider.title, provider.title];
  return { name, note };
}

/** Calls `draw` once in the next frame, however often it is asked. */
export function eachFrame(draw) {
  let asked = false;
  return () => {
    if (asked) return;
    asked = true;
    requestAnimationFrame(() => {
      asked = false;
      draw();
    });
  };
}

/** A labelled bar that knows how far it is. */
export class Bar {
  #label;
  #progress;
  #figures;
  element;
  /** Whether its job goes on. */
  open = false;

  constructor(label) {
    this.#label = h('span', {}, label);
    this.#figures = h('span', { class: 'figures' }, '');
    this.#progress = h('progress', { max: '1', value: '0', 'aria-label': label });
    this.element = h('div', { class: 'meter' }, this.#label, this.#figures, this.#progress);
  }

  set({ done, total, failed = 0, note = '', state = '' }) {
    this.#progress.max = Math.max(total, 1);
    this.#progress.value = done;
    this.element.dataset.state = failed ? 'failed' : state;
    setText(this.#figures, total === 0 ? '–' : [`${done.toLocaleString('en')} / ${total.toLocaleString('en')}`, note, failed ? `${failed} failed` : ''].filter(Boolean).join(' · '));
  }
}
