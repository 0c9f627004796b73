// Puts components into a document, and takes them out after each test.

import type { ReactElement } from 'react';
import { createRoot } from 'react-dom/client';
import { afterEach } from 'vitest';

const mounted: (() => void)[] = [];

// React asks for this before it lets tests wait for its updates.
(globalThis as { IS_REACT_ACT_ENVIRONMENT?: boolean }).IS_REACT_ACT_ENVIRONMENT = false;

afterEach(() => {
  mounted.splice(0).forEach(unmount => unmount());
  document.body.replaceChildren();
});

/** The element a component was put into, once it is drawn. */
export async function mount(component: ReactElement): Promise<HTMLElement> {
  const element = document.createElement('div');
  document.body.append(element);
  const root = createRoot(element);
  root.render(component);
  mounted.push(() => root.unmount());
  await eventually(() => element.firstElementChild);
  return element;
}

/** The first truthy value of `condition`, which is called again and again. */
export async function eventually<Value>(condition: () => Value, milliseconds = 3000): Promise<NonNullable<Value>> {
  const end = Date.now() + milliseconds;
  for (;;) {
    const value = condition();
    if (value) {
      return value;
    }
    if (Date.now() > end) {
      throw new Error(`not within ${milliseconds} ms: ${condition.toString()}`);
    }
    await new Promise(resolve => setTimeout(resolve, 5));
  }
}

export function click(element: Element | null | undefined): void {
  if (!element) {
    throw new Error('there is nothing to click');
  }
  element.dispatchEvent(new MouseEvent('click', { bubbles: true }));
}

export function press(element: Element, key: string): void {
  element.dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true, cancelable: true }));
}

export function button(within: ParentNode, name: string): HTMLButtonElement | undefined {
  return [...within.querySelectorAll('button')].find(candidate => candidate.textContent?.includes(name));
}

export function type(box: HTMLInputElement | HTMLTextAreaElement, text: string): void {
  // Frameworks watch the property, not the attribute: set it as a browser does.
  Object.getOwnPropertyDescriptor(Object.getPrototypeOf(box), 'value')?.set?.call(box, text);
  box.dispatchEvent(new Event('input', { bubbles: true }));
}
