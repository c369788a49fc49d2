/** The test kit, in one import: `@fingerpost/sdk/testing`. Needs no particular test runner. */

export {
  type Comparison,
  type Expectation,
  expectMessage,
} from './expect-message.ts'
export { FakeClock } from './fake-clock.ts'
export { FakeFiles } from './fake-files.ts'
export { type FakeBlock, type FakeHost, type FakeHostOptions, fakeHost } from './fake-host.ts'
export { FakeLog } from './fake-log.ts'
export { FakeMetrics, type Labels } from './fake-metrics.ts'
export { FakeNetwork } from './fake-network.ts'
export {
  FakeUpstream,
  type UpstreamAnswer,
  type UpstreamReply,
  type UpstreamSocket,
} from './fake-upstream.ts'
export { type LifeCycleOptions, lifeCycleSuite } from './life-cycle-suite.ts'
export {
  type LoadedPlugin,
  type LoadOptions,
  loadPlugin,
  type NextAnswer,
} from './load-plugin.ts'
export {
  type EdnsParts,
  fakeListener,
  makeQuery,
  type QueryOptions,
} from './make-query.ts'
export {
  type EdnsText,
  formatMessage,
  type MessageText,
  type ReplyText,
  replyWith,
} from './message-text.ts'
export { readDirective } from './read-directive.ts'
export { type ScriptedConnection, ScriptedHttp, ScriptedRequest } from './scripted-http.ts'
export { seededRandom } from './seeded-random.ts'
export {
  configErrorsOf,
  expectError,
  type It,
  type OptionsCase,
  type PluginCase,
  type TableOptions,
  testOptions,
  testPlugin,
} from './test-plugin.ts'
