import { describe, expect, it, vi } from 'vitest';
import { JobPanel, type JobPanelProps } from '../components/JobPanel';
import type { Command } from '../questions';
import { standingLines, told } from '../standing';
import { translateWith } from '../translation';
import type { JobView } from '../view';
import { costFigure } from '../wording';
import { answers } from './answers';
import { example } from './examples';
import { button, click, eventually, mount, type } from './mount';

function props(view: JobView, change: Partial<JobPanelProps> = {}): JobPanelProps {
  return {
    view,
    panes: ['chat', 'usage'],
    connection: 'live',
    clockOffset: 0,
    loaded: new Map(),
    notice: '',
    act: async () => ({}),
    host: {},
    ...change
  };
}

const started = '2026-11-24T09:00:00+00:00';
const running: JobView = { ...example('running'), started_at: started, updated_at: '2026-11-24T09:01:05+00:00' };

describe('a job whose process is gone', () => {
  const gone: JobView = {
    ...running,
    worker: { alive: false, where: 'process 41 on host', seen_at: '2026-11-24T09:00:42+00:00' }
  };

  it('says so, and its clock stands at the last sign of life', async () => {
    const element = await mount(<JobPanel {...props(gone)} />);
    const header = element.querySelector('.jp-statek-Header')?.textContent;
    expect(header).toContain('Interrupted');
    expect(header).toContain('42 s');
    expect(element.querySelector('.jp-statek-Phase')?.textContent).toContain('process 41 on host');
  });

  it('has no running clock on a copy or without a connection either', async () => {
    for (const connection of ['saved', 'lost'] as const) {
      const element = await mount(<JobPanel {...props(running, { connection })} />);
      expect(element.querySelector('.jp-statek-Header')?.textContent).toContain('1 min 5 s');
    }
  });
});

describe('a question to a person', () => {
  const asks = (change: object): JobView => ({
    ...example('waiting'),
    question: { id: 'q1', kind: 'question', text: 'Which <b>one</b>?', options: [], asked_at: null, ...change }
  });

  it('is answered by one of its choices, in place', async () => {
    const act = vi.fn(async (_: Command) => ({}));
    const element = await mount(<JobPanel {...props(asks({ options: ['North', 'South'] }), { act })} />);
    expect(element.querySelector('.jp-statek-Question b')).toBeNull();
    click(button(element, 'South'));
    expect(act).toHaveBeenCalledWith({ command: 'answer', question: 'q1', text: 'South', option: 1 });
  });

  it('is answered in free words where no choice is offered', async () => {
    const act = vi.fn(async (_: Command) => ({}));
    const element = await mount(<JobPanel {...props(asks({}), { act })} />);
    const box = await eventually(() => element.querySelector<HTMLInputElement>('.jp-statek-Question input'));
    type(box, 'the first');
    await eventually(() => button(element, 'Answer')?.disabled === false);
    box.form?.requestSubmit();
    await eventually(() => act.mock.calls.length === 1);
    expect(act).toHaveBeenCalledWith({ command: 'answer', question: 'q1', text: 'the first' });
  });

  it('asks for approval with two buttons, and offers nothing on a copy', async () => {
    const element = await mount(<JobPanel {...props(asks({ kind: 'approval' }))} />);
    expect([button(element, 'Approve'), button(element, 'Reject')]).not.toContain(undefined);
    const copy = await mount(<JobPanel {...props(asks({ kind: 'approval' }), { act: undefined })} />);
    expect(button(copy, 'Approve')).toBeUndefined();
  });
});

