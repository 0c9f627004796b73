// HTML that a job made, shown only when asked for, where it can run nothing, load nothing and reach nothing.

import { useState } from 'react';
import { trans } from '../translation';

const POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; font-src data:";

/** The document of the frame: the policy stands before anything of the job's. */
export function frameDocument(html: string): string {
  return `<!doctype html><meta charset="utf-8"><meta http-equiv="Content-Security-Policy" content="${POLICY}"><style>html{background:#fff;color:#111;font:13px/1.5 system-ui,sans-serif}</style>${html}`;
}

export function HtmlFrame({ html }: { html: string }) {
  const [shown, setShown] = useState<'nothing' | 'page' | 'source'>('nothing');
  const toggle = (what: 'page' | 'source') => setShown(shown === what ? 'nothing' : what);
  return (
    <div className="jp-statek-Html">
      <button type="button" className="jp-statek-Fold" aria-expanded={shown === 'page'} onClick={() => toggle('page')}>
        {shown === 'page' ? trans.__('Hide HTML') : trans.__('Show HTML, isolated')}
      </button>
      <button
        type="button"
        className="jp-statek-Fold"
        aria-expanded={shown === 'source'}
        onClick={() => toggle('source')}
      >
        {shown === 'source' ? trans.__('Hide source') : trans.__('Source')}
      </button>
      {shown === 'page' ? (
        <iframe
          title={trans.__('HTML made by the job, isolated')}
          sandbox=""
          referrerPolicy="no-referrer"
          srcDoc={frameDocument(html)}
        />
      ) : null}
      {shown === 'source' ? (
        <pre tabIndex={0} aria-label={trans.__('HTML source')}>
          {html}
        </pre>
      ) : null}
    </div>
  );
}
