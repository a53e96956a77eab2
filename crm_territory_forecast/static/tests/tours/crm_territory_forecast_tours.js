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

/**
 * A row of the board, and the cell of a figure of it in the current period.
 */
function boardRow(name) {
    return `.o_crm_territory_board_table tbody:has(th:contains(${name}))`;
}

function boardFigure(name, figure) {
    return `${boardRow(name)} td.o_crm_territory_current[data-figure='${figure}']`;
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

/**
 * The manager of a territory reads the board: folds, picks figures, drills down, calls.
 */
registry.category("web_tour.tours").add("crm_territory_forecast_board", {
    url: "/odoo",
    steps: () => [
        ...stepUtils.goToAppSteps("crm.crm_menu_root"),
        {
            trigger: "button[data-menu-xmlid='crm.crm_menu_report']",
            run: "click",
        },
        {
            trigger:
                "a[data-menu-xmlid='crm_territory_forecast.crm_territory_forecast_menu_board']",
            run: "click",
        },
        {trigger: `${boardFigure("Tour North", "target")}:contains(1,000)`},
        {trigger: `${boardFigure("Tour North", "achieved")}:contains(300)`},
        {
            content: "the bar says in words too that the target is out of reach",
            trigger: `${boardFigure("Tour North", "achieved_rate")} button[data-progress='behind'][title*='Behind']:contains(30%)`,
        },
        {trigger: `${boardFigure("Tour Harbour", "target")}:contains(not set)`},
        {
            content: "members",
            trigger: ".o_crm_territory_view",
            run: "click",
        },
        {trigger: ".o_crm_territory_members", run: "click"},
        {trigger: `${boardFigure("Tour Member", "achieved")}:contains(300)`},
        {
            content: "fold",
            trigger: `${boardRow("Tour North")} .o_crm_territory_fold`,
            run: "click",
        },
        {
            trigger:
                ".o_crm_territory_board_table:not(:has(th:contains(Tour Harbour)))",
        },
        {
            content: "pick another figure",
            trigger: ".o_crm_territory_figures",
            run: "click",
        },
        {trigger: ".o_crm_territory_figure_call", run: "click"},
        {
            trigger: ".o_crm_territory_figure_uncovered_gap",
            run: "click",
        },
        {
            content: "1,000 less 300 won, less half of 500",
            trigger: `${boardFigure("Tour North", "uncovered_gap")}:contains(450)`,
        },
        {
            content: "write a call",
            trigger: `${boardFigure("Tour North", "call")} .o_crm_territory_edit_call`,
            run: "click",
        },
        {
            trigger: ".o_crm_territory_call_popover input[name=amount]",
            run: "edit 800",
        },
        {
            trigger: ".o_crm_territory_call_popover textarea",
            run: "edit They sign this month",
        },
        {trigger: ".o_crm_territory_call_popover .btn-primary", run: "click"},
        {
            trigger: `${boardFigure("Tour North", "call")} span[title*='They sign this month']:contains(800)`,
        },
        {
            content: "open what was won",
            trigger: `${boardFigure("Tour North", "achieved")} .o_crm_territory_amount`,
            run: "click",
        },
        {
            trigger: ".o_last_breadcrumb_item:contains(Achieved: Tour North)",
        },
        {trigger: ".o_data_row:contains(Tour Won)"},
        {trigger: ".o_list_view:not(:has(.o_data_row:contains(Tour Open)))"},
        {
            content: "the board is as it was left",
            trigger: ".breadcrumb-item a:contains(Forecast by Territory)",
            run: "click",
        },
        {trigger: `${boardFigure("Tour North", "call")}:contains(800)`},
        {
            trigger:
                ".o_crm_territory_board_table:not(:has(th:contains(Tour Harbour)))",
        },
        {
            content: "the year before is empty",
            trigger: ".o_crm_territory_range_previous",
            run: "click",
        },
        {
            trigger: `${boardRow("Tour North")} td.o_crm_territory_total[data-figure='achieved']:contains(/^0$/)`,
        },
    ],
});

/**
 * A plain member: sees the own territory and target, changes nothing.
 */
registry.category("web_tour.tours").add("crm_territory_forecast_member", {
    url: "/odoo/action-crm_territory_forecast.crm_territory_forecast_action_board",
    steps: () => [
        {trigger: `${boardFigure("Tour North", "achieved")}:contains(300)`},
        {
            trigger:
                ".o_crm_territory_board_table:not(:has(th:contains(Tour World))):not(:has(th:contains(Tour South)))",
        },
        {trigger: ".o_crm_territory_view", run: "click"},
        {trigger: ".o_crm_territory_members", run: "click"},
        {trigger: `${boardFigure("Tour Member", "target")}:contains(400)`},
        {
            content: "targets of others are not shown",
            trigger: ".o_crm_territory_board_table:not(:has(th:contains(Tour Leader)))",
        },
        {
            content: "no call is offered",
            trigger: ".o_crm_territory_figures",
            run: "click",
        },
        {trigger: ".o_crm_territory_figure_call", run: "click"},
        {trigger: boardFigure("Tour North", "call")},
        {
            trigger:
                ".o_crm_territory_board_table:not(:has(.o_crm_territory_edit_call))",
        },
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
            content: "the sheet is for reading only",
            trigger: `${SHEET}:not(:has(td.o_crm_territory_cell:not(.o_crm_territory_readonly)))`,
        },
        {trigger: "body:not(:has(.o_crm_territory_spread))"},
        {trigger: sheetCell("Tour Member"), run: "click"},
        {
            trigger: `${sheetCell("Tour Member")}.o_crm_territory_cursor`,
            run: "press 5",
        },
        {
            trigger:
                ".o_notification:contains(Your own target in Tour North is set by another manager)",
        },
        {trigger: `${sheetCell("Tour Member")}:contains(400)`},
    ],
});

