// Stops one job of a list, without opening it.

import { type MouseEvent, useState } from 'react';
import { trans } from '../translation';

export function StopButton({ name, onStop }: { name: string; onStop: () => Promise<unknown> }) {
  const [busy, setBusy] = useState(false);
  const stop = (event: MouseEvent) => {
    event.stopPropagation();
    if (busy) {
      return;
    }
    setBusy(true);
    void onStop()
      .catch(() => undefined)
      .then(() => setBusy(false));
  };
  return (
    <button
      type="button"
      className="jp-statek-Button jp-statek-Card-stop"
      aria-label={trans.__('Stop %1', name)}
      aria-disabled={busy}
      onClick={stop}
    >
      {busy ? '…' : trans.__('Stop')}
    </button>
  );
}
