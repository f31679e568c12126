/** The engine contract over the reference model, over the embedded engine, on one drive and on three, and over Cassandra. */

import { cassandraEngines } from '../support/cassandra.ts';
import { openMemory, openTemporary, openThreeDrives } from '../support/opened-engines.ts';
import { engineContract } from './engine-suite.ts';

engineContract('memory', openMemory);
engineContract('embedded', openTemporary);
engineContract('embedded on three drives', openThreeDrives);

const cassandra = cassandraEngines();
if (cassandra !== undefined) engineContract('cassandra', cassandra.open);
