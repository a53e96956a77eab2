import {Component, onMounted, onWillUnmount, useState} from "@odoo/owl";
import {ConnectionLostError} from "@web/core/network/rpc";
import {browser} from "@web/core/browser/browser";
import {registry} from "@web/core/registry";
import {standardWidgetProps} from "@web/views/widgets/standard_widget_props";
import {useService} from "@web/core/utils/hooks";

const RETRY_DELAY = 3000;
const BUSY_DELAY = 1000;

function pause(delay) {
    return new Promise((resolve) => browser.setTimeout(resolve, delay));
}

/**
 * Works a run off, batch by batch, as long as its form is open, and shows how far
 * it is. Each batch leaves all in order, so the form may be left and opened again.
 */
export class RunProgress extends Component {
    static template = "crm_territory.RunProgress";
    static props = {...standardWidgetProps};

    setup() {
        this.orm = useService("orm");
        this.state = useState({
            progress: this.props.record.data.progress,
            isInterrupted: false,
        });
        onMounted(() => this.work());
        onWillUnmount(() => {
            this.isLeft = true;
        });
    }

    get percentage() {
        return Math.max(0, Math.min(100, Math.round(this.state.progress)));
    }

    async work() {
        this.state.isInterrupted = false;
        while (!this.isLeft) {
            let step = null;
            try {
                step = await this.orm.silent.call("crm.territory.run", "run_step", [
                    [this.props.record.resId],
                ]);
            } catch (error) {
                if (this.isLeft) {
                    return;
                }
                if (error instanceof ConnectionLostError) {
                    await pause(RETRY_DELAY);
                    continue;
                }
                this.state.isInterrupted = true;
                await this.props.record.load();
                throw error;
            }
            if (this.isLeft) {
                return;
            }
            this.state.progress = step.progress;
            await this.props.record.load();
            if (step.state !== "running") {
                return;
            }
            if (step.busy) {
                // the scheduled job, or another window, works it at the moment
                await pause(BUSY_DELAY);
            }
        }
    }
}

registry.category("view_widgets").add("crm_territory_run_progress", {
    component: RunProgress,
    fieldDependencies: [
        {name: "progress", type: "float", readonly: true},
        {name: "state", type: "selection", readonly: true},
    ],
});
