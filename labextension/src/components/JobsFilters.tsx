// Search and groups of the list of jobs.

import { useEffect, useId, useState } from 'react';
import type { JobsFilter } from '../sources/server_jobs';
import { trans } from '../translation';
import type { Status } from '../view';
import { number } from '../wording';

export interface JobsFiltersProps {
  filter: JobsFilter;
  counts: Partial<Record<Status, number>>;
  onFilter: (filter: JobsFilter) => void;
}

const TYPING_MILLISECONDS = 250;

const groups = (): { name: string; status: Status[] }[] => [
  { name: trans.__('All'), status: [] },
  { name: trans.__('Active'), status: ['READY', 'WARMING_UP', 'STARTED'] },
  { name: trans.__('Waiting'), status: ['SUSPENDED'] },
  { name: trans.__('Ended'), status: ['DONE'] }
];

export function JobsFilters({ filter, counts, onFilter }: JobsFiltersProps) {
  const [text, setText] = useState(filter.text);
  const id = useId();
  useEffect(() => {
    if (text === filter.text) {
      return undefined;
    }
    const timer = setTimeout(() => onFilter({ ...filter, text }), TYPING_MILLISECONDS);
    return () => clearTimeout(timer);
  }, [text, filter, onFilter]);
  const amount = (status: Status[]) => status.reduce((sum, one) => sum + (counts[one] ?? 0), 0);
  const all = Object.values(counts).reduce((sum, one) => sum + one, 0);
  const chosen = filter.status.join();
  return (
    <div className="jp-statek-Panel-filters">
      <label className="jp-statek-hidden" htmlFor={id}>
        {trans.__('Search jobs')}
      </label>
      <input
        id={id}
        type="search"
        value={text}
        placeholder={trans.__('Search jobs')}
        onChange={event => setText(event.currentTarget.value)}
      />
      <div role="group" aria-label={trans.__('Show')} className="jp-statek-Panel-groups">
        {groups().map(({ name, status }) => (
          <button
            key={name}
            type="button"
            aria-pressed={status.join() === chosen}
            onClick={() => onFilter({ ...filter, text, status })}
          >
            {name} <span>{number(status.length ? amount(status) : all)}</span>
          </button>
        ))}
      </div>
    </div>
  );
}
