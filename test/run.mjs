// What `npm test` does: every test under Node, and those that depend on the runtime under Bun and
// Deno as well.
//
//   npm test                      everything
//   npm test -- core/chain        only files whose path contains one of the words
//   npm test -- --runtime bun     one runtime only (node, bun or deno)
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import process from 'node:process'
import { fileURLToPath } from 'node:url'
import { bunPath, denoPath } from '../build.mjs'

const root = fileURLToPath(new URL('..', import.meta.url))
const vitest = 'node_modules/vitest/vitest.mjs'

const runtimes = [
  { name: 'node', command: () => [process.execPath, vitest], runs: () => true },
  { name: 'bun', command: () => [bunPath(), '--bun', vitest], runs: dependsOnRuntime },
  { name: 'deno', command: () => [denoPath(), 'run', '-A', vitest], runs: dependsOnRuntime },
]

const { words, only } = readArguments(process.argv.slice(2))
const files = ['core', 'plugins', 'sdk', 'test', 'examples']
  .flatMap(testFilesIn)
  .filter((file) => words.length === 0 || words.some((word) => file.includes(word)))
const scratch = mkdtempSync(join(tmpdir(), 'fingerpost-test-'))
let passed = 0
let failed = 0
try {
  if (files.length === 0) fail(`no test file has ${words.join(' or ')} in its path`)
  if (files.some(startsTheProgram)) build()
  for (const runtime of runtimes) {
    if (only !== undefined && only !== runtime.name) continue
    const chosen = files.filter(runtime.runs)
    if (chosen.length > 0) runVitest(runtime, chosen)
  }
} finally {
  rmSync(scratch, { recursive: true, force: true })
}
console.log(`\n${passed} passed, ${failed} failed`)
process.exitCode = failed > 0 ? 1 : 0

/** Whether what the tests of a file see comes from the runtime: sockets, files, processes. */
function dependsOnRuntime(file) {
  // The heap is that of the executable, which the tests under Node start.
  if (file === 'test/scenario/heap.test.ts') return false
  return /^(core\/(listen|runtime|sidecar|watcher)|plugins\/forward|test\/scenario)\b/.test(file)
}

/** Whether the tests of a file start the built program. */
function startsTheProgram(file) {
  return /^test\/(scenario|conformance|node)\//.test(file)
}

function build() {
  const { status } = spawnSync(process.execPath, ['build.mjs'], { cwd: root, stdio: 'inherit' })
  if (status !== 0) fail('the build failed')
}

function runVitest({ name, command }, chosen) {
  console.log(`\n— ${name} —`)
  const [executable, ...args] = command()
  const report = join(scratch, `${name}.json`)
  const { status } = spawnSync(
    executable,
    [...args, 'run', '--reporter=default', '--reporter=json', `--outputFile=${report}`, ...chosen],
    { cwd: root, stdio: 'inherit', env: { ...process.env, NODE_ENV: 'test' } },
  )
  const counts = readReport(report)
  console.log(`${name}: ${counts.passed} passed, ${counts.failed} failed`)
  passed += counts.passed
  failed += counts.failed
  // Unhandled errors fail a run without failing a test.
  if (status !== 0 && counts.failed === 0) fail(`vitest under ${name} ended with ${status}`)
}

function readReport(path) {
  let results
  try {
    results = JSON.parse(readFileSync(path, 'utf8')).testResults
  } catch {
    return { passed: 0, failed: 0 }
  }
  const tests = results.flatMap(({ assertionResults }) => assertionResults)
  const count = (status) => tests.filter((test) => test.status === status).length
  // A file that could not even be loaded has no tests, and counts as one that failed.
  const unloaded = results.filter(
    (file) => file.status === 'failed' && !file.assertionResults.some((t) => t.status === 'failed'),
  )
  for (const { name, message } of unloaded) console.log(`${name}: ${message}`)
  return { passed: count('passed'), failed: count('failed') + unloaded.length }
}

function testFilesIn(directory) {
  return readdirSync(join(root, directory), { recursive: true })
    .map((file) => join(directory, file))
    .filter((file) => file.endsWith('.test.ts') && !file.includes('node_modules'))
    .sort()
}

function readArguments(args) {
  const at = args.indexOf('--runtime')
  if (at < 0) return { words: args, only: undefined }
  return { words: args.toSpliced(at, 2), only: args[at + 1] }
}

function fail(reason) {
  console.log(reason)
  failed++
}
