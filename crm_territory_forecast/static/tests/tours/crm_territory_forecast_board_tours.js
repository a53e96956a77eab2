import {registry} from "@web/core/registry";
import {stepUtils} from "@web_tour/tour_utils";

const SHEET = ".o_crm_territory_sheet_table";
const OWN_TARGET = `${SHEET} tbody tr:has(th:contains(Tour Member)) td.o_crm_territory_current`;

/**
 * A row of the board, and the cell of a figure of it in the current period.
 */
function boardRow(name) {
    return `.o_crm_territory_board_table tbody:has(th:contains(${name}))`;
}

function boardFigure(name, figure) {
    return `${boardRow(name)} td.o_crm_territory_current[data-figure='${figure}']`;
}

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
        {trigger: "body:not(:has([data-command=spread]))"},
        {trigger: OWN_TARGET, run: "click"},
        {
            trigger: `${OWN_TARGET}.o_crm_territory_cursor`,
            run: "press 5",
        },
        {
            trigger:
                ".o_notification:contains(Your own target in Tour North is set by another manager)",
        },
        {trigger: `${OWN_TARGET}:contains(400)`},
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
