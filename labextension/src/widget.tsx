// The anywidget entry: shows a job, or a list of jobs, from the widget's comm.

import { createRoot } from 'react-dom/client';
import { LiveJob } from './LiveJob';
import { LiveJobs } from './LiveJobs';
import { CommSource } from './sources/comm';
import { JobsSource } from './sources/jobs';
import type { WidgetModel } from './sources/messages';
import type { Host } from './components/host';
import { PANES } from './view';

interface RenderProps {
  model: WidgetModel;
  el: HTMLElement;
}

function render({ model, el }: RenderProps): () => void {
  const root = createRoot(el);
  if (model.get('kind') === 'jobs') {
    const source = new JobsSource(model);
    root.render(<LiveJobs source={source} />);
    return () => {
      root.unmount();
      source.close();
    };
  }
  const source = new CommSource(model);
  const wanted = model.get('panes') as string[];
  // The kernel is at the other end, so it copies variables itself.
  const host: Host = { adopt: name => void source.act({ command: 'adopt', name }).catch(() => undefined) };
  root.render(<LiveJob source={source} panes={PANES.filter(pane => wanted.includes(pane))} host={host} />);
  return () => {
    root.unmount();
    source.close();
  };
}

export default { render };
