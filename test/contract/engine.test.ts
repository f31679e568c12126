/** The engine contract over the reference model and over the embedded engine, on one drive and on three. */

import { openMemory, openTemporary, openThreeDrives } from '../support/opened-engines.ts';
import { engineContract } from './engine-suite.ts';

engineContract('memory', openMemory);
engineContract('embedded', openTemporary);
engineContract('embedded on three drives', openThreeDrives);
