// Builds dist/fingerpost, one executable file, and dist/node/, JavaScript for Node 20.
//
//   node build.mjs          both
//   node build.mjs node     the JavaScript alone
//   node build.mjs binary   the executable alone
import { execFileSync, spawnSync } from 'node:child_process'
import { chmodSync, existsSync, mkdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { packSdk } from './core/scaffold/pack-sdk.mjs'

const root = dirname(fileURLToPath(import.meta.url))
const require = createRequire(import.meta.url)

/** The executable of the pinned `bun` package: npm may have held back its install script. */
export function bunPath() {
  return platformBinary('bun', 'bin/bun.exe', '@oven', 'bin/bun')
}

/** The executable of the pinned `deno` package. */
export function denoPath() {
  return platformBinary('deno', 'deno', '@deno', 'deno')
}

function platformBinary(name, installed, scope, file) {
  const own = join(dirname(require.resolve(`${name}/package.json`)), installed)
  if (isExecutable(own)) return own
  const { optionalDependencies } = require(`${name}/package.json`)
  for (const candidate of Object.keys(optionalDependencies).filter((n) => n.startsWith(scope))) {
    const path = join(root, 'node_modules', candidate, file)
    if (existsSync(path) && runs(path)) return path
  }
  throw new Error(`no ${name} for this machine in node_modules: run npm ci`)
}

// The packages ship a text file in the executable's place until their install script ran.
const isExecutable = (path) => existsSync(path) && statSync(path).size > 1_000_000 && runs(path)

function runs(path) {
  try {
    chmodSync(path, 0o755)
  } catch {}
  return spawnSync(path, ['--version']).status === 0
}

const commit = () => {
  try {
    const options = { cwd: root, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }
    return execFileSync('git', ['rev-parse', '--short', 'HEAD'], options).trim()
  } catch {
    return 'unknown'
  }
}

async function buildNode() {
  const { build } = await import('esbuild')
  rmSync(join(root, 'dist/node'), { recursive: true, force: true })
  await build({
    entryPoints: [join(root, 'core/main.ts')],
    outdir: join(root, 'dist/node'),
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    logLevel: 'warning',
    banner: {
      js: "#!/usr/bin/env node\nimport { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url);",
    },
    define: { FINGERPOST_COMMIT: JSON.stringify(commit()) },
  })
  chmodSync(join(root, 'dist/node/main.js'), 0o755)
}

async function buildBinary() {
  mkdirSync(join(root, 'dist'), { recursive: true })
  // What `fingerpost new plugin` puts into a plugin's folder.
  await packSdk(root, join(root, 'dist/sdk'))
  const define = `FINGERPOST_COMMIT=${JSON.stringify(commit())}`
  execFileSync(
    bunPath(),
    [
      'build',
      '--compile',
      '--minify',
      // Parsed here, not at each start, which halves its CPU; and what a Corefile does not name stays
      // out of memory.
      '--bytecode',
      '--splitting',
      '--format=esm',
      // Plugins may lie anywhere: nothing there may change how the server runs.
      '--no-compile-autoload-dotenv',
      '--no-compile-autoload-bunfig',
      '--define',
      define,
      'core/main.ts',
      '--outfile',
      'dist/fingerpost',
      '--asset=dist/sdk',
    ],
    { cwd: root, stdio: ['ignore', 'ignore', 'inherit'] },
  )
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const what = process.argv[2] ?? 'all'
  if (what !== 'binary') await buildNode()
  if (what !== 'node') await buildBinary()
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
  console.log(`built fingerpost ${version} (${commit()})`)
}
