import { lifeCycleSuite, testOptions } from '@fingerpost/sdk/testing'
import { describe, it } from 'vitest'
import shed from './index.ts'

describe('shed', () => {
  testOptions(
    shed,
    [
      { text: 'shed x', error: /./, at: 'x' },
      { text: 'shed {\n nosuch\n}', error: /nosuch/, at: 'nosuch' },
      { text: 'shed\nshed', error: /./ },
    ],
    { it },
  )

  lifeCycleSuite(shed, 'shed', { it, bad: { corefile: 'shed x', at: 'x' } })
})
