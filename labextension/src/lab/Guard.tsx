// Keeps a fault of one view from taking the page with it; a saved notebook can hold anything.

import { Component, type ReactNode } from 'react';

export class Guard extends Component<{ children: ReactNode }, { failed: boolean }> {
  override state = { failed: false };

  static getDerivedStateFromError(): { failed: boolean } {
    return { failed: true };
  }

  override render(): ReactNode {
    return this.state.failed ? <p className="jp-statek-Failed">This job cannot be shown.</p> : this.props.children;
  }
}
