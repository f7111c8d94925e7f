"""What is planned for the periods ahead of a history, apart from what is usual."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from forecasting.features.view import History
from forecasting.panel.panel import Cells


def moves(history: History) -> Cells:
    """How much is planned for each period ahead, shape (series, protection): depth of promotions, and how far the logarithm of
    the price goes from the usual one. 0 where nothing is planned."""
    count = len(history.periods)
    found = np.zeros((len(history.skus), history.protection), np.float32)
    if "promotion" in history.planned and history.promotion is not None:
        found += history.promotion[:, count:]
    if "price" in history.planned and history.price is not None and history.usual_price is not None:
        usual = history.usual_price
        known = (history.price[:, count:] > 0) & (usual > 0)
        ratio = np.where(known, history.price[:, count:], 1) / np.where(known, usual, 1)
        found += np.abs(np.log(ratio)).astype(np.float32)
    return found


def unplanned(history: History) -> History:
    """The same with nothing planned: no promotion, and the usual price."""
    count, changed = len(history.periods), history
    if history.factor is not None:
        changed = replace(changed, factor=history.factor.unplanned())
    if history.siblings is not None:
        changed = replace(changed, siblings=history.siblings.unplanned())
    if "promotion" in history.planned and history.promotion is not None:
        none = np.zeros((len(history.skus), history.protection), np.float32)
        changed = replace(changed, promotion=np.concatenate([history.promotion[:, :count], none], axis=1))
    if "price" in history.planned and history.price is not None and history.usual_price is not None:
        usual = np.broadcast_to(history.usual_price, (len(history.skus), history.protection))
        changed = replace(changed, price=np.concatenate([history.price[:, :count], usual], axis=1))
    return changed
