// Marks what was searched for in the text on the screen, without a change to the document (CSS Custom Highlight API).

const NAME = 'jp-statek-hit';
const MOST = 500;

interface Registry {
  set(name: string, highlight: unknown): void;
  delete(name: string): void;
}

/** Mark `text` in `element`; an empty text marks nothing. Browsers without highlights show none. */
export function highlight(element: HTMLElement | null, text: string): void {
  const registry = (globalThis.CSS as { highlights?: Registry } | undefined)?.highlights;
  const Highlight = (globalThis as { Highlight?: new (...ranges: Range[]) => unknown }).Highlight;
  if (!registry || !Highlight) {
    return;
  }
  const ranges = element && text ? rangesOf(element, text.toLowerCase()) : [];
  if (ranges.length > 0) {
    registry.set(NAME, new Highlight(...ranges));
  } else {
    registry.delete(NAME);
  }
}

function rangesOf(element: HTMLElement, wanted: string): Range[] {
  const ranges: Range[] = [];
  const walker = document.createTreeWalker(element, NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node && ranges.length < MOST; node = walker.nextNode()) {
    const content = (node.nodeValue ?? '').toLowerCase();
    for (let at = content.indexOf(wanted); at >= 0 && ranges.length < MOST; at = content.indexOf(wanted, at + 1)) {
      // Lower case may be longer than the text it is of.
      if (at + wanted.length <= (node.nodeValue ?? '').length) {
        const range = document.createRange();
        range.setStart(node, at);
        range.setEnd(node, at + wanted.length);
        ranges.push(range);
      }
    }
  }
  return ranges;
}
