"""What names in a body must exist at the owners of stock: products, warehouses, locations. None is ever taken away again."""

from __future__ import annotations

from asyncio import gather
from collections.abc import Iterable

from actors.inventory.goods import FROM_THE_START, Product
from actors.inventory.queries import ReadProduct, ReadSites
from actors.inventory.refusals import UnknownLocation, UnknownSku, UnknownWarehouse
from actors.inventory.replies import Sites
from gateway.refusals import accepted, problem_of_refusal
from gateway.system import System


async def products_of(system: System, skus: Iterable[str]) -> dict[str, Product]:
    """The products of these SKUs.

    Raises:
        Problem: some are none; all of them are named.
    """
    names = list(dict.fromkeys(skus))
    owners, patience_s = system.owners, system.settings.patience_s
    asked = [owners.ask(owners.inventory.owner_of(sku), ReadProduct(sku), timeout_s=patience_s) for sku in names]
    answers = dict(zip(names, await gather(*asked), strict=True))
    unknown = tuple([sku for sku, answer in answers.items() if isinstance(answer, UnknownSku)])
    if unknown:
        raise problem_of_refusal(UnknownSku(unknown))
    return {sku: accepted(answer).product for sku, answer in answers.items()}


async def check_places(system: System, warehouse: str, *locations: str) -> None:
    """Every place must exist.

    Raises:
        Problem: the first that does not.
    """
    first = system.owners.inventory.names()[0]
    sites: Sites = accepted(await system.owners.ask(first, ReadSites(), timeout_s=system.settings.patience_s))
    if warehouse not in {site.id for site, _ in sites.warehouses}:
        raise problem_of_refusal(UnknownWarehouse(warehouse))
    known = {place.id for place, _ in sites.locations if place.warehouse == warehouse}
    for location in locations:
        if location not in FROM_THE_START and location not in known:
            raise problem_of_refusal(UnknownLocation(warehouse, location))
