// Keys in a view are the view's own; those of the page around it that take Ctrl or ⌘ still reach the page.

import { type RefObject, useEffect } from 'react';

/** While an element around the focus has it, JupyterLab does nothing with a key. */
const OWN = 'data-lm-suppress-shortcuts';
const EDITING = /^[acvxyz]$/i;

export function usePageKeys(root: RefObject<HTMLElement>): void {
  useEffect(() => {
    const onKeyDown = (event: KeyboardEvent) => {
      const { target, key } = event;
      if (!(event.ctrlKey || event.metaKey) || key.length !== 1 || (!event.shiftKey && EDITING.test(key))) {
        return;
      }
      const own: Element[] = [];
      for (let node = target as Element | null; node && root.current?.contains(node); node = node.parentElement) {
        if (node.hasAttribute(OWN)) {
          own.push(node);
        }
      }
      own.forEach(element => element.removeAttribute(OWN));
      setTimeout(() => own.forEach(element => element.setAttribute(OWN, 'true')));
    };
    // Before JupyterLab, which listens at the document.
    window.addEventListener('keydown', onKeyDown, true);
    return () => window.removeEventListener('keydown', onKeyDown, true);
  }, []);
}
