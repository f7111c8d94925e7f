"""statsforecast's AutoETS and AutoARIMA: one model for each series, chosen by AICc."""

from __future__ import annotations

from typing import Any, Final

import polars as pl
from long_tables import FREQUENCY, named, summed
from statsforecast import StatsForecast
from statsforecast.models import AutoARIMA, AutoETS, HistoricAverage
from worker import Contestant, Task