describe('usage', () => {
  const view: JobView = {
    ...example('finished'),
    usage: { ...example('finished').usage, context_tokens: 96_000, context_limit: 128_000 },
    limits: { cost_usd: '0.001', spent_usd: '0.0012', turns: 20, turns_used: 4 }
  };

  it('shows how full context and budget are, and warns of what is spent', async () => {
    const element = await mount(<JobPanel {...props(view, { panes: ['usage'] })} />);
    const meters = [...element.querySelectorAll('[role=meter]')];
    expect(meters.map(meter => [meter.getAttribute('aria-label'), meter.getAttribute('aria-valuenow')])).toEqual([
      ['Context', '75'],
      ['Budget', '100'],
      ['Turns', '20']
    ]);
    expect(meters[1]?.parentElement?.className).toContain('jp-mod-over');
  });

  it('draws a bar per turn of the whole job, several in one where there are many', async () => {
    const turn = { item: 0, at: null, model: 'm', cached_tokens: 0, reasoning_tokens: 0, cost_usd: null };
    const turns = Array.from({ length: 1000 }, (_, at) => ({
      ...turn,
      turn: at + 1,
      input_tokens: at,
      output_tokens: 1,
      model_seconds: 1,
      code_seconds: 0,
      state: at === 500 ? ('failed' as const) : ('ok' as const)
    }));
    const ask = answers({ turns: { turns, total: 1000 }, turn: { view: { ...view, turn: 12, last_turn: 4 } } });
    const element = await mount(<JobPanel {...props(view, { panes: ['usage'], ask })} />);
    await eventually(() => element.querySelectorAll('.jp-statek-Bar').length === 84);
    expect(element.querySelectorAll('rect.jp-mod-failed')).toHaveLength(1);
    click(button(element, 'Time'));
    await eventually(() => element.querySelector('title')?.textContent === 'turns 1 to 12: 12 s');
  });
});

describe('another language', () => {
  it('is used for every word, phrases with numbers too', async () => {
    const shout = (text: string, ...values: string[]) =>
      values.reduce((said, value, at) => said.replace(`%${at + 1}`, value), text.toUpperCase());
    translateWith({ __: shout, _n: (one, many, amount, ...values) => shout(amount === 1 ? one : many, ...values) });
    try {
      const element = await mount(<JobPanel {...props(running)} />);
      const said = element.querySelector('.jp-statek-Header')?.textContent;
      expect(said).toContain('RUNNING');
      expect(said).toContain('2 TURNS');
      expect(button(element, 'STOP')).toBeDefined();
    } finally {
      translateWith({ __: fill, _n: (one, many, amount, ...values) => fill(amount === 1 ? one : many, ...values) });
    }
  });
});

function fill(text: string, ...values: string[]): string {
  return values.reduce((said, value, at) => said.replace(`%${at + 1}`, value), text);
}

describe('what a statement waits in', () => {
  const wait = { kind: 'time', name: 'sleep', arguments: '3600', note: '', since: started };
  const view: JobView = {
    ...example('waiting'),
    updated_at: started,
    question: { id: '4.0', kind: 'question', text: 'First?', options: [], asked_at: null },
    waiting: [
      { ...wait, call: '4.0', kind: 'question', question: 'First?', until: null, expires_at: '2026-11-24T09:02:05Z' },
      { ...wait, call: '4.1', kind: 'question', question: 'Second?', options: ['yes'], until: null, expires_at: null },
      { ...wait, call: '4.2', until: '2026-11-24T10:00:00Z' }
    ]
  };

  it('shows every question with the time that is left, and every other wait', async () => {
    const element = await mount(<JobPanel {...props(view, { connection: 'saved' })} />);
    const boxes = [...element.querySelectorAll('.jp-statek-Question')].map(box => box.textContent);
    expect(boxes[0]).toContain('2 min 5 s left');
    expect(boxes[1]).toContain('Second?');
    expect(element.querySelector('[data-wait]')?.textContent).toContain('sleep(3600) 1 h 0 min left');
  });
});

describe('the calls of tools that code made', () => {
  const call = { call: '1.0', name: 'fetch', arguments: "'<b>'", outcome: '404', seconds: 0.2, note: '' };
  const withCalls = (state: 'returned' | 'raised'): JobView => {
    const view = example('finished');
    const items = view.items.map(item =>
      item.kind === 'turn' ? { ...item, code_calls: [{ ...call, state }], more_code_calls: 2 } : item
    );
    return { ...view, items };
  };

  it('are folded where all went well, and open where one did not', async () => {
    const well = await mount(<JobPanel {...props(withCalls('returned'))} />);
    const calls = well.querySelector<HTMLDetailsElement>('.jp-statek-Calls');
    expect(calls?.open).toBe(false);
    expect(calls?.textContent).toContain("3 tool calls2 older calls not shownfetch('<b>') → 404 200 ms");
    const badly = await mount(<JobPanel {...props(withCalls('raised'))} />);
    expect(badly.querySelector<HTMLDetailsElement>('.jp-statek-Calls')?.open).toBe(true);
  });
});

