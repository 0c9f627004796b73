// Panes behind tabs (WAI-ARIA tabs pattern): arrow keys move between them, only the chosen one is made.

import { type KeyboardEvent, type ReactNode, useId, useRef, useState } from 'react';
import { REST } from './useKeptFocus';

export interface Tab {
  name: string;
  title: string;
  count: number | null;
  body: ReactNode;
}

export function Tabs({ label, tabs }: { label: string; tabs: Tab[] }) {
  const [chosen, setChosen] = useState(tabs[0]?.name);
  const id = useId();
  const list = useRef<HTMLDivElement>(null);
  const tab = tabs.find(candidate => candidate.name === chosen) ?? tabs[0];
  const onKeyDown = (event: KeyboardEvent) => {
    const at = tabs.findIndex(candidate => candidate === tab);
    const next: Record<string, number> = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: tabs.length - 1 };
    const to = next[event.key];
    if (to !== undefined) {
      event.preventDefault();
      event.stopPropagation();
      const index = (to + tabs.length) % tabs.length;
      setChosen(tabs[index]?.name);
      list.current?.querySelectorAll<HTMLElement>('[role=tab]')[index]?.focus();
    }
  };
  return (
    <div className="jp-statek-Tabs">
      <div role="tablist" aria-label={label} ref={list} onKeyDown={onKeyDown} data-lm-suppress-shortcuts="true">
        {tabs.map(({ name, title, count }) => (
          <button
            key={name}
            type="button"
            role="tab"
            id={`${id}-${name}`}
            aria-selected={name === tab?.name}
            aria-controls={`${id}-panel`}
            tabIndex={name === tab?.name ? 0 : -1}
            onClick={() => setChosen(name)}
            {...(name === tab?.name ? REST : {})}
          >
            {title}
            {count === null || count === 0 ? null : <span className="jp-statek-Tabs-count">{count}</span>}
          </button>
        ))}
      </div>
      <div role="tabpanel" id={`${id}-panel`} aria-labelledby={`${id}-${tab?.name}`} className="jp-statek-Tabs-panel">
        {tab?.body}
      </div>
    </div>
  );
}
