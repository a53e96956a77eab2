import {loadBundle} from "@web/core/assets";
import {browser} from "@web/core/browser/browser";
import {Domain} from "@web/core/domain";
import {_t} from "@web/core/l10n/translation";
import {getGroupBy} from "@web/search/utils/group_by";
import {GraphModel} from "@web/views/graph/graph_model";
import {TerritoryMap} from "./territory_map";

/** The shapes that Odoo's spreadsheets have, and how they are drawn flat. */
export const REGIONS = {
    world: {label: _t("World"), projection: "equalEarth"},
    africa: {label: _t("Africa"), projection: "mercator"},
    asia: {label: _t("Asia"), projection: "mercator"},
    europe: {label: _t("Europe"), projection: "mercator"},
    north_america: {label: _t("North America"), projection: "mercator"},
    south_america: {label: _t("South America"), projection: "mercator"},
    usa: {label: _t("United States"), projection: "albersUsa"},
};
const LAST_REGION = "crm_territory.map.region";
const PLACES = ["country_id", "state_id"];
const GAP = "is_gap";

/**
 * The groups of a report by place, by what colors the map (territories, if the user
 * groups by nothing else) and by whether they are in no territory: a TerritoryMap.
 */
export class TerritoryMapModel extends GraphModel {
    setup(params, {orm}) {
        super.setup(...arguments);
        // groups in the order of names would be made by one process of the database only
        this.orm = Object.assign(Object.create(orm), {
            formattedReadGroup: (model, domain, groupBy, aggregates, options) =>
                orm.formattedReadGroup(model, domain, groupBy, aggregates, {
                    ...options,
                    order: GAP,
                }),
        });
        this.shapes = {};
        this.geographies = {};
    }

    get place() {
        return this.metaData.groupBy[0].fieldName;
    }

    get color() {
        return this.metaData.groupBy[1].fieldName;
    }

    /** Whether there is what is in no territory, beside what is in none of a level */
    get isOfTerritories() {
        return this.color.startsWith("territory_");
    }

    /** @override a favorite's region is for as long as none is chosen */
    async load(searchParams) {
        if (searchParams.context.map_region !== this.regionOfContext) {
            this.regionOfContext = searchParams.context.map_region;
            this.chosenRegion = null;
        }
        await super.load(...arguments);
    }

    async setRegion(region) {
        this.chosenRegion = region;
        browser.localStorage.setItem(LAST_REGION, region);
        await this._fetchDataPoints(this._buildMetaData());
        this.notify();
    }

    /** @override a map without figures shows what is covered */
    hasData() {
        return true;
    }

    /** @override */
    _buildMetaData(params) {
        const metaData = super._buildMetaData(params);
        const {context, groupBy} = this.searchParams;
        metaData.region =
            this.chosenRegion ||
            context.map_region ||
            metaData.region ||
            browser.localStorage.getItem(LAST_REGION) ||
            "world";
        const isOfStates = metaData.region === "usa";
        if (isOfStates) {
            const ofCountry = [["country_id.code", "=", "US"]];
            metaData.domain = Domain.and([metaData.domain, ofCountry]).toList();
        }
        const color = (groupBy.length ? groupBy : context.graph_groupbys || [])
            .map((each) =>
                typeof each === "string" ? getGroupBy(each, metaData.fields) : each
            )
            .find(
                ({fieldName, interval}) =>
                    !interval && ![...PLACES, GAP].includes(fieldName)
            );
        metaData.chosenColor = color?.spec || null;
        metaData.groupBy = [PLACES[isOfStates ? 1 : 0]];
        this._normalize(metaData);
        return metaData;
    }

    /** @override */
    async _loadDataPoints(metaData) {
        const [place] = metaData.groupBy;
        [metaData.shapes, metaData.geography] = await Promise.all([
            this._loadShapes(metaData.region),
            this._loadGeography(metaData, place.fieldName),
            loadBundle("web.chartjs_lib"),
        ]);
        metaData.groupBy = [place, metaData.geography.color, GAP];
        this._normalize(metaData);
        return super._loadDataPoints(metaData);
    }

    async _loadShapes(region) {
        this.shapes[region] ||= browser
            .fetch(`/spreadsheet/static/topojson/${region}.topo.json`)
            .then((response) => response.json());
        return this.shapes[region];
    }

    async _loadGeography({resModel, chosenColor}, place) {
        const key = JSON.stringify([place, chosenColor]);
        this.geographies[key] ||= this.orm.call(resModel, "get_geography", [
            place,
            chosenColor,
        ]);
        return this.geographies[key];
    }

    /** @override */
    _prepareData() {
        const {geography, shapes} = this.metaData;
        const [topology] = Object.values(shapes.objects);
        const {features} = window.ChartGeo.topojson.feature(shapes, topology);
        this.map = new TerritoryMap(features, geography.codes);
        for (const [placeId, groupId, name] of geography.covered) {
            this.map.cover(placeId, groupId, name);
        }
        const ofColors = this.dataPoints.toSorted((one, other) =>
            one.labels[1].localeCompare(other.labels[1])
        );
        for (const {identifier, labels, value} of ofColors) {
            const [place, group, isGap] = JSON.parse(identifier).map(
                (each) => Object.values(each)[0]
            );
            if (value) {
                const id = Array.isArray(group) ? group[0] : group;
                const hasNone = isGap && this.isOfTerritories;
                this.map.add(value, place && place[0], hasNone, id, labels[1]);
            }
        }
        this.data = this.map;
    }
}
