/** What may import what. Each message says what to do instead. */
const server = '^packages/server/src'
const web = '^apps/web/app'
const rule = (name, comment, from, to) => ({ name, comment, severity: 'error', from, to })

/** Each layer of the web app may use the ones before it. */
const layers = ['shared', 'entities', 'features', 'widgets', '(?:pages|layouts|middleware|plugins)']
const webLayers = layers
  .slice(0, -1)
  .map((layer, index) =>
    rule(
      `web-${layer}-use-what-is-below`,
      'Layers are shared < entities < features < widgets < pages; move what both need down.',
      { path: `${web}/${layer}/` },
      { path: `${web}/(${layers.slice(index + 1).join('|')})/` },
    ),
  )

module.exports = {
  forbidden: [
    rule(
      'no-circular',
      'Two files that need each other are one file, or share a third below both.',
      {},
      { circular: true },
    ),
    rule(
      'wire-is-schemas-only',
      'packages/wire holds schemas; put behaviour where it is used.',
      { path: '^packages/wire/src' },
      { path: '^packages/', pathNot: '^packages/wire/src' },
    ),
    rule(
      'centrifuge-knows-no-chat',
      'packages/centrifuge stands alone; pass what it needs through its hooks and its Engine.',
      { path: '^packages/centrifuge/src' },
      { path: '^packages/', pathNot: '^packages/centrifuge/src' },
    ),
    rule(
      'db-is-the-floor',
      'db/ is below everything; take what you need as an argument.',
      { path: `${server}/db` },
      { path: `${server}/(?!db)|^packages/(wire|centrifuge)` },
    ),
    rule(
      'core-speaks-no-protocol',
      'core/ may import db/ only; a dialect translates, the composition root wires.',
      { path: `${server}/core` },
      { path: `${server}/(?!core|db)|^packages/(wire|centrifuge)` },
    ),
    rule(
      'realtime-carries-events',
      'realtime/ may import core types and events, and db/events; nothing of a dialect.',
      { path: `${server}/realtime`, pathNot: `${server}/realtime/transports` },
      { path: `${server}/(dialects|host|jobs|server|main)|^packages/wire` },
    ),
    rule(
      'dialects-do-not-touch-the-database',
      'A dialect calls core operations; put the statement in db/ and the rule in core/.',
      { path: `${server}/dialects` },
      { path: `${server}/db` },
    ),
    rule(
      'a-dialect-knows-only-itself',
      'What two dialects share belongs in core/ or realtime/.',
      { path: `${server}/dialects/([^/]+)/` },
      { path: `${server}/dialects/(?!$1/)` },
    ),
    rule(
      'black-box-stays-black',
      'conformance/ and bench/ speak HTTP and sockets; import wire schemas, and db/open to prepare a store.',
      // bench/core.ts measures the core itself.
      { path: '^(conformance|bench)/', pathNot: '^bench/core\\.ts' },
      { path: `${server}|^packages/centrifuge`, pathNot: `${server}/db/open.ts` },
    ),
    rule(
      'web-is-a-client',
      'The web app speaks to the server over HTTP and sockets; of the repository it may import its wire files.',
      { path: web },
      { path: '^(packages|conformance|bench)/', pathNot: '^packages/wire/src/(marketplace|demo)\\.ts' },
    ),
    ...webLayers,
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'types', 'default'] },
  },
}
