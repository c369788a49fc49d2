// Makes the npm package @fingerpost/sdk out of its sources: JavaScript, types, and what they need.
// The executable carries it for `fingerpost new plugin`; it is also what gets published.
import { execFileSync } from 'node:child_process'
import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import process from 'node:process'

/** Packs the SDK of the checkout at `root` into `directory`, which is made anew. */
export async function packSdk(root, directory) {
  const sdk = join(root, 'sdk')
  rmSync(directory, { recursive: true, force: true })
  mkdirSync(directory, { recursive: true })
  await bundle(sdk, directory)
  declare(root, directory)
  const manifest = JSON.parse(readFileSync(join(sdk, 'package.json'), 'utf8'))
  const { re2js: _bundled, ...dependencies } = manifest.dependencies
  const exports = Object.fromEntries(
    Object.entries(manifest.exports).map(([name, path]) => [
      name,
      { types: path.replace(/\.ts$/, '.d.ts'), default: `./${entryOf(name)}.js` },
    ]),
  )
  writeFileSync(
    join(directory, 'package.json'),
    `${JSON.stringify({ ...manifest, exports, dependencies }, undefined, 2)}\n`,
  )
  packValibot(root, directory)
  cpSync(join(root, 'node_modules/re2js/LICENSE'), join(directory, 'LICENSE.re2js'))
}

const entryOf = (name) => (name === '.' ? 'index' : name.slice(2))

async function bundle(sdk, directory) {
  const { build } = await import('esbuild')
  const { exports } = JSON.parse(readFileSync(join(sdk, 'package.json'), 'utf8'))
  await build({
    entryPoints: Object.fromEntries(
      Object.entries(exports).map(([name, path]) => [entryOf(name), join(sdk, path)]),
    ),
    outdir: directory,
    bundle: true,
    splitting: true,
    format: 'esm',
    target: 'node20',
    platform: 'neutral',
    // Every runtime has it.
    external: ['node:crypto'],
    mainFields: ['module', 'main'],
    minifySyntax: true,
    minifyWhitespace: true,
    logLevel: 'warning',
  })
}

/** Types, without the tests'. */
function declare(root, directory) {
  const flags = ['--noEmit', 'false', '--emitDeclarationOnly', '--outDir', directory]
  const tsc = join(root, 'node_modules/typescript/bin/tsc')
  execFileSync(process.execPath, [tsc, '-p', 'sdk', ...flags], { cwd: root, stdio: 'inherit' })
  for (const file of readdirSync(directory, { recursive: true })) {
    if (!file.endsWith('.d.ts')) continue
    const path = join(directory, file)
    const text = readFileSync(path, 'utf8')
    writeFileSync(path, text.replaceAll(/(from |import\()'(\.[^']*)\.ts'/g, "$1'$2.js'"))
  }
}

/** Types name those of valibot; a copy beside them makes them whole without a download. */
function packValibot(root, directory) {
  const from = join(root, 'node_modules/valibot')
  const to = join(directory, 'node_modules/valibot')
  mkdirSync(join(to, 'dist'), { recursive: true })
  for (const file of ['package.json', 'LICENSE.md', 'dist/index.d.mts', 'dist/index.min.mjs']) {
    cpSync(join(from, file), join(to, file.replace('.min', '')))
  }
}
