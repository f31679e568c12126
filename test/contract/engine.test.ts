/** The engine contract over the reference model and over the embedded engine. */

import { openMemory, openTemporary } from '../support/opened-engines.ts';
import { engineContract } from './engine-suite.ts';

engineContract('memory', openMemory);
engineContract('embedded', openTemporary);
