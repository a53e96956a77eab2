"""What is read of a forecast, by objects that read one way:

    rights ──────────────────────────────────────┐
    plans ─► trees ─┐                  ┌─► targets ─┤
    amounts ────────┼─► opportunities ─┼─► sums ────┴─► board ─┬─► sheet
    counting ───────┘                  ├─► opened              ├─► stars
                                       └─► snapshots           └─► running ─► messages

Each is made for one request of one user, reads what it needs once, when it is first
asked for, and knows nothing of those to its right.
"""
