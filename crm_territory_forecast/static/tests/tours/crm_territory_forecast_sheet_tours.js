import {registry} from "@web/core/registry";
import {stepUtils} from "@web_tour/tour_utils";

const SHEET = ".o_crm_territory_sheet_table";
const GRID = ".o_crm_territory_grid";

/**
 * A row of the sheet, or with ``column`` its cell there; the current period unless told.
 */
function sheetRow(name) {
    return `${SHEET} tbody tr:has(th:contains(${name}))`;
}

function sheetCell(name, column) {
    const place =
        column === undefined ? ".o_crm_territory_current" : `[data-column='${column}']`;
    return `${sheetRow(name)} td${place}`;
}

function pasteStep(text) {
    return {
        content: `paste ${JSON.stringify(text)}`,
        trigger: GRID,
        run() {
            const clipboardData = new DataTransfer();
            clipboardData.setData("text/plain", text);
            this.anchor.dispatchEvent(
                new ClipboardEvent("paste", {
                    clipboardData,
                    bubbles: true,
                    cancelable: true,
                })
            );
        },
    };
}

function copiedStep(text) {
    return {
        content: `copy ${JSON.stringify(text)}`,
        trigger: GRID,
        run() {
            const clipboardData = new DataTransfer();
            this.anchor.dispatchEvent(
                new ClipboardEvent("copy", {clipboardData, bubbles: true})
            );
            const copied = clipboardData.getData("text/plain");
            if (copied !== text) {
                throw new Error(`copied ${JSON.stringify(copied)}`);
            }
        },
    };
}

const saved = {
    content: "all is saved",
    trigger: ".o_crm_territory_sheet_state[data-saved='1']",
};

/**
 * The manager of a territory sets targets: types, pastes, copies, undoes and folds.
 */
