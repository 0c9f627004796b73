// The mark of jobs: steps that follow one another, the last one still open.

import { LabIcon } from '@jupyterlab/ui-components';

export const jobsIcon = new LabIcon({
  name: 'statek-jupyter:jobs',
  svgstr: `<svg xmlns="http://www.w3.org/2000/svg" width="16" viewBox="0 0 24 24">
  <g class="jp-icon3" fill="#616161">
    <rect x="3" y="3" width="8" height="5" rx="1.2"/>
    <rect x="8" y="9.5" width="8" height="5" rx="1.2"/>
    <path d="M14.2 16h5.6c.66 0 1.2.54 1.2 1.2v2.6c0 .66-.54 1.2-1.2 1.2h-5.6c-.66 0-1.2-.54-1.2-1.2v-2.6c0-.66.54-1.2 1.2-1.2zm.3 1.5v2h5v-2z"/>
    <path d="M4.5 9h1.4v2.3H8v1.4H5.2a.7.7 0 0 1-.7-.7zM9.5 15.5h1.4v2.3H13v1.4h-2.8a.7.7 0 0 1-.7-.7z"/>
  </g>
</svg>`
});
