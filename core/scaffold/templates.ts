/** The texts of a new plugin's files. */

/** What the texts depend on. */
export interface TemplateParts {
  /** The directive. */
  readonly name: string
  /** The SDK that the plugin is written for, as a dependency: a version, or `file:` and a path. */
  readonly sdk: string
}

/** The files of a new plugin, by their paths in its folder. */
export function pluginTemplates({ name, sdk }: TemplateParts): Readonly<Record<string, string>> {
  const fill = (text: string): string =>
    text.replaceAll('NAME', name).replaceAll('SDK', JSON.stringify(sdk).slice(1, -1))
  return {
    'index.ts': fill(INDEX),
    [`${name}.test.ts`]: fill(TEST),
    'README.md': fill(README),
    'package.json': fill(MANIFEST),
    'tsconfig.json': fill(TSCONFIG),
    Corefile: fill(COREFILE),
    '.gitignore': 'node_modules/\n',
  }
}

const INDEX = `/** *NAME*: answers TXT queries with a text. */

import {
  args,
  definePlugin,
  directive,
  duration,
  makeTxt,
  optional,
  text,
  Type,
} from '@fingerpost/sdk'

export default definePlugin({
  name: 'NAME',
  // Ahead of the cache: what it answers is never stored there.
  order: { before: 'cache' },
  // NAME TEXT { ttl DURATION }
  options: directive({
    args: args(text),
    block: { ttl: optional(duration, 60_000) },
  }),
  setup({ args: [answer], block: { ttl } }, host) {
    const answered = host.counter('answers_total', 'TXT queries answered.')
    return {
      onQuery(query) {
        // Returning nothing passes the query on to the next plugin.
        if (query.qtype !== Type.TXT) return
        answered.add()
        return query.reply({ answer: [makeTxt(query.qname, ttl / 1000, answer)] })
      },
    }
  },
})
`

const TEST = `import { describe, it } from 'node:test'
import { lifeCycleSuite, testOptions, testPlugin } from '@fingerpost/sdk/testing'
import plugin from './index.ts'

describe('NAME', () => {
  testPlugin(
    plugin,
    'NAME hello { ttl 5s }',
    [
      {
        name: 'answers TXT queries with the text',
        query: 'www.example.org TXT',
        expect: { flags: 'aa rd', answer: ['www.example.org. 5 IN TXT "hello"'] },
      },
      {
        name: 'passes other types on',
        query: 'www.example.org A',
        next: { answer: ['www.example.org. 60 IN A 192.0.2.1'] },
        expect: { passed: true, answer: ['www.example.org. 60 IN A 192.0.2.1'] },
      },
    ],
    { it },
  )

  testOptions(
    plugin,
    [
      { text: 'NAME hello', options: { args: ['hello'], block: { ttl: 60_000 } } },
      { text: 'NAME hello { ttl soon }', error: /duration/, at: 'soon' },
    ],
    { it },
  )

  // Set-up, readiness, reload and shutdown, asserted alike for every plugin.
  lifeCycleSuite(plugin, 'NAME hello', { it, query: 'example.org TXT' })
})
`

const README = `# NAME

A plugin for Fingerpost: answers TXT queries with a text.

\`\`\`corefile
. {
    NAME TEXT {
        ttl DURATION
    }
}
\`\`\`

| option | takes | default |
|---|---|---|
| ttl | how long the answer may be kept | 60s |

## Try it

In this folder:

\`\`\`sh
fingerpost -conf Corefile -plugin-dir ..
dig @127.0.0.1 -p 1053 example.org TXT
\`\`\`

Edit \`index.ts\` and ask again: a running server takes the edit up by itself.

## Test it

\`\`\`sh
BUN_BE_BUN=1 fingerpost test     # or: bun test, node --test (from 22.18), deno test -A --no-check
\`\`\`

The test kit and the types of the SDK are in place; \`npm install\` adds TypeScript and the types of \`node:test\`.

## Use it

Put this folder into \`plugins/\` beside the Corefile, or into a directory given with \`-plugin-dir\`; or publish it as the
npm package \`fingerpost-plugin-NAME\` and install it beside the Corefile. The server provides \`@fingerpost/sdk\` itself.
`

const MANIFEST = `{
  "name": "fingerpost-plugin-NAME",
  "version": "0.1.0",
  "description": "A plugin for Fingerpost.",
  "type": "module",
  "exports": "./index.ts",
  "scripts": {
    "test": "node --test"
  },
  "devDependencies": {
    "@fingerpost/sdk": "SDK",
    "@types/node": ">=20",
    "typescript": ">=5.9"
  }
}
`

const TSCONFIG = `{
  "compilerOptions": {
    "target": "es2023",
    "module": "nodenext",
    "types": ["node"],
    "noEmit": true,
    "strict": true,
    "allowImportingTsExtensions": true,
    "erasableSyntaxOnly": true,
    "exactOptionalPropertyTypes": true,
    "noUncheckedIndexedAccess": true,
    "skipLibCheck": true,
    "verbatimModuleSyntax": true
  },
  "include": ["*.ts"]
}
`

const COREFILE = `# fingerpost -conf Corefile -plugin-dir ..
.:1053 {
    errors
    log
    NAME "it works" {
        ttl 10s
    }
    whoami
}
`
