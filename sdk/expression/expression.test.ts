import { describe, expect, it } from 'vitest'
import { compileRegexp } from '../options/words/regexp.ts'
import { seededRandom } from '../testing/seeded-random.ts'
import { compileExpression, type ExpressionEnvironment } from './compile.ts'
import { ExpressionError } from './expression-error.ts'
import { MAX_EXPRESSION_LENGTH } from './lexer.ts'

interface About {
  readonly name: string
}

const environment: ExpressionEnvironment<About> = {
  functions: {
    name: { parameters: [], result: 'string', call: ({ name }) => name },
    anything: { parameters: [], result: 'any', call: () => 7 },
    within: {
      parameters: ['string', 'string'],
      result: 'bool',
      call: (_, [text, range]) => `slow ${range}`.endsWith(String(text)),
      prepare([, range]) {
        if (range === 'bad') throw new Error('bad is no range')
        return typeof range === 'string' ? (_, [text]) => text === range : undefined
      },
    },
  },
  variables: {
    tags: { type: 'array', get: () => ['a', 'b'] },
    labels: { type: 'map', get: () => ({ app: 'shop' }) },
  },
  compileRegexp,
}

const resultOf = (source: string, name = 'www.a.test.') =>
  compileExpression(source, environment).evaluate({ name })

describe('expressions', () => {
  it.each<[string, unknown]>([
    ['1 + 2 * 3', 7],
    ['(1 + 2) * 3', 9],
    ['2 ** 3 ** 2', 512],
    ['-2 + 5 % 3', 0],
    ['1_000 + 0x10', 1016],
    ['1.5e2 / 2', 75],
    ['"a" + \'b\' + `c\\n`', 'abc\\n'],
    ["'it\\'s'", "it's"],
    ['1 < 2 and not (2 >= 3)', true],
    ['1 == 1 && 1 != 1 || true', true],
    ["name() == 'www.a.test.'", true],
    ["name() startsWith 'www' and name() endsWith '.test.'", true],
    ["name() contains 'b'", false],
    ["name() not contains 'b'", true],
    ["name() matches '^www[.]'", true],
    ["name() not matches '^www[.]'", false],
    ["name() in ['x.', 'www.a.test.']", true],
    ['3 not in [1, 2,]', true],
    ['2 in 1..3', true],
    ["'app' in labels", true],
    ['tags[1]', 'b'],
    ['tags[-1]', 'b'],
    ['tags[9]', null],
    ['labels.app', 'shop'],
    ["labels['nosuch'] ?? 'none'", 'none'],
    ['labels.toString == nil', true],
    ["1 > 2 ? 'yes' : 2 > 1 ? 'no' : 'never'", 'no'],
    ['len(tags) + len(name()) + len("ü")', 14],
    ["name() | upper() | replace('WWW.', '')", 'A.TEST.'],
    ["split('a.b', '.')[0]", 'a'],
    ["join(tags, '-')", 'a-b'],
    ["int('42') + 1", 43],
    ["string(1) + trimSuffix('a.b', '.b')", '1a'],
    ["within('x', 'x')", true],
    ["within('x', name())", false],
    ['anything() + 1', 8],
    ['[1, [2]] == [1, [2]]', true],
  ])('gives for %s', (source, value) => {
    expect(resultOf(source)).toEqual(value)
  })

  it.each<[string, RegExp, number]>([
    ['type() == A', /unknown name type/, 0],
    ['nmae()', /did you mean name/, 0],
    ['name', /write name\(\)/, 0],
    ['1 +', /end of the expression/, 3],
    ['', /end of the expression/, 0],
    ['1 2', /unexpected number "2"/, 2],
    ["'open", /not closed/, 0],
    ["'\\q'", /unknown escape/, 1],
    ['1 @ 2', /unexpected character "@"/, 2],
    ['name() == 1', /== does not go with a string and a number/, 7],
    ["1 + 'a'", /\+ does not go with a number and a string/, 2],
    ['not 1', /not takes a bool, not a number/, 4],
    ['1 and true', /and takes a bool/, 0],
    ['name(1)', /takes 0 arguments, not 1/, 0],
    ["within('x', 'bad')", /bad is no range/, 0],
    ["name() matches '('", /not a regular expression/, 15],
    ['true | 1', /a call must follow/, 7],
    ['1.x', /a number has no elements|unexpected/, 1],
    ['{}', /unexpected sign/, 0],
    ['name().', /a name must follow/, 7],
    ['1 ? 2 : 3', /\? takes a bool/, 0],
    ['(1', /end of the expression/, 2],
    [`${'('.repeat(200)}1`, /too deeply/, 100],
    ['1'.repeat(MAX_EXPRESSION_LENGTH + 1), /characters at most/, 0],
  ])('refuses %s', (source, message, at) => {
    const compile = () => compileExpression(source, environment)
    expect(compile).toThrow(message)
    try {
      compile()
    } catch (error) {
      expect((error as ExpressionError).at).toBe(at)
    }
  })

  it.each([
    ['anything() and true', /and takes a bool, not a number/],
    ["anything() + 'a'", /number \+ string has no meaning/],
    ['int(name())', /no number/],
    ['1..100000', /elements at most/],
    ['len(1)', /len takes/],
    ['tags.app', /no element/],
  ])('says at the query what %s can not give', (source, message) => {
    expect(() => resultOf(source)).toThrow(message)
  })

  it('gives a value or an error of its own for whatever is written', () => {
    const random = seededRandom(5)
    const words =
      "name() 'a' 1 + - ( ) [ ] and or not in == < ? : . , | len( tags labels .. matches ?? true"
    const parts = words.split(' ')
    for (let i = 0; i < 20_000; i++) {
      const count = 1 + random.below(12)
      const source = Array.from({ length: count }, () => parts[random.below(parts.length)]).join(
        ' ',
      )
      try {
        const { evaluate } = compileExpression(source, environment)
        try {
          evaluate({ name: 'a.' })
        } catch (error) {
          expect(error).toBeInstanceOf(Error)
        }
      } catch (error) {
        expect(error).toBeInstanceOf(ExpressionError)
      }
    }
  })
})
