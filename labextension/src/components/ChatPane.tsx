// The chat log: newest at the bottom, followed while the reader is there, never moved while they read above.

import { useLayoutEffect, useRef, useState } from 'react';
import type { ItemView, JobView } from '../view';
import { count, statusWord } from '../wording';
import { ChatItem, ErrorBlock, type ReadOutput } from './ChatItem';
import { Prose } from './Prose';
import { StatusShape } from './StatusMark';

export interface ChatPaneProps {
  view: JobView;
  earlier: ItemView[];
  loadingEarlier: boolean;
  /** Absent where earlier entries cannot be had. */
  onEarlier?: (() => void) | undefined;
  onReadOutput?: ReadOutput | undefined;
  onOpenJob?: ((id: string) => void) | undefined;
}

/** Nearer to the end than this many pixels counts as being there. */
const NEAR = 40;

export function ChatPane({ view, earlier, loadingEarlier, onEarlier, onReadOutput, onOpenJob }: ChatPaneProps) {
  const first = earlier[0]?.id ?? view.first_item;
  const items = [...earlier, ...view.items];
  const { box, unseen, onScroll, toEnd } = useFollowing(view.total_items, first);
  return (
    <div className="jp-statek-Chat">
      <div className="jp-statek-Chat-log" role="log" aria-live="off" aria-label="chat log" tabIndex={0} ref={box} onScroll={onScroll}>
        {first > 0 ? (
          <div className="jp-statek-Chat-earlier">
            {onEarlier ? (
              <button type="button" className="jp-statek-Fold" disabled={loadingEarlier} onClick={onEarlier}>
                {loadingEarlier ? 'Loading…' : `Show earlier (${first.toLocaleString('en-US')} more)`}
              </button>
            ) : (
              <span className="jp-statek-muted">{count(first, 'earlier entry', 'earlier entries')} not in this copy</span>
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
  const doing = last?.state === 'asking' ? `${view.model ?? 'The model'} is writing` : last?.state === 'running' ? 'The code runs' : 'Working';
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

/** Keeps the end in sight while it is; counts what comes while it is not; keeps the place when entries are put before. */
function useFollowing(total: number, first: number) {
  const box = useRef<HTMLDivElement>(null);
  const atEnd = useRef(true);
  const seen = useRef(total);
  const before = useRef({ first, height: 0 });
  const [unseen, setUnseen] = useState(0);
  useLayoutEffect(() => {
    const element = box.current;
    if (!element) {
      return;
    }
    if (atEnd.current) {
      element.scrollTop = element.scrollHeight;
      seen.current = total;
    } else if (first < before.current.first) {
      element.scrollTop += element.scrollHeight - before.current.height;
    }
    before.current = { first, height: element.scrollHeight };
    setUnseen(Math.max(0, total - seen.current));
  });
  const onScroll = () => {
    const element = box.current;
    if (element) {
      atEnd.current = element.scrollHeight - element.scrollTop - element.clientHeight < NEAR;
      if (atEnd.current) {
        seen.current = total;
        setUnseen(0);
      }
    }
  };
  const toEnd = () => {
    atEnd.current = true;
    box.current?.scrollTo({ top: box.current.scrollHeight });
  };
  return { box, unseen, onScroll, toEnd };
}
