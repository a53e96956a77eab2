"""What the board of the forecast says."""

from datetime import UTC, datetime


def board_of_this_year(client, territory_id=False):
    """The default forecast, as credited, without members."""
    forecast_id = client.call("crm.territory.forecast", "get_frame")["default_id"]
    year = datetime.now(UTC).year
    options = {
        "date_from": f"{year}-01-01",
        "date_to": f"{year}-12-31",
        "territory_id": territory_id,
    }
    return client.call("crm.territory.forecast", "get_board", [forecast_id], options)
