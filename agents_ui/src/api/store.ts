// The live picture in the browser: one map of entities, and listeners by key and by kind. A change of one entity
// calls only the listeners of its key and of its kind, so that a wallboard of a thousand calls does not redraw the
// operator's card.
import type { Entity, EntityKind, EntityOf } from "./types";

type Listener = () => void;
export type Change = { key: string; entity: Entity | null };

export class EntityStore {
  private entities = new Map<string, Entity>();
  private readonly byKey = new Map<string, Set<Listener>>();
  private readonly byKind = new Map<EntityKind, Set<Listener>>();
  private readonly lists = new Map<EntityKind, readonly Entity[]>();

  get(key: string): Entity | undefined {
    return this.entities.get(key);
  }

  /** All entities of a kind in the order of their keys; the same array until one of them changes. */
  list<K extends EntityKind>(kind: K): readonly EntityOf<K>[] {
    const cached = this.lists.get(kind);
    if (cached !== undefined) return cached as readonly EntityOf<K>[];
    const found: [string, EntityOf<K>][] = [];
    for (const [key, entity] of this.entities) {
      if (entity.kind === kind) found.push([key, entity as EntityOf<K>]);
    }
    found.sort(([a], [b]) => (a < b ? -1 : 1));
    const list = found.map(([, entity]) => entity);
    this.lists.set(kind, list);
    return list;
  }

  /** Replaces the whole picture. An entity that is the same as before keeps its identity, so a reconnection redraws
   * only what changed meanwhile. */
  replace(entities: Readonly<Record<string, Entity>>): void {
    const changes: Change[] = [];
    for (const key of this.entities.keys()) {
      if (!Object.hasOwn(entities, key)) changes.push({ key, entity: null });
    }
    for (const [key, entity] of Object.entries(entities)) {
      const old = this.entities.get(key);
      if (old === undefined || JSON.stringify(old) !== JSON.stringify(entity)) changes.push({ key, entity });
    }
    this.apply(changes);
  }

  apply(changes: readonly Change[]): void {
    const keys = new Set<string>();
    const kinds = new Set<EntityKind>();
    for (const { key, entity } of changes) {
      const old = this.entities.get(key);
      if (old === undefined && entity === null) continue;
      if (old !== undefined) kinds.add(old.kind);
      if (entity === null) {
        this.entities.delete(key);
      } else {
        this.entities.set(key, entity);
        kinds.add(entity.kind);
      }
      keys.add(key);
    }
    for (const kind of kinds) this.lists.delete(kind);
    // The map is complete before anyone is told: no reader sees half of a batch.
    for (const key of keys) for (const listener of this.byKey.get(key) ?? []) listener();
    for (const kind of kinds) for (const listener of this.byKind.get(kind) ?? []) listener();
  }

  clear(): void {
    this.replace({});
  }

  subscribeKey(key: string, listener: Listener): () => void {
    return subscribe(this.byKey, key, listener);
  }

  subscribeKind(kind: EntityKind, listener: Listener): () => void {
    return subscribe(this.byKind, kind, listener);
  }
}

function subscribe<K>(table: Map<K, Set<Listener>>, key: K, listener: Listener): () => void {
  let listeners = table.get(key);
  if (listeners === undefined) {
    listeners = new Set();
    table.set(key, listeners);
  }
  listeners.add(listener);
  const kept = listeners;
  return () => {
    kept.delete(listener);
    // Keys of calls never come back: an empty set per call would grow all day.
    if (kept.size === 0 && table.get(key) === kept) table.delete(key);
  };
}