/**
 * A sales manager sees who met the target.
 */
registry.category("web_tour.tours").add("crm_territory_forecast_star_performers", {
    url: "/odoo",
    steps: () => [
        ...stepUtils.goToAppSteps("crm.crm_menu_root"),
        {
            trigger: "button[data-menu-xmlid='crm.crm_menu_report']",
            run: "click",
        },
        {
            trigger:
                "a[data-menu-xmlid='crm_territory_forecast.crm_territory_forecast_menu_star_performers']",
            run: "click",
        },
        {
            trigger:
                ".o_crm_territory_ranked:contains(Tour Star) .o_crm_territory_star:contains(Star)",
        },
        {
            content: "first, with 300 of 200",
            trigger: ".o_crm_territory_ranked:first:contains(Tour Star):contains(150%)",
        },
        {
            content: "two have the same rank, which is said",
            trigger:
                ".o_crm_territory_ranked:contains(Tour Member):contains(2) .o_crm_territory_tied",
        },
        {
            trigger:
                ".o_crm_territory_ranked:contains(Tour Other):contains(2) .o_crm_territory_tied",
        },
        {
            content: "who has no target has no rank",
            trigger:
                ".o_crm_territory_unranked:contains(Tour Leader) .o_crm_territory_not_set",
        },
        {trigger: "button[data-by='user']", run: "click"},
        {
            trigger:
                ".o_crm_territory_stars_table:not(:has(th:contains(Territory))) .o_crm_territory_ranked:contains(Tour Star)",
        },
        {trigger: "button[data-by='territory']", run: "click"},
        {
            content: "what it was won with",
            trigger:
                ".o_crm_territory_ranked:contains(Tour Star) .o_crm_territory_amount",
            run: "click",
        },
        {trigger: ".o_last_breadcrumb_item:contains(Won by Tour Star)"},
        {trigger: ".o_data_row:contains(Tour Star Deal)"},
    ],
});

/**
 * The target of a month in Odoo's forecast: not beside opportunities that are invented.
 */
registry.category("web_tour.tours").add("crm_territory_forecast_kanban", {
    steps: () => [
        {
            content: "the leader has no opportunities",
            trigger:
                ".o_view_sample_data .o_kanban_renderer:not(:has(.o_crm_territory_kanban_target)), .o_kanban_renderer.o_view_sample_data:not(:has(.o_crm_territory_kanban_target))",
        },
        {
            trigger: ".o_searchview_facet:contains(My Pipeline) .o_facet_remove",
            run: "click",
        },
        {
            trigger: ".o_crm_territory_kanban_target:contains(1,000)",
        },
    ],
});
