"""From stock, open orders, terms of suppliers and a forecast to suggestions."""
