/** The settings of a bucket, by the questions they answer. */

const PANELS = [
  ...(['acl', 'policy', 'access', 'versioning', 'lock', 'encryption', 'tags', 'uploads'] as const),
  ...(['cors', 'payer'] as const),
] as const;
export type Panel = (typeof PANELS)[number];

interface Group {
  readonly name: 'who' | 'kept' | 'reached';
  readonly panels: readonly Panel[];
}

export const GROUPS: readonly Group[] = [
  { name: 'who', panels: ['acl', 'policy', 'access'] },
  { name: 'kept', panels: ['versioning', 'lock', 'encryption', 'tags', 'uploads'] },
  { name: 'reached', panels: ['cors', 'payer'] },
];

/** Of an address; undefined when it names none. */
export const panelNamed = (name: string | undefined): Panel | undefined => PANELS.find((panel) => panel === name);

/** What each panel is given. */
export interface PanelProps {
  readonly bucket: string;
  readonly onPanel: (panel: Panel) => void;
  /** Explains a refused request. */
  readonly onWhy: (requestId: string) => void;
  /** Of the policy: a line to show. */
  readonly line?: number | undefined;
}
