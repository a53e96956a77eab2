import {Component} from "@odoo/owl";
import {_t} from "@web/core/l10n/translation";

/**
 * While a plan is being introduced: that figures are those of the plan before.
 */
export class Introduction extends Component {
    static template = "crm_territory_forecast.Introduction";
    // See Trees.introduction_for_client
    static props = {introduction: Object};

    get text() {
        const {introduction} = this.props;
        if (introduction.total) {
            return _t(
                "The plan “%(plan)s” is being introduced: %(done)s of %(total)s records are judged. Until then, these are the figures of “%(before)s”.",
                introduction
            );
        }
        return _t(
            "The plan “%(plan)s” is being introduced: %(progress)s of the records are judged. Until then, these are the figures of “%(before)s”.",
            {...introduction, progress: `${introduction.progress} %`}
        );
    }
}
