// A block of code: coloured, folded when long, copied with one button.

import { memo, useState } from 'react';
import { pythonTokens } from '../python_tokens';
import { trans } from '../translation';
import { count } from '../wording';

const FOLD_LINES = 28;
const SHOWN_WHEN_FOLDED = 20;
const MAX_COLOURED = 30_000;

export interface CodeProps {
  source: string;
  label: string;
  /** Not Python: no colours. */
  plain?: boolean;
  /** Never folded. */
  deep?: boolean;
  onInsert?: ((code: string) => void) | undefined;
}

export const Code = memo(function Code({ source, label, plain = false, deep = false, onInsert }: CodeProps) {
  const [open, setOpen] = useState(false);
  const lines = source.split('\n');
  const folds = !deep && lines.length > FOLD_LINES;
  const shown = folds && !open ? lines.slice(0, SHOWN_WHEN_FOLDED).join('\n') : source;
  return (
    <div className="jp-statek-Code">
      <pre tabIndex={0} aria-label={label}>
        <code>{plain || shown.length > MAX_COLOURED ? shown : <Coloured source={shown} />}</code>
      </pre>
      <span className="jp-statek-Code-actions">
        {onInsert ? (
          <button
            type="button"
            className="jp-statek-Copy"
            aria-label={trans.__('Insert %1 as a cell', label)}
            onClick={() => onInsert(source)}
          >
            {trans.__('Insert')}
          </button>
        ) : null}
        <CopyButton text={source} label={trans.__('Copy %1', label)} />
      </span>
      {folds ? (
        <button type="button" className="jp-statek-Fold" aria-expanded={open} onClick={() => setOpen(!open)}>
          {open ? trans.__('Show less') : count(lines.length, 'Show %1 line', 'Show all %1 lines')}
        </button>
      ) : null}
    </div>
  );
});

function Coloured({ source }: { source: string }) {
  return (
    <>
      {pythonTokens(source).map((token, at) =>
        token.kind === 'plain' ? (
          token.text
        ) : (
          <span key={at} className={`jp-statek-${token.kind}`}>
            {token.text}
          </span>
        )
      )}
    </>
  );
}

function CopyButton({ text, label }: { text: string; label: string }) {
  const [done, setDone] = useState('');
  const copy = () => {
    const said = (word: string) => {
      setDone(word);
      setTimeout(() => setDone(''), 1500);
    };
    navigator.clipboard.writeText(text).then(
      () => said(trans.__('Copied')),
      () => said(trans.__('Not allowed'))
    );
  };
  if (typeof navigator === 'undefined' || !navigator.clipboard) {
    return null;
  }
  return (
    <button type="button" className="jp-statek-Copy" aria-label={label} onClick={copy}>
      {done || trans.__('Copy')}
    </button>
  );
}
