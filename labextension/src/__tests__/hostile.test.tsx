import { describe, expect, it } from 'vitest';
import { JobPanel } from '../components/JobPanel';
import { JobTable } from '../components/JobTable';
import { frameDocument } from '../components/HtmlFrame';
import type { JobRow, Pane } from '../view';
import { example } from './examples';
import { button, click, eventually, mount } from './mount';

const hacked = () => (window as { hacked?: string }).hacked;

describe('hostile text in every field', () => {
  it.each<Pane>(['chat', 'locals', 'subtasks', 'usage'])('stays text in the pane %s', async pane => {
    const element = await mount(
      <JobPanel
        view={example('hostile')}
        panes={[pane]}
        connection="live"
        clockOffset={0}
        loaded={new Map()}
        host={{}}
        notice={example('hostile').name ?? ''}
        act={async () => ({})}
      />
    );
    await eventually(() => element.textContent?.includes('onerror='));
    expect(element.querySelectorAll('script, a, iframe, style, meta, b, [onerror], [onload]')).toHaveLength(0);
    const pictures = [...element.querySelectorAll('img')].map(picture => picture.getAttribute('src') ?? '');
    expect(pictures.filter(source => !source.startsWith('data:image/'))).toEqual([]);
    expect(hacked()).toBeUndefined();
  });

  it('stays text in the list of jobs', async () => {
    const name = example('hostile').name;
    const row = {
      ...example('hostile'),
      name,
      error: name,
      unknown_cost_calls: 0,
      cost_usd: null
    } as unknown as JobRow;
    const element = await mount(<JobTable rows={[row]} selected={row.id} clockOffset={0} onSelect={() => undefined} />);
    expect(element.textContent).toContain('onerror=');
    expect(element.querySelectorAll('script, a, img, iframe, [onerror]')).toHaveLength(0);
  });

  it('gets no rights in the frame for HTML, which is made only when asked for', async () => {
    const element = await mount(
      <JobPanel
        view={example('hostile')}
        panes={['chat']}
        connection="live"
        clockOffset={0}
        loaded={new Map()}
        host={{}}
        notice=""
      />
    );
    expect(element.querySelector('iframe')).toBeNull();
    click(button(element, 'Show HTML'));
    const frame = await eventually(() => element.querySelector('iframe'));
    expect(frame.getAttribute('sandbox')).toBe('');
    const policy = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; font-src data:";
    expect(frame.getAttribute('srcdoc')).toBe(frameDocument(example('hostile').items[3]?.outputs?.[2]?.html ?? ''));
    expect(frame.getAttribute('srcdoc')?.indexOf(policy)).toBeLessThan(
      frame.getAttribute('srcdoc')?.indexOf('hacked') ?? 0
    );
  });

  it('cannot make a picture load from elsewhere', async () => {
    const view = example('finished');
    view.items = [
      {
        id: 0,
        kind: 'turn',
        at: null,
        state: 'ok',
        outputs: [{ kind: 'display', text: '', image: 'https://example.invalid/x.png' }]
      }
    ];
    const element = await mount(
      <JobPanel
        view={view}
        panes={['chat']}
        connection="saved"
        clockOffset={0}
        loaded={new Map()}
        host={{}}
        notice=""
      />
    );
    expect(element.querySelector('img')).toBeNull();
  });
});
