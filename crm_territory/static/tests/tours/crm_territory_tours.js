import {registry} from "@web/core/registry";
import {stepUtils} from "@web_tour/tour_utils";

/**
 * A sales manager builds a small plan and assigns the accounts that the test made.
 */
registry.category("web_tour.tours").add("crm_territory_build_plan", {
    url: "/odoo?debug=1",
    steps: () => [
        ...stepUtils.goToAppSteps("crm.crm_menu_root"),
        {
            trigger: "button[data-menu-xmlid='crm.crm_menu_config']",
            run: "click",
        },
        {
            trigger: "a[data-menu-xmlid='crm_territory.crm_territory_menu_plan']",
            run: "click",
        },
        {
            content: "create a plan",
            trigger: ".o_breadcrumb:contains(Territory Plans)",
        },
        {trigger: ".o_list_button_add", run: "click"},
        {
            trigger: ".o_field_widget[name=name] input",
            run: "edit Tour Plan",
        },
        ...stepUtils.saveForm(),
        {
            content: "open its territories: there are none yet",
            trigger: ".oe_stat_button:contains(Territories)",
            run: "click",
        },
        {trigger: ".o_view_nocontent:contains(first territory)"},
        {trigger: ".o-kanban-button-new", run: "click"},
        {
            trigger: ".o_field_widget[name=name] input",
            run: "edit Tour North",
        },
        {
            content: "add a member",
            trigger: ".o_field_widget[name=member_ids] .o_field_x2many_list_row_add a",
            run: "click",
        },
        {
            trigger: ".o_field_widget[name=member_ids] [name=user_id] input",
            run: "edit Tour Salesperson",
        },
        {
            trigger: ".o-autocomplete--dropdown-item:contains(Tour Salesperson) a",
            run: "click",
        },
        {
            content: "add a rule",
            trigger: ".nav-link[name=rules]",
            run: "click",
        },
        {
            trigger: ".o_field_widget[name=rule_ids] .o_field_x2many_list_row_add a",
            run: "click",
        },
        {
            trigger: ".modal .o_domain_selector_debug_container textarea",
            run: `edit [("ref", "=", "TOUR")] && click body`,
        },
        {
            content: "the rule counts its matches before it is saved",
            trigger: ".modal .o_field_widget[name=match_count]:contains(3)",
        },
        {trigger: ".modal .o_form_button_save", run: "click"},
        {
            trigger:
                "body:not(:has(.modal)) .o_field_widget[name=rule_ids] .o_data_row",
        },
        ...stepUtils.saveForm(),
        {
            content: "back to the plan",
            trigger: ".o_breadcrumb .breadcrumb-item a:contains(Tour Plan)",
            run: "click",
        },
        {trigger: "button[name=action_introduce]", run: "click"},
        {
            content: "the plan is activated, and its run started",
            trigger: ".modal button[name=action_activate]:contains(Activate)",
            run: "click",
        },
        {
            content: "the run works itself off",
            trigger: ".o_arrow_button_current:contains(Done)",
            timeout: 60000,
        },
        {
            trigger:
                ".o_field_widget[name=move_ids] .o_data_row:contains(Tour Account)",
        },
        {
            trigger: ".o_field_widget[name=move_ids] .o_data_row:contains(Tour North)",
        },
        {trigger: "button[name=action_view_moves]", run: "click"},
        {
            trigger:
                ".o_list_view .o_data_row:contains(Tour Account) [name=partner_id]",
        },
    ],
});

/**
 * A salesperson finds the leads of a territory through the side panel and the search.
 */
