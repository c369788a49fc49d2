/** Reads YAML. The parser is loaded when it is needed first: most configurations never do. */

/** A YAML parser. */
export interface Yaml {
  /** The first document. Throws for a syntax error. */
  parse(text: string): unknown
  /** All documents of a stream. Throws for a syntax error in any. */
  parseAll(text: string): unknown[]
}

export async function loadYaml(): Promise<Yaml> {
  const module = await import('yaml')
  // Bundled for Node, the package is a CommonJS module, all of which is its default export.
  const { parse, parseAllDocuments } =
    'default' in module ? (module.default as typeof module) : module
  return {
    parse: (text) => parse(text),
    parseAll(text) {
      const documents = parseAllDocuments(text)
      return [...documents].map((document) => {
        const [fault] = document.errors
        if (fault !== undefined) throw fault
        return document.toJS()
      })
    },
  }
}
