/**
 * What a map shows: values by place, and in a place by what colors it.
 *
 * `groups`: what may color the map, in the order of the colors: Map of id to {id, name,
 *     value on this map, covers: in how many places it is}
 * `places`: Map of the code of a shape to {id, values: Map of group to value, gap: the
 *     value in no territory, covered: list of groups}
 * `gap`: the value in no territory
 * `elsewhere`: the value that lies in no shape of this map
 */
export class TerritoryMap {
    /**
     * @param {Object[]} features shapes, whose ids are codes
     * @param {[Number, String][]} codes the codes of places
     */
    constructor(features, codes) {
        this.features = features;
        this.groups = new Map();
        this.places = new Map();
        this.gap = 0;
        this.elsewhere = 0;
        const drawn = new Set(features.map(({id}) => id));
        this.codes = new Map(codes.filter(([, code]) => drawn.has(code)));
    }

    /** Say that a group covers a place, whether there is something or not. */
    cover(placeId, groupId, name) {
        const group = this._group(groupId, name);
        group.covers++;
        this._place(placeId)?.covered.push(group);
    }

    /** Add a value in a group, or in no territory. */
    add(value, placeId, isGap, groupId, name) {
        const place = this._place(placeId);
        if (!place) {
            this.elsewhere += value;
        } else if (isGap) {
            this.gap += value;
            place.gap += value;
        } else {
            const group = this._group(groupId, name);
            group.value += value;
            place.values.set(group, (place.values.get(group) || 0) + value);
        }
    }

    /** The groups of a place with their values, the largest first. */
    ranked(place) {
        return [...place.values].sort(([, one], [, other]) => other - one);
    }

    /** The group that covers a place most closely. */
    covering({covered}) {
        return covered.toSorted((one, other) => one.covers - other.covers)[0];
    }

    _place(id) {
        const code = this.codes.get(id);
        if (code && !this.places.has(code)) {
            const values = new Map();
            this.places.set(code, {id, values, gap: 0, covered: []});
        }
        return this.places.get(code);
    }

    _group(id, name) {
        if (!this.groups.has(id)) {
            this.groups.set(id, {id, name, value: 0, covers: 0});
        }
        return this.groups.get(id);
    }
}
