/** Things by namespace and name, without a string for each pair of them. */

export class NamespacedMap<T> {
  readonly #namespaces = new Map<string, Map<string, T>>()
  #size = 0

  get size(): number {
    return this.#size
  }

  /** Things without a namespace are in the one called by the empty string. */
  get(namespace: string, name: string): T | undefined {
    return this.#namespaces.get(namespace)?.get(name)
  }

  set(namespace: string, name: string, item: T): void {
    let items = this.#namespaces.get(namespace)
    if (items === undefined) {
      items = new Map()
      this.#namespaces.set(namespace, items)
    }
    const sizeBefore = items.size
    items.set(name, item)
    this.#size += items.size - sizeBefore
  }

  delete(namespace: string, name: string): void {
    const items = this.#namespaces.get(namespace)
    if (items?.delete(name) !== true) return
    this.#size--
    if (items.size === 0) this.#namespaces.delete(namespace)
  }

  *values(): Generator<T> {
    for (const items of this.#namespaces.values()) yield* items.values()
  }

  valuesIn(namespace: string): Iterable<T> {
    return this.#namespaces.get(namespace)?.values() ?? []
  }
}