registry.category("web_tour.tours").add("crm_territory_find_leads", {
    url: "/odoo/action-crm.crm_lead_all_leads",
    steps: () => [
        {
            content: "both leads are there",
            trigger: ".o_data_row:contains(Lead of Tour South)",
        },
        {trigger: ".o_data_row:contains(Lead of Tour West)"},
        {
            content: "the side panel narrows to a territory",
            trigger: ".o_search_panel_category_value header:contains(Tour West)",
            run: "click",
        },
        {
            trigger:
                ".o_list_view:not(:has(.o_data_row:contains(Lead of Tour South))) .o_data_row:contains(Lead of Tour West)",
        },
        {
            trigger: ".o_search_panel_category_value header:contains(All)",
            run: "click",
        },
        {trigger: ".o_data_row:contains(Lead of Tour South)"},
        {
            content: "the search finds a territory with all below it",
            trigger: ".o_searchview_input",
            run: "edit Tour World",
        },
        {
            trigger: ".o_searchview_autocomplete .o-dropdown-item:contains(Territory)",
            run: "click",
        },
        {trigger: ".o_searchview_facet:contains(Tour World)"},
        {trigger: ".o_data_row:contains(Lead of Tour South)"},
        {trigger: ".o_searchview_facet .o_facet_remove", run: "click"},
        {
            content: "the record shows its territories",
            trigger: ".o_data_row:contains(Lead of Tour West) [name=name]",
            run: "click",
        },
        {trigger: ".nav-link[name=territories]", run: "click"},
        {trigger: ".o_field_widget[name=territory_id]:contains(Tour West)"},
        ...stepUtils.goToAppSteps("crm.crm_menu_root"),
        {
            trigger: "button[data-menu-xmlid='crm_territory.crm_territory_menu']",
            run: "click",
        },
        {
            trigger:
                "a[data-menu-xmlid='crm_territory.crm_territory_menu_territories']",
            run: "click",
        },
        {trigger: ".o_kanban_view .o_kanban_record:contains(Tour West)"},
        {
            content: "who may not create territories is offered no button for it",
            trigger: ".o_kanban_view:not(:has(.o-kanban-button-new))",
        },
    ],
});

/**
 * A salesperson opens a lead that a territory shares for reading only, and an own one.
 */
registry.category("web_tour.tours").add("crm_territory_readonly_lead", {
    url: "/odoo/action-crm.crm_lead_opportunities",
    steps: () => [
        {
            content: "the own card can be dragged",
            trigger: ".o_kanban_record.o_draggable:contains(Tour Own)",
        },
        {
            content: "the shared one cannot, and has no menu",
            trigger:
                ".o_kanban_record:not(.o_draggable):not(:has(.o_dropdown_kanban)):contains(Tour Shared)",
            run: "click",
        },
        {
            content: "the form says that it is read-only",
            trigger: ".alert-info:contains(Read-only)",
        },
        {
            content: "nothing that would fail is offered",
            trigger:
                ".o_form_view:not(:has(.o_statusbar_buttons button:visible)):not(:has(.o_cp_action_menus .o-dropdown:visible))",
        },
        {
            trigger: ".o_field_widget[name=name].o_readonly_modifier",
        },
        {
            trigger: ".o_statusbar_status .o_arrow_button:disabled:contains(Won)",
        },
        {
            trigger: ".alert-info button:contains(Who Sees This)",
            run: "click",
        },
        {
            content: "the dialog tells who sees it, and why",
            trigger:
                ".modal .o_data_row:contains(Tour Salesperson):contains(member of Tour South)",
        },
        {trigger: ".modal-footer button:contains(Close)", run: "click"},
        {
            trigger:
                "body:not(:has(.modal)) .o_breadcrumb .breadcrumb-item a:contains(Opportunities)",
            run: "click",
        },
        {
            trigger: ".o_kanban_record:contains(Tour Own)",
            run: "click",
        },
        {
            content: "an own opportunity is as ever",
            trigger: ".o_form_view .o_statusbar_buttons button:contains(Won)",
        },
        {
            trigger:
                ".o_form_view:not(:has(.alert-info:visible)) .o_field_widget[name=name]:not(.o_readonly_modifier)",
        },
    ],
});
