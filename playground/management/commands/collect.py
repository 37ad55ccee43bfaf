"""``collect``: drop the texts that no link leads to any more."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from playground.sharing import store


class Command(BaseCommand):
    help = "Drop stored texts whose links were deleted or have expired."

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(f"{store.collect()} texts dropped")
