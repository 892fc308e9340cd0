/** A queue whose first item is always the smallest. */
export interface Heap<T> {
  readonly size: number;
  first(): T | undefined;
  push(item: T): void;
  pop(): T | undefined;
}

/** @param before whether an item comes before another */
export function heapOf<T>(before: (one: T, other: T) => boolean): Heap<T> {
  const items: T[] = [];
  const at = (place: number): T => items[place] as T;
  const swap = (one: number, other: number): void => {
    [items[one], items[other]] = [at(other), at(one)];
  };

  function rise(from: number): void {
    for (let place = from; place > 0; ) {
      const parent = (place - 1) >> 1;
      if (!before(at(place), at(parent))) return;
      swap(place, parent);
      place = parent;
    }
  }

  function sink(): void {
    for (let place = 0; ; ) {
      const [left, right] = [2 * place + 1, 2 * place + 2];
      let least = place;
      if (left < items.length && before(at(left), at(least))) least = left;
      if (right < items.length && before(at(right), at(least))) least = right;
      if (least === place) return;
      swap(place, least);
      place = least;
    }
  }

  return {
    get size() {
      return items.length;
    },
    first: () => items[0],
    push(item) {
      items.push(item);
      rise(items.length - 1);
    },
    pop() {
      const first = items[0];
      const last = items.pop();
      if (items.length > 0 && last !== undefined) {
        items[0] = last;
        sink();
      }
      return first;
    },
  };
}
