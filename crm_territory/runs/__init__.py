"""What a run does, by objects that read one way:

    scope ─┬─► judging ─┐
           ├─► giving ──┴─► work
           ├─► shown
           └─► undo

The model builds them; they ask those that judge (``assignment``), give (``handout``)
and compare (``comparison``). Each is made for one transaction, but for the worker, who
goes from one to the next and keeps nothing that a rollback would make wrong.
"""
