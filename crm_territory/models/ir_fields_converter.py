from odoo import api, models


class IrFieldsConverter(models.AbstractModel):
    """Looks a name up once per import, not once per row.

    Thousands of areas name few territories, countries and states, and Odoo searches
    each of them in every row: nine tenths of the time of an import of 40,000 areas.
    """

    _inherit = "ir.fields.converter"

    def db_id_for(self, model, field, subfield, value, savepoint):
        # only where no row can make what a later row names
        names_are_stable = subfield is None and isinstance(
            model, self.pool["crm.territory.line.mixin"]
        )
        cache = self.env.context.get("import_cache")
        if cache is None or not names_are_stable:
            return super().db_id_for(model, field, subfield, value, savepoint)
        key = (field.comodel_name, field.name, value)
        if key not in cache:
            cache[key] = super().db_id_for(model, field, subfield, value, savepoint)
        return cache[key]

    @api.model
    def for_model(self, model, fromtype=str, *, savepoint):
        """A row of what belongs to territories is read as a whole: its plan tells which
        territory is meant, its country which state.
        """
        convert = super().for_model(model, fromtype, savepoint=savepoint)
        if not isinstance(model, self.pool["crm.territory.line.mixin"]):
            return convert

        def convert_row(row, log):
            row = _in_its_plan(row)
            state = _text_of(row, "state_id") if _text_of(row, "country_id") else None
            if not state:
                return convert(row, log)
            values = convert({k: v for k, v in row.items() if k != "state_id"}, log)
            if country_id := values.get("country_id"):
                try:
                    values["state_id"] = self._state_id(country_id, state)
                except ValueError as error:
                    log("state_id", error)
            return values

        return convert_row

    @api.model
    def _state_id(self, country_id, text):
        """The state of a country by its code or name.

        :raise ValueError: there is none, or several
        """
        cache = self.env.context.get("import_cache", {})
        key = ("crm_territory.state", country_id, text)
        if key not in cache:
            cache[key] = [
                state_id
                for state_id, _name in self.env["res.country.state"].name_search(
                    text, [("country_id", "=", country_id)], "="
                )
            ]
        if len(cache[key]) != 1:
            country = self.env["res.country"].browse(country_id).name
            message = self.env._(
                "“%(state)s” is no state of %(country)s, or several: write its code.",
                state=text,
                country=country,
            )
            raise ValueError(message.replace("%", "%%"), {"value": f"{country} {text}"})
        return cache[key][0]


def _text_of(row, name):
    """What a row says by name (not by an id) of a field, or None."""
    values = row.get(name)
    return values[0].get(None) if values and isinstance(values, list) else None


def _in_its_plan(row):
    """The row with its territory named by the plan of its own column."""
    columns = ("imported_plan_id", "plan_id")
    plan = next(filter(None, (_text_of(row, name) for name in columns)), None)
    if plan is None:
        return row
    row = {name: value for name, value in row.items() if name not in columns}
    if territory := _text_of(row, "territory_id"):
        row["territory_id"] = [{None: f"{plan}: {territory}"}]
    return row
