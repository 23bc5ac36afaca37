/** Works an answer out once for each object that never changes, and keeps it for as long as somebody keeps that object. */
export function oncePer<K extends WeakKey, V>(workOut: (key: K) => V): (key: K) => V {
  const known = new WeakMap<K, { readonly value: V }>();
  return (key) => {
    const before = known.get(key);
    if (before) return before.value;
    const value = workOut(key);
    known.set(key, { value });
    return value;
  };
}
