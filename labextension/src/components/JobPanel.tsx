// The whole view of one job: header, panes, turns, message box. Wide: chat beside the others; narrow: one pane at a time.

import { type ReactNode, useMemo, useRef } from 'react';
import type { Act, Ask } from '../questions';
import type { Connection } from '../sources/source';
import { isReply, standingLines } from '../standing';
import { trans } from '../translation';
import type { ItemView, JobView, Pane } from '../view';
import { Announcer } from './Announcer';
import type { ItemActions } from './ChatItem';
import { ChatPane } from './ChatPane';
import { Composer } from './Composer';
import { Header } from './Header';
import type { Host } from './host';
import { LocalsPane } from './LocalsPane';
import { QuestionBox, UnknownCall } from './QuestionBox';
import { SubtasksPane } from './SubtasksPane';
import { Tabs } from './Tabs';
import { TurnBar } from './TurnBar';
import { UsagePane } from './UsagePane';
import { useJobClock } from './useJobClock';
import { useKeptFocus } from './useKeptFocus';
import { usePageKeys } from './usePageKeys';
import { type Past, usePast } from './usePast';
import { useWidth } from './useWidth';
import { expiryOf, questionsOf } from './Waits';

export interface JobPanelProps {
  view: JobView;
  panes: Pane[];
  connection: Connection;
  clockOffset: number;
  loaded: ReadonlyMap<number, ItemView>;
  notice: string;
  /** Absent on a copy: nothing can be asked or done there. */
  need?: ((start: number, stop: number) => void) | undefined;
  ask?: Ask | undefined;
  act?: Act | undefined;
  host: Host;
}

/** From this width on, the chat and the other panes stand side by side. */
const WIDE = 760;

export function JobPanel(props: JobPanelProps) {
  const { view, panes, notice, act, host } = props;
  const root = useRef<HTMLDivElement>(null);
  useKeptFocus(root);
  usePageKeys(root);
  const wide = useWidth(root) >= WIDE;
  const now = useJobClock(view, props.connection, props.clockOffset);
  const past = usePast(view, props.loaded, props.ask);
  const contents = usePanes(props, past, now);
  const beside = panes.filter(pane => pane !== 'chat');
  const split = wide && panes.includes('chat') && beside.length > 0;
  const tabs = (names: Pane[]) => names.map(pane => ({ name: pane, ...contents[pane] }));
  return (
    <div className="jp-statek-Job" role="region" aria-label={trans.__('job %1', view.name ?? view.id)} ref={root}>
      {panes.includes('chat') || panes.length > 1 ? (
        <Header
          view={view}
          connection={props.connection}
          now={now}
          onStop={act && (() => act({ command: 'stop' }))}
          onResume={act && (() => act({ command: 'resume' }))}
          onOpenOrigin={host.openJob}
        />
      ) : null}
      {standingLines(past.view).map(line => (
        <p key={line} className="jp-statek-Notice" role="note">
          {line}
        </p>
      ))}
      {notice ? (
        <p className="jp-statek-Notice" role="alert">
          {notice}
        </p>
      ) : null}
      {split ? (
        <div className="jp-statek-Split">
          <section aria-label={contents.chat.title}>{contents.chat.body}</section>
          <div className="jp-statek-Split-side">
            {beside.length === 1 && beside[0] ? (
              <section aria-label={contents[beside[0]].title}>{contents[beside[0]].body}</section>
            ) : (
              <Tabs label={trans.__('job details')} tabs={tabs(beside)} />
            )}
          </div>
        </div>
      ) : panes.length === 1 && panes[0] ? (
        contents[panes[0]].body
      ) : (
        <Tabs label={trans.__('job')} tabs={tabs(panes)} />
      )}
      {props.ask && view.turns > 0 && panes.some(pane => pane === 'chat' || pane === 'locals') ? (
        <TurnBar
          last={view.turns}
          turn={past.turn}
          problem={past.problem}
          onTurn={past.setTurn}
          onFork={act && (text => forkFrom(act, past.turn ?? view.turns, text, host))}
        />
      ) : null}
      <Announcer view={view} />
    </div>
  );
}

/** The one box to write in: what is written is a message, or the reply where the person is the model. */
function Say({ view, act }: { view: JobView; act: Act }) {
  const { question } = view;
  if (question && isReply(question)) {
    return (
      <Composer
        key={question.id}
        label={trans.__('Your reply')}
        placeholder={trans.__('Your reply')}
        onSend={text => act({ command: 'answer', question: question.id, text })}
      />
    );
  }
  return (
    <Composer
      label={trans.__('Message to the job')}
      placeholder={view.awaiting && !question ? trans.__('Answer') : trans.__('Message the job')}
      onSend={text => act({ command: 'send', text })}
    />
  );
}

async function forkFrom(act: Act, turn: number, text: string, host: Host): Promise<void> {
  const { job } = await act({ command: 'fork', turn, text });
  if (job) {
    host.openJob?.(job);
  }
}

interface Content {
  title: string;
  count: number | null;
  body: ReactNode;
}

function usePanes(props: JobPanelProps, past: Past, now: number): Record<Pane, Content> {
  const { ask, act, host, need } = props;
  const { view } = past;
  const { setTurn } = past;
  const current = past.view === props.view;
  const actions = useMemo(
    (): ItemActions => ({
      readOutput: ask && ((item, index, start) => ask('output', { item, index, start }).then(answer => answer.output)),
      readExchange: ask && (item => ask('exchange', { item }).then(answer => answer.exchange)),
      showTurn: ask && setTurn,
      openJob: host.openJob,
      insertCell: host.insertCell
    }),
    [ask, host, setTurn]
  );
  return {
    chat: {
      title: trans.__('Chat'),
      count: null,
      body: (
        <>
          <ChatPane
            view={view}
            loaded={past.loaded}
            need={need}
            ask={ask}
            actions={actions}
            now={now}
            past={!current}
          />
          {current
            ? questionsOf(view)
                .filter(question => !isReply(question))
                .map(question => (
                <QuestionBox
                  key={question.id}
                  question={question}
                  act={act}
                  now={now}
                  expiresAt={expiryOf(view, question)}
                />
              ))
            : null}
          {current ? view.unknown_calls?.map(call => <UnknownCall key={call.id} call={call} act={act} />) : null}
          {act && current ? <Say view={view} act={act} /> : null}
        </>
      )
    },
    locals: {
      title: trans.__('Locals'),
      count: view.locals.length,
      body: <LocalsPane view={view} turn={current ? null : past.turn} ask={ask} onAdopt={ask && host.adopt} />
    },
    subtasks: {
      title: trans.__('Subtasks'),
      count: props.view.subtasks.length + props.view.more_subtasks,
      body: <SubtasksPane view={props.view} now={now} ask={ask} onOpenJob={host.openJob} />
    },
    usage: {
      title: trans.__('Usage'),
      count: null,
      body: <UsagePane view={view} ask={ask} onTurn={ask && setTurn} />
    }
  };
}
