import { describe, expect, it } from 'vitest'
import { MAX_SEARCH_DOMAINS, parseSearchList } from './search-list.ts'

describe('parseSearchList', () => {
  it.each([
    ['nameserver 192.0.2.1\n', []],
    ['search A.test b.test.', ['a.test.', 'b.test.']],
    ['  search\ta.test\n# search c.test\ndomain d.test\n', ['d.test.']],
    ['search a.test\r\nsearch b.test\r\n', ['b.test.']],
    ['search .', ['.']],
    ['search a..b c.test', ['c.test.']],
    ['search', []],
    ['searching a.test', []],
  ])('reads %j as %j', (text, domains) => {
    expect(parseSearchList(text).map(String)).toEqual(domains)
  })

  it('takes so many domains and no more', () => {
    const many = Array.from({ length: 100 }, (_, i) => `d${i}.test`).join(' ')
    expect(parseSearchList(`search ${many}`)).toHaveLength(MAX_SEARCH_DOMAINS)
  })
})
