from contextlib import nullcontext

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tools import SQL

# What the manager of a territory may change on the territory itself; all else is
# the sales manager's.
_MANAGER_FIELDS = frozenset({"member_ids", "rule_ids", "area_ids", "description"})
# What the engine reads of a territory.
_ENGINE_FIELDS = frozenset({"parent_id", "plan_id", "type_id", "sequence", "active"})
_PLACE_FIELDS = frozenset({"parent_id", "plan_id"})
# What it gives its members: who approved a plan has approved this, too.
_SHARING_FIELDS = frozenset({"permission"})
# What lists show of the territories of a record: sets keep it at hand.
_LABEL_FIELDS = frozenset({"name", "color"})
# reports group by so many territories of the path to the root
_LEVELS = 3


class CrmTerritory(models.Model):
    """A node of the tree: who works it, where it lies and which records it takes."""

    _name = "crm.territory"
    _description = "Territory"
    _inherit = [
        "crm.territory.guarded.mixin",
        "crm.territory.named.mixin",
        "mail.thread",
        "mail.activity.mixin",
        "crm.territory.import.mixin",
    ]
    _parent_store = True
    _order = "sequence, name, id"
    _rec_names_search = ["name", "code", "complete_name"]

    name = fields.Char(required=True, tracking=True)
    code = fields.Char(help="A short name, and the key of imports.", copy=False)
    complete_name = fields.Char(
        "Full Name", compute="_compute_complete_name", recursive=True, store=True
    )
    lineage = fields.Integer(
        readonly=True,
        copy=False,
        index=True,
        help="What a territory shares with its copies in other plans.",
    )
    active = fields.Boolean(default=True, tracking=True)
    sequence = fields.Integer(default=10)
    color = fields.Integer()
    description = fields.Html()
    plan_id = fields.Many2one(
        "crm.territory.plan",
        required=True,
        index=True,
        ondelete="cascade",
        compute="_compute_plan_id",
        store=True,
        readonly=False,
        precompute=True,
        recursive=True,
    )
    plan_state = fields.Selection(related="plan_id.state", string="Plan State")
    company_id = fields.Many2one(related="plan_id.company_id", store=True, index=True)
    parent_id = fields.Many2one(
        "crm.territory",
        string="Parent Territory",
        index=True,
        ondelete="restrict",
        tracking=True,
        domain="[('plan_id', '=?', plan_id)]",
    )
    parent_path = fields.Char(index=True)
    child_ids = fields.One2many("crm.territory", "parent_id", string="Sub-Territories")
    child_count = fields.Integer(compute="_compute_child_count")
    depth = fields.Integer(
        compute="_compute_depth", store=True, recursive=True, help="0 for a root."
    )
    level_1_id = fields.Many2one(
        "crm.territory",
        string="Level 1",
        compute="_compute_levels",
        store=True,
        help="The root that it is below, or is itself.",
    )
    level_2_id = fields.Many2one(
        "crm.territory",
        string="Level 2",
        compute="_compute_levels",
        store=True,
        help="The territory right below the root that it is below, or is itself; of a"
        " root, the root: no level leaves it out.",
    )
    level_3_id = fields.Many2one(
        "crm.territory",
        string="Level 3",
        compute="_compute_levels",
        store=True,
        help="The territory two below the root that it is below, or is itself; of one"
        " that lies higher, the territory itself.",
    )
    type_id = fields.Many2one(
        "crm.territory.type", index=True, ondelete="restrict", tracking=True
    )
    permission = fields.Selection(
        [("read", "Read"), ("write", "Read and Write")],
        default="write",
        required=True,
        tracking=True,
        help="What members may do with the records of the territory that others own.",
    )
    member_ids = fields.One2many(
        "crm.territory.member", "territory_id", string="Members", copy=True
    )
    manager_ids = fields.Many2many(
        "res.users", compute="_compute_manager_ids", string="Managers"
    )
    member_count = fields.Integer(compute="_compute_member_count")
    area_ids = fields.One2many(
        "crm.territory.area", "territory_id", string="Geography", copy=True
    )
    area_count = fields.Integer(compute="_compute_area_count")
    rule_ids = fields.One2many(
        "crm.territory.rule", "territory_id", string="Rules", copy=True
    )
    override_ids = fields.One2many(
        "crm.territory.override", "territory_id", string="Overrides"
    )
    is_grouping = fields.Boolean(
        "Grouping Only",
        compute="_compute_is_grouping",
        help="Has neither areas nor rules: lets every record through to the"
        " territories below and is never assigned itself.",
    )
    _code_uniq = models.UniqueIndex(
        "(plan_id, code) WHERE active AND code IS NOT NULL AND code <> ''",
        "Another territory of the plan has this code.",
    )
    _name_uniq = models.UniqueIndex(
        "(plan_id, COALESCE(parent_id, 0), name) WHERE active",
        "A territory of this name exists already at this place of the plan.",
    )
    _lineage_uniq = models.UniqueIndex(
        "(plan_id, lineage) WHERE lineage <> 0", "A territory is in a plan once."
    )
    _not_own_parent = models.Constraint(
        "CHECK (parent_id <> id)", "A territory cannot be its own parent."
    )

    def init(self):
        """Let the database refuse a cycle, whoever writes it."""
        self.env.cr.execute(
            SQL(
                """
                CREATE OR REPLACE FUNCTION crm_territory_no_cycle()
                RETURNS trigger AS $$
                BEGIN
                    IF EXISTS (
                        WITH RECURSIVE line AS (
                            SELECT NEW.parent_id AS id
                            UNION
                            SELECT territory.parent_id
                              FROM line JOIN crm_territory AS territory
                                ON territory.id = line.id
                        )
                        SELECT FROM line WHERE id = NEW.id
                    ) THEN
                        RAISE check_violation
                        USING MESSAGE = 'A territory cannot lie below itself.',
                              CONSTRAINT = 'crm_territory_no_cycle';
                    END IF;
                    RETURN NULL;
                END
                $$ LANGUAGE plpgsql;
                DROP TRIGGER IF EXISTS crm_territory_no_cycle ON crm_territory;
                CREATE TRIGGER crm_territory_no_cycle
                    AFTER INSERT OR UPDATE OF parent_id ON crm_territory
                    FOR EACH ROW WHEN (NEW.parent_id IS NOT NULL)
                    EXECUTE FUNCTION crm_territory_no_cycle();
                """
            )
        )

    # -- computes

    @api.depends("name", "parent_id.complete_name")
    def _compute_complete_name(self):
        for territory in self:
            names = filter(None, (territory.parent_id.complete_name, territory.name))
            territory.complete_name = " / ".join(names)

    @api.depends("parent_id.plan_id")
    def _compute_plan_id(self):
        for territory in self:
            territory.plan_id = (
                territory.parent_id.plan_id
                or territory.plan_id
                or self.env["crm.territory.plan"]._current_plan()
            )

    @api.depends("parent_id.depth")
    def _compute_depth(self):
        for territory in self:
            parent = territory.parent_id
            territory.depth = parent.depth + 1 if parent else 0

    @api.depends("parent_path")
    def _compute_levels(self):
        """The first territories of the path to the root, without a query. Where that
        is shorter, the territory itself: grouped by a level, it is never in none.
        """
        for territory in self:
            line = territory._path_ids() or [False]
            line += line[-1:] * _LEVELS
            for level, territory_id in enumerate(line[:_LEVELS], start=1):
                territory[f"level_{level}_id"] = territory_id

    def _compute_child_count(self):
        self._count_lines("crm.territory", "parent_id", "child_count")

    def _compute_member_count(self):
        self._count_lines("crm.territory.member", "territory_id", "member_count")

    def _compute_area_count(self):
        self._count_lines("crm.territory.area", "territory_id", "area_count")

    def _count_lines(self, model_name, inverse, name):
        counts = dict(
            self.env[model_name]._read_group(
                [(inverse, "in", self.ids)], [inverse], ["__count"]
            )
        )
        for territory in self:
            territory[name] = counts.get(territory, 0)

    @api.depends("member_ids.is_manager", "member_ids.user_id", "member_ids.is_current")
    def _compute_manager_ids(self):
        for territory in self:
            territory.manager_ids = territory.member_ids.filtered(
                lambda member: member.is_manager and member.is_current
            ).user_id

    @api.depends("area_ids", "rule_ids.active")
    def _compute_is_grouping(self):
        for territory in self:
            territory.is_grouping = not territory.area_ids and not territory.rule_ids

    def _path_ids(self):
        """The ids from the root down to the territory: list, empty for none."""
        return [int(id_) for id_ in (self.parent_path or "").split("/") if id_]

    # -- constraints

    @api.constrains("parent_id", "plan_id")
    def _check_plan(self):
        for territory in self:
            if territory.parent_id and territory.parent_id.plan_id != territory.plan_id:
                raise ValidationError(
                    self.env._(
                        "“%(territory)s” is of the plan “%(plan)s”, its parent"
                        " “%(parent)s” of another one.",
                        territory=territory.name,
                        plan=territory.plan_id.name,
                        parent=territory.parent_id.name,
                    )
                )

    # -- CRUD

    @api.model_create_multi
    def create(self, vals_list):
        # what gave up its name in this transaction has given it up
        self.flush_model(["active", "code", "name", "parent_id", "plan_id"])
        territories = super().create(vals_list)
        territories._found_lineages()
        territories.plan_id._bump_version()
        return territories

    def _found_lineages(self):
        """What is no copy begins a lineage: 1 query."""
        self.flush_recordset(["lineage"])
        self.env.cr.execute(
            SQL(
                "UPDATE crm_territory SET lineage = id"
                " WHERE id = ANY(%s) AND COALESCE(lineage, 0) = 0",
                self.ids,
            )
        )
        self.invalidate_recordset(["lineage"])

    def write(self, vals):
        self._check_manager_fields(vals)
        self._check_parent(vals)
        if "active" in vals and not vals["active"]:
            self |= self.search([("id", "child_of", self.ids)])
        plans = self.plan_id
        members = self.env["crm.territory.member"]
        with members._changed_together() if "member_ids" in vals else nullcontext():
            result = super().write(vals)
        if not _PLACE_FIELDS.isdisjoint(vals):
            self.check_access("write")  # where it lies now
        if not _ENGINE_FIELDS.isdisjoint(vals):
            (plans | self.plan_id)._bump_version()
        elif not _SHARING_FIELDS.isdisjoint(vals):
            self.plan_id._note_revision()
        if not _LABEL_FIELDS.isdisjoint(vals):
            plans = self.env["crm.territory.plan"]
            plans._forget_compiled()
            # a thread that read the old label before the commit has kept it
            self.env.cr.postcommit.add(plans._forget_compiled)
        return result

    def _check_parent(self, vals):
        """Tell of a cycle before the database refuses it in its own words; and let
        nothing be dragged into another plan.
        """
        parent = self.browse(vals.get("parent_id"))
        path_ids = parent.sudo()._path_ids()
        for territory in self:
            if parent and "plan_id" not in vals and territory.plan_id != parent.plan_id:
                raise ValidationError(
                    self.env._(
                        "“%(territory)s” is of the plan “%(plan)s”, and “%(parent)s” of"
                        " “%(other)s”. To move it, change its plan, too.",
                        territory=territory.name,
                        plan=territory.plan_id.name,
                        parent=parent.complete_name,
                        other=parent.plan_id.name,
                    )
                )
            if territory.id in path_ids:
                raise ValidationError(
                    self.env._(
                        "“%(territory)s” cannot lie below itself: “%(parent)s” is below"
                        " it.",
                        territory=territory.name,
                        parent=parent.complete_name,
                    )
                )

    def _check_manager_fields(self, vals):
        """Who manages a territory edits its lines, not its place or permission."""
        if self.env.su or self.env.user.has_group("sales_team.group_sale_manager"):
            return
        forbidden = vals.keys() - _MANAGER_FIELDS
        if forbidden:
            raise AccessError(
                self.env._(
                    "Territory managers edit members, geography and rules of a"
                    " territory. Ask a sales administrator to change: %(fields)s.",
                    fields=", ".join(
                        self._fields[name]._description_string(self.env)
                        for name in sorted(forbidden)
                        if name in self._fields
                    ),
                )
            )

    def unlink(self):
        self.check_access("unlink")
        self._check_without_records()
        plans = self.plan_id
        self.env["crm.territory.set"].sudo()._forget_territories(self.ids)
        # what lies below goes first: Odoo deletes a thousand at a time
        levels = sorted(self.grouped("depth").items(), reverse=True)
        result = True
        for _depth, level in levels:
            result = super(CrmTerritory, level).unlink()
        plans.exists()._bump_version()
        return result

    def _check_without_records(self):
        """Raise a UserError that names the first territory that records are in."""
        sets = (
            self.env["crm.territory.set"]
            .sudo()
            .search([("territory_ids", "in", self.ids)])
        )
        for model_name in ("res.partner", "crm.lead"):
            record = (
                self.env[model_name]
                .sudo()
                .with_context(active_test=False)
                .search([("territory_set_id", "in", sets.ids)], limit=1)
            )
            territory = record.territory_ids & self
            if territory:
                raise UserError(
                    self.env._(
                        "“%(territory)s” cannot be deleted: “%(record)s” and maybe"
                        " others are in it. Archive it and run the assignment first.",
                        territory=territory[0].complete_name,
                        record=record.display_name,
                    )
                )
