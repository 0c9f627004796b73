// An exception: its type and message, the traceback folded below.

import { trans } from '../translation';
import type { ErrorView } from '../view';
import { number } from '../wording';

export function ErrorBlock({ error, deep = false }: { error: ErrorView; deep?: boolean }) {
  return (
    <div className="jp-statek-Error">
      <p>
        {error.type ? <strong>{error.type}</strong> : null}
        {error.type && error.message ? ': ' : null}
        <span className="jp-statek-Error-message">{error.message}</span>
        {error.line === null ? null : (
          <span className="jp-statek-muted"> {trans.__('line %1', number(error.line))}</span>
        )}
      </p>
      {error.traceback ? (
        <details open={deep}>
          <summary>{trans.__('Traceback')}</summary>
          <pre tabIndex={0} aria-label={trans.__('traceback')}>
            {error.traceback}
          </pre>
        </details>
      ) : null}
    </div>
  );
}
