import {Domain} from "@web/core/domain";
import {_t} from "@web/core/l10n/translation";
import {GraphModel} from "@web/views/graph/graph_model";
import {AFTER, BEFORE, KINDS, paired} from "./waterfall";

const SHOWN_CHANGES = 10;
const CHANGE_FIELDS = [
    "lead_key",
    "kind",
    "name",
    "territory_id",
    "user_id",
    "currency_id",
    "amount",
    "date_before",
    "date_after",
    "amount_before",
    "amount_after",
];

/**
 * Grouped by what happened, the graph is a waterfall: from what was open to what is, with
 * the largest changes. Grouped by something else it is Odoo's.
 */
export class MovementGraphModel extends GraphModel {
    get isWaterfall() {
        return this._isWaterfall(this.metaData);
    }

    _isWaterfall({groupBy, measure, mode}) {
        return (
            mode === "bar" &&
            measure === "amount" &&
            groupBy.length === 1 &&
            groupBy[0].fieldName === "kind"
        );
    }

    /** @override what was open before are rows only where they are asked for */
    _buildMetaData() {
        const metaData = super._buildMetaData(...arguments);
        if (this._isWaterfall(metaData)) {
            metaData.order = null;
            metaData.context = {...metaData.context, movement_with_before: true};
        }
        return metaData;
    }

    /** @override */
    async _loadDataPoints(metaData) {
        if (!this._isWaterfall(metaData)) {
            this.changes = [];
            return super._loadDataPoints(metaData);
        }
        const {searchParams} = this;
        this.searchParams = {...searchParams, context: metaData.context};
        const loading = super._loadDataPoints(metaData);
        this.searchParams = searchParams;
        const [[points, ...others], changes] = await Promise.all([
            loading,
            this._loadChanges(metaData),
        ]);
        this.changes = changes;
        return [this._asWaterfall(points, metaData), ...others];
    }

    async _loadChanges({resModel, domain}) {
        const changes = Domain.and([domain, [["kind", "!=", BEFORE]]]).toList();
        const found = await this.orm.searchRead(resModel, changes, CHANGE_FIELDS, {
            context: this.searchParams.context,
            limit: 2 * SHOWN_CHANGES,
            order: "size desc, lead_key, id",
        });
        return paired(found).slice(0, SHOWN_CHANGES);
    }

    _asWaterfall(points, {domain}) {
        for (const point of points) {
            [point.kind] = JSON.parse(point.identifier).map(({kind}) => kind);
        }
        const found = points.toSorted(
            (one, other) => KINDS.indexOf(one.kind) - KINDS.indexOf(other.kind)
        );
        if (!found.length) {
            return found;
        }
        return [
            ...found,
            {
                ...found[0],
                kind: AFTER,
                domain: Domain.and([domain, [["kind", "!=", BEFORE]]]).toList(),
                identifier: JSON.stringify([{kind: AFTER}]),
                labels: [_t("Open at the End")],
                value: found.reduce((sum, {value}) => sum + value, 0),
            },
        ];
    }
}
