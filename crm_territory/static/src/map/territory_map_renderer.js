import {cookie} from "@web/core/browser/cookie";
import {getColor, getCustomColor, hexToRGBA} from "@web/core/colors/colors";
import {Domain} from "@web/core/domain";
import {_t} from "@web/core/l10n/translation";
import {formatMonetary} from "@web/views/fields/formatters";
import {GraphRenderer} from "@web/views/graph/graph_renderer";
import {REGIONS} from "./territory_map_model";

const COLOR_SCHEME = cookie.get("color_scheme");
const NOTHING_COLOR = getCustomColor(COLOR_SCHEME, "#e4e7ea", "#3c3e4b");
const BORDER_COLOR = getCustomColor(COLOR_SCHEME, "#ffffff", "#1b1d26");
const GAP_COLOR = "#c8102e";
const STRIPE = 6;

/** Stripes, so that gaps are seen without colors, too. */
function striped(background) {
    const canvas = document.createElement("canvas");
    canvas.width = canvas.height = STRIPE;
    const context = canvas.getContext("2d");
    context.fillStyle = background;
    context.fillRect(0, 0, STRIPE, STRIPE);
    context.strokeStyle = GAP_COLOR;
    context.lineWidth = 1.5;
    context.beginPath();
    for (const offset of [-STRIPE, 0, STRIPE]) {
        context.moveTo(offset, STRIPE);
        context.lineTo(offset + STRIPE, 0);
    }
    context.stroke();
    return context.createPattern(canvas, "repeat");
}

/**
 * A map whose places have the color of the group that has most there. What is in no
 * territory is striped; what is covered by a territory, but empty, is pale.
 */
export class TerritoryMapRenderer extends GraphRenderer {
    static template = "crm_territory.TerritoryMapRenderer";

    get regions() {
        return Object.entries(REGIONS).map(([id, {label}]) => ({id, label}));
    }

    get region() {
        return this.regions.find(({id}) => id === this.model.metaData.region);
    }

    get colorLabel() {
        const {fields} = this.model.metaData;
        return fields[this.model.color].string;
    }

    get measureLabel() {
        const {measure, measures} = this.model.metaData;
        return measures[measure].string;
    }

    get map() {
        return this.model.map;
    }

    /** The groups that one sees on the map, the largest first. */
    get legend() {
        const covering = new Set(
            [...this.map.places.values()].map((place) => this.map.covering(place))
        );
        return [...this.map.groups.values()]
            .filter((group) => group.value || covering.has(group))
            .sort((one, other) => other.value - one.value);
    }

    colorOf(group) {
        const index = [...this.map.groups.keys()].indexOf(group.id);
        return getColor(index, COLOR_SCHEME, this.map.groups.size);
    }

    backgroundOf(feature) {
        const place = this.map.places.get(feature.id);
        if (!place) {
            return NOTHING_COLOR;
        }
        const [largest] = this.map.ranked(place);
        const covering = this.map.covering(place);
        let color = NOTHING_COLOR;
        if (largest) {
            color = this.colorOf(largest[0]);
        } else if (covering) {
            color = hexToRGBA(this.colorOf(covering), 0.3);
        }
        return place.gap ? striped(color) : color;
    }

    format(value) {
        const {fields, fieldAttrs, measure} = this.model.metaData;
        const {currencyId} =
            this.model.dataPoints.find((point) => point.currencyId) || {};
        if (currencyId) {
            return formatMonetary(value, {currencyId});
        }
        const isInteger = measure === "__count" || fields[measure].type === "integer";
        return this.formatValue(value, isInteger, fieldAttrs[measure]?.widget);
    }

    /** @override */
    getChartConfig() {
        const {features} = this.map;
        const {projection} = REGIONS[this.model.metaData.region];
        const dataset = {
            outline: features,
            data: features.map((feature) => ({feature, value: 0})),
            backgroundColor: features.map((feature) => this.backgroundOf(feature)),
            borderColor: BORDER_COLOR,
            borderWidth: 0.5,
        };
        return {
            type: "choropleth",
            data: {labels: features.map(({id}) => id), datasets: [dataset]},
            options: {
                maintainAspectRatio: false,
                animation: false,
                plugins: {legend: {display: false}, tooltip: this.getTooltipOptions()},
                scales: {
                    projection: {axis: "x", projection},
                    color: {axis: "x", display: false},
                },
            },
        };
    }

    /** @override */
    getTooltipItems(data, metaData, {dataPoints: [{dataIndex}]}) {
        const {id, properties} = this.map.features[dataIndex];
        const place = this.map.places.get(id);
        const item = (name, value, boxColor) => ({
            label: `${properties.name} / ${name}`,
            value,
            boxColor,
        });
        const items = (place ? this.map.ranked(place) : []).map(([group, value]) =>
            item(group.name, this.format(value), this.colorOf(group))
        );
        if (place?.gap) {
            items.push(item(_t("In no territory"), this.format(place.gap), GAP_COLOR));
        }
        if (!items.length) {
            const covering = place && this.map.covering(place);
            items.push(item(covering?.name || _t("Nothing"), "", NOTHING_COLOR));
        }
        return items;
    }

    /** @override */
    onGraphClicked(ev, isMiddleClick) {
        const [element] = this.chart.getElementsAtEventForMode(
            ev,
            "nearest",
            {intersect: true},
            false
        );
        const feature = element && this.map.features[element.index];
        const place = feature && this.map.places.get(feature.id);
        if (place) {
            this.open([[this.model.place, "=", place.id]], isMiddleClick);
        }
    }

    openGroup({id}) {
        const conditions = [[this.model.color, "=", id], this.isOnMap("in")];
        if (this.model.isOfTerritories) {
            conditions.push(["is_gap", "=", false]);
        }
        this.open(conditions);
    }

    openGap() {
        this.open([["is_gap", "=", true], this.isOnMap("in")]);
    }

    openElsewhere() {
        this.open([this.isOnMap("not in")]);
    }

    isOnMap(operator) {
        return [this.model.place, operator, [...this.map.codes.keys()]];
    }

    open(conditions, isMiddleClick = false) {
        const domain = Domain.and([this.model.metaData.domain, conditions]).toList();
        this.onGraphClickedFinal(domain, isMiddleClick);
    }
}
