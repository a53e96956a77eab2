from . import crm_territory_forecast_movement
from . import crm_territory_forecast_accuracy
from . import crm_territory_forecast_attainment
from . import crm_territory_forecast_attainment_groups
from . import crm_territory_forecast_review
