// Keeps the focus in a view: when what had it goes away, what stands nearest gets it, so that the next key is not lost.

import { type RefObject, useEffect } from 'react';

/** Marks what takes the focus of things around it that go away. */
export const REST = { 'data-rest': true } as const;

const RESTS = '[data-rest]';
const TABBABLE = 'button:enabled, input:enabled, textarea:enabled, select:enabled, summary, [tabindex="0"]';

export function useKeptFocus(root: RefObject<HTMLElement>): void {
  useEffect(() => {
    const view = root.current;
    if (!view || typeof MutationObserver === 'undefined') {
      return undefined;
    }
    let last: HTMLElement | null = null;
    let around: HTMLElement[] = [];
    const isGone = () => last !== null && (!view.contains(last) || last.matches(':disabled'));
    const keep = () => {
      if (!isGone() || !isNowhere(view)) {
        return;
      }
      last = null;
      nearest(around.filter(element => view.contains(element)))?.focus({ preventScroll: true });
    };
    const onFocusIn = ({ target }: FocusEvent) => {
      last = target as HTMLElement;
      around = ancestors(last, view);
    };
    const onFocusOut = () =>
      queueMicrotask(() => {
        // The person left; only what was taken away, or switched off, has lost it.
        if (!isGone() && isNowhere(view)) {
          last = null;
        }
      });
    const observer = new MutationObserver(keep);
    observer.observe(view, { childList: true, subtree: true, attributeFilter: ['disabled'] });
    view.addEventListener('focusin', onFocusIn);
    view.addEventListener('focusout', onFocusOut);
    return () => {
      observer.disconnect();
      view.removeEventListener('focusin', onFocusIn);
      view.removeEventListener('focusout', onFocusOut);
    };
  }, []);
}

/** Whether nothing has the focus; what is being switched off may have it for a moment still. */
function isNowhere(view: HTMLElement): boolean {
  if (!view.isConnected) {
    return false;
  }
  const { activeElement } = view.getRootNode() as Document | ShadowRoot;
  return activeElement === null || activeElement === document.body || activeElement.matches(':disabled');
}

function ancestors(element: HTMLElement, view: HTMLElement): HTMLElement[] {
  const found: HTMLElement[] = [];
  for (let node = element.parentElement; node && view.contains(node); node = node.parentElement) {
    found.push(node);
  }
  return found;
}

function nearest(around: HTMLElement[]): HTMLElement | null {
  for (const element of around) {
    const rest = element.matches(RESTS) ? element : element.querySelector<HTMLElement>(RESTS);
    if (rest) {
      return rest;
    }
  }
  return around.at(-1)?.querySelector<HTMLElement>(TABBABLE) ?? null;
}
