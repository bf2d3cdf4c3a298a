// React's way to the live picture. Each hook re-renders only when what it reads has changed.
import { createContext, useCallback, useContext, useSyncExternalStore } from "react";
import type { Connection, Status } from "./connection";
import type { EntityStore } from "./store";
import type { EntityKind, EntityOf } from "./types";

export type Live = { readonly store: EntityStore; readonly connection: Connection };

export const LiveContext = createContext<Live | null>(null);

export function useLive(): Live {
  const live = useContext(LiveContext);
  if (live === null) throw new Error("no live picture above this component");
  return live;
}

/** One entity; undefined while there is none, or with a null key. */
export function useEntity<K extends EntityKind>(kind: K, id: string | null): EntityOf<K> | undefined {
  const { store } = useLive();
  const key = id === null ? null : `${kind}/${id}`;
  const subscribe = useCallback(
    (listener: () => void) => (key === null ? () => undefined : store.subscribeKey(key, listener)),
    [store, key],
  );
  const entity = useSyncExternalStore(subscribe, () => (key === null ? undefined : store.get(key)));
  return entity?.kind === kind ? (entity as EntityOf<K>) : undefined;
}

/** All entities of a kind, in the order of their keys. */
export function useCollection<K extends EntityKind>(kind: K): readonly EntityOf<K>[] {
  const { store } = useLive();
  const subscribe = useCallback((listener: () => void) => store.subscribeKind(kind, listener), [store, kind]);
  return useSyncExternalStore(subscribe, () => store.list(kind));
}

/** A value computed from all entities of a kind; must be a primitive, or the same object while nothing changed. */
export function useDerived<K extends EntityKind, T>(kind: K, derive: (list: readonly EntityOf<K>[]) => T): T {
  const { store } = useLive();
  const subscribe = useCallback((listener: () => void) => store.subscribeKind(kind, listener), [store, kind]);
  return useSyncExternalStore(subscribe, () => derive(store.list(kind)));
}

export function useStatus(): Status {
  const { connection } = useLive();
  return useSyncExternalStore(connection.subscribe, connection.status);
}
