"""What plans go through, by objects that call one way:

    simulations ─┬─► gate ─► introduction ─► dates ─┬─► approval
                 └─► shared_draft                   └─► upkeep
    giving_way ─┬─► state_change
                └─► (reports, forecasts)
    on_day ─► missing
    copying, outstanding, start_steps

Each is made for one plan, or one environment, of who asks; it checks what he may before
anything else, and knows only those to its left, and what runs are. The model has
fields, constraints, and methods of three lines that build one of them.
"""
