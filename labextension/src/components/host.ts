// What the page around a view can do for it; what it cannot is absent, and then not offered.

export interface Host {
  /** Told once the job is drawn. */
  onDrawn?: (() => void) | undefined;
  /** Show another job. */
  openJob?: ((id: string) => void) | undefined;
  /** Put code into a new cell of the notebook at hand. */
  insertCell?: ((code: string) => void) | undefined;
  /** Copy a variable into the notebook at hand. */
  adopt?: ((name: string) => void) | undefined;
  /** Show a job beside another one. */
  compare?: ((id: string) => void) | undefined;
}