describe('a job that is only queued', () => {
  const worker = { alive: false, where: '', seen_at: started };
  const view: JobView = { ...running, model: 'scripted/demo', worker };

  it('was not interrupted, and says who can take it', async () => {
    const element = await mount(<JobPanel {...props(view)} />);
    expect(element.querySelector('.jp-statek-Header')?.textContent).toContain('Queued');
    expect(element.querySelector('.jp-statek-Phase')?.textContent).toBe(
      'Waiting for a worker. Nobody runs it: it goes on as soon as a worker does in a process that has registered scripted/demo.'
    );
  });
});

describe('a job whose model is a person', () => {
  const question = { id: 'reply-5', kind: 'question' as const, text: 'It is your turn', options: [], asked_at: null };
  const view: JobView = { ...running, model: 'human', worker: { alive: true, where: 'process 1', seen_at: started }, question };

  it('has one box, for the reply, and nobody else is said to write', async () => {
    const act = vi.fn(async (_: Command) => ({}));
    const element = await mount(<JobPanel {...props(view, { panes: ['chat'], act })} />);
    expect(element.querySelector('.jp-statek-Header')?.textContent).toContain('Your turn');
    expect(element.textContent).not.toContain('is writing');
    const boxes = [...element.querySelectorAll<HTMLTextAreaElement>('textarea, input:not([type=search])')];
    expect(boxes.map(box => box.placeholder)).toEqual(['Your reply']);
    type(boxes[0] as HTMLTextAreaElement, '1 + 1');
    await eventually(() => button(element, 'Send')?.disabled === false);
    boxes[0]?.form?.requestSubmit();
    await eventually(() => act.mock.calls.length === 1);
    expect(act).toHaveBeenCalledWith({ command: 'answer', question: 'reply-5', text: '1 + 1' });
  });
});

describe('what a person has to know besides', () => {
  it('is said in the words of the text form', () => {
    const limits = { cost_usd: '0.50', spent_usd: '0.1', turns: 50, turns_used: 3 };
    const view = { ...running, limits, turn: 1, last_turn: 2, usage: { ...running.usage, unknown_cost_calls: 2 } };
    expect(standingLines(view)).toEqual([
      'As it was after turn 1 of 2',
      'Its budget of $0.50 does not count 2 requests of unknown price'
    ]);
    expect(standingLines(running)).toEqual([]);
  });
});

describe('a failed try', () => {
  const item = { id: 1, kind: 'turn' as const, state: 'asking' as const, at: started };
  const attempts = [1, 2].map(number => ({ number, outcome: 'failed' as const, error: 'rate limit: too many' }));
  const error = { type: 'ModelError', message: 'm: rate limit (HTTP 429): too many: wait', traceback: '', line: null };

  it('is left out where the error below it says the same, and only there', () => {
    expect(told({ ...item, attempts }, error).attempts).toHaveLength(1);
    expect(told({ ...item, attempts, error }, null).attempts).toHaveLength(1);
    expect(told({ ...item, attempts }, { ...error, message: 'm: auth: wrong key' }).attempts).toHaveLength(2);
    expect(told({ ...item, attempts }, null).attempts).toHaveLength(2);
  });
});

describe('a cost that nobody knows', () => {
  it('is a dash below its title, and a word elsewhere', () => {
    expect(costFigure(null, 1)).toEqual({ text: '–', title: 'cost unknown' });
    expect(costFigure('0.5', 1).text).toBe('≥ $0.500');
    expect(costFigure(null)).toEqual({ text: '$0', title: undefined });
  });
});
