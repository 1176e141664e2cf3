"""Leases: who works on an object, as this process and others see it."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from local_api.storage.leases import LEASE, Leases
from local_api.storage.store import Store


@pytest.fixture
def stores(tmp_path: Path):
    """Two processes' views of one database."""
    opened = [Store(tmp_path / "db") for _ in range(2)]
    yield opened
    for store in opened:
        store.close()


@pytest.fixture
def here(stores: list[Store]) -> Leases:
    return Leases(stores[0])


@pytest.fixture
def there(stores: list[Store]) -> Leases:
    return Leases(stores[1])


def test_a_lease_is_seen_by_other_processes_until_it_is_given_back(here: Leases, there: Leases) -> None:
    assert here.lapsed("run") and there.lapsed("run")
    here.take("run")
    assert not here.lapsed("run") and not there.lapsed("run")
    here.give_back("run", here.owner("run"))
    assert here.lapsed("run") and there.lapsed("run")


def test_giving_back_leaves_a_lease_that_was_taken_later(here: Leases, there: Leases) -> None:
    here.take("run")
    first = here.owner("run")
    here.take("run")
    second = here.owner("run")
    assert first != second
    here.give_back("run", first)
    assert here.owner("run") == second
    assert not here.lapsed("run") and not there.lapsed("run")


def test_giving_back_leaves_another_processs_lease(here: Leases, there: Leases, stores: list[Store]) -> None:
    here.take("run")
    there.take("run")
    here.give_back("run", here.owner("run"))
    assert stores[0].leased_until("run") > 0
    assert here.lapsed("run") is False and there.owner("run")


def test_the_lease_of_a_process_that_is_gone_lapses(here: Leases, stores: list[Store]) -> None:
    stores[1].lease("run", "a process that is gone", until=time.time() - 1)
    assert here.lapsed("run")


def test_a_process_knows_its_own_work_after_its_machine_has_slept(here: Leases, there: Leases, stores: list[Store]):
    here.take("run")
    stores[0].renew_leases([here.owner("run")], time.time() - 10 * LEASE)
    assert not here.lapsed("run")
    assert there.lapsed("run")
