// Splits Python source into coloured pieces; never loses or changes a character. `statek_jupyter/views/python_tokens.py` does the same.

export type TokenKind = 'comment' | 'string' | 'number' | 'keyword' | 'name' | 'definition' | 'plain';

export interface Token {
  kind: TokenKind;
  text: string;
}

const KEYWORDS =
  'False None True and as assert async await break class continue def del elif else except finally for from global if import in is ' +
  'lambda match nonlocal not or pass raise return try while with yield';
const BUILTINS =
  'abs all any bool bytes dict dir display enumerate exit filter float getattr hasattr input int isinstance iter len list map max ' +
  'min next object open print range repr reversed round set setattr sorted str sum super tuple type zip';

const keywords = new Set(KEYWORDS.split(' '));
const builtins = new Set(BUILTINS.split(' '));

const PATTERN = new RegExp(
  [
    /(#[^\n]*)/,
    /((?:[rRbBuUfFtT]{0,2})(?:"""[^]*?(?:"""|$)|'''[^]*?(?:'''|$)|"(?:\\.|[^"\\\n])*(?:"|$)?|'(?:\\.|[^'\\\n])*(?:'|$)?))/,
    /((?<![\p{L}\p{N}_])(?:0[xXbBoO][\da-fA-F_]+|\d[\d_]*(?:\.[\d_]*)?(?:[eE][+-]?\d+)?[jJ]?))/u,
    /(@?[\p{L}_][\p{L}\p{N}_]*)/u
  ]
    .map(part => part.source)
    .join('|'),
  'gu'
);

/** Tokens of a source text; joined they are the text. */
export function pythonTokens(source: string): Token[] {
  const tokens: Token[] = [];
  let end = 0;
  let defining = false;
  for (const match of source.matchAll(PATTERN)) {
    if (match.index > end) {
      tokens.push({ kind: 'plain', text: source.slice(end, match.index) });
    }
    const kind = kindOf(match, defining);
    defining = kind === 'keyword' && (match[0] === 'def' || match[0] === 'class');
    tokens.push({ kind, text: match[0] });
    end = match.index + match[0].length;
  }
  if (end < source.length) {
    tokens.push({ kind: 'plain', text: source.slice(end) });
  }
  return tokens;
}

function kindOf(match: RegExpMatchArray, defining: boolean): TokenKind {
  if (match[1] !== undefined) {
    return 'comment';
  }
  if (match[2] !== undefined) {
    return 'string';
  }
  if (match[3] !== undefined) {
    return 'number';
  }
  const word = match[0];
  if (word.startsWith('@') || defining) {
    return 'definition';
  }
  if (keywords.has(word)) {
    return 'keyword';
  }
  const attribute = match.index !== undefined && match.input?.[match.index - 1] === '.';
  return builtins.has(word) && !attribute ? 'name' : 'plain';
}
