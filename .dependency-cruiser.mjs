// Who may import whom (docs/architecture.md). Fails `npm run lint` when a boundary is crossed.
const inside = (name) => `^packages/${name}/`;

/** Everything of ours that `from` may not reach: all apps and packages but itself and `allowed`. */
const only = (from, allowed) => ({
  name: `${from.split('/').at(-1)}-imports-only-what-it-may`,
  severity: 'error',
  from: { path: `^${from}/` },
  to: { path: '^(apps|packages|scripts)/', pathNot: [from, ...allowed].map((place) => `^${place}/`) },
});

export default {
  forbidden: [
    { name: 'no-cycles', severity: 'error', from: {}, to: { circular: true } },
    {
      name: 'no-app-imports-another-app',
      severity: 'error',
      from: { path: '^apps/([^/]+)/' },
      to: { path: '^apps/', pathNot: '^apps/$1/' },
    },
    {
      name: 'no-one-imports-scripts',
      severity: 'error',
      from: { path: '^(apps|packages|security)/' },
      to: { path: '^scripts/' },
    },
    {
      name: 'no-one-imports-security',
      severity: 'error',
      from: { path: '^(apps|packages|scripts)/' },
      to: { path: '^security/' },
    },
    only('packages/types', []),
    only('packages/service-kit', ['packages/types']),
    only('packages/order-core', ['packages/types', 'packages/service-kit', 'packages/testing']),
    only('packages/order-effects', [
      'packages/types',
      'packages/service-kit',
      'packages/order-core',
      'packages/mail',
      'packages/testing',
    ]),
    only('packages/mail', ['packages/types', 'packages/service-kit', 'packages/testing']),
    only('packages/kafka', ['packages/types', 'packages/service-kit', 'packages/testing']),
    only('packages/database', ['packages/types', 'packages/service-kit']),
    only('packages/testing', ['packages/types', 'packages/service-kit', 'packages/database']),
    {
      name: 'testing-is-for-tests',
      severity: 'error',
      from: { path: '^(apps|packages)/', pathNot: ['/test/', '/vitest.config.ts$', inside('testing')] },
      to: { path: inside('testing') },
    },
    {
      name: 'orders-are-for-orders-service-and-worker',
      severity: 'error',
      from: { path: '^apps/', pathNot: '^apps/(orders-service|payment-worker)/' },
      to: { path: [inside('order-core'), inside('order-effects')] },
    },
    {
      name: 'kafka-is-for-orders-and-worker',
      severity: 'error',
      from: { path: '^(apps|packages)/', pathNot: ['^apps/(orders-service|payment-worker)/', inside('kafka')] },
      to: { path: inside('kafka') },
    },
    {
      name: 'kafkajs-stays-in-kafka',
      severity: 'error',
      from: { pathNot: [inside('kafka'), '^scripts/bench/baselines/'] },
      to: { path: '(^|node_modules/)kafkajs(/|$)' },
    },
    {
      name: 'bullmq-stays-in-the-worker',
      severity: 'error',
      from: { pathNot: '^apps/payment-worker/(src/jobs|test)/' },
      to: { path: '(^|node_modules/)(bullmq|@bull-board)(/|$)' },
    },
    {
      name: 'mail-is-for-order-effects-orders-service-and-worker',
      severity: 'error',
      from: {
        path: '^(apps|packages)/',
        pathNot: ['^apps/(orders-service|payment-worker)/', inside('order-effects'), inside('mail')],
      },
      to: { path: inside('mail') },
    },
    {
      name: 'nodemailer-stays-in-mail',
      severity: 'error',
      from: { pathNot: inside('mail') },
      to: { path: '(^|node_modules/)nodemailer(/|$)' },
    },
    {
      name: 'order-core-knows-no-transport',
      severity: 'error',
      from: { path: `${inside('order-core')}src/` },
      to: { path: 'node_modules/(express|kafkajs|bullmq|stripe|ioredis|nodemailer)/' },
    },
    {
      name: 'the-checker-knows-nothing-of-the-code',
      severity: 'error',
      from: { path: '^scripts/prove/checker/' },
      to: {
        path: '^(apps|packages|scripts)/',
        // Only how to read topics: what is in them, and in the tables, it judges by itself.
        pathNot: [
          '^scripts/prove/checker/',
          '^scripts/prove/history.ts$',
          '^packages/kafka/src/(admin|read-topic|received-message).ts$',
          '^packages/service-kit/src/log.ts$',
        ],
      },
    },
    {
      name: 'not-to-test-code',
      severity: 'error',
      from: { pathNot: ['/test/', '/vitest.config.ts$'] },
      to: { path: '^(apps|packages)/[^/]+/test/' },
    },
  ],
  options: {
    doNotFollow: { path: ['node_modules', '/dist/', '/generated/'] },
    exclude: { path: ['/dist/', '/generated/'] },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.base.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'default'],
      extensions: ['.ts', '.mjs', '.js'],
    },
  },
};
