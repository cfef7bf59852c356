// Puts the manifest beside the pages, as the appliance serves them: plugin.json at the root, everything else under ui/.
import { copyFileSync } from 'node:fs';

copyFileSync('plugin.json', 'target/plugin.json');
