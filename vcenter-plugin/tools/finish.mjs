// Puts the manifest beside the pages: plugin.json at the root, everything else under ui/. The appliance serves it at
// its root too, but takes it from the folder of the pages.
import { copyFileSync } from 'node:fs';

for (const place of ['target', 'target/ui']) copyFileSync('plugin.json', `${place}/plugin.json`);
