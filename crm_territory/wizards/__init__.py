from . import crm_territory_access
from . import crm_territory_access_line
from . import crm_territory_assign
from . import crm_territory_start
from . import crm_territory_user_access
