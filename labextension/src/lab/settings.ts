// The person's settings.

import type { ISettingRegistry } from '@jupyterlab/settingregistry';
import { DENSITIES, setUsualDensity } from '../components/density';
import type { StatusItem } from './status';

/** Do as the settings say, now and when they change. Without them everything is as usual. */
export async function followSettings(
  registry: ISettingRegistry | null,
  plugin: string,
  item: StatusItem | null
): Promise<void> {
  const settings = await registry?.load(plugin).catch(() => null);
  if (!settings) {
    item?.setWanted(true);
    return;
  }
  const apply = () => {
    const density = DENSITIES.find(one => one === settings.get('density').composite);
    setUsualDensity(density ?? 'normal');
    item?.setWanted(settings.get('statusBar').composite !== false);
  };
  settings.changed.connect(apply);
  apply();
}
