"""Loads the data set *CRM Sales Opportunities* into Odoo, as a customer would.

``python -m tests.dataset --url URL --db DB FOLDER`` reads the CSV files of FOLDER,
mends what is mistyped in them, imports them through Odoo's external API, builds a
territory plan on them, runs it, and prints what each territory holds. What is loaded
already stays as it is.

- ``source`` reads and mends the files; ``records`` imports them;
- ``plan`` builds and runs the plan; ``figures`` reads the outcome from Odoo;
- ``expected`` computes the same figures from the files alone, for the tests.
"""
