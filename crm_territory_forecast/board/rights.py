from functools import cached_property

from odoo.exceptions import AccessError
from odoo.fields import Domain
from odoo.tools import SQL

SALES_MANAGER = "sales_team.group_sale_manager"


class Rights:
    """What a user may see and set in forecasts.

    Reads once: the groups of the user, and the scope of the user's territories (see
    ``access.Scope``). Answers yes or no for rows (territory id, user id or None), and
    domains of records that are of such rows. Used by boards and sheets, by the wizards
    that set targets, and by the record rules of targets and calls.

    Who may set a target or a call: sales managers everywhere; who manages a territory,
    there and below, but never for oneself.
    """

    def __init__(self, env):
        self.env = env
        self.user_id = env.uid

    @cached_property
    def is_sales_manager(self):
        return self.env.user.has_group(SALES_MANAGER)

    @cached_property
    def sees_everything(self):
        return self.env.su or not self.env.user._is_limited_by_territories()

    @cached_property
    def sets_everything(self):
        return self.env.su or self.is_sales_manager

    @cached_property
    def sees_all_opportunities(self):
        """Whether it is sure without looking: all documents, in all companies."""
        if not self.sees_everything:
            return False
        companies = self.env["res.company"].sudo()
        return companies.search_count([]) <= len(self.env.companies)

    @cached_property
    def _scope(self):
        return self.env.user._territory_scope()

    @property
    def line_ids(self):
        """The territories whose figures are told; None: all."""
        return None if self.sees_everything else self._scope.line_ids

    @cached_property
    def _line_ids(self):
        return frozenset(self._scope.line_ids)

    @cached_property
    def _managed_ids(self):
        return frozenset(self._scope.managed_ids)

    @cached_property
    def _people_ids(self):
        """The user, and the people below."""
        return frozenset((self.user_id, *self._scope.owner_ids))

    # -- rows

    def sees(self, territory_id, user_id=None):
        """Whether the row shows: of a territory in one's line; of a member if it is
        oneself, a person below, or anybody in a territory that one manages.
        """
        if self.sees_everything or (user_id and self.sets_everything):
            return True
        if not user_id:
            return territory_id in self._line_ids
        return user_id in self._people_ids or territory_id in self._managed_ids

    def sees_parts(self, territory_id):
        """Whether the user reads the targets of all parts of the territory."""
        if self.sees_everything or self.sets_everything:
            return True
        return territory_id in self._managed_ids

    def may_set(self, territory_id, user_id=None):
        if self.sets_everything:
            return True
        return territory_id in self._managed_ids and user_id != self.user_id

    def check_may_set(self, territory_id, user_id=None):
        """Raise an AccessError that names the row, unless the user may set it."""
        if self.may_set(territory_id, user_id):
            return
        territory = self.env["crm.territory"].sudo().browse(territory_id)
        if user_id == self.user_id:
            raise AccessError(
                self.env._(
                    "Your own target in “%s” is set by a manager above you, or by a"
                    " sales administrator.",
                    territory.complete_name,
                )
            )
        raise AccessError(
            self.env._(
                "“%s”: only managers of the territory, or of one above it, may do"
                " this.",
                territory.complete_name,
            )
        )

    # -- records of rows; rules ask in superuser mode for the user

    def readable(self):
        """The records that are open to the user beside Odoo's *All Documents*: also
        those of the territories that his were in former plans.
        """
        return (
            Domain("user_id", "in", list(self._people_ids))
            | Domain("user_id", "=", False) & self.of_line()
            | self._within(self._managed_ids)
        )

    def of_line(self):
        """The records of the territories of one's line, and of what these were."""
        return self._within(self._line_ids)

    def _within(self, ids):
        former = [id_ for id_, own in self._former.items() if own in ids]
        return Domain("territory_id", "in", [*ids, *former])

    def settable(self):
        """The records that the user may set: the rule of ``may_set``."""
        if self.is_sales_manager:
            return Domain.TRUE
        return Domain("territory_id", "in", list(self._managed_ids)) & Domain(
            "user_id", "!=", self.user_id
        )

    @cached_property
    def _former(self):
        """{territory of an archived plan: that of the line which it was}. 1 query."""
        ids = self._line_ids | self._managed_ids
        if not ids:
            return {}
        self.env["crm.territory"].flush_model(["lineage", "plan_id"])
        self.env["crm.territory.plan"].flush_model(["state"])
        return dict(
            self.env.execute_query(
                SQL(
                    """
                    SELECT former.id, own.id
                      FROM crm_territory AS own
                      JOIN crm_territory AS former
                        ON former.lineage = own.lineage AND former.lineage <> 0
                      JOIN crm_territory_plan AS plan
                        ON plan.id = former.plan_id AND plan.state = 'archived'
                     WHERE own.id = ANY(%s) AND former.id <> own.id
                    """,
                    list(ids),
                )
            )
        )
