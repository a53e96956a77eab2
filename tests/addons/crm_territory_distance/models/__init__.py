from . import crm_lead
from . import crm_territory
from . import crm_territory_circle
from . import crm_territory_plan
