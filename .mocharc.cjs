// Tests run from source: `muster-source` makes package imports of the workspaces resolve to their src folders. The programs
// that they start are those that `npm test` has built.
module.exports = {
  'node-option': ['import=tsx', 'conditions=muster-source'],
  extension: ['ts'],
  require: ['./test/support/setup.ts'],
  timeout: 120_000,
  'forbid-only': true,
};
