// Reads a small, safe subset of Markdown into plain data: no HTML, no links that work, no images. What is not understood stays text.

export type Inline = { kind: 'text' | 'code' | 'strong' | 'emphasis'; text: string };

export type Block =
  | { kind: 'paragraph'; content: Inline[] }
  | { kind: 'heading'; content: Inline[] }
  | { kind: 'list'; ordered: boolean; items: Inline[][] }
  | { kind: 'code'; language: string; text: string };

const INLINE =
  /(`+)([^`]|[^`][^]*?[^`])\1(?!`)|\*\*([^\s*](?:[^*]*[^\s*])?)\*\*|(?<![\w*])\*([^\s*](?:[^*]*[^\s*])?)\*(?![\w*])/g;
const FENCE = /^ {0,3}(`{3,}|~{3,})\s*([\w+-]*)[^`]*$/;
const BULLET = /^\s{0,3}(?:[-*+]|(\d{1,9})[.)])\s+(.*)$/;
const HEADING = /^#{1,6}\s+(.*?)\s*#*$/;
const MAX_INLINE = 3_000;

/** Blocks of a text. */
export function readProse(text: string): Block[] {
  const blocks: Block[] = [];
  const lines = text.split('\n');
  let paragraph: string[] = [];
  const flush = () => {
    if (paragraph.length > 0) {
      blocks.push({ kind: 'paragraph', content: readInline(paragraph.join('\n')) });
      paragraph = [];
    }
  };
  for (let at = 0; at < lines.length; at += 1) {
    const line = lines[at] ?? '';
    const fence = FENCE.exec(line);
    const bullet = BULLET.exec(line);
    const heading = HEADING.exec(line);
    if (fence) {
      flush();
      const end = closing(lines, at + 1, fence[1] ?? '```');
      blocks.push({ kind: 'code', language: fence[2] ?? '', text: lines.slice(at + 1, end).join('\n') });
      at = end;
    } else if (heading) {
      flush();
      blocks.push({ kind: 'heading', content: readInline(heading[1] ?? '') });
    } else if (bullet) {
      flush();
      addListItem(blocks, bullet[1] !== undefined, bullet[2] ?? '');
    } else if (line.trim() === '') {
      flush();
    } else {
      paragraph.push(line);
    }
  }
  flush();
  return blocks;
}

function closing(lines: string[], from: number, mark: string): number {
  for (let at = from; at < lines.length; at += 1) {
    const line = (lines[at] ?? '').trim();
    if (line.startsWith(mark) && line === (mark[0] ?? '`').repeat(line.length)) {
      return at;
    }
  }
  return lines.length;
}

function addListItem(blocks: Block[], ordered: boolean, text: string): void {
  const last = blocks.at(-1);
  if (last?.kind === 'list' && last.ordered === ordered) {
    last.items.push(readInline(text));
  } else {
    blocks.push({ kind: 'list', ordered, items: [readInline(text)] });
  }
}

/** Pieces of one paragraph; markers of pieces are gone, everything else is text. */
export function readInline(text: string): Inline[] {
  if (text.length > MAX_INLINE) {
    return [{ kind: 'text', text }];
  }
  const pieces: Inline[] = [];
  let end = 0;
  for (const match of text.matchAll(INLINE)) {
    if (match.index > end) {
      pieces.push({ kind: 'text', text: text.slice(end, match.index) });
    }
    if (match[2] !== undefined) {
      pieces.push({ kind: 'code', text: match[2].trim() });
    } else if (match[3] !== undefined) {
      pieces.push({ kind: 'strong', text: match[3] });
    } else {
      pieces.push({ kind: 'emphasis', text: match[4] ?? '' });
    }
    end = match.index + match[0].length;
  }
  if (end < text.length) {
    pieces.push({ kind: 'text', text: text.slice(end) });
  }
  return pieces;
}
