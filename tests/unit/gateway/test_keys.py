"""Keys that were right go on being right while the key store is away; what is known to be revoked stays so."""

from __future__ import annotations

import pytest

from actors.kernel.faults import StoreUnavailable
from gateway.auth import ASK_AGAIN_S, CACHE_S, Caller, Keys, StoredKey, make_key

LONG = 100 * CACHE_S


class Store:
    """Keys in memory; `away` makes every look-up fail."""

    def __init__(self) -> None:
        self.keys: dict[str, StoredKey] = {}
        self.away = False
        self.asked = 0

    def add(self, key: StoredKey) -> None:
        self.keys[key.id] = key

    def find(self, key_id: str) -> StoredKey | None:
        self.asked += 1
        if self.away:
            raise StoreUnavailable("looking for a key: the database is away")
        return self.keys.get(key_id)

    def all(self) -> list[StoredKey]:
        return list(self.keys.values())

    def revoke(self, key_id: str, at: int) -> bool:
        self.keys[key_id] = self.keys[key_id]._replace(revoked_at=at)
        return True


class Shop:
    """Keys over a store, on a clock of their own."""

    def __init__(self) -> None:
        self.now = 0.0
        self.store = Store()
        self.keys = Keys(self.store, lambda: self.now)
        self.token, self.stored = make_key("shop", "integration")
        self.store.add(self.stored)

    def asks(self, token: str) -> Caller | None:
        return self.keys.remembered(token) or self.keys.check(token)


@pytest.fixture
def shop() -> Shop:
    return Shop()


def test_a_key_outlives_the_key_store(shop: Shop) -> None:
    caller = shop.asks(shop.token)
    assert caller == Caller("shop", "integration")
    shop.store.away = True
    for _ in range(50):
        shop.now += CACHE_S + 1
        assert shop.asks(shop.token) == caller


def test_a_key_store_that_is_away_is_not_asked_for_every_request(shop: Shop) -> None:
    shop.asks(shop.token)
    shop.store.away, shop.now, shop.store.asked = True, LONG, 0
    for _ in range(100):
        shop.now += ASK_AGAIN_S / 20
        assert shop.asks(shop.token)
    assert shop.store.asked <= 6


def test_a_key_that_was_never_right_is_not_judged_without_the_key_store(shop: Shop) -> None:
    shop.asks(shop.token)
    shop.store.away, shop.now = True, LONG
    with pytest.raises(StoreUnavailable):
        shop.asks(shop.token + "x")
    assert shop.asks("nonsense") is None


def test_a_revoked_key_stays_revoked_without_the_key_store(shop: Shop) -> None:
    shop.asks(shop.token)
    shop.store.revoke(shop.stored.id, 1)
    shop.keys.revoked(shop.stored.id)
    shop.store.away = True
    for _ in range(3):
        assert shop.asks(shop.token) is None
        shop.now += LONG


def test_a_revocation_elsewhere_is_found_by_the_next_look_up_and_not_forgotten(shop: Shop) -> None:
    shop.asks(shop.token)
    shop.store.revoke(shop.stored.id, 1)
    shop.store.away, shop.now = True, LONG
    assert shop.asks(shop.token) is not None, "nobody could know"
    shop.store.away, shop.now = False, 2 * LONG
    assert shop.asks(shop.token) is None
    shop.store.away, shop.now = True, 3 * LONG
    assert shop.asks(shop.token) is None


def test_the_revocation_of_one_key_lets_the_others_be(shop: Shop) -> None:
    other, stored = make_key("other", "viewer")
    shop.store.add(stored)
    assert shop.asks(shop.token)
    assert shop.asks(other)
    shop.keys.revoked(stored.id)
    shop.store.away, shop.now = True, LONG
    assert shop.asks(other) is None
    assert shop.asks(shop.token)