registry.category("web_tour.tours").add("crm_territory_forecast_sheet", {
    url: "/odoo",
    steps: () => [
        ...stepUtils.goToAppSteps("crm.crm_menu_root"),
        {
            trigger: "button[data-menu-xmlid='crm_territory.crm_territory_menu']",
            run: "click",
        },
        {
            trigger:
                "a[data-menu-xmlid='crm_territory_forecast.crm_territory_forecast_menu_sheet']",
            run: "click",
        },
        {
            content: "the target, and that it is not given out in full",
            trigger: `${sheetCell("Tour North")}:contains(1,000) .o_crm_territory_mismatch`,
        },
        {
            content: "no target is not the same as nothing",
            trigger: `${sheetCell("Tour Harbour")} .o_crm_territory_not_set`,
        },
        {
            content: "the own target is for reading only",
            trigger: `${sheetCell("Tour Leader")}.o_crm_territory_readonly[aria-readonly='true']`,
        },
        {
            content: "what is above and beside is not shown",
            trigger: `${SHEET}:not(:has(th:contains(Tour World))):not(:has(th:contains(Tour South)))`,
        },
        {
            content: "type into a cell",
            trigger: sheetCell("Tour Harbour"),
            run: "click",
        },
        {
            trigger: `${sheetCell("Tour Harbour")}.o_crm_territory_cursor`,
            run: "press 6",
        },
        {trigger: ".o_crm_territory_input", run: "edit 600"},
        {trigger: ".o_crm_territory_input", run: "press Enter"},
        {
            content: "the parts make the whole now",
            trigger: `${sheetRow("Tour North")}:not(:has(.o_crm_territory_mismatch)) td.o_crm_territory_current:contains(1,000)`,
        },
        {trigger: `${sheetCell("Tour Harbour")}:contains(600)`},
        saved,
        {
            content: "undo",
            trigger: `${GRID}:not(:has(input))`,
            run: "press Control+z",
        },
        {trigger: `${sheetCell("Tour Harbour")} .o_crm_territory_not_set`},
        saved,
        {
            content: "text is no target",
            trigger: sheetCell("Tour Harbour"),
            run: "dblclick",
        },
        {trigger: ".o_crm_territory_input", run: "edit many"},
        {trigger: ".o_crm_territory_input", run: "press Enter"},
        {
            trigger:
                ".modal-body:contains(Tour Harbour):contains(“many” is not a number)",
        },
        {trigger: ".modal-footer .btn-primary", run: "click"},
        {
            trigger: "body:not(:has(.modal)) .o_crm_territory_input",
            run: "press Escape",
        },
        {
            content: "paste a block: two rows, two months",
            trigger: sheetCell("Tour Member", 0),
            run: "click",
        },
        {trigger: `${sheetCell("Tour Member", 0)}.o_crm_territory_cursor`},
        pasteStep("1,500\t20.5\r\n$ 30\t40\r\n"),
        {trigger: `${sheetCell("Tour Member", 0)}:contains(1,500)`},
        {trigger: `${sheetCell("Tour Member", 1)}:contains(20.5)`},
        {trigger: `${sheetCell("Tour Harbour", 0)}:contains(30)`},
        {trigger: `${sheetCell("Tour Harbour", 1)}:contains(40)`},
        saved,
        copiedStep("1,500\t20.5\n30\t40"),
        {
            content: "a clipboard without text unsets nothing",
            trigger: GRID,
        },
        pasteStep(""),
        copiedStep("1,500\t20.5\n30\t40"),
        {
            content: "a block with a fault changes nothing",
            trigger: GRID,
        },
        pasteStep("7\t8\n-9\t1,2"),
        {
            trigger:
                ".modal-body:contains(“-9” is negative):contains(“1,2” is not a number)",
        },
        {trigger: ".modal-footer .btn-primary", run: "click"},
        {
            trigger: `body:not(:has(.modal)) ${sheetCell("Tour Member", 0)}:contains(1,500)`,
        },
        {
            content: "what one may not change is not pasted over",
            trigger: sheetCell("Tour Leader", 0),
            run: "click",
        },
        pasteStep("7"),
        {
            trigger:
                ".modal-body:contains(Your own target in Tour North is set by another manager)",
        },
        {trigger: ".modal-footer .btn-primary", run: "click"},
        {
            content: "clear a cell",
            trigger: `body:not(:has(.modal)) ${sheetCell("Tour Harbour", 1)}`,
            run: "click",
        },
        {
            trigger: `${sheetCell("Tour Harbour", 1)}.o_crm_territory_cursor`,
            run: "press Delete",
        },
        {trigger: `${sheetCell("Tour Harbour", 1)} .o_crm_territory_not_set`},
        saved,
        {
            content: "fold",
            trigger: `${sheetRow("Tour North")} .o_crm_territory_fold`,
            run: "click",
        },
        {trigger: `${SHEET}:not(:has(th:contains(Tour Harbour)))`},
        {
            trigger: `${sheetRow("Tour North")} .o_crm_territory_fold`,
            run: "click",
        },
        {trigger: sheetRow("Tour Harbour")},
        {
            content: "another year has its own targets",
            trigger: ".o_crm_territory_range_next",
            run: "click",
        },
        {
            trigger: `${sheetCell("Tour North", 0)} .o_crm_territory_not_set`,
        },
    ],
});

/**
 * Who writes numbers with a comma pastes them so.
 */
registry.category("web_tour.tours").add("crm_territory_forecast_sheet_locale", {
    url: "/odoo/action-crm_territory_forecast.crm_territory_forecast_action_sheet",
    steps: () => [
        {trigger: sheetCell("Tour Harbour", 0), run: "click"},
        {trigger: `${sheetCell("Tour Harbour", 0)}.o_crm_territory_cursor`},
        pasteStep("1.234,5"),
        {trigger: `${sheetCell("Tour Harbour", 0)}:contains(1.234,5)`},
        saved,
        {trigger: sheetCell("Tour Harbour", 1), run: "click"},
        {trigger: `${sheetCell("Tour Harbour", 1)}.o_crm_territory_cursor`},
        pasteStep("1,5 Mio."),
        {trigger: `${sheetCell("Tour Harbour", 1)}:contains(1.500.000)`},
        saved,
        {trigger: sheetCell("Tour Harbour", 0), run: "click"},
        {trigger: `${sheetCell("Tour Harbour", 0)}.o_crm_territory_cursor`},
        {
            content: "what would be read as another amount is refused",
            trigger: `${GRID}:not(:has(input))`,
        },
        pasteStep("1234.5"),
        {trigger: ".modal-body:contains(1234.5)"},
        {trigger: ".modal-footer .btn-primary", run: "click"},
        {
            trigger: `body:not(:has(.modal)) ${sheetCell("Tour Harbour", 0)}:contains(1.234,5)`,
        },
    ],
});
