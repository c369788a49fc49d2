// Whether upgrades cost queries: the test of test/node/upgrade.test.ts with more of them.
//
//   node test/bench/upgrade-under-load.mjs [--qps 2000] [--upgrades 10] [--rules iptables|nftables]
//
// Needs root, network namespaces, and dist/fingerpost. Half of the queries go to the Service's IPv4
// address, half to its IPv6 one, each asked once. The exit code is 1 when one of them got no answer.
import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import process from 'node:process'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'

const root = fileURLToPath(new URL('../..', import.meta.url))
const { values: flags } = parseArgs({
  options: {
    qps: { type: 'string', default: '2000' },
    upgrades: { type: 'string', default: '10' },
    rules: { type: 'string', default: '(iptables|nftables)' },
  },
})
if (!existsSync(join(root, 'dist/fingerpost'))) {
  console.error('there is no dist/fingerpost: run node build.mjs')
  process.exit(2)
}
const directory = mkdtempSync(join(tmpdir(), 'fingerpost-upgrade-'))
const report = join(directory, 'report')
const vitest = join(root, 'node_modules/vitest/vitest.mjs')
const name = `no query is lost: ${flags.rules}`
try {
  const { status } = spawnSync(
    process.execPath,
    [vitest, 'run', 'test/node/upgrade.test.ts', '-t', name],
    {
      cwd: root,
      stdio: ['ignore', 'inherit', 'inherit'],
      env: {
        ...process.env,
        FINGERPOST_UPGRADE_QPS: flags.qps,
        FINGERPOST_UPGRADES: flags.upgrades,
        FINGERPOST_UPGRADE_REPORT: report,
      },
    },
  )
  if (!existsSync(report)) throw new Error('nothing was measured')
  for (const line of readFileSync(report, 'utf8').trim().split('\n')) {
    const { rules, seen } = JSON.parse(line)
    for (const [i, { queries, answered, lost, refused }] of seen.entries()) {
      console.log(
        `${rules} IPv${i === 0 ? 4 : 6}  upgrades ${flags.upgrades}  sent ${queries}  ` +
          `answered ${answered}  lost ${lost}  errors ${refused}`,
      )
    }
  }
  process.exitCode = status ?? 1
} finally {
  rmSync(directory, { recursive: true, force: true })
}
