import { type Draft, joinSlot, lackOf, layersThatDiffer, movedItem, newLayer, withLayer, withRotation } from './draft';

const ana = { name: 'Ana', email: 'ana@example.com' };
const ben = { name: 'Ben', email: 'ben@example.com' };
const empty: Draft = { time_zone: 'Europe/Berlin', layers: [] };
const one: Draft = { ...empty, layers: [newLayer(empty, '2026-03-23')] };
const complete = withRotation(one, 0, { slots: [[ana], [ben]] });

describe('a draft of a schedule', () => {
  it('begins with a primary layer, and adds a secondary one next', () => {
    expect(one.layers[0]).toMatchObject({
      name: 'primary',
      role: 'primary',
      rotation: { handoff: '2026-03-23T09:00' },
    });
    expect(newLayer(one, '2026-03-23')).toMatchObject({ name: 'secondary', role: 'secondary' });
  });

  it('gives a new layer a unique name', () => {
    const two = { ...one, layers: [...one.layers, newLayer(one, '2026-03-23')] };
    expect(newLayer(two, '2026-03-23').name).toBe('secondary 2');
  });

  it('reports missing values with their layer', () => {
    expect(lackOf(empty)).toEqual({ lack: 'no_layers', layer: '' });
    expect(lackOf(one)).toEqual({ lack: 'no_members', layer: 'primary' });
    expect(lackOf(withRotation(complete, 0, { handoff: '' }))).toEqual({ lack: 'no_handoff', layer: 'primary' });
    expect(lackOf({ ...complete, layers: [...complete.layers, ...complete.layers] })?.lack).toBe('twice');
    expect(lackOf(complete)).toBeNull();
  });

  it('is a new object after each change', () => {
    const before = structuredClone(complete);
    withLayer(complete, 0, { level: 3 });
    expect(complete).toEqual(before);
  });

  it('moves an item by one place, and not beyond the ends', () => {
    expect(movedItem(['a', 'b', 'c'], 1, -1)).toEqual(['b', 'a', 'c']);
    expect(movedItem(['a', 'b', 'c'], 2, 1)).toEqual(['a', 'b', 'c']);
    expect(movedItem(['a', 'b', 'c'], 0, -1)).toEqual(['a', 'b', 'c']);
  });

  it('holds a person once per slot', () => {
    const slots = joinSlot([[ana]], 0, { name: 'Ana B.', email: 'ANA@example.com ' });
    expect(slots).toEqual([[ana]]);
    expect(joinSlot(slots, 0, ben)).toEqual([[ana, ben]]);
  });

  it('names the layers that differ between two drafts', () => {
    const theirs = withLayer({ ...complete, layers: [...complete.layers, newLayer(complete, '2026-03-23')] }, 0, {
      level: 1,
    });
    expect(layersThatDiffer(complete, theirs)).toEqual(['primary', 'secondary']);
    expect(layersThatDiffer(complete, structuredClone(complete))).toEqual([]);
  });
});
