// The chat log: newest at the bottom, followed while the reader is there, never moved while they read above.

import type { ItemView, JobView } from '../view';
import { count, statusWord } from '../wording';
import { ChatItem, ErrorBlock, type ReadOutput } from './ChatItem';
import { Prose } from './Prose';
import { StatusShape } from './StatusMark';
import { useFollowing } from './useFollowing';

export interface ChatPaneProps {
  view: JobView;
  earlier: ItemView[];
  loadingEarlier: boolean;
  /** Absent where earlier entries cannot be had. */
  onEarlier?: (() => void) | undefined;
  onReadOutput?: ReadOutput | undefined;
  onOpenJob?: ((id: string) => void) | undefined;
}

export function ChatPane({ view, earlier, loadingEarlier, onEarlier, onReadOutput, onOpenJob }: ChatPaneProps) {
  const first = earlier[0]?.id ?? view.first_item;
  const items = [...earlier, ...view.items];
  const { box, content, unseen, onScroll, toEnd } = useFollowing(view.total_items, first);
  return (
    <div className="jp-statek-Chat">
      <div
        className="jp-statek-Chat-log"
        role="log"
        aria-live="off"
        aria-label="chat log"
        tabIndex={0}
        ref={box}
        onScroll={onScroll}
      >
        <div ref={content}>
          {first > 0 ? (
            <div className="jp-statek-Chat-earlier">
              {onEarlier ? (
                <button type="button" className="jp-statek-Fold" disabled={loadingEarlier} onClick={onEarlier}>
                  {loadingEarlier ? 'Loading…' : `Show earlier (${first.toLocaleString('en-US')} more)`}
                </button>
              ) : (
                <span className="jp-statek-muted">
                  {count(first, 'earlier entry', 'earlier entries')} not in this copy
                </span>
              )}
            </div>
          ) : null}
          {items.length === 0 ? <p className="jp-statek-muted jp-statek-empty">Nothing has happened yet.</p> : null}
          <ol className="jp-statek-Items">
            {items.map(item => (
              <ChatItem key={item.id} item={item} onReadOutput={onReadOutput} onOpenJob={onOpenJob} />
            ))}
          </ol>
          <Phase view={view} />
          <Ending view={view} />
        </div>
      </div>
      {unseen > 0 ? (
        <button type="button" className="jp-statek-Chat-new" onClick={toEnd}>
          {unseen} new ↓
        </button>
      ) : null}
    </div>
  );
}

function Phase({ view }: { view: JobView }) {
  const last = view.items.at(-1);
  if (view.status === 'DONE') {
    return null;
  }
  if (view.status === 'SUSPENDED') {
    return (
      <p className="jp-statek-Phase jp-mod-wait">
        <StatusShape tone="wait" /> Waiting for {view.awaiting ?? 'a message'}
      </p>
    );
  }
  if (view.status === 'READY') {
    return <p className="jp-statek-Phase">Waiting for a worker</p>;
  }
  if (view.live) {
    return (
      <div className="jp-statek-Phase jp-mod-live">
        <pre>{view.live}</pre>
      </div>
    );
  }
  const doing =
    last?.state === 'asking'
      ? `${view.model ?? 'The model'} is writing`
      : last?.state === 'running'
        ? 'The code runs'
        : 'Working';
  return (
    <p className="jp-statek-Phase">
      <span className="jp-statek-Dots" aria-hidden="true">
        <i />
        <i />
        <i />
      </span>
      {doing}
    </p>
  );
}

function Ending({ view }: { view: JobView }) {
  if (view.status !== 'DONE') {
    return null;
  }
  const { word, tone } = statusWord(view.status, view.outcome);
  const said = view.items.at(-1)?.final && view.items.at(-1)?.text === view.result;
  const lastError = view.items.at(-1)?.error?.message;
  if (view.error && view.error.message !== lastError) {
    return <ErrorBlock error={view.error} />;
  }
  if (view.result === null || said) {
    return tone === 'ok' ? null : (
      <p className={`jp-statek-Phase jp-mod-${tone}`}>
        <StatusShape tone={tone} /> {word}
      </p>
    );
  }
  return (
    <div className={`jp-statek-Result jp-mod-${tone}`}>
      <span className="jp-statek-Result-label">
        <StatusShape tone={tone} /> Result
      </span>
      <Prose text={view.result} />
    </div>
  );
}
