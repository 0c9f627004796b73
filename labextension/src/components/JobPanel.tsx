// The whole view of one job: header, panes, message box. Wide: chat beside the others; narrow: one pane at a time.

import { type ReactNode, useRef } from 'react';
import type { Connection } from '../sources/source';
import type { ItemView, JobView, Pane } from '../view';
import { Announcer } from './Announcer';
import type { ReadOutput } from './ChatItem';
import { ChatPane } from './ChatPane';
import { Composer } from './Composer';
import { Header } from './Header';
import { LocalsPane } from './LocalsPane';
import { SubtasksPane } from './SubtasksPane';
import { Tabs } from './Tabs';
import { UsagePane } from './UsagePane';
import { useNow } from './useNow';
import { useWidth } from './useWidth';

export interface JobPanelProps {
  view: JobView;
  panes: Pane[];
  connection: Connection;
  clockOffset: number;
  earlier: ItemView[];
  loadingEarlier: boolean;
  notice: string;
  /** The actions; an absent one is not offered. */
  onSend?: ((text: string) => Promise<void>) | undefined;
  onStop?: (() => Promise<void>) | undefined;
  onResume?: (() => Promise<void>) | undefined;
  onEarlier?: (() => void) | undefined;
  onReadOutput?: ReadOutput | undefined;
  onOpenJob?: ((id: string) => void) | undefined;
}

/** From this width on, the chat and the other panes stand side by side. */
const WIDE = 760;

export function JobPanel(props: JobPanelProps) {
  const { view, panes, notice } = props;
  const root = useRef<HTMLDivElement>(null);
  const wide = useWidth(root) >= WIDE;
  const contents = usePanes(props);
  const beside = panes.filter(pane => pane !== 'chat');
  const split = wide && panes.includes('chat') && beside.length > 0;
  const chat = panes.includes('chat') ? contents.chat : null;
  return (
    <div className="jp-statek-Job" role="region" aria-label={`job ${view.name ?? view.id}`} ref={root}>
      {chat || panes.length > 1 ? (
        <Header
          view={view}
          connection={props.connection}
          clockOffset={props.clockOffset}
          onStop={props.onStop}
          onResume={props.onResume}
        />
      ) : null}
      {notice ? (
        <p className="jp-statek-Notice" role="alert">
          {notice}
        </p>
      ) : null}
      {split ? (
        <div className="jp-statek-Split">
          <section aria-label="Chat">{chat?.body}</section>
          <div className="jp-statek-Split-side">
            {beside.length === 1 && beside[0] ? (
              <section aria-label={contents[beside[0]].title}>{contents[beside[0]].body}</section>
            ) : (
              <Tabs label="job details" tabs={beside.map(pane => ({ name: pane, ...contents[pane] }))} />
            )}
          </div>
        </div>
      ) : panes.length === 1 && panes[0] ? (
        contents[panes[0]].body
      ) : (
        <Tabs label="job" tabs={panes.map(pane => ({ name: pane, ...contents[pane] }))} />
      )}
      <Announcer view={view} />
    </div>
  );
}

interface Content {
  title: string;
  count: number | null;
  body: ReactNode;
}

function usePanes(props: JobPanelProps): Record<Pane, Content> {
  const { view, earlier, onSend } = props;
  const running = view.subtasks.some(task => task.status !== 'DONE');
  const now = useNow(running, props.clockOffset);
  return {
    chat: {
      title: 'Chat',
      count: null,
      body: (
        <>
          <ChatPane
            view={view}
            earlier={earlier}
            loadingEarlier={props.loadingEarlier}
            onEarlier={props.onEarlier}
            onReadOutput={props.onReadOutput}
            onOpenJob={props.onOpenJob}
          />
          {onSend ? <Composer awaiting={view.awaiting} onSend={onSend} /> : null}
        </>
      )
    },
    locals: { title: 'Locals', count: view.locals.length, body: <LocalsPane variables={view.locals} /> },
    subtasks: {
      title: 'Subtasks',
      count: view.subtasks.length + view.more_subtasks,
      body: (
        <SubtasksPane
          root={view.id}
          subtasks={view.subtasks}
          more={view.more_subtasks}
          now={now}
          onOpenJob={props.onOpenJob}
        />
      )
    },
    usage: {
      title: 'Usage',
      count: null,
      body: <UsagePane usage={view.usage} items={view.items} subtasks={view.subtasks} />
    }
  };
}
