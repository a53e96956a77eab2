"""What a run, its batches and its moves can be: the values of their selections."""

# a run
DRAFT, RUNNING, DONE = "draft", "running", "done"
CANCELLED, FAILED, UNDONE = "cancelled", "failed", "undone"
# The phase of a batch. Accounts first: leads take over the territories of their
# accounts, and salespeople those of the leads. A phase begins when all batches of the
# one before are done.
ACCOUNTS, LEADS, OWNERS = "res.partner", "crm.lead", "owner"
# what the undo of a run did with a move
PUT_BACK = "put_back"
CHANGED, OWNER, CLOSED = "changed", "owner", "closed"
LOCKED, GONE = "locked", "gone"
