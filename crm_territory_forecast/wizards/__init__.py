from . import crm_territory_forecast_preview_mixin
from . import crm_territory_forecast_spread
from . import crm_territory_forecast_spread_weight
from . import crm_territory_forecast_copy
from . import crm_territory_forecast_freeze
from . import crm_territory_forecast_freeze_line
from . import crm_territory_forecast_movement_between
