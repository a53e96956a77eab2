from . import crm_territory_assign
from . import crm_territory_start
