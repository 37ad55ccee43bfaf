"""Somebody with a key, a browser of theirs, and a scenario that has a link."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from django.test import Client

from playground.collections import pages
from playground.links import keys, store
from playground.models import Collection, Owner
from playground.page import gallery


@dataclass
class Person:
    owner: Owner
    client: Client


@pytest.fixture
def person(db: None) -> Person:
    return somebody()


def somebody() -> Person:
    owner, key = keys.new_owner()
    client = Client()
    client.cookies[keys.COOKIE] = key
    return Person(owner, client)


@pytest.fixture
def saved(db: None) -> store.Found:
    return store.save(gallery.first().scenario)


@pytest.fixture
def collection(person: Person) -> Collection:
    return pages.create(person.owner, "Our network", "About *it*.", "link")
