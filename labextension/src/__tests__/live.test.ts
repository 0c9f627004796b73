import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type Frame, LiveConnection, type Receiver, SILENCE_MILLISECONDS, type Socket } from '../sources/live';
import { NoAnswerError, sendCommand, type Server, ServerSource } from '../sources/server';
import { ServerJobs } from '../sources/server_jobs';
import type { JobRow } from '../view';
import { example } from './examples';

class FakeSocket implements Socket {
  onclose: ((event: CloseEvent) => void) | null = null;
  onmessage: ((event: MessageEvent) => void) | null = null;
  readonly sent: Record<string, unknown>[] = [];
  closed = false;

  send(text: string): void {
    this.sent.push(JSON.parse(text) as Record<string, unknown>);
  }

  close(): void {
    this.closed = true;
  }

  says(message: object): void {
    this.onmessage?.({ data: JSON.stringify(message) } as MessageEvent);
  }

  breaks(): void {
    this.onclose?.({} as CloseEvent);
  }
}

function setUp(there = true) {
  const sockets: FakeSocket[] = [];
  const open = () => {
    const socket = new FakeSocket();
    sockets.push(socket);
    return socket;
  };
  const connection = new LiveConnection(open, async () => there);
  const last = () => sockets.at(-1) as FakeSocket;
  return { connection, sockets, last };
}

function receiver(version: number | null = null) {
  const heard: string[] = [];
  const made: Receiver & { heard: string[] } = {
    heard,
    version: () => version,
    receive: frame => heard.push(frame.type),
    lost: () => heard.push('lost'),
    absent: () => heard.push('absent')
  };
  return made;
}

const hello = (epoch = 'one') => ({ type: 'heartbeat', epoch, now: 0 });
const settle = () => vi.advanceTimersByTimeAsync(0);

describe('the live connection', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it('asks for everything that is followed once the server has greeted it', async () => {
    const { connection, last } = setUp();
    const job = receiver();
    connection.follow({ job: 'a' }, job);
    connection.follow({ jobs: { limit: 5 } }, receiver());
    await settle();
    expect(last().sent).toEqual([]);
    last().says(hello());
    expect(last().sent).toEqual([
      { type: 'follow', key: '1', job: 'a' },
      { type: 'follow', key: '2', jobs: { limit: 5 } }
    ]);
    last().says({ key: '1', type: 'gone' });
    expect(job.heard).toEqual(['gone']);
  });

  it('comes back after a gap and asks only for what it missed', async () => {
    const { connection, sockets, last } = setUp();
    const job = receiver(7);
    connection.follow({ job: 'a' }, job);
    await settle();
    last().says(hello());
    last().breaks();
    expect(job.heard).toEqual(['lost']);
    await vi.advanceTimersByTimeAsync(1_000);
    expect(sockets).toHaveLength(2);
    last().says(hello());
    expect(last().sent).toEqual([{ type: 'follow', key: '1', job: 'a', epoch: 'one', have: 7 }]);
    last().breaks();
    await vi.advanceTimersByTimeAsync(5_000);
    last().says(hello('another server'));
    expect(last().sent).toEqual([{ type: 'follow', key: '1', job: 'a' }]);
  });

  it('takes a long silence for a broken connection', async () => {
    const { connection, sockets, last } = setUp();
    const job = receiver();
    connection.follow({ job: 'a' }, job);
    await settle();
    last().says(hello());
    await vi.advanceTimersByTimeAsync(SILENCE_MILLISECONDS + 1);
    expect(sockets[0]?.closed).toBe(true);
    expect(job.heard).toEqual(['lost']);
    await vi.advanceTimersByTimeAsync(1_000);
    expect(sockets).toHaveLength(2);
  });

  it('waits longer after each failure', async () => {
    const { connection, sockets, last } = setUp();
    connection.follow({ job: 'a' }, receiver());
    await settle();
    for (let failures = 0; failures < 12; failures += 1) {
      last().breaks();
      await vi.advanceTimersByTimeAsync(26_000);
    }
    expect(sockets).toHaveLength(13);
    last().breaks();
    await vi.advanceTimersByTimeAsync(10_000);
    expect(sockets).toHaveLength(13);
  });

  it('connects to nothing where the server has no part of ours', async () => {
    const { connection, sockets } = setUp(false);
    const [early, late] = [receiver(), receiver()];
    connection.follow({ job: 'a' }, early);
    await settle();
    connection.follow({ job: 'b' }, late);
    await settle();
    expect([early.heard, late.heard, sockets]).toEqual([['absent'], ['absent'], []]);
  });

  it('sends nothing more to who has left', async () => {
    const { connection, last } = setUp();
    const job = receiver();
    const leave = connection.follow({ job: 'a' }, job);
    await settle();
    last().says(hello());
    leave();
    last().says({ key: '1', type: 'gone' });
    expect(job.heard).toEqual([]);
    expect(last().sent.at(-1)).toEqual({ type: 'leave', key: '1' });
  });
});

class FakeServer implements Server {
  receivers: Receiver[] = [];
  subjects: unknown[] = [];
  posted: [string, Record<string, unknown>][] = [];
  failures: Error[] = [];
  answer: unknown = {};

