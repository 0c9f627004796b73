// The plugins of JupyterLab.

import { jobs } from './jobs';
import { rendering } from './rendering';

export default [rendering, jobs];
