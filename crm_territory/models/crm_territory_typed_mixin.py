from contextlib import contextmanager

from psycopg2 import DataError

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

from ..matching.criteria import MODEL_OF_OBJECT, parse_domain
from ..typed_record import typed_record

_TYPED = "typed_"
# what changes the record that is tried
TYPED_FIELDS = (
    "is_typed",
    "typed_name",
    "typed_country_id",
    "typed_state_id",
    "typed_city",
    "typed_zip",
    "typed_industry_id",
    "typed_category_id",
    "typed_tag_ids",
    "typed_product_line_ids",
    "typed_employee_number",
    "typed_annual_revenue",
    "typed_expected_revenue",
    "typed_company_id",
    "typed_team_id",
    "typed_user_id",
)


class CrmTerritoryTypedMixin(models.AbstractModel):
    """The values of a record that does not exist: typed in a form, and never saved."""

    _name = "crm.territory.typed.mixin"
    _description = "Values of a Record that Does not Exist"

    # what changes which values the criteria ask for
    _typed_depends = ("is_typed",)

    is_typed = fields.Boolean("Type the Values", store=False)
    typed_fields = fields.Json(
        compute="_compute_typed_fields", export_string_translation=False
    )
    typed_note = fields.Char(
        compute="_compute_typed_fields", export_string_translation=False
    )
    typed_name = fields.Char(store=False)
    typed_country_id = fields.Many2one(
        "res.country", string="Typed Country", store=False
    )
    typed_state_id = fields.Many2one(
        "res.country.state",
        string="Typed State",
        domain="[('country_id', '=?', typed_country_id)]",
        store=False,
    )
    typed_city = fields.Char(store=False)
    typed_zip = fields.Char("Typed ZIP", store=False)
    typed_industry_id = fields.Many2one(
        "res.partner.industry", string="Typed Industry", store=False
    )
    typed_category_id = fields.Many2many(
        "res.partner.category", string="Typed Tags of Account", store=False
    )
    typed_tag_ids = fields.Many2many(
        "crm.tag", string="Typed Tags of Lead", store=False
    )
    typed_product_line_ids = fields.Many2many(
        "crm.product.line", string="Typed Product Lines", store=False
    )
    typed_employee_number = fields.Integer("Typed Number of Employees", store=False)
    typed_annual_revenue = fields.Float(store=False)
    typed_expected_revenue = fields.Float(store=False)
    typed_company_id = fields.Many2one(
        "res.company", string="Typed Company", store=False
    )
    typed_team_id = fields.Many2one("crm.team", string="Typed Sales Team", store=False)
    typed_user_id = fields.Many2one(
        "res.users",
        string="Typed Salesperson",
        domain=[("share", "=", False)],
        store=False,
    )

    @api.depends(lambda self: self._typed_depends)
    def _compute_typed_fields(self):
        """What the criteria read; and what of that cannot be typed, in words."""
        for record in self:
            model = self.env[record._typed_model()]
            read = record._read_by_criteria() if record.is_typed else set()
            offered = {name.removeprefix(_TYPED) for name in TYPED_FIELDS[1:]}
            asked = {name for name in offered & read if name in model._fields}
            record.typed_fields = sorted(asked | record._typed_always())
            others = sorted(
                model._fields[name]._description_string(self.env)
                for name in read - offered - {"id"}
                if name in model._fields
            )
            record.typed_note = bool(others) and self.env._(
                "The criteria also read what cannot be typed here, and is as in a new"
                " record: %s.",
                ", ".join(others),
            )

    def _read_by_criteria(self):
        """The names of the fields of the record that the criteria begin with: set."""
        return {
            condition.field_expr.split(".")[0]
            for rule in self._typed_rules()
            for condition in self._conditions_of(rule)
        }

    def _conditions_of(self, rule):
        try:
            return list(parse_domain(self.env, rule.domain).iter_conditions())
        except ValueError:
            return []

    def _typed_rules(self):
        """The rules that the record is tried on (hook)."""
        raise NotImplementedError

    def _typed_always(self):
        """The fields that are asked for, whatever the criteria read (hook): set."""
        return set()

    def _typed_object(self):
        """*account*, *lead* or *opportunity* (hook)."""
        raise NotImplementedError

    def _typed_model(self):
        return MODEL_OF_OBJECT[self._typed_object()]

    def _typed_values(self):
        """The values as one writes them: of what is not asked for, none."""
        self.ensure_one()
        model = self.env[self._typed_model()]
        values = {"user_id": False, "team_id": False, "company_id": False}
        for name in self.typed_fields:
            value = self[_TYPED + name]
            if isinstance(value, models.BaseModel):
                is_many = self._fields[_TYPED + name].type == "many2many"
                value = value._origin.ids if is_many else value._origin.id
            values[name] = value
        if model._name == "crm.lead":
            values["type"] = self._typed_object()
        else:
            values["is_company"] = True
        values["name"] = values.get("name") or self.env._("Typed record")
        return {name: value for name, value in values.items() if name in model._fields}

    @contextmanager
    def _typed_record(self):
        """Within it the record is there, see `typed_record`.

        :raise AccessError: the user would not see it
        :raise UserError: a value is too large
        """
        model_name, values = self._typed_model(), self._typed_values()
        try:
            with typed_record(self.env, model_name, values) as record:
                if not record.has_access("read"):
                    raise AccessError(
                        self.env._(
                            "You would not see such a record yourself. Leave out the"
                            " company or the salesperson, or choose your own."
                        )
                    )
                yield record
        except DataError as error:
            raise UserError(
                self.env._(
                    "No record can have these values: %s",
                    str(error).partition("\n")[0],
                )
            ) from error

    def onchange(self, values, field_names, fields_spec):
        self._check_typed(values)
        return super().onchange(values, field_names, fields_spec)

    @api.model
    def _check_typed(self, vals):
        """Odoo shows the name of what a field points at without asking.

        :raise AccessError: the user may not read it
        """
        for name, value in vals.items():
            field = self._fields.get(name)
            if name.startswith(_TYPED) and type(value) is int and field.comodel_name:
                self.env[field.comodel_name].browse(value).check_access("read")
