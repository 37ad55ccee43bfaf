"""``collect``: drop the texts that no link leads to any more, and walks that are long over."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from playground.links import store
from playground.together import sessions


class Command(BaseCommand):
    help = "Drop texts whose links were deleted or have expired, and walks that are over."

    def handle(self, *args: Any, **options: Any) -> None:
        sessions.collect()
        self.stdout.write(f"{store.collect()} texts dropped")
