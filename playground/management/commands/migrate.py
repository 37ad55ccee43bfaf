"""``migrate``: Django's own, by one process at a time."""

from __future__ import annotations

from typing import Any

from django.core.management.commands.migrate import Command as Migrate

from playground.site.locks import set_up_alone


class Command(Migrate):
    def handle(self, *args: Any, **options: Any) -> None:
        with set_up_alone():
            super().handle(*args, **options)
