/**
 * A pod for tests: namespaces of its own for the network and for mounts, in which they run a second
 * time. Ports are nobody else's there, and files may lie where a kubelet puts them.
 */

import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import process from 'node:process'
import { root } from './program.ts'

/** The cluster's API, on the loopback interface of the pod. */
export const apiAddress = '10.96.0.1'
/** The resolver of the node, in a network namespace called `outside`. */
export const resolverAddress = '192.0.2.2'
export const serviceAccount = '/var/run/secrets/kubernetes.io/serviceaccount'

const MARK = 'FINGERPOST_TEST_POD'
const TIMEOUT_MS = 120_000
const isRoot = process.getuid?.() === 0
const own = [...(isRoot ? [] : ['--user', '--map-root-user']), '--mount', '--net']

/** Whether this process is in a pod. */
export const isInPod: boolean = process.env[MARK] !== undefined

// Mounts are private to the namespace: nothing of this is seen outside, and all goes with it.
const setUp = `
target=$(readlink -m /etc/resolv.conf)
mount -t tmpfs tmpfs /var/run
mkdir -p ${serviceAccount} "$(dirname "$target")"
[ -e "$target" ] || case "$target" in /run/*) touch "$target" ;; esac
echo nameserver ${resolverAddress} > "$POD_DIRECTORY/resolv.conf"
mount --bind "$POD_DIRECTORY/resolv.conf" "$target"
ip link set lo up
ip address add ${apiAddress}/32 dev lo
ip netns add outside
ip link add eth0 type veth peer name eth0 netns outside
ip address add 192.0.2.1/30 dev eth0
ip link set eth0 up
ip -n outside address add ${resolverAddress}/30 dev eth0
ip -n outside link set eth0 up
ip -n outside link set lo up
`

/** Why no pod can be made here; undefined where one can. */
export function whyNoPod(): string | undefined {
  if (process.versions.bun !== undefined || 'deno' in process.versions) {
    return 'what is tested is the executable, once, by the tests under Node'
  }
  if (spawnSync('openssl', ['version']).status !== 0) return 'there is no openssl'
  const { status, stderr, error } = enter(['true'])
  return status === 0 ? undefined : `no pod can be made: ${error?.message ?? stderr.trim()}`
}

/** Runs the tests of a file in a pod; what they printed, and whether all passed. */
export function runInPod(file: string): { isPassed: boolean; output: string } {
  const vitest = ['node_modules/vitest/vitest.mjs', 'run', file]
  const { status, stdout, stderr } = enter([process.execPath, ...vitest])
  return { isPassed: status === 0, output: `${stdout}\n${stderr}` }
}

function enter(words: readonly string[]) {
  const script = `${setUp}exec "$@"`
  const directory = mkdtempSync(join(tmpdir(), 'fingerpost-pod-'))
  try {
    return spawnSync('unshare', [...own, 'sh', '-ec', script, 'pod', ...words], {
      cwd: root,
      encoding: 'utf8',
      timeout: TIMEOUT_MS,
      env: { ...process.env, NO_COLOR: '1', [MARK]: '1', POD_DIRECTORY: directory },
    })
  } finally {
    rmSync(directory, { recursive: true, force: true })
  }
}