  get<Answer>(): Promise<Answer> {
    return Promise.resolve(this.answer as Answer);
  }

  post<Answer>(path: string, body: unknown): Promise<Answer> {
    this.posted.push([path, body as Record<string, unknown>]);
    const failure = this.failures.shift();
    return failure ? Promise.reject(failure) : Promise.resolve({} as Answer);
  }

  follow = (subject: unknown, follower: Receiver) => {
    this.subjects.push(subject);
    this.receivers.push(follower);
    return () => undefined;
  };

  says(frame: Frame): void {
    this.receivers.at(-1)?.receive(frame);
  }
}

const view = example('finished');
const full = (version: number): Frame => ({ type: 'full', version, now: Date.now(), view });

describe('a job from the server', () => {
  it('shows the saved copy until the server answers, then what the server says', () => {
    const server = new FakeServer();
    const source = new ServerSource(server, view.id, { ...view, turns: 1 });
    expect([source.state().view?.turns, source.state().connection]).toEqual([1, 'connecting']);
    server.says(full(3));
    server.says({ type: 'delta', base: 3, version: 4, now: 0, delta: { set: { turns: 9 } } });
    expect([source.state().view?.turns, source.state().connection]).toEqual([9, 'live']);
    source.setSaved({ ...view, turns: 1 });
    expect(source.state().view?.turns).toBe(9);
  });

  it('stays with the saved copy when the server does not have the job', () => {
    const server = new FakeServer();
    const source = new ServerSource(server, view.id, view);
    server.says({ type: 'gone' });
    expect([source.state().connection, source.state().notice, source.state().view]).toEqual(['saved', '', view]);
  });

  it('says why there is nothing to show', () => {
    const server = new FakeServer();
    const source = new ServerSource(server, view.id);
    server.receivers[0]?.absent();
    expect(source.state().notice).toContain('switched off');
  });

  it('follows anew when a change is missing', () => {
    const server = new FakeServer();
    const source = new ServerSource(server, view.id);
    server.says(full(3));
    server.says({ type: 'delta', base: 5, version: 6, now: 0, delta: {} });
    expect(server.subjects).toHaveLength(2);
    expect(server.receivers[1]?.version()).toBeNull();
    server.says(full(6));
    expect(source.state().connection).toBe('live');
  });

  it('says that the connection is lost, and goes on', () => {
    const server = new FakeServer();
    const source = new ServerSource(server, view.id);
    server.says(full(3));
    server.receivers[0]?.lost();
    expect(source.state().connection).toBe('lost');
    server.says({ type: 'same', version: 3 });
    expect(source.state().connection).toBe('live');
  });

  it('sends a command once more with the same key when no answer came', async () => {
    const server = new FakeServer();
    server.failures = [new NoAnswerError()];
    await sendCommand(server, 'a', { command: 'stop' });
    expect(server.posted.map(([path]) => path)).toEqual(['/jobs/a/commands', '/jobs/a/commands']);
    expect(server.posted[0]?.[1].key).toBe(server.posted[1]?.[1].key);
  });

  it('tells a refusal, and does not try again', async () => {
    const server = new FakeServer();
    server.failures = [new Error('no')];
    const source = new ServerSource(server, view.id);
    await expect(source.act({ command: 'stop' })).rejects.toThrow('no');
    expect([source.state().notice, server.posted.length]).toEqual(['no', 1]);
  });
});

describe('the list from the server', () => {
  const row = (id: string, turns = 0) => ({ id, turns }) as JobRow;
  const list = (rows: JobRow[]): Frame => ({
    type: 'full',
    version: 1,
    now: Date.now(),
    view: { rows, more: true, counts: { DONE: 2 } }
  });

  it('is followed only while it is seen, as filtered', () => {
    const server = new FakeServer();
    const jobs = new ServerJobs(server);
    expect(server.subjects).toEqual([]);
    jobs.setSeen(true);
    jobs.setFilter({ status: ['DONE'], text: ' report ' });
    server.says(list([row('b')]));
    jobs.showMore();
    jobs.showMore();
    expect(server.subjects).toEqual([
      { jobs: { limit: 100 } },
      { jobs: { limit: 100, status: ['DONE'], text: ' report ' } },
      { jobs: { limit: 200, status: ['DONE'], text: ' report ' } }
    ]);
  });

  it('takes in changes, and begins again when one is missing', () => {
    const server = new FakeServer();
    const jobs = new ServerJobs(server);
    jobs.setSeen(true);
    server.says(list([row('b'), row('a')]));
    const delta = { set: { more: false }, rows: { drop: ['a'], put: [row('b', 2), row('c')], order: ['c', 'b'] } };
    server.says({ type: 'delta', base: 1, version: 2, now: 0, delta });
    expect(jobs.state().rows).toEqual([row('c'), row('b', 2)]);
    expect(jobs.state().more).toBe(false);
    server.says({ type: 'delta', base: 7, version: 8, now: 0, delta: {} });
    expect(server.subjects).toHaveLength(2);
  });
});
