import { describe, expect, it, vi } from 'vitest';
import { JobPanel, type JobPanelProps } from '../components/JobPanel';
import type { Command } from '../questions';
import { translateWith } from '../translation';
import type { JobView } from '../view';
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
