from . import crm_territory_report_mixin
from . import crm_territory_revenue_report
from . import crm_territory_duration_report
from . import crm_territory_stage_report
from . import crm_territory_change_report
from . import crm_territory_coverage_report
from . import crm_territory_load_report
from . import crm_territory_review_report
