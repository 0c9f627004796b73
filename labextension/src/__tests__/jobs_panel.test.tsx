import axe from 'axe-core';
import { describe, expect, it, vi } from 'vitest';
import { JobsPanel, type JobsPanelProps } from '../components/JobsPanel';
import { readSaved } from '../saved';
import type { JobsListState } from '../sources/server_jobs';
import type { JobRow } from '../view';
import { ago } from '../wording';
import { example } from './examples';
import { button, click, eventually, mount, type } from './mount';

const row = (change: Partial<JobRow>): JobRow => ({
  id: '0000000000001',
  name: 'report',
  agent: 'analyst',
  model: 'openai/gpt-5-mini',
  status: 'STARTED',
  outcome: null,
  turns: 3,
  cost_usd: '0.01',
  unknown_cost_calls: 0,
  created_at: new Date(Date.now() - 120_000).toISOString(),
  started_at: new Date(Date.now() - 119_000).toISOString(),
  finished_at: null,
  awaiting: null,
  error: '',
  ...change
});

const state = (change: Partial<JobsListState> = {}): JobsListState => ({
  rows: [
    row({}),
    row({ id: '0000000000002', name: 'old', status: 'DONE', outcome: 'failed', error: 'ValueError: no' })
  ],
  more: false,
  counts: { STARTED: 1, DONE: 1 },
  filter: { status: [], text: '' },
  connection: 'live',
  clockOffset: 0,
  notice: '',
  ...change
});

const props = (change: Partial<JobsPanelProps> = {}): JobsPanelProps => ({
  state: state(),
  current: null,
  onFilter: vi.fn(),
  onMore: vi.fn(),
  onOpen: vi.fn(),
  onStop: vi.fn(async () => undefined),
  ...change
});

describe('the panel of jobs', () => {
  it('shows each job in words, and offers Stop for those that run', async () => {
    const given = props();
    const element = await mount(<JobsPanel {...given} />);
    const [running, failed] = [...element.querySelectorAll('.jp-statek-Card')];
    expect(running?.textContent).toContain('Running');
    expect(running?.textContent).toContain('3 turns');
    expect(failed?.textContent).toContain('ValueError: no');
    expect(failed?.querySelector('.jp-statek-Card-stop')).toBeNull();
    click(running?.querySelector('.jp-statek-Card-stop'));
    expect(given.onStop).toHaveBeenCalledWith([given.state.rows?.[0]]);
    click(failed?.querySelector('.jp-statek-Card-open'));
    expect(given.onOpen).toHaveBeenCalledWith(given.state.rows?.[1]);
  });

  it('stops and compares several jobs at once', async () => {
    const given = props({ onCompare: vi.fn() });
    const element = await mount(<JobsPanel {...given} />);
    for (const box of element.querySelectorAll('input[type=checkbox]')) {
      click(box);
    }
    const bar = await eventually(() => element.querySelector('[role=toolbar]'));
    await eventually(() => bar.textContent?.includes('2 chosen'));
    click(button(bar, 'Stop 1'));
    expect(given.onStop).toHaveBeenCalledWith([given.state.rows?.[0]]);
    click(button(bar, 'Compare'));
    expect(given.onCompare).toHaveBeenCalledWith(...(given.state.rows ?? []));
    click(bar.querySelector('[aria-label="Choose none"]'));
    await eventually(() => !element.querySelector('[role=toolbar]'));
  });

  it('filters by what jobs do, and by text once the person pauses', async () => {
    const given = props();
    const element = await mount(<JobsPanel {...given} />);
    click(button(element, 'Ended'));
    expect(given.onFilter).toHaveBeenLastCalledWith({ status: ['DONE'], text: '' });
    const box = element.querySelector('input');
    type(box as HTMLInputElement, 'rep');
    await eventually(() => vi.mocked(given.onFilter).mock.lastCall?.[0].text === 'rep');
  });

  it('says what is wrong, and when there is nothing', async () => {
    const lost = await mount(<JobsPanel {...props({ state: state({ connection: 'lost' }) })} />);
    expect(lost.querySelector('[role=alert]')?.textContent).toContain('does not answer');
    const none = await mount(<JobsPanel {...props({ state: state({ rows: [] }) })} />);
    expect(none.textContent).toContain('No jobs yet');
    const filter = { status: [], text: 'x' };
    const unmatched = await mount(<JobsPanel {...props({ state: state({ rows: [], filter }) })} />);
    expect(unmatched.textContent).toContain('No job matches');
  });

  it('keeps hostile names as text', async () => {
    const hostile = example('hostile').name ?? '';
    const rows = [row({ name: hostile, error: hostile, awaiting: hostile, model: hostile })];
    const element = await mount(<JobsPanel {...props({ state: state({ rows }) })} />);
    expect(element.textContent).toContain('onerror=');
    expect(element.querySelectorAll('script, a, img, iframe, [onerror]')).toHaveLength(0);
  });

  it('has no accessibility violation', async () => {
    const element = await mount(<JobsPanel {...props({ current: '0000000000001' })} />);
    const { violations } = await axe.run(element, { rules: { 'color-contrast': { enabled: false } } });
    expect(violations.map(violation => violation.id)).toEqual([]);
  });
});

describe('what a notebook holds', () => {
  it('is shown only when it is a job', () => {
    const view = example('finished');
    expect(readSaved(view)).toBe(view);
    for (const wrong of [
      null,
      5,
      'x',
      [],
      {},
      { ...view, id: '../../x' },
      { ...view, items: 'x' },
      { ...view, usage: null }
    ]) {
      expect(readSaved(wrong)).toBeNull();
    }
  });
});

describe('ages', () => {
  it.each([
    [5, 'now'],
    [65, '1 min'],
    [7_300, '2 h'],
    [200_000, '2 d']
  ])('%i s are %s', (seconds, said) => {
    const now = Date.now();
    expect(ago(new Date(now - seconds * 1000).toISOString(), now)).toBe(said);
    expect(ago(null, now)).toBe('');
  });
});
